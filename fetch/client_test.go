package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn"
	"pageload/conn/conntest"
	"pageload/dnscache"
	"pageload/fetch/cookies"
	"pageload/parse/weburl"
)

func TestHopHasTimesAndBytes(t *testing.T) {
	inWorld(t, func(w *world) {
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			time.Sleep(40 * time.Millisecond)
			io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
			time.Sleep(10 * time.Millisecond)
			io.WriteString(c, "HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\nX-A: 2\r\n\r\n3\r\nabc\r\n")
			time.Sleep(20 * time.Millisecond)
			io.WriteString(c, "2\r\nde\r\n0\r\nX-T: t\r\n\r\n")
			return true
		})
		start := time.Now()
		r := w.get("http://a.test/x?y#z")
		if r.err != nil {
			t.Fatal(r.err)
		}
		h := r.hop
		at := func(name string, got time.Time, want time.Duration) {
			t.Helper()
			if d := got.Sub(start); d != want*time.Millisecond {
				t.Errorf("%s at %v, want %v", name, d, want*time.Millisecond)
			}
		}
		at("Queued", h.Times.Queued, 0)
		at("ConnectStart", h.Times.ConnectStart, 0)
		at("ConnectEnd", h.Times.ConnectEnd, 10)
		at("LeaseReady", h.Times.LeaseReady, 10)
		at("SendStart", h.Times.SendStart, 10)
		at("SendEnd", h.Times.SendEnd, 10)
		at("FirstByte", h.Times.FirstByte, 60)
		at("HeadEnd", h.Times.HeadEnd, 70)
		at("End", h.Times.End, 90)
		if !h.Times.TLSStart.IsZero() {
			t.Error("TLS times without TLS")
		}
		if h.Status != 200 || h.StatusText != "Fine" || h.Proto != "http/1.1" || h.Reused || h.ConnID == 0 ||
			h.Remote.String() != "192.0.2.1:80" || h.DNS.Name != "a.test" || string(r.body) != "abcde" {
			t.Errorf("hop %+v, body %q", h, r.body)
		}
		if got := h.Header.Values("x-a"); !slices.Equal(got, []string{"1", "2"}) {
			t.Errorf("X-A = %q", got)
		}
		if h.Trailer.Get("X-T") != "t" {
			t.Errorf("trailer %v", h.Trailer)
		}
		const interim, head = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\nX-A: 2\r\n\r\n"
		if h.HeadBytes != int64(len(interim+head)) || h.WireBodyBytes != 5 || h.FramingBytes != int64(len("3\r\n\r\n2\r\n\r\n0\r\nX-T: t\r\n\r\n")) || h.DecodedBytes != 5 {
			t.Errorf("head %d, wire %d, framing %d, decoded %d bytes", h.HeadBytes, h.WireBodyBytes, h.FramingBytes, h.DecodedBytes)
		}
		if want := int64(len(appendHead(nil, "GET", "/x?y", h.RequestHeader))); h.SentBytes != want {
			t.Errorf("sent %d bytes, want %d", h.SentBytes, want)
		}
		if !slices.Equal(r.events, []string{"interim 103", "response 200"}) {
			t.Errorf("events %q", r.events)
		}
		if h.URL.String() != "http://a.test/x?y#z" || w.requests[0] != "GET a.test/x?y " {
			t.Errorf("URL %v, requests %q", h.URL, w.requests)
		}
	})
}

func TestConnectionIsReusedAndHopSaysSo(t *testing.T) {
	inWorld(t, func(w *world) {
		w.text(80, map[string]string{"/": ok("x"), "/close": ok("y", "Connection: close")})
		first, second := w.get("http://a.test/").hop, w.get("http://a.test/").hop
		if first.Reused || !second.Reused || first.ConnID != second.ConnID || !second.Times.ConnectStart.IsZero() || !second.Times.DNSStart.IsZero() {
			t.Errorf("first %+v\nsecond %+v", first, second)
		}
		w.get("http://a.test/close")
		if h := w.get("http://a.test/").hop; h.Reused {
			t.Error("a connection that the server closes was reused")
		}
		if first.RequestID == second.RequestID {
			t.Error("two fetches share a request id")
		}
	})
}

