package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pageload/conn"
)

// peers are http.Transport and ours in front of one server, so that each answer can be compared.
type peers struct {
	url         string
	std         *http.Transport
	ours        *Transport
	connections atomic.Int32
}

// each calls f for net/http's transport and for ours.
func (p *peers) each(f func(rt http.RoundTripper) any) (std, ours any) { return f(p.std), f(p.ours) }

// onBoth runs f against a server of HTTP/1.1 and one of HTTP/2.
func onBoth(t *testing.T, h http.HandlerFunc, f func(t *testing.T, p *peers)) {
	for _, h2 := range []bool{false, true} {
		t.Run(map[bool]string{false: "http1", true: "h2"}[h2], func(t *testing.T) {
			p := &peers{}
			srv := httptest.NewUnstartedServer(h)
			srv.Config.ErrorLog = quiet()
			srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
				if s == http.StateNew {
					p.connections.Add(1)
				}
			}
			pool := &conn.Pool{}
			if h2 {
				srv.EnableHTTP2 = true
				srv.StartTLS()
				p.std = srv.Client().Transport.(*http.Transport).Clone()
				pool.Dialer.TLS = &tls.Config{RootCAs: p.std.TLSClientConfig.RootCAs}
			} else {
				srv.Start()
				p.std = &http.Transport{}
			}
			p.url, p.ours = srv.URL, &Transport{Client: &Client{Pool: pool}}
			t.Cleanup(func() {
				p.std.CloseIdleConnections()
				pool.Close(context.Background())
				srv.Close()
			})
			f(t, p)
		})
	}
}

// seen is all that a user can see of a response.
type seen struct {
	Status, Proto    string
	Code             int
	Header, Trailer  http.Header
	Body             string
	Length           int64
	TransferEncoding []string
	Close            bool
	Uncompressed     bool
	TLS              bool
	Err              string
}

func look(rt http.RoundTripper, r *http.Request) seen {
	resp, err := rt.RoundTrip(r)
	if err != nil {
		return seen{Err: kindOf(err)}
	}
	defer resp.Body.Close()
	s := seen{Status: resp.Status, Proto: resp.Proto, Code: resp.StatusCode, Header: resp.Header, Length: resp.ContentLength,
		TransferEncoding: resp.TransferEncoding, Close: resp.Close, Uncompressed: resp.Uncompressed, TLS: resp.TLS != nil}
	if _, own := rt.(*Transport); own && resp.Request != r { // net/http's is a copy where HTTP/2 had a body
		s.Err = "the response is not the request's"
	}
	for name := range resp.Trailer {
		s.Header.Add("announced", name)
	}
	slices.Sort(s.Header["Announced"])
	b, err := io.ReadAll(resp.Body)
	s.Body, s.Trailer = string(b), resp.Trailer
	if err != nil {
		s.Err = kindOf(err)
	}
	s.Header.Del("Date")
	return s
}

// kindOf is what callers tell errors apart by.
func kindOf(err error) string {
	var nerr net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "deadline"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.As(err, &nerr) && nerr.Timeout():
		return "timeout"
	}
	return "error"
}

func zipped(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.Bytes()
}

// serveCases answers the paths of the table below.
func serveCases(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain")
	switch r.URL.Path {
	case "/deaf", "/refuse":
		http.NewResponseController(w).EnableFullDuplex() // else the server reads the body first
		h.Set("Connection", "close")
		if r.URL.Path == "/refuse" {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
		io.WriteString(w, "unheard")
		return
	}
	body, _ := io.ReadAll(r.Body)
	switch r.URL.Path {
	case "/echo":
		fields := http.Header{}
		for _, name := range []string{"X-One", "X-Many", "Accept", "User-Agent", "Content-Type", "Cookie", "Authorization", "Referer", "Range"} {
			if v := r.Header.Values(name); len(v) > 0 {
				fields[name] = []string{strings.Join(v, ", ")}
			}
		}
		json.NewEncoder(w).Encode(map[string]any{"method": r.Method, "uri": r.RequestURI, "host": r.Host, "body": string(body),
			"fields": fields, "length": r.ContentLength})
	case "/flush":
		io.WriteString(w, "a")
		w.(http.Flusher).Flush()
		io.WriteString(w, "b")
	case "/empty":
		h.Set("Content-Length", "0")
	case "/gzip":
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			w.Write(zipped("plain text"))
			return
		}
		io.WriteString(w, "plain text")
	case "/gzip-always":
		h.Set("Content-Encoding", "gzip")
		w.Write(zipped("plain text"))
	case "/many":
		h.Add("set-cookie", "a=1")
		h.Add("set-cookie", "b=2")
		h["x-lower"] = []string{"v"}
		h.Set("Pragma", "no-cache")
	case "/redirect":
		http.Redirect(w, r, "/echo", http.StatusFound)
	case "/trailer":
		h.Set("Trailer", "X-Sum, X-Other")
		io.WriteString(w, "text")
		w.(http.Flusher).Flush()
		h.Set("X-Sum", "4")
		h.Set(http.TrailerPrefix+"X-Late", "5")
	case "/close":
		h.Set("Connection", "close")
		io.WriteString(w, "bye")
	case "/cut":
		h.Set("Content-Length", "10")
		io.WriteString(w, "abc")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	case "/die":
		panic(http.ErrAbortHandler)
	case "/early":
		w.WriteHeader(http.StatusEarlyHints)
		io.WriteString(w, "late")
	case "/wait":
		<-r.Context().Done()
	case "/stream":
		io.WriteString(w, "begun")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	default:
		code, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/status/"))
		if code == 0 {
			code = 404
		}
		w.WriteHeader(code)
	}
}

