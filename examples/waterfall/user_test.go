package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// A password is for the URL's origin only, and once it is asked for.
func TestUser(t *testing.T) {
	var asked, told atomic.Int32
	door := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, password, ok := r.BasicAuth(); ok && name == "ada" && password == "ma:chine" {
			told.Add(1)
			w.Header().Set("Content-Type", "text/html")
			w.Write([]byte("<img src=//b.test/x.png>come in"))
			return
		}
		asked.Add(1)
		w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
		w.WriteHeader(401)
	})
	s := httptest.NewServer(door)
	defer s.Close()
	to := "*=" + s.Listener.Addr().String()
	o := invoke(t, t.Context(), "-user", "ada:ma:chine", "-connect-to", to, "http://a.test/")
	o.want(t, 0, "")
	if asked.Load() != 2 || told.Load() != 1 || !strings.Contains(o.stdout, "401") {
		t.Errorf("asked %d times, told %d times\n%s", asked.Load(), told.Load(), o.stdout)
	}
	if strings.Contains(o.stdout, "chine") {
		t.Errorf("the password is printed:\n%s", o.stdout)
	}
	o = invoke(t, t.Context(), "-connect-to", to, "-har", "-", "http://ada:ma%3Achine@a.test/")
	o.want(t, 0, "")
	if told.Load() != 2 || strings.Contains(o.stdout, "chine") || !strings.Contains(o.stdout, "the server asked for credentials") {
		t.Errorf("told %d times\n%s", told.Load(), o.stdout)
	}
	invoke(t, t.Context(), "-user", "ada", "http://a.test/").want(t, 2, "it is NAME:PASSWORD")
}
