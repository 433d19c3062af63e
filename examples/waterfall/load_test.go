package main

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"pageload/examples/internal/noserver"
)

// raw answers each connection with the same bytes, then closes it.
func raw(t *testing.T, answer string) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Read(make([]byte, 4096))
			io.WriteString(c, answer)
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

func TestNotLoaded(t *testing.T) {
	site := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, "/loop?"+r.URL.RawQuery+"x", http.StatusFound)
		case "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		default:
			<-r.Context().Done()
		}
	})
	secure := serve(t, true, nil)
	refused := noserver.Addr(t)
	server := names(t).String()
	tests := []struct {
		name   string
		args   []string
		stderr string
		net    string // Chromium's name in the HAR
	}{
		{"no such name", []string{"-server", server, "http://nowhere.test/"}, "http://nowhere.test/: name lookup: nowhere.test: ", "net::ERR_NAME_NOT_RESOLVED"},
		{"refused", []string{"http://" + refused}, "connect: " + refused + ": connection refused", "net::ERR_CONNECTION_REFUSED"},
		{"silent", []string{"-timeout", "300ms", site.URL}, "stopped while waiting for the response: -timeout 300ms is over", "net::ERR_TIMED_OUT"},
		{"untrusted", []string{secure.URL}, "TLS: " + secure.addr + ": certificate from an unknown issuer", "net::ERR_CERT_AUTHORITY_INVALID"},
		{"wrong name", []string{"-connect-to", "*=" + secure.addr, "https://a.test/"}, "certificate is for another host", "net::ERR_CERT_COMMON_NAME_INVALID"},
		{"no TLS", []string{"https://" + site.addr}, "does not speak TLS", "net::ERR_SSL_PROTOCOL_ERROR"},
		{"garbage", []string{"http://" + raw(t, "220 mail ready\r\n\r\n")}, "malformed response", "net::ERR_INVALID_HTTP_RESPONSE"},
		{"empty", []string{"http://" + raw(t, "")}, "connection closed before response", "net::ERR_EMPTY_RESPONSE"},
		{"closed early", []string{"http://" + raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<p>")}, "body is incomplete", "net::ERR_CONTENT_LENGTH_MISMATCH"},
		{"redirect loop", []string{site.URL + "/loop"}, "too many redirects (Client.MaxRedirects 20)", "net::ERR_TOO_MANY_REDIRECTS"},
		{"redirect to a file", []string{site.URL + "/file"}, "scheme is not fetched: file", "net::ERR_UNSAFE_REDIRECT"},
		{"blocked port", []string{"http://127.0.0.1:6000/"}, "port is blocked", "net::ERR_UNSAFE_PORT"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "a.har")
			o := invoke(t, t.Context(), append([]string{"-har", file}, tt.args...)...)
			o.want(t, 1, tt.stderr)
			for _, bad := range []string{"fetch:", "loader:", "http1:", "context deadline"} {
				if strings.Contains(o.stderr, bad) {
					t.Errorf("%q has the internal %q", o.stderr, bad)
				}
			}
			if !strings.Contains(o.stdout, "not loaded: ") {
				t.Errorf("the waterfall does not say that the page was not loaded:\n%s", o.stdout)
			}
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			list := readHAR(t, string(b)).Log.Entries
			if last := list[len(list)-1]; last.Error != tt.net {
				t.Errorf("the document's error is %q, want %q", last.Error, tt.net)
			}
		})
	}
}

func TestLoaded(t *testing.T) {
	missing := serve(t, false, http.NotFound)
	tests := []struct {
		name string
		args []string
	}{
		{"status 404", []string{missing.URL}},
		{"data", []string{"data:text/html,<title>x"}},
		{"blank", []string{"about:blank"}},
	}
	for _, tt := range tests {
		o := invoke(t, t.Context(), tt.args...)
		o.want(t, 0, "")
	}
}