func TestRedirects(t *testing.T) {
	responses := map[string]string{
		"/301": redirect(301, "/end"), "/302": redirect(302, "http://a.test/end"), "/303": redirect(303, "end"),
		"/307": redirect(307, "/end"), "/308": redirect(308, "/end"), "/300": redirect(300, "/end"), "/304": redirect(304, "/end"),
		"/305": redirect(305, "/end"), "/none": answer("302 x", "here"), "/empty": redirect(302, ""), "/bad": redirect(302, "http://[/"),
		"/ftp": redirect(302, "ftp://a.test/"), "/js": redirect(302, "javascript:alert(1)"), "/data": redirect(302, "data:,x"),
		"/port": redirect(302, "http://a.test:25/"), "/frag": redirect(302, "/end#new"), "/body": answer("302 x", strings.Repeat("x", 9000), "Location: /end"),
		"/long": answer("302 x", strings.Repeat("x", 90000), "Location: /end"), "/user": redirect(302, "http://u:p@a.test/end"),
		"/end": ok("end"),
	}
	tests := []struct {
		path, method string
		want         []string // requests
		status       int
		err          error
		net          string
		url          string // where it ends
	}{
		{"/301", "GET", []string{"GET /301 ", "GET /end "}, 200, nil, "", "http://a.test/end#f"},
		{"/302", "GET", []string{"GET /302 ", "GET /end "}, 200, nil, "", "http://a.test/end#f"},
		{"/303", "GET", []string{"GET /303 ", "GET /end "}, 200, nil, "", "http://a.test/end#f"},
		{"/303", "HEAD", []string{"HEAD /303 ", "HEAD /end "}, 200, nil, "", "http://a.test/end#f"},
		{"/301", "POST", []string{"POST /301 body", "GET /end "}, 200, nil, "", "http://a.test/end#f"},
		{"/302", "POST", []string{"POST /302 body", "GET /end "}, 200, nil, "", "http://a.test/end#f"},
		{"/303", "PUT", []string{"PUT /303 body", "GET /end "}, 200, nil, "", "http://a.test/end#f"},
		{"/301", "PUT", []string{"PUT /301 body", "PUT /end body"}, 200, nil, "", "http://a.test/end#f"},
		{"/307", "POST", []string{"POST /307 body", "POST /end body"}, 200, nil, "", "http://a.test/end#f"},
		{"/308", "POST", []string{"POST /308 body", "POST /end body"}, 200, nil, "", "http://a.test/end#f"},
		{"/300", "GET", []string{"GET /300 "}, 300, nil, "", "http://a.test/300#f"},
		{"/305", "GET", []string{"GET /305 "}, 305, nil, "", "http://a.test/305#f"},
		{"/none", "GET", []string{"GET /none "}, 302, nil, "", "http://a.test/none#f"},
		{"/empty", "GET", []string{"GET /empty "}, 302, nil, "", "http://a.test/empty#f"},
		{"/frag", "GET", []string{"GET /frag ", "GET /end "}, 200, nil, "", "http://a.test/end#new"},
		{"/body", "GET", []string{"GET /body ", "GET /end "}, 200, nil, "", "http://a.test/end#f"},
		{"/long", "GET", []string{"GET /long ", "GET /end "}, 200, nil, "", "http://a.test/end#f"},
		{"/user", "GET", []string{"GET /user ", "GET /end "}, 200, nil, "", "http://a.test/end#f"},
		{"/bad", "GET", []string{"GET /bad "}, 302, ErrRedirect, "net::ERR_INVALID_REDIRECT", "http://a.test/bad#f"},
		{"/ftp", "GET", []string{"GET /ftp "}, 302, ErrScheme, "net::ERR_UNSAFE_REDIRECT", "http://a.test/ftp#f"},
		{"/js", "GET", []string{"GET /js "}, 302, ErrScheme, "net::ERR_UNSAFE_REDIRECT", "http://a.test/js#f"},
		{"/data", "GET", []string{"GET /data "}, 302, ErrScheme, "net::ERR_UNSAFE_REDIRECT", "http://a.test/data#f"},
		{"/port", "GET", []string{"GET /port "}, 0, ErrBlockedPort, "net::ERR_UNSAFE_PORT", "http://a.test:25/#f"},
	}
	for _, tt := range tests {
		t.Run(tt.method+tt.path, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.text(80, responses)
				req := &Request{URL: weburl.MustParse("http://a.test" + tt.path + "#f"), Method: tt.method}
				if tt.method == "POST" || tt.method == "PUT" {
					req.Body, req.ContentType = []byte("body"), "text/x"
				}
				r := w.fetch(req)
				if !errors.Is(r.err, tt.err) || (r.err == nil) != (tt.err == nil) {
					t.Errorf("error %v, want %v", r.err, tt.err)
				}
				var e *Error
				if errors.As(r.err, &e) && e.Net() != tt.net {
					t.Errorf("Net() = %s, want %s", e.Net(), tt.net)
				}
				if r.hop.Status != tt.status || r.hop.URL.String() != tt.url {
					t.Errorf("ended with %d at %v, want %d at %s", r.hop.Status, r.hop.URL, tt.status, tt.url)
				}
				got := slices.Clone(w.requests)
				for i := range got {
					got[i] = strings.Replace(got[i], "a.test", "", 1)
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("requests %q, want %q", got, tt.want)
				}
				for i, h := range append(r.redirects, r.hop) {
					if h.Index != i || h.RequestID != r.hop.RequestID || h.Times.End.IsZero() {
						t.Errorf("hop %d: %+v", i, h)
					}
				}
			})
		})
	}
}

