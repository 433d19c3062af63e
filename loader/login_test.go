package loader_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"pageload/conn"
	"pageload/fetch/auth"
	"pageload/loader"
	"pageload/loader/har"
)

// A page behind a door, as it was recorded of Chromium 156: what it may not use of other URLs with a name and password, and that another
// site's image is not asked for a password.
func TestPageWithLogin(t *testing.T) {
	const door = "Basic dTpzZWNyZXQ=" // u:secret
	page := `<!doctype html><title>p</title><link rel=stylesheet href=s.css><img src=in.png><img src=/open/root.png><img src=http://b.test/dir/x.png>
<img src=http://u:secret@a.test/dir/same.png><img src=http://x:other@a.test/dir/other.png><img src=http://u:secret@b.test/dir/foreign.png>
<iframe src=frame.html></iframe><iframe src=http://u:secret@b.test/dir/f2.html></iframe><img src=/open/redir><img src=/open/redirx>`
	var mu sync.Mutex
	var seen []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := r.Header.Get("Authorization")
		if got == door {
			got = "+"
		}
		mu.Lock()
		seen = append(seen, r.Host+r.URL.Path+" "+got)
		mu.Unlock()
		switch {
		case r.URL.Path == "/open/redir":
			http.Redirect(w, r, "http://u:secret@a.test/dir/redirected.png", http.StatusFound)
		case r.URL.Path == "/open/redirx":
			http.Redirect(w, r, "http://x:other@a.test/dir/redirectedx.png", http.StatusFound)
		case strings.HasPrefix(r.URL.Path, "/dir/") && got != "+":
			w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
			w.WriteHeader(401)
		case r.URL.Path == "/dir/page.html":
			fmt.Fprint(w, page)
		case r.URL.Path == "/dir/s.css":
			w.Header().Set("Content-Type", "text/css")
			fmt.Fprint(w, "body { background: url(bg.png) }")
		case strings.HasSuffix(r.URL.Path, ".png"):
			w.Header().Set("Content-Type", "image/png")
		}
	}))
	defer s.Close()
	var p loader.Profile
	p.Pool.Dialer.ConnectTo = []conn.ConnectTo{{Pattern: "*.test:80", Target: s.Listener.Addr().String()}}
	p.Auth = &auth.Store{}
	defer p.Close(t.Context())
	loaded, err := p.Load(t.Context(), "http://u:secret@a.test/dir/page.html")
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	slices.Sort(seen)
	want := []string{
		"a.test/dir/bg.png +", "a.test/dir/frame.html +", "a.test/dir/in.png +", "a.test/dir/page.html ", "a.test/dir/page.html +",
		"a.test/dir/redirected.png ", "a.test/dir/redirected.png +", "a.test/dir/s.css +", "a.test/dir/same.png ", "a.test/dir/same.png +",
		"a.test/open/redir ", "a.test/open/redirx ", "a.test/open/root.png ", "b.test/dir/x.png ",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("sent %q\nwant %q", seen, want)
	}
	mu.Unlock()
	w := loaded.Waterfall()
	refused := map[string]string{}
	for i := range w.Requests {
		r := &w.Requests[i]
		if r.BlockedReason != "" {
			refused[r.URL] = r.BlockedReason
		}
		if i == 0 && (r.Status != 200 || !strings.Contains(strings.Join(r.Waited, "; "), `asked for credentials: basic of realm "r", with the URL's credentials`)) {
			t.Errorf("document: %d, waited %q", r.Status, r.Waited)
		}
	}
	for _, name := range []string{"x:other@a.test/dir/other.png", "b.test/dir/foreign.png", "a.test/open/redirx"} {
		if refused["http://"+name] != "origin" {
			t.Errorf("%s is not refused: %v", name, refused)
		}
	}
	var b strings.Builder
	if err := har.Write(&b, w, har.Options{}); err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("http://u:secret@a.test/dir/redirected", "").Replace(b.String()) // Location, which the server sent
	if i := strings.Index(text, "secret"); i >= 0 {
		t.Errorf("the HAR has the password: …%s…", text[max(0, i-150):i+20])
	}
}