func TestHAR(t *testing.T) {
	s := serve(t, false, nil)
	o := invoke(t, t.Context(), "-har", "-", s.URL)
	o.want(t, 0, "")
	a := readHAR(t, o.stdout)
	if n := len(a.Log.Entries); n != 4 {
		t.Errorf("%d entries, want 4", n)
	}
	if text := a.find(t, "/").Response.Content.Text; text != "" {
		t.Errorf("the HAR has the body %q, which nobody asked for", text)
	}
	o = invoke(t, t.Context(), "-bodies", "-har", "-", s.URL)
	if text := readHAR(t, o.stdout).find(t, "/").Response.Content.Text; text != page {
		t.Errorf("with -bodies the HAR has the body %q", text)
	}
}

func TestReportAndPicture(t *testing.T) {
	s := serve(t, false, nil)
	dir := t.TempDir()
	report, picture := filepath.Join(dir, "a.html"), filepath.Join(dir, "a.svg")
	o := invoke(t, t.Context(), "-quiet", "-html", report, "-svg", picture, s.URL)
	o.want(t, 0, "")
	for name, want := range map[string][]string{
		report:  {"<!doctype html>", "<title>A page – waterfall</title>", `"totals":{"Requests":4,`, "</html>"},
		picture: {"<svg xmlns=", "A page", "4 requests", "</svg>"},
	} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range want {
			if !strings.Contains(string(text), x) {
				t.Errorf("%s has no %q", filepath.Base(name), x)
			}
		}
	}
	o = invoke(t, t.Context(), "-svg", "-", s.URL)
	o.want(t, 0, "")
	if !strings.HasPrefix(o.stdout, "<svg ") || !strings.HasSuffix(o.stdout, "</svg>\n") {
		t.Errorf("standard output has more than the picture: %.100q", o.stdout)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("files %v, error %v", left, err)
	}
}

func TestDevice(t *testing.T) {
	tests := []struct {
		args  []string
		image string
		not   string
	}{
		{nil, "/1600.png", "/400.png"},
		{[]string{"-viewport", "300x200"}, "/400.png", "/1600.png"},
		{nil, "/1x.png", "/2x.png"},
		{[]string{"-dpr", "2"}, "/2x.png", "/1x.png"},
		{[]string{"-viewport", "300x200", "-dpr=3"}, "/1600.png", "/400.png"},
		{[]string{"-schedule", "eager"}, "/1x.png", "/2x.png"},
	}
	for _, tt := range tests {
		s := serve(t, false, nil)
		invoke(t, t.Context(), append(tt.args, s.URL)...).want(t, 0, "")
		if s.request(tt.image) == nil || s.request(tt.not) != nil {
			t.Errorf("%q: not %s, or %s", tt.args, tt.image, tt.not)
		}
	}
}

// The URL, the Host field and the TLS server name stay; the first pattern that
// matches wins.
func TestConnectTo(t *testing.T) {
	s := serve(t, false, nil)
	invoke(t, t.Context(), "-connect-to", "*.test:443=127.0.0.1:9", "-connect-to", "*.test="+s.addr, "-connect-to", "*=127.0.0.1:9", "http://a.b.test:8080/").want(t, 0, "")
	if r := s.request("/"); r == nil || r.Host != "a.b.test:8080" {
		t.Errorf("request %v, want one with the host a.b.test:8080", r)
	}
	secure := serve(t, true, nil)
	o := invoke(t, t.Context(), "-insecure", "-connect-to", "*.test:443="+secure.addr, "-har", "-", "https://a.b.test/")
	o.want(t, 0, "")
	if r := secure.request("/"); r == nil || r.Host != "a.b.test" || r.TLS.ServerName != "a.b.test" || r.TLS.Version != tls.VersionTLS13 {
		t.Errorf("request %+v, want one with the host and server name a.b.test", r)
	}
	readHAR(t, o.stdout).find(t, "https://a.b.test/")
}