func TestRedirectLoopEndsAtTheBound(t *testing.T) {
	inWorld(t, func(w *world) {
		w.text(80, map[string]string{"/": redirect(302, "/")})
		r := w.get("http://a.test/")
		var e *Error
		if !errors.Is(r.err, ErrTooManyRedirects) || !errors.As(r.err, &e) || e.Net() != "net::ERR_TOO_MANY_REDIRECTS" || e.Limit != "Client.MaxRedirects 20" {
			t.Errorf("error %v", r.err)
		}
		if len(w.requests) != 21 || len(r.redirects) != 20 {
			t.Errorf("%d requests, %d redirects; want 21, 20", len(w.requests), len(r.redirects))
		}
		if h := r.redirects[1]; !h.Reused {
			t.Error("a redirect's connection was not used again")
		}
	})
}

func TestRedirectsCanBeLeftAlone(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.MaxRedirects = -1
		w.text(80, map[string]string{"/": redirect(302, "/x")})
		if r := w.get("http://a.test/"); r.err != nil || r.hop.Status != 302 {
			t.Errorf("status %d, error %v", r.hop.Status, r.err)
		}
	})
}

func TestSlowRedirectBodyIsNotWaitedFor(t *testing.T) {
	inWorld(t, func(w *world) {
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			if r.URL.Path == "/end" {
				io.WriteString(c, ok("end"))
				return true
			}
			io.WriteString(c, "HTTP/1.1 302 x\r\nLocation: /end\r\nContent-Length: 100\r\n\r\nx")
			c.Read(make([]byte, 1)) // until the client gives up
			return false
		})
		r := w.get("http://a.test/")
		if r.err != nil || string(r.body) != "end" {
			t.Fatalf("%q, %v", r.body, r.err)
		}
		if d := r.redirects[0].Times.End.Sub(r.redirects[0].Times.HeadEnd); d != drainTime {
			t.Errorf("the redirect's body was waited for %v, want %v", d, drainTime)
		}
	})
}

func TestRedirectAcrossOrigins(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.Jar = cookies.New()
		var header []http.Header
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			header = append(header, r.Header)
			switch r.Host {
			case "a.test":
				io.WriteString(c, redirect(302, "http://b.test/", "Set-Cookie: a=1", "Referrer-Policy: no-referrer"))
			case "b.test":
				io.WriteString(c, redirect(302, "http://a.test:8080/", "Set-Cookie: b=2; Path=/"))
			}
			return true
		})
		w.serve(8080, func(c *conntest.Conn, r *http.Request) bool {
			header = append(header, r.Header)
			io.WriteString(c, ok(""))
			return true
		})
		page := weburl.MustParse("http://a.test/page")
		r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Header: []Field{{"Authorization", "secret"}, {"Host", "a.test"}},
			Referrer: page, Initiator: page.Origin()})
		if r.err != nil {
			t.Fatal(r.err)
		}
		for i, want := range []struct{ authorization, cookie, referer string }{
			{"secret", "", "http://a.test/page"}, {"", "", ""}, {"", "a=1", ""},
		} {
			h := header[i]
			if h.Get("Authorization") != want.authorization || h.Get("Cookie") != want.cookie || h.Get("Referer") != want.referer {
				t.Errorf("hop %d: %v, want %+v", i, h, want)
			}
		}
	})
}

