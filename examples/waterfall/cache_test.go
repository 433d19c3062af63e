package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// A second load gets from the folder what is fresh, and asks whether the rest has changed.
func TestCacheFolder(t *testing.T) {
	var documents, sheets atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		if r.URL.Path == "/" {
			documents.Add(1)
		}
		switch {
		case r.URL.Path != "/":
			if r.URL.Path == "/a.css" {
				sheets.Add(1)
			}
			w.Header().Set("Cache-Control", "max-age=600")
			w.Header().Set("Content-Type", "text/css")
			w.Write([]byte("p { color: red }"))
		case r.Header.Get("If-None-Match") != "":
			w.WriteHeader(304)
		default:
			w.Header().Set("Cache-Control", "no-cache")
			w.Header().Set("Content-Type", "text/html")
			w.Write([]byte("<link rel=stylesheet href=a.css><p>text"))
		}
	}))
	defer s.Close()
	dir := filepath.Join(t.TempDir(), "new", "cache")
	first := invoke(t, t.Context(), "-cache", dir, s.URL)
	first.want(t, 0, "")
	if strings.Contains(first.stdout, "(disk)") {
		t.Errorf("the first load has hits:\n%s", first.stdout)
	}
	second := invoke(t, t.Context(), "-cache", dir, s.URL)
	second.want(t, 0, "")
	if !strings.Contains(second.stdout, "(disk)") || !strings.Contains(second.stdout, "1 from the cache") || sheets.Load() != 1 || documents.Load() != 2 {
		t.Errorf("asked %d and %d times for\n%s", documents.Load(), sheets.Load(), second.stdout)
	}
	har := invoke(t, t.Context(), "-cache", dir, "-har", "-", s.URL)
	readHAR(t, har.stdout)
	for _, want := range []string{`"revalidated: 304"`, `"fresh for `, `"_fromCache":"disk"`} {
		if !strings.Contains(har.stdout, want) {
			t.Errorf("the HAR has no %s", want)
		}
	}
	events := invoke(t, t.Context(), "-cache", dir, "-quiet", "-v", s.URL)
	if !strings.Contains(events.stderr, "from the disk cache") || !strings.Contains(events.stderr, "cache: fresh for ") {
		t.Errorf("-v says %s", events.stderr)
	}
}

// A folder that cannot be used is named, and the page is loaded without.
func TestCacheFolderThatCannotBeUsed(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("<p>text")) }))
	defer s.Close()
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	os.Mkdir(other, 0o700)
	os.WriteFile(filepath.Join(other, "VERSION"), []byte("pageload HTTP cache, version 99\n"), 0o600)
	file := filepath.Join(dir, "file")
	os.WriteFile(file, nil, 0o600)
	for folder, why := range map[string]string{other: "version 99", dir: "it has other files", file: "not a directory"} {
		o := invoke(t, t.Context(), "-cache", folder, s.URL)
		o.want(t, 0, "waterfall: -cache: folder "+folder+": ")
		if o.want(t, 0, why); !strings.Contains(o.stderr, "; the page is loaded without it") || !strings.Contains(o.stdout, "200     document") {
			t.Errorf("%s\n%s", o.stderr, o.stdout)
		}
	}
}
