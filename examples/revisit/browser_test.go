package main

import (
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"pageload/examples/internal/demosite"
	"pageload/loader/waterfall"
)

// The second view of the demo site is that of a browser: the same requests, with the same outcomes, and the same of them answered by a
// cache.
func TestSecondViewAsChromium(t *testing.T) {
	recorded, err := os.ReadFile("testdata/demo-second-view.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for line := range strings.Lines(string(recorded)) {
		// What follows the font that cannot be decoded is not known without decoding it.
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") && !strings.Contains(line, "/demo.woff ") {
			want[line] = true
		}
	}
	site, err := demosite.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	o, err := parseArgs([]string{"-pace", "none", site.URL})
	if err != nil {
		t.Fatal(err)
	}
	o.LeadTo(site)
	p := o.Profile(false)
	defer p.Close(t.Context())
	var second *waterfall.Waterfall
	for range 2 {
		var failure string
		if second, failure = o.view(t.Context(), p); failure != "" {
			t.Fatal(failure)
		}
	}
	for i := range second.Requests {
		line := rowOf(t, &second.Requests[i])
		if !want[line] {
			t.Errorf("the browser has no %s", line)
		}
		delete(want, line)
	}
	for line := range want {
		t.Errorf("missing: %s", line)
	}
}

// rowOf is a request as the recording has it: without the ports that each run chooses.
func rowOf(t *testing.T, r *waterfall.Request) string {
	u, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case strings.HasSuffix(u.Path, "/refused.png"):
		u.Host = u.Hostname() + ":refused"
	case u.Port() != "6000":
		u.Host = u.Hostname()
	}
	row := []string{u.Scheme + "://" + u.Host + u.Path, strconv.Itoa(r.Status)}
	if r.Status == 0 {
		row[1] = r.NetError
	}
	if r.FromCache != "" {
		row = append(row, "cache")
	}
	return strings.Join(row, " ")
}