func TestCookiesByCredentials(t *testing.T) {
	page := weburl.MustParse("http://a.test/page")
	tests := []struct {
		name string
		r    Request
		want bool
	}{
		{"navigation", Request{URL: page}, true},
		{"image", Request{URL: page, Destination: Image, Mode: NoCORS, Initiator: page.Origin()}, true},
		{"same-origin cors", Request{URL: page, Destination: Font, Mode: CORS, Credentials: SameOriginCredentials, Initiator: page.Origin()}, true},
		{"cross-origin cors", Request{URL: page, Destination: Font, Mode: CORS, Credentials: SameOriginCredentials,
			Initiator: weburl.MustParse("http://b.test/").Origin()}, false},
		{"omit", Request{URL: page, Destination: Manifest, Mode: CORS, Credentials: Omit, Initiator: page.Origin()}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.client.Jar = cookies.New()
				var sent string
				w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
					sent = r.Header.Get("Cookie")
					io.WriteString(c, ok("", "Set-Cookie: n=v; Path=/", "Access-Control-Allow-Origin: *"))
					return true
				})
				w.client.Jar.SetCookies(jarURL(page), []*http.Cookie{{Name: "old", Value: "1"}})
				w.fetch(&tt.r)
				if (sent == "old=1") != tt.want {
					t.Errorf("Cookie %q", sent)
				}
				if kept := len(w.client.Jar.Cookies(jarURL(page))) == 2; kept != tt.want {
					t.Errorf("cookie kept: %v", kept)
				}
			})
		})
	}
}

func TestCORS(t *testing.T) {
	page := weburl.MustParse("http://a.test/")
	font := Request{Destination: Font, Mode: CORS, Credentials: SameOriginCredentials, Initiator: page.Origin()}
	withCredentials := font
	withCredentials.Credentials = Include
	tests := []struct {
		name   string
		r      Request
		url    string
		fields []string
		want   error
	}{
		{"same origin needs nothing", font, "http://a.test/f", nil, nil},
		{"nothing", font, "http://b.test/f", nil, ErrCORS},
		{"star", font, "http://b.test/f", []string{"Access-Control-Allow-Origin: *"}, nil},
		{"origin", font, "http://b.test/f", []string{"Access-Control-Allow-Origin: http://a.test"}, nil},
		{"other origin", font, "http://b.test/f", []string{"Access-Control-Allow-Origin: http://c.test"}, ErrCORS},
		{"two", font, "http://b.test/f", []string{"Access-Control-Allow-Origin: http://a.test", "Access-Control-Allow-Origin: http://a.test"}, ErrCORS},
		{"star with credentials", withCredentials, "http://b.test/f", []string{"Access-Control-Allow-Origin: *", "Access-Control-Allow-Credentials: true"}, ErrCORS},
		{"origin with credentials", withCredentials, "http://b.test/f", []string{"Access-Control-Allow-Origin: http://a.test", "Access-Control-Allow-Credentials: true"}, nil},
		{"origin with credentials not allowed", withCredentials, "http://b.test/f", []string{"Access-Control-Allow-Origin: http://a.test"}, ErrCORS},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.text(80, map[string]string{"/f": ok("x", tt.fields...)})
				r := tt.r
				r.URL = weburl.MustParse(tt.url)
				if res := w.fetch(&r); !errors.Is(res.err, tt.want) || (res.err == nil) != (tt.want == nil) {
					t.Errorf("error %v, want %v", res.err, tt.want)
				}
			})
		})
	}
	t.Run("tainted by two foreign origins", func(t *testing.T) {
		inWorld(t, func(w *world) {
			var origins []string
			w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
				origins = append(origins, r.Header.Get("Origin"))
				if r.Host == "b.test" {
					io.WriteString(c, redirect(302, "http://c.test/", "Access-Control-Allow-Origin: *"))
				} else {
					io.WriteString(c, ok("", "Access-Control-Allow-Origin: null"))
				}
				return true
			})
			r := font
			r.URL = weburl.MustParse("http://b.test/")
			if res := w.fetch(&r); res.err != nil || !slices.Equal(origins, []string{"http://a.test", "null"}) {
				t.Errorf("origins %q, error %v", origins, res.err)
			}
		})
	})
	t.Run("same-origin mode", func(t *testing.T) {
		inWorld(t, func(w *world) {
			r := Request{URL: weburl.MustParse("http://b.test/"), Destination: Image, Mode: SameOrigin, Initiator: page.Origin()}
			if res := w.fetch(&r); !errors.Is(res.err, ErrCrossOrigin) || len(w.net.Dials()) != 0 {
				t.Errorf("error %v, dials %v", res.err, w.net.Dials())
			}
		})
	})
}

