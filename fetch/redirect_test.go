package fetch

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pageload/conn/conntest"
	"pageload/fetch/cookies"
	"pageload/parse/weburl"
)

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
		w.client.Jar = &cookies.Jar{}
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
				w.client.Jar = &cookies.Jar{}
				var sent string
				w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
					sent = r.Header.Get("Cookie")
					io.WriteString(c, ok("", "Set-Cookie: n=v; Path=/", "Access-Control-Allow-Origin: *"))
					return true
				})
				w.client.Jar.Set(cookies.Cookie{Name: "old", Value: "1", Domain: "a.test", HostOnly: true, SameSite: cookies.Unspecified})
				w.fetch(&tt.r)
				if (sent == "old=1") != tt.want {
					t.Errorf("Cookie %q", sent)
				}
				if kept := w.client.Jar.Len() == 2; kept != tt.want {
					t.Errorf("cookie kept: %v", kept)
				}
			})
		})
	}
}

// What the jar holds back stands in the hop, of each hop its own.
func TestBlockedCookies(t *testing.T) {
	inWorld(t, func(w *world) {
		w.client.Jar = &cookies.Jar{}
		var field []string
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			field = append(field, r.Header.Get("Cookie"))
			if r.Host == "b.test" {
				io.WriteString(c, redirect(302, "http://a.test/end", "Set-Cookie: x=1", "Set-Cookie: y=1; Secure; SameSite=None"))
			} else {
				io.WriteString(c, ok("", "Set-Cookie: z=1"))
			}
			return true
		})
		for _, c := range []cookies.Cookie{
			{Name: "strict", Value: "1", Domain: "a.test", SameSite: cookies.Strict}, {Name: "secure", Value: "1", Domain: "a.test", Secure: true},
			{Name: "lax", Value: "1", Domain: "b.test", SameSite: cookies.Lax}, {Name: "elsewhere", Value: "1", Domain: "a.test", Path: "/x"},
		} {
			if err := w.client.Jar.Set(c); err != nil {
				t.Fatal(err)
			}
		}
		page := weburl.MustParse("http://a.test/page").Origin()
		r := w.fetch(&Request{URL: weburl.MustParse("http://b.test/"), Destination: Image, Mode: NoCORS, Initiator: page, TopLevel: page})
		if r.err != nil {
			t.Fatal(r.err)
		}
		if want := []string{"", "strict=1"}; !slices.Equal(field, want) {
			t.Errorf("sent %q, want %q", field, want)
		}
		for i, want := range [][]string{
			{"lax SameSiteLax", "x SameSiteUnspecifiedTreatedAsLax", "y SecureOnly"}, {"secure SecureOnly"},
		} {
			h := r.hop
			if i < len(r.redirects) {
				h = r.redirects[i]
			}
			var got []string
			for _, b := range h.BlockedCookies {
				got = append(got, b.Name+" "+b.Reasons.String())
			}
			if !slices.Equal(got, want) {
				t.Errorf("hop %d: blocked %q, want %q", i, got, want)
			}
		}
		if w.client.Jar.Len() != 5 {
			t.Errorf("%d cookies in the jar, want z beside the four", w.client.Jar.Len())
		}
	})
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

// What one hop was not told of the referrer no later hop is told.
func TestRedirectReferrer(t *testing.T) {
	inWorld(t, func(w *world) {
		var got []string
		w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
			got = append(got, r.Header.Get("Referer"))
			to := map[string]string{"/1": "http://b.test/2", "/2": "http://a.test/3", "/3": "/4"}[r.URL.Path]
			if to == "" {
				io.WriteString(c, ok("end"))
			} else {
				io.WriteString(c, redirect(302, to))
			}
			return true
		})
		page := weburl.MustParse("http://a.test/page?q")
		r := w.fetch(&Request{URL: weburl.MustParse("http://a.test/1"), Destination: Image, Initiator: page.Origin(), Referrer: page})
		want := []string{"http://a.test/page?q", "http://a.test/", "http://a.test/", "http://a.test/"}
		if r.err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, told %q, want %q", r.err, got, want)
		}
	})
}
