package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"pageload/conn/conntest"
	"pageload/dnscache"
	"pageload/parse/weburl"
)

func TestFailedLookupIsInTheHop(t *testing.T) {
	inWorld(t, func(w *world) {
		w.pool.Dialer.Resolver = resolver(func(host string) (dnscache.Answer, error) {
			time.Sleep(30 * time.Millisecond)
			return dnscache.Answer{}, &dnscache.Error{Name: host, RCode: "NXDOMAIN", Err: dnscache.ErrNotFound, Steps: []dnscache.Step{{RCode: "NXDOMAIN"}}}
		})
		h := w.get("http://a.test/").hop
		if h.Opening.DNSEnd.Sub(h.Opening.DNSStart) != 30*time.Millisecond || len(h.Opening.DNS.Steps) != 1 || h.Opening.DNS.RCode != "NXDOMAIN" {
			t.Errorf("hop %+v", h)
		}
	})
}

func TestHandlerErrorsComeBackUnchanged(t *testing.T) {
	mine := errors.New("mine")
	for _, at := range []string{"redirect", "response", "data", "coded data"} {
		t.Run(at, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.text(80, map[string]string{"/": redirect(302, "/x"), "/x": ok("body"), "/gz": ok(string(gzipped("body")), "Content-Encoding: gzip")})
				h := HandlerFuncs{}
				path := "/"
				switch at {
				case "redirect":
					h.OnRedirect = func(*Hop, weburl.URL) error { return mine }
				case "response":
					h.OnResponse = func(*Hop) error { return mine }
				case "data":
					h.OnData = func([]byte) error { return mine }
				case "coded data":
					path = "/gz"
					h.OnData = func([]byte) error { return mine }
				}
				done := make(chan error, 1)
				h.OnDone = func(_ *Hop, err error) { done <- err }
				w.client.Start(context.Background(), &Request{URL: weburl.MustParse("http://a.test" + path)}, h)
				if err := <-done; err != mine {
					t.Errorf("error %v, want it as it was", err)
				}
			})
		})
	}
}

func TestErrorsAndTheirNames(t *testing.T) {
	big := "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 300<<10) + "\r\n\r\n"
	tests := []struct {
		name, url string
		answer    string // "-": reset
		rule      *conntest.Rule
		is        error
		net       string
		text      string
	}{
		{"name", "http://missing.test/", "", nil, nil, "net::ERR_NAME_NOT_RESOLVED", "fetch: http://missing.test/: dns: missing.test: no such name"},
		{"refused", "http://x.test/", "", &conntest.Rule{Refuse: true}, syscall.ECONNREFUSED, "net::ERR_CONNECTION_REFUSED",
			"fetch: http://x.test/: connect: 192.0.2.1:80: connection refused"},
		{"unreachable", "http://x.test/", "", &conntest.Rule{Err: syscall.ENETUNREACH}, nil, "net::ERR_ADDRESS_UNREACHABLE", ""},
		{"connect timeout", "http://x.test/", "", &conntest.Rule{Blackhole: true}, nil, "net::ERR_CONNECTION_TIMED_OUT", ""},
		{"reset", "http://x.test/", "-", nil, syscall.ECONNRESET, "net::ERR_CONNECTION_RESET", ""},
		{"port", "http://x.test:25/", "", nil, ErrBlockedPort, "net::ERR_UNSAFE_PORT", "fetch: http://x.test:25/: url: port is blocked: 25"},
		{"ftp", "ftp://x.test/", "", nil, ErrScheme, "net::ERR_UNKNOWN_URL_SCHEME", "fetch: ftp://x.test/: url: scheme is not fetched: ftp"},
		{"blob", "blob:http://x.test/1", "", nil, ErrScheme, "net::ERR_UNKNOWN_URL_SCHEME", ""},
		{"file", "file:///etc/passwd", "", nil, ErrScheme, "net::ERR_UNKNOWN_URL_SCHEME", ""},
		{"javascript", "javascript:alert(1)", "", nil, ErrScheme, "net::ERR_UNKNOWN_URL_SCHEME", ""},
		{"garbage", "http://x.test/", "SSH-2.0-OpenSSH\r\n\r\n", nil, ErrProtocol, "net::ERR_INVALID_HTTP_RESPONSE", ""},
		{"head too large", "http://x.test/", big, nil, ErrHeaderSize, "net::ERR_RESPONSE_HEADERS_TOO_BIG", ""},
		{"head cut", "http://x.test/", "HTTP/1.1 200 OK\r\nX", nil, ErrTruncated, "net::ERR_RESPONSE_HEADERS_TRUNCATED", ""},
		{"length", "http://x.test/", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", nil, ErrTruncated, "net::ERR_CONTENT_LENGTH_MISMATCH", ""},
		{"chunked", "http://x.test/", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", nil, ErrTruncated, "net::ERR_INCOMPLETE_CHUNKED_ENCODING", ""},
		{"chunk size", "http://x.test/", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", nil, ErrProtocol, "net::ERR_INVALID_CHUNKED_ENCODING", ""},
		{"coding", "http://x.test/", ok("not gzip at all", "Content-Encoding: gzip"), nil, ErrDecode, "net::ERR_CONTENT_DECODING_FAILED", ""},
		{"data", "data:no-comma", "", nil, ErrBadRequest, "net::ERR_INVALID_ARGUMENT", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.net.Window = 1 << 20
				w.pool.Dialer.ConnectTimeout = 10 * time.Second
				w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
					if tt.answer == "-" {
						c.Reset()
					} else {
						io.WriteString(c, tt.answer)
					}
					return false
				})
				if tt.rule != nil {
					w.net.SetRule(addr("192.0.2.1:80"), *tt.rule)
				}
				r := w.get(tt.url)
				var e *Error
				if !errors.As(r.err, &e) {
					t.Fatalf("error %v", r.err)
				}
				if tt.is != nil && !errors.Is(e, tt.is) {
					t.Errorf("error %v is not %v", e, tt.is)
				}
				if e.Net() != tt.net {
					t.Errorf("Net() = %s, want %s: %v", e.Net(), tt.net, e)
				}
				if tt.text != "" && e.Error() != tt.text {
					t.Errorf("text %q, want %q", e, tt.text)
				}
				if r.hop == nil || r.hop.Times.End.IsZero() || e.URL.String() != tt.url {
					t.Errorf("hop %+v, error's URL %v", r.hop, e.URL)
				}
			})
		})
	}
}