func TestRetryOnlyWhereAReusedConnectionDied(t *testing.T) {
	// The server answers the first request of each connection and resets or closes on the second.
	die := map[string]func(c *conntest.Conn){
		"closed":      func(c *conntest.Conn) {},
		"reset":       func(c *conntest.Conn) { c.Reset() },
		"half a head": func(c *conntest.Conn) { io.WriteString(c, "HTTP/1.1 200") },
	}
	for name, end := range die {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				n := make(map[*conntest.Conn]int)
				w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
					w.mu.Lock()
					n[c]++
					dead := n[c] > 1
					w.mu.Unlock()
					if dead {
						end(c)
						return false
					}
					io.WriteString(c, ok("x"))
					return true
				})
				w.get("http://a.test/")
				r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Method: "POST", Body: []byte("again")})
				if name == "half a head" {
					var e *Error
					if !errors.As(r.err, &e) || e.Net() != "net::ERR_RESPONSE_HEADERS_TRUNCATED" || len(w.requests) != 2 {
						t.Errorf("error %v after %d requests", r.err, len(w.requests))
					}
					return
				}
				if r.err != nil || r.hop.Retries != 1 || r.hop.Reused || len(w.requests) != 3 || !strings.HasSuffix(w.requests[2], "again") {
					t.Errorf("error %v, hop %+v, requests %q", r.err, r.hop, w.requests)
				}
			})
		})
	}
	t.Run("the time of the failed try counts", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.net.Latency = 0
			n := 0
			w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
				if n++; n == 2 {
					time.Sleep(time.Second)
					return false
				}
				io.WriteString(c, ok("x"))
				return true
			})
			w.get("http://a.test/")
			if h := w.get("http://a.test/").hop; h.Retries != 1 || h.Times.End.Sub(h.Times.Queued) != time.Second {
				t.Errorf("hop %+v", h)
			}
		})
	})
	t.Run("never on a fresh one", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.serve(80, func(c *conntest.Conn, r *http.Request) bool { return false })
			r := w.get("http://a.test/")
			var e *Error
			if !errors.Is(r.err, ErrEmptyResponse) || !errors.As(r.err, &e) || e.Net() != "net::ERR_EMPTY_RESPONSE" || len(w.requests) != 1 {
				t.Errorf("error %v after %d requests", r.err, len(w.requests))
			}
		})
	})
	t.Run("as often as a pool has connections", func(t *testing.T) {
		inWorld(t, func(w *world) {
			restarted := false
			n := make(map[*conntest.Conn]int)
			w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
				w.mu.Lock()
				n[c]++
				dead := restarted && n[c] > 1
				w.mu.Unlock()
				if dead {
					return false
				}
				time.Sleep(time.Second)
				io.WriteString(c, ok("x"))
				return true
			})
			var all []*result
			for range 6 {
				r := newResult()
				all = append(all, r)
				w.client.Start(context.Background(), &Request{URL: weburl.MustParse("http://a.test/")}, r)
			}
			for _, r := range all {
				<-r.done
			}
			w.mu.Lock()
			restarted = true
			w.mu.Unlock()
			if r := w.get("http://a.test/"); r.err != nil || r.hop.Retries != 6 {
				t.Errorf("error %v after %d retries", r.err, r.hop.Retries)
			}
		})
	})
}

