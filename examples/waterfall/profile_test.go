package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

func TestProfileIsKept(t *testing.T) {
	var sent atomic.Value
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			sent.Store(r.Header.Get("Cookie"))
		}
		http.SetCookie(w, &http.Cookie{Name: "id", Value: "7", MaxAge: 1000})
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html>hello")
	}))
	defer srv.Close()
	dir := filepath.Join(t.TempDir(), "browser")
	load := func() (int, string) {
		var stderr bytes.Buffer
		status := run(t.Context(), []string{"-quiet", "-profile", dir, srv.URL}, io.Discard, &stderr)
		return status, stderr.String()
	}
	for i, want := range []string{"", "id=7"} {
		if status, why := load(); status != 0 || why != "" || sent.Load() != want {
			t.Errorf("%d: %d %q, sent %q, want %q", i, status, why, sent.Load(), want)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "cookies.jsonl"), []byte("nonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, why := load(); status != 0 || !strings.Contains(why, "cookies.jsonl") || strings.Count(why, "\n") != 1 {
		t.Errorf("damaged: %d %q", status, why)
	}
	if err := os.WriteFile(filepath.Join(dir, "profile.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, why := load(); status != 1 || !strings.Contains(why, "profile.json") || strings.Count(why, "\n") != 1 {
		t.Errorf("of another version: %d %q", status, why)
	}
}
