package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCrawlsTheDemoSite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "crawl.har")
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), []string{"-har", file}, &stdout, &stderr); status != 0 || stderr.Len() != 0 {
		t.Fatalf("%d %s", status, stderr.String())
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Log struct {
			Entries []struct {
				Request  struct{ URL string }
				Response struct{ Status int }
				Cached   string `json:"_fromCache"`
			}
		}
	}
	if err := json.Unmarshal(text, &log); err != nil {
		t.Fatal(err)
	}
	times, cached := map[string]int{}, 0
	for _, e := range log.Log.Entries {
		times[e.Request.URL]++
		if e.Cached != "" {
			cached++
		}
	}
	for _, url := range []string{"http://demo.test/", "http://www.demo.test/", "http://static.demo.test/css/main.css", "http://img.demo.test/logo.svg"} {
		if times[url] != 2 {
			t.Errorf("%s was asked for %d times, want 2", url, times[url])
		}
	}
	if cached == 0 || !strings.Contains(stdout.String(), "main.css") {
		t.Errorf("%d of %d from the cache\n%s", cached, len(log.Log.Entries), stdout.String())
	}
}

func TestSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
	}{{[]string{"-requests", "x"}, 2}, {[]string{"http://127.0.0.1:1/"}, 1}} {
		var stdout, stderr bytes.Buffer
		if status := run(t.Context(), c.args, &stdout, &stderr); status != c.status || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%v: %d %q", c.args, status, stderr.String())
		}
	}
}