func TestTimeouts(t *testing.T) {
	slow := func(c *conntest.Conn) { c.Read(make([]byte, 1)) }
	tests := []struct {
		name   string
		answer string
		want   error
		phase  Phase
		after  time.Duration
	}{
		{"no head", "", ErrHeaderTimeout, PhaseWait, 3 * time.Second},
		{"half a head", "HTTP/1.1 200 OK\r\nX", ErrHeaderTimeout, PhaseWait, 3 * time.Second},
		{"only hints", "HTTP/1.1 103 x\r\n\r\n", ErrHeaderTimeout, PhaseWait, 3 * time.Second},
		{"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\nx", ErrIdleTimeout, PhaseReceive, 2 * time.Second},
		{"half a coded body", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 30\r\n\r\n\x1f\x8b", ErrIdleTimeout, PhaseReceive, 2 * time.Second},
	}
	for _, tt := range tests {
		for _, discard := range []bool{false, true} {
			t.Run(tt.name, func(t *testing.T) {
				inWorld(t, func(w *world) {
					w.client.HeaderTimeout, w.client.IdleTimeout = 3*time.Second, 2*time.Second
					w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
						io.WriteString(c, tt.answer)
						slow(c)
						return false
					})
					start := time.Now()
					r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Discard: discard})
					var e *Error
					if !errors.Is(r.err, tt.want) || !errors.Is(r.err, context.DeadlineExceeded) || !errors.Is(r.err, os.ErrDeadlineExceeded) ||
						!errors.As(r.err, &e) || e.Phase != tt.phase || !e.Timeout() || e.Net() != "net::ERR_TIMED_OUT" {
						t.Errorf("error %v", r.err)
					}
					if d := time.Since(start); d < tt.after || d > tt.after+100*time.Millisecond {
						t.Errorf("after %v, want %v", d, tt.after)
					}
				})
			})
		}
	}
	t.Run("a slow body that goes on is none", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.client.HeaderTimeout, w.client.IdleTimeout = 3*time.Second, 2*time.Second
			w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
				for range 10 {
					time.Sleep(1900 * time.Millisecond)
					io.WriteString(c, "x")
				}
				return true
			})
			if r := w.get("http://a.test/"); r.err != nil || len(r.body) != 10 {
				t.Errorf("%d bytes, error %v", len(r.body), r.err)
			}
		})
	})
}

func TestCancel(t *testing.T) {
	cause := errors.New("the page was left")
	hang := func(answer string) func(*world) {
		return func(w *world) {
			w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
				io.WriteString(c, answer)
				c.Read(make([]byte, 1))
				return false
			})
		}
	}
	tests := []struct {
		name  string
		setup func(*world)
		phase Phase
	}{
		{"while connecting", func(w *world) {
			w.net.SetRule(addr("192.0.2.1:80"), conntest.Rule{Blackhole: true})
		}, PhaseQueue},
		{"while in the queue", func(w *world) {
			hang("")(w)
			for range 6 {
				r := newResult()
				w.client.Start(context.Background(), &Request{URL: weburl.MustParse("http://a.test/busy")}, r)
				w.Cleanup(func() { <-r.done })
			}
		}, PhaseQueue},
		{"while waiting", hang(""), PhaseWait},
		{"in the body", hang("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx"), PhaseReceive},
		{"in a coded body", hang("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 10\r\n\r\nx"), PhaseReceive},
	}
	for _, tt := range tests {
		for _, by := range []string{"context", "call", "deadline"} {
			t.Run(tt.name+" by "+by, func(t *testing.T) {
				inWorld(t, func(w *world) {
					w.pool.Dialer.ConnectTimeout = 10 * time.Second
					w.client.HeaderTimeout = 20 * time.Second
					tt.setup(w)
					ctx, cancel := context.WithCancelCause(context.Background())
					defer cancel(nil)
					kind := context.Canceled
					if by == "deadline" {
						var stop context.CancelFunc
						ctx, stop = context.WithTimeoutCause(ctx, time.Second, cause)
						defer stop()
						kind = context.DeadlineExceeded
					}
					r := newResult()
					call := w.client.Start(ctx, &Request{URL: weburl.MustParse("http://a.test/")}, r)
					time.Sleep(time.Second)
					switch by {
					case "context":
						cancel(cause)
					case "call":
						call.Cancel(cause)
					}
					synctest.Wait()
					select {
					case <-r.done:
					default:
						t.Fatal("not done at once")
					}
					var e *Error
					if !errors.Is(r.err, cause) || !errors.Is(r.err, kind) || !errors.As(r.err, &e) || e.Phase != tt.phase {
						t.Errorf("error %v", r.err)
					}
					if want := map[string]string{"deadline": "net::ERR_TIMED_OUT"}[by]; e.Net() != want && (want != "" || e.Net() != "net::ERR_ABORTED") {
						t.Errorf("Net() = %s", e.Net())
					}
					call.Cancel(nil) // does nothing
					call.SetPriority(conn.High)
				})
			})
		}
	}
}