func TestPost(t *testing.T) {
	file := filepath.Join(t.TempDir(), "body.json")
	if err := os.WriteFile(file, []byte(`{"a":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	const form = "application/x-www-form-urlencoded"
	tests := []struct {
		name             string
		args             []string
		method, typ      string
		body, field, own string // field is that of X-Own
	}{
		{name: "nothing", method: "GET"},
		{name: "string", args: []string{"-data", "a=b&c=d"}, method: "POST", typ: form, body: "a=b&c=d"},
		{name: "empty", args: []string{"-data", ""}, method: "POST", typ: form},
		{name: "file", args: []string{"-data", "@" + file, "-header", "content-type: application/json"}, method: "POST", typ: "application/json", body: `{"a":1}`},
		{name: "header", args: []string{"-header", "X-Own: 1", "-header", "X-Own:2", "-header", "user-agent: me"}, method: "GET", field: "1,2", own: "me"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, false, nil)
			o := invoke(t, t.Context(), append(append([]string{"-har", "-"}, tt.args...), s.URL)...)
			o.want(t, 0, "")
			r := s.request("/")
			if r == nil {
				t.Fatal("no request")
			}
			if r.Method != tt.method || r.Header.Get("Content-Type") != tt.typ || r.body != tt.body || strings.Join(r.Header["X-Own"], ",") != tt.field {
				t.Errorf("%s %v with %q", r.Method, r.Header, r.body)
			}
			if ua := r.UserAgent(); tt.own != "" && ua != tt.own {
				t.Errorf("User-Agent %q", ua)
			}
			e := readHAR(t, o.stdout).find(t, "/")
			if e.Request.Method != tt.method || e.Request.PostData.Text != tt.body {
				t.Errorf("the HAR has %+v", e.Request)
			}
			for _, sub := range []string{"/s.css", "/1x.png"} {
				if r := s.request(sub); r == nil || r.Method != "GET" || r.Header.Get("X-Own") != "" || r.body != "" {
					t.Errorf("%s: %+v", sub, r)
				}
			}
		})
	}
}

func TestTerminal(t *testing.T) {
	s := serve(t, false, nil)
	hosts := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(hosts, []byte("127.0.0.1 site.test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	url := "http://site.test" + s.addr[strings.LastIndexByte(s.addr, ':'):]
	for _, tt := range []struct {
		args      []string
		has, hasn string
	}{
		{nil, "A page", "\nConnections\n"},
		{[]string{"-quiet"}, "", "A page"},
		{[]string{"-connections"}, "\nConnections\n", "not known at this level"},
		{nil, "\nNames\n  site.test  os  ", "A+AAAA"},
		{[]string{"-names"}, "A+AAAA site.test  file", "\nConnections\n"},
		{[]string{"-ascii"}, "wait", "░"},
	} {
		o := invoke(t, t.Context(), append(tt.args, "-hosts", hosts, url)...)
		o.want(t, 0, "")
		if !strings.Contains(o.stdout, tt.has) || strings.Contains(o.stdout, tt.hasn) {
			t.Errorf("%q: want %q and not %q in\n%s", tt.args, tt.has, tt.hasn, o.stdout)
		}
		for line := range strings.Lines(o.stdout) {
			if n := utf8.RuneCountInString(line); n > 121 {
				t.Errorf("%q: a line of %d columns: %s", tt.args, n, line)
			}
		}
	}
	o := invoke(t, t.Context(), "-v", "-quiet", s.URL)
	for _, want := range []string{"navigation start", "#1    responded  200 OK", "milestone  load"} {
		if !strings.Contains(o.stderr, want) {
			t.Errorf("-v: no %q in\n%s", want, o.stderr)
		}
	}
}

// full is a standard output that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestOutputFull(t *testing.T) {
	s := serve(t, false, nil)
	for _, args := range [][]string{{s.URL}, {"-har", "-", s.URL}, {"-html", "-", s.URL}, {"-svg", "-", s.URL}} {
		var stderr strings.Builder
		if status := run(t.Context(), args, full{}, &stderr); status != 1 || strings.Count(stderr.String(), "no space left") != 1 {
			t.Errorf("%q: exit status %d, standard error %q", args, status, stderr.String())
		}
	}
}