func TestBadRequests(t *testing.T) {
	u := weburl.MustParse("http://a.test/")
	for name, r := range map[string]Request{
		"no URL":     {},
		"method":     {URL: u, Method: "GE T"},
		"connect":    {URL: u, Method: "connect"},
		"name":       {URL: u, Header: []Field{{"A B", "x"}}},
		"value":      {URL: u, Header: []Field{{"A", "x\r\nB: y"}}},
		"framing":    {URL: u, Header: []Field{{"Transfer-Encoding", "chunked"}}},
		"media type": {URL: u, Body: []byte("x"), ContentType: "a\nb"},
		"range":      {URL: u, Range: "bytes=0-\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				if res := w.fetch(&r); !errors.Is(res.err, ErrBadRequest) || len(w.net.Dials()) != 0 {
					t.Errorf("error %v", res.err)
				}
			})
		})
	}
}

func TestBodyBounds(t *testing.T) {
	endless := func(head string) func(c *conntest.Conn, r *http.Request) bool {
		return func(c *conntest.Conn, r *http.Request) bool {
			io.WriteString(c, head)
			piece := strings.Repeat("x", 16<<10)
			for {
				time.Sleep(time.Microsecond) // so that a reset can arrive
				if _, err := io.WriteString(c, "4000\r\n"+piece+"\r\n"); err != nil {
					return false
				}
			}
		}
	}
	chunked := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	tests := []struct {
		name    string
		head    string
		discard bool
		change  func(*Client)
		want    error
		limit   string
	}{
		{"endless", chunked, false, func(c *Client) { c.MaxBodyBytes = 1 << 20 }, ErrBodySize, "Client.MaxBodyBytes 1048576"},
		{"endless, dropped", chunked, true, func(c *Client) { c.MaxBodyBytes = 1 << 20 }, ErrBodySize, "Client.MaxBodyBytes 1048576"},
		{"until closed", "HTTP/1.1 200 OK\r\n\r\n", true, func(c *Client) { c.MaxBodyBytes = 1 << 20 }, ErrBodySize, "Client.MaxBodyBytes 1048576"},
		{"announced", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", true, func(c *Client) {}, ErrBodySize, "Client.MaxBodyBytes 1073741824"},
		{"delivered", chunked, false, func(c *Client) { c.MaxDecodedBytes = 1 << 20 }, ErrDecodedSize, "Client.MaxDecodedBytes 1048576"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				tt.change(&w.client)
				w.serve(80, endless(tt.head))
				r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Discard: tt.discard})
				var e *Error
				if !errors.Is(r.err, tt.want) || !errors.As(r.err, &e) || e.Limit != tt.limit {
					t.Errorf("error %v", r.err)
				}
				if len(r.body) > 1<<20 {
					t.Errorf("%d bytes were delivered", len(r.body))
				}
			})
		})
	}
}