// inPieces is a reader that brings one piece at a time, which may be empty.
type inPieces []string

func (p *inPieces) Read(b []byte) (int, error) {
	if len(*p) == 0 {
		return 0, io.EOF
	}
	n := copy(b, (*p)[0])
	*p = (*p)[1:]
	return n, nil
}

func TestTransportAnswersAsNetHTTP(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 1<<16) // 1 MB
	pieces := func(p ...string) func() io.Reader {
		return func() io.Reader { left := inPieces(p); return &left }
	}
	text := func(s string) func() io.Reader { return func() io.Reader { return strings.NewReader(s) } }
	cases := []struct {
		name, method, path string
		body               func() io.Reader
		length             int64 // that the request says
		change             func(*http.Request)
		differs            string // where and why ours does not do as net/http: "http1: ..."
	}{
		{name: "get", path: "/echo?q=%20a&b"},
		{name: "no method", path: "/echo", change: func(r *http.Request) { r.Method = "" }},
		{name: "head", method: "HEAD", path: "/flush"},
		{name: "head with a length", method: "HEAD", path: "/empty"},
		{name: "head gzip", method: "HEAD", path: "/gzip-always"},
		{name: "post", method: "POST", path: "/echo", body: text("text"), length: 4},
		{name: "post nothing", method: "POST", path: "/echo"},
		{name: "post of unknown length", method: "POST", path: "/echo", body: text("ab")},
		{name: "post of unknown length, in pieces", method: "POST", path: "/echo", body: pieces("some", "", "more")},
		{name: "post of unknown length and nothing", method: "POST", path: "/echo", body: text("")},
		{name: "get of unknown length and nothing", method: "GET", path: "/echo", body: text(""), differs: "h2: as before"},
		{name: "get with a body of unknown length", method: "GET", path: "/echo", body: text("x")},
		{name: "large post", method: "POST", path: "/echo", body: text(large), length: int64(len(large))},
		{name: "large post of unknown length", method: "POST", path: "/echo", body: text(large)},
		{name: "unknown length said", method: "POST", path: "/echo", body: text("x"), length: -1},
		{name: "expectation", method: "POST", path: "/echo", body: text("x"), length: 1, change: func(r *http.Request) { r.Header.Set("Expect", "100-continue") }},
		{name: "expectation of unknown length", method: "POST", path: "/echo", body: text("x"), change: func(r *http.Request) { r.Header.Set("Expect", "100-continue") }},
		{name: "body that is not read", method: "POST", path: "/deaf", body: text(large), length: int64(len(large))},
		{name: "body that never comes", method: "POST", path: "/deaf", body: func() io.Reader { r, _ := io.Pipe(); return r }, length: 5},
		{name: "refused body", method: "POST", path: "/refuse", body: func() io.Reader { r, _ := io.Pipe(); return r }},
		{name: "body to a redirect", method: "PUT", path: "/redirect", body: text("x"), length: 1},
		{name: "put", method: "PUT", path: "/echo", body: text("x"), length: 1},
		{name: "patch", method: "PATCH", path: "/echo", body: text("x"), length: 1},
		{name: "delete", method: "DELETE", path: "/echo"},
		{name: "delete with a body", method: "DELETE", path: "/echo", body: text("x"), length: 1},
		{name: "get with a body", method: "GET", path: "/echo", body: text("x"), length: 1},
		{name: "options", method: "OPTIONS", path: "/echo"},
		{name: "own method", method: "PURGE", path: "/echo"},
		{name: "fields", path: "/echo", change: func(r *http.Request) {
			r.Header = http.Header{"X-One": {" v "}, "X-Many": {"a", "b"}, "User-Agent": {"me/1"}, "Accept": {"text/x"}, "Cookie": {"a=1"},
				"Content-Type": {"text/y"}, "Referer": {"http://other.test/"}, "Range": {"bytes=0-1"}}
		}, differs: "h2: net/http leaves white space around a value"},
		{name: "host", path: "/echo", change: func(r *http.Request) { r.Host = "virtual.test" }},
		{name: "userinfo", path: "/echo", change: func(r *http.Request) { r.URL.User = url.UserPassword("u", "p ss") }},
		{name: "streamed", path: "/flush"},
		{name: "empty", path: "/empty"},
		{name: "gzip", path: "/gzip"},
		{name: "own accept-encoding", path: "/gzip", change: func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") }},
		{name: "identity", path: "/gzip", change: func(r *http.Request) { r.Header.Set("Accept-Encoding", "identity") }},
		{name: "gzip that was not asked for", path: "/gzip-always", change: func(r *http.Request) { r.Header.Set("Range", "bytes=0-") }},
		{name: "repeated fields", path: "/many", differs: "http1: net/http adds Cache-Control to Pragma"},
		{name: "redirect", path: "/redirect"},
		{name: "trailer", path: "/trailer"},
		{name: "close", path: "/close"},
		{name: "close asked for", path: "/echo", change: func(r *http.Request) { r.Close = true }},
		{name: "cut", path: "/cut"},
		{name: "dies", path: "/die", method: "POST"},
		{name: "early hints", path: "/early"},
		{name: "204", path: "/status/204"},
		{name: "304", path: "/status/304"},
		{name: "404", path: "/status/404"},
		{name: "418", path: "/status/418"},
		{name: "500", path: "/status/500"},
		{name: "599", path: "/status/599"},
		{name: "bad method", method: "GET", path: "/echo", change: func(r *http.Request) { r.Method = "A B" }, differs: "h2: net/http sends it"},
		{name: "bad field", path: "/echo", change: func(r *http.Request) { r.Header["A B"] = []string{"x"} }},
		{name: "bad value", path: "/echo", change: func(r *http.Request) { r.Header["A"] = []string{"x\ny"} }},
		{name: "scheme", path: "/echo", change: func(r *http.Request) { r.URL.Scheme = "ftp" }},
		{name: "no host", path: "/echo", change: func(r *http.Request) { r.URL.Host = "" }},
		{name: "no URL", path: "/echo", change: func(r *http.Request) { r.URL = nil }},
		{name: "no header", path: "/echo", change: func(r *http.Request) { r.Header = nil }, differs: "both: net/http wants a map, empty or not"},
		{name: "wrong length", method: "POST", path: "/echo", body: text("abc"), length: 5, differs: "h2: net/http sends what there is"},
		{name: "body that fails", method: "POST", path: "/echo", body: func() io.Reader { return io.MultiReader(strings.NewReader("a"), failing{}) }},
		{name: "canceled before", path: "/echo", change: func(r *http.Request) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			*r = *r.WithContext(ctx)
		}},
		{name: "late", path: "/wait", change: func(r *http.Request) {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
			t.Cleanup(cancel)
			*r = *r.WithContext(ctx)
		}},
		{name: "late within the body", path: "/stream", change: func(r *http.Request) {
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			t.Cleanup(cancel)
			*r = *r.WithContext(ctx)
		}},
	}
	onBoth(t, serveCases, func(t *testing.T, p *peers) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				run := func(rt http.RoundTripper) any {
					var b *counted
					r, _ := http.NewRequest(c.method, p.url+c.path, nil)
					if c.body != nil {
						b = &counted{Reader: c.body()}
						r.Body, r.ContentLength = b, c.length
					}
					r.Header.Set("User-Agent", "test")
					r.Header.Set("Accept", "*/*")
					if c.change != nil {
						c.change(r)
					}
					before := r.Header.Clone()
					s := look(rt, r)
					if _, own := rt.(*Transport); b != nil && (own || c.path == "/echo") { // net/http does not close one that does not come
						waitFor(t, "the request's body is closed", func() bool { return b.closed.Load() > 0 })
					} else if b != nil {
						b.Close()
					}
					if !maps.EqualFunc(before, r.Header, slices.Equal) {
						t.Errorf("%T changed the request's fields", rt)
					}
					return s
				}
				std, ours := p.each(run)
				s, o := fmt.Sprintf("%+v", std), fmt.Sprintf("%+v", ours)
				where, why, _ := strings.Cut(c.differs, ": ")
				expected := where == "both" || where != "" && strings.HasSuffix(t.Name(), "/"+where+"/"+strings.ReplaceAll(c.name, " ", "_"))
				switch {
				case s != o && !expected:
					t.Errorf("net/http: %s\nours:     %s", s, o)
				case s == o && expected:
					t.Errorf("does not differ any more: %s", why)
				}
			})
		}
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("no more") }

// counted is a body that knows how often it was closed.
type counted struct {
	io.Reader
	closed atomic.Int32
}

func (c *counted) Close() error {
	c.closed.Add(1)
	if r, ok := c.Reader.(*io.PipeReader); ok {
		r.Close()
	}
	return nil
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}
