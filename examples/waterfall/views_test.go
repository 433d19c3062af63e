package main

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"pageload/loader/har"
)

// The other views say the same of the load.
func TestViews(t *testing.T) {
	s := serve(t, false, nil)
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	o := invoke(t, t.Context(), "-quiet", "-timing", file("timing"), "-trace", file("trace"), "-csv", file("csv"), "-jsonl", file("jsonl"), s.URL)
	o.want(t, 0, "")
	read := func(name string) string {
		b, err := os.ReadFile(file(name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	var entries []struct{ EntryType, Name string }
	if err := json.Unmarshal([]byte(read("timing")), &entries); err != nil || len(entries) != 4 || entries[0].EntryType != "navigation" || entries[0].Name != s.URL+"/" {
		t.Errorf("timing: %v, error %v", entries, err)
	}
	var events struct{ TraceEvents []struct{ Ph string } }
	if err := json.Unmarshal([]byte(read("trace")), &events); err != nil || len(events.TraceEvents) < 20 {
		t.Errorf("trace: %v, error %v", events, err)
	}
	if rows, err := csv.NewReader(strings.NewReader(read("csv"))).ReadAll(); err != nil || len(rows) != 5 {
		t.Errorf("table: %q, error %v", rows, err)
	}
	if lines := strings.Split(strings.TrimSpace(read("jsonl")), "\n"); len(lines) != 4 || !json.Valid([]byte(lines[3])) {
		t.Errorf("lines %q", lines)
	}
	o = invoke(t, t.Context(), "-jsonl", "-", s.URL)
	o.want(t, 0, "")
	if strings.Count(o.stdout, "\n") != 4 || !strings.HasPrefix(o.stdout, "{") {
		t.Errorf("standard output has more than the table: %.200q", o.stdout)
	}
}

// A load with much in it is written with little memory.
func TestBodiesAreNotHeld(t *testing.T) {
	const size, images = 48 << 20, 3
	piece := make([]byte, 1<<20)
	for i := range piece {
		piece[i] = byte(i)
	}
	s := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<!doctype html>"+"<img src=1><img src=2><img src=3>")
			return
		}
		w.Header().Set("Content-Type", "image/png")
		for range size / len(piece) {
			w.Write(piece)
		}
	})
	t.Setenv("TMPDIR", t.TempDir())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	name := filepath.Join(t.TempDir(), "a.har")
	invoke(t, t.Context(), "-quiet", "-bodies", "-har", name, s.URL).want(t, 0, "")
	runtime.ReadMemStats(&after)
	if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > size {
		t.Errorf("%d MB were allocated for %d MB of bodies", grown>>20, images*size>>20)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() < images*size/3*4 {
		t.Errorf("the file has %d bytes, error %v", info.Size(), err)
	}
	wf, err := har.Read(f, har.ReadOptions{})
	if err != nil || len(wf.Requests) < 1+images || wf.Requests[1].DecodedBytes != size {
		t.Errorf("read again: %d requests, error %v", len(wf.Requests), err)
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, error %v", left, err)
	}
}
