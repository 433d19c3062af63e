package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"pageload/fetch/cookies"
)

// The cookies of a file in any of the formats are sent; what is none is told, and a file that is not there is a fault.
func TestCookieFile(t *testing.T) {
	var sent atomic.Value
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			sent.Store(r.Header.Get("Cookie"))
		}
		w.Header().Set("Set-Cookie", "no=1; SameSite=None")
		w.Write([]byte("<p>text"))
	}))
	defer s.Close()
	var jar cookies.Jar
	jar.Set(cookies.Cookie{Name: "a", Value: "3", Domain: "127.0.0.1", HostOnly: true})
	var own strings.Builder
	jar.Write(&own)
	name := filepath.Join(t.TempDir(), "cookies")
	for _, tt := range []struct{ text, want, notice string }{
		{"# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\ta\t1\n", "a=1", ""},
		{`[{"name": "a", "value": "2", "domain": "127.0.0.1", "path": "/", "sameSite": "Lax"}]`, "a=2", ""},
		{own.String(), "a=3", ""},
		{"127.0.0.1\tFALSE\t/\tFALSE\t0\ta\t4\nrubbish\n", "a=4", "waterfall: -cookies " + name + ": read cookies.txt: line 2: 1 fields between tabs"},
	} {
		os.WriteFile(name, []byte(tt.text), 0o600)
		o := invoke(t, t.Context(), "-cookies", name, s.URL)
		if o.want(t, 0, tt.notice); sent.Load() != tt.want {
			t.Errorf("sent %q, want %q of %s", sent.Load(), tt.want, tt.text)
		}
	}
	o := invoke(t, t.Context(), "-cookies", name, "-quiet", "-v", s.URL)
	if !strings.Contains(o.stderr, "cookie no not kept: SameSiteNoneInsecure") {
		t.Errorf("-v says %s", o.stderr)
	}
	invoke(t, t.Context(), "-cookies", name+".missing", s.URL).want(t, 2, "-cookies: ")
}
