package tools_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"pageload/loader/har"
	"pageload/loader/waterfall"
)

// The HAR of the demo site is opened in the tools, and what Playwright and
// chrome-har make of the replayed page is read.
func TestTools(t *testing.T) {
	if why := missing(); why != "" {
		if os.Getenv("CI") == "true" && os.Geteuid() == 0 {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	dir := t.TempDir()
	program, file := filepath.Join(dir, "waterfall"), filepath.Join(dir, "demo.har")
	for _, args := range [][]string{{"go", "build", "-o", program, "../waterfall"}, {program, "-quiet", "-bodies", "-har", file}, {"node", "check.mjs", file}} {
		out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput()
		t.Logf("%s\n%s", args, out)
		if err != nil {
			t.Fatal(err)
		}
	}
	own := read(t, file)
	for _, name := range []string{file + ".playwright.har", file + ".chrome-har.har"} {
		theirs := read(t, name)
		urls := map[string]bool{}
		for i := range own.Requests {
			urls[own.Requests[i].URL] = true
		}
		known := 0
		for i := range theirs.Requests {
			if urls[theirs.Requests[i].URL] {
				known++
			}
		}
		if known < len(own.Requests)*2/3 || theirs.Page.Load <= 0 {
			t.Errorf("%s: %d of %d requests are those of the load, load event %v", name, known, len(theirs.Requests), theirs.Page.Load)
		}
	}
}

// missing says what the test takes and is not there.
func missing() string {
	if _, err := os.Stat("node_modules"); err != nil {
		return "the npm packages are not installed: npm ci in examples/tools"
	}
	chromium := os.Getenv("CHROMIUM")
	if chromium == "" {
		chromium = "/usr/bin/chromium"
	}
	for _, name := range []string{"node", chromium} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Sprintf("%s is not installed", name)
		}
	}
	return ""
}

func read(t *testing.T, name string) *waterfall.Waterfall {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	wf, err := har.Read(f, har.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return wf
}
