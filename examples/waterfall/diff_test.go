package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// twoHARs records a page twice: the second time it has a script more, which
// blocks rendering.
func twoHARs(t *testing.T) (a, b string) {
	t.Helper()
	var again atomic.Bool
	s := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<title>x</title>")
			if again.Load() {
				io.WriteString(w, "<script src=/new.js></script>")
			}
			io.WriteString(w, "<body><img src=/a.png>")
			return
		}
		io.WriteString(w, strings.Repeat("x", 2000))
	})
	dir := t.TempDir()
	a, b = filepath.Join(dir, "a.har"), filepath.Join(dir, "b.har")
	invoke(t, t.Context(), "-quiet", "-har", a, s.URL).want(t, 0, "")
	again.Store(true)
	invoke(t, t.Context(), "-quiet", "-har", b, s.URL).want(t, 0, "")
	return a, b
}

func TestDiff(t *testing.T) {
	a, b := twoHARs(t)
	invoke(t, t.Context(), "diff", a, a).want(t, 0, "")
	o := invoke(t, t.Context(), "diff", a, b)
	o.want(t, 3, "not within the budget: ")
	for _, want := range []string{"added (1)", "/new.js", "-allow-blocking: new request that blocks rendering: ", "critical path"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("no %q in\n%s", want, o.stdout)
		}
	}
	loose := []string{"diff", "-max-load-increase", "none", "-max-render-increase", "1h", "-max-bytes-increase", "1MB", "-allow-blocking"}
	invoke(t, t.Context(), append(loose, a, b)...).want(t, 0, "")
	invoke(t, t.Context(), append(loose, "-max-requests", "2", a, b)...).want(t, 3, "-max-requests")
	invoke(t, t.Context(), append(loose, "-max-bytes", "1kB", a, b)...).want(t, 3, "-max-bytes")
	var got struct {
		Comparison struct{ Added []struct{ URL string } }
		Violations []string
	}
	o = invoke(t, t.Context(), append(loose, "-no-new-requests", "-json", a, b)...)
	if err := json.Unmarshal([]byte(o.stdout), &got); err != nil || o.status != 3 || len(got.Comparison.Added) != 1 || len(got.Violations) != 1 {
		t.Errorf("%v, status %d: %s", err, o.status, o.stdout)
	}
}

func TestDiffUnusable(t *testing.T) {
	a, _ := twoHARs(t)
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for _, tt := range []struct {
		args []string
		why  string
	}{
		{[]string{"diff"}, "two HAR files"},
		{[]string{"diff", a}, "two HAR files"},
		{[]string{"diff", a, filepath.Join(dir, "no")}, "no such file"},
		{[]string{"diff", a, dir}, "directory"},
		{[]string{"diff", file("empty", ""), a}, "the file ends in the middle"},
		{[]string{"diff", a, file("no.har", `{"x": 1}`)}, "no HAR"},
		{[]string{"diff", a, file("none.har", `{"log": {"version": "1.2", "entries": []}}`)}, "no requests"},
		{[]string{"diff", "-max-load-increase", "fast", a, a}, "it is a share"},
		{[]string{"diff", "-nothing", a, a}, "not defined"},
		{[]string{"whatif", a, a}, "one HAR file"},
		{[]string{"whatif", filepath.Join(dir, "no")}, "no such file"},
		{[]string{"whatif", "-down", "fast", a}, "it is a rate"},
		{[]string{"whatif", "-preload", "http://a.test/", a}, "no subresource"},
		{[]string{"whatif", "-protocol", "h3", a}, "it is h1 or h2"},
		{[]string{"whatif", "-move", "x", a}, "FROM=TO"},
	} {
		o := invoke(t, t.Context(), tt.args...)
		o.want(t, 2, tt.why)
		if o.stdout != "" {
			t.Errorf("%q: standard output %q", tt.args, o.stdout)
		}
	}
	for _, c := range []string{"diff", "whatif"} {
		if o := invoke(t, t.Context(), c, "-h"); o.status != 0 || !strings.Contains(o.stdout, "usage: waterfall "+c) {
			t.Errorf("%s -h: %d %q", c, o.status, o.stdout)
		}
	}
}

func TestWhatIf(t *testing.T) {
	a, _ := twoHARs(t)
	file := filepath.Join(t.TempDir(), "slow.har")
	o := invoke(t, t.Context(), "whatif", "-rtt", "300ms", "-down", "1.6Mbit", "-up", "750kbit/s", "-har", file, a)
	o.want(t, 0, "")
	for _, want := range []string{"GET  200", "load ", "simulated"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("no %q in\n%s", want, o.stdout)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if load := readHAR(t, string(b)).Log.Pages[0].PageTimings.OnLoad; load < 900 {
		t.Errorf("with a round trip of 300 ms load is at %v ms, before three of them", load)
	}
	readHAR(t, invoke(t, t.Context(), "whatif", "-protocol", "h2", "-har", "-", a).stdout)
}