func TestContextThatHasEnded(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := w.client.Do(ctx, &Request{URL: weburl.MustParse("http://a.test/")}); !errors.Is(err, context.Canceled) || len(w.net.Dials()) != 0 {
			t.Errorf("error %v, dials %v", err, w.net.Dials())
		}
	})
}

func TestFailedLookupIsInTheHop(t *testing.T) {
	inWorld(t, func(w *world) {
		w.pool.Dialer.Resolver = resolver(func(host string) (dnscache.Answer, error) {
			time.Sleep(30 * time.Millisecond)
			return dnscache.Answer{}, &dnscache.Error{Name: host, RCode: "NXDOMAIN", Err: dnscache.ErrNotFound, Steps: []dnscache.Step{{RCode: "NXDOMAIN"}}}
		})
		h := w.get("http://a.test/").hop
		if h.Times.DNSEnd.Sub(h.Times.DNSStart) != 30*time.Millisecond || len(h.DNS.Steps) != 1 || h.DNS.RCode != "NXDOMAIN" {
			t.Errorf("hop %+v", h)
		}
	})
}

func TestNoGoroutineWhileQueued(t *testing.T) {
	inWorld(t, func(w *world) {
		release := make(chan struct{})
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			<-release
			io.WriteString(c, ok("x"))
			return true
		})
		var all []*result
		ctx := w.Context()
		for range 200 {
			r := newResult()
			all = append(all, r)
			w.client.Start(ctx, &Request{URL: weburl.MustParse("http://a.test/")}, r)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		running := 0
		for _, stack := range conntest.Goroutines() {
			if strings.Contains(stack, "fetch.(*Call).run") {
				running++
			}
		}
		if running != 6 {
			t.Errorf("%d goroutines run 200 calls on 6 connections", running)
		}
		close(release)
		for _, r := range all {
			<-r.done
			if r.err != nil {
				t.Fatal(r.err)
			}
		}
		if b := all[199].hop.Blocked; len(b) != 1 || !strings.Contains(b[0], "6") {
			t.Errorf("Blocked = %q", b)
		}
	})
}

func TestPriorityOrdersTheQueue(t *testing.T) {
	inWorld(t, func(w *world) {
		w.pool.MaxPerHost = 1
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			time.Sleep(time.Second)
			io.WriteString(c, ok("x"))
			return true
		})
		start := func(path string, p conn.Priority) (*Call, *result) {
			r := newResult()
			return w.client.Start(context.Background(), &Request{URL: weburl.MustParse("http://a.test/" + path), Destination: Image, Mode: NoCORS, Priority: p}, r), r
		}
		_, first := start("first", conn.Low)
		time.Sleep(100 * time.Millisecond)
		low, last := start("raised", conn.VeryLow)
		start("low", conn.Low)
		_, end := start("verylow", conn.VeryLow)
		low.SetPriority(conn.High)
		<-first.done
		<-last.done
		<-end.done
		want := []string{"GET a.test/first ", "GET a.test/raised ", "GET a.test/low ", "GET a.test/verylow "}
		if !slices.Equal(w.requests, want) {
			t.Errorf("order %q, want %q", w.requests, want)
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

func TestDiscardCountsAndDoesNotInflate(t *testing.T) {
	inWorld(t, func(w *world) {
		w.text(80, map[string]string{"/": ok("no gzip", "Content-Encoding: gzip")})
		r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Discard: true})
		if r.err != nil || len(r.body) != 0 || r.hop.WireBodyBytes != 7 || r.hop.DecodedBytes != 0 || r.hop.Encoding != "" {
			t.Errorf("error %v, hop %+v", r.err, r.hop)
		}
		if r := w.get("http://a.test/"); !r.hop.Reused {
			t.Error("the connection was not kept")
		}
	})
}

func TestLargeUpload(t *testing.T) {
	inWorld(t, func(w *world) {
		body := strings.Repeat("u", 1<<20)
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			io.WriteString(c, ok("thanks"))
			return true
		})
		r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Method: "POST", Body: []byte(body)})
		if r.err != nil || string(r.body) != "thanks" || r.hop.SentBytes < 1<<20 || !strings.HasSuffix(w.requests[0], body) {
			t.Errorf("error %v, sent %d", r.err, r.hop.SentBytes)
		}
		if r.hop.Times.SendEnd.Before(r.hop.Times.SendStart) {
			t.Error("sent before it began")
		}
	})
}

func TestDo(t *testing.T) {
	inWorld(t, func(w *world) {
		body := strings.Repeat("0123456789", 50000)
		w.text(80, map[string]string{"/": redirect(302, "/x"), "/x": ok(string(gzipped(body)), "Content-Encoding: gzip"), "/cut": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nabc"})
		resp, err := w.client.Do(context.Background(), &Request{URL: weburl.MustParse("http://a.test/")})
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		if err != nil || string(got) != body || resp.Status != 200 || len(resp.Redirects) != 1 || resp.Encoding != "gzip" || resp.Header.Get("content-encoding") != "gzip" {
			t.Errorf("%d bytes, error %v, response %+v", len(got), err, resp)
		}
		resp.Body.Close()
		if _, err := resp.Body.Read(make([]byte, 1)); err == nil {
			t.Error("read after close")
		}

		resp, err = w.client.Do(context.Background(), &Request{URL: weburl.MustParse("http://a.test/cut")})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(resp.Body); string(got) != "abc" || !errors.Is(err, ErrTruncated) {
			t.Errorf("%q, %v", got, err)
		}
		resp.Body.Close()

		if _, err := w.client.Do(context.Background(), &Request{URL: weburl.MustParse("http://missing.test/")}); err == nil {
			t.Error("no error")
		}
	})
}

func TestDoBodyHoldsTheSenderBack(t *testing.T) {
	inWorld(t, func(w *world) {
		sent := 0
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			for {
				time.Sleep(time.Microsecond) // so that a reset can arrive
				n, err := c.Write(make([]byte, 1<<10))
				if sent += n; err != nil {
					return false
				}
			}
		})
		resp, err := w.client.Do(context.Background(), &Request{URL: weburl.MustParse("http://a.test/")})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if sent > 256<<10 {
			t.Errorf("%d bytes were sent to a reader that does not read", sent)
		}
		resp.Body.Close() // ends the endless body
		synctest.Wait()
	})
}

func TestDoEndsWithItsContext(t *testing.T) {
	inWorld(t, func(w *world) {
		w.text(80, map[string]string{"/": ok(strings.Repeat("x", 1<<20))})
		ctx, cancel := context.WithCancelCause(context.Background())
		resp, err := w.client.Do(ctx, &Request{URL: weburl.MustParse("http://a.test/")})
		if err != nil {
			t.Fatal(err)
		}
		cause := errors.New("left")
		cancel(cause)
		synctest.Wait() // nobody reads, nobody closes: the bubble would notice what stays
		var e *Error
		if _, err := io.ReadAll(resp.Body); !errors.Is(err, cause) || !errors.Is(err, context.Canceled) || !errors.As(err, &e) {
			t.Errorf("error %v", err)
		}
	})
}

func TestDataURLs(t *testing.T) {
	var c Client
	r := fetchAll(&c, &Request{URL: weburl.MustParse("data:text/css;charset=utf-8,a%7Bcolor:red%7D#x"), Destination: Style, Mode: NoCORS})
	if r.err != nil || string(r.body) != "a{color:red}" || r.hop.Status != 200 || r.hop.Header.Get("Content-Type") != "text/css;charset=utf-8" || r.hop.ConnID != 0 {
		t.Errorf("%q, error %v, hop %+v", r.body, r.err, r.hop)
	}
	r = fetchAll(&c, &Request{URL: weburl.MustParse("about:blank")})
	if r.err != nil || len(r.body) != 0 || r.hop.Header.Get("Content-Type") != "text/html;charset=utf-8" {
		t.Errorf("about:blank: %q, error %v", r.body, r.err)
	}
	c.Close(context.Background())
}
