package fetch

import (
	"errors"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pageload/conn"
	"pageload/conn/conntest"
	"pageload/parse/weburl"
)

// proxied sends everything through an HTTP proxy at port 3128.
func (w *world) proxied() {
	p := conn.Proxy{Scheme: "http", Host: "proxy.test", Port: 3128, Username: "user", Password: "secret"}
	w.pool.Dialer.Proxy = conn.FixedProxy(p)
}

const credentials = "Basic dXNlcjpzZWNyZXQ="

// Requests without TLS tell an HTTP proxy the whole URL, and who we are.
func TestAbsoluteForm(t *testing.T) {
	inWorld(t, func(w *world) {
		w.proxied()
		var seen []string
		w.serve(3128, func(c *conntest.Conn, r *http.Request) bool {
			seen = append(seen, r.RequestURI+" "+r.Host+" "+r.Header.Get("Proxy-Authorization")+" "+r.Header.Get("Proxy-Connection")+" "+r.Header.Get("Connection"))
			if strings.HasSuffix(r.RequestURI, "/from") {
				io.WriteString(c, redirect(302, "http://b.test:81/to"))
				return true
			}
			io.WriteString(c, ok("hello"))
			return true
		})
		res := w.get("http://u:p@a.test/from?x#frag")
		if res.err != nil {
			t.Fatal(res.err)
		}
		res = w.get("http://a.test/from")
		if res.err != nil || string(res.body) != "hello" {
			t.Fatal(res.err)
		}
		want := []string{
			"http://a.test/from?x a.test " + credentials + " keep-alive ",
			"http://a.test/from a.test " + credentials + " keep-alive ",
			"http://b.test:81/to b.test:81 " + credentials + " keep-alive ",
		}
		if !slices.Equal(seen, want) {
			t.Errorf("the proxy saw %q\nwant %q", seen, want)
		}
		var names []string
		for _, f := range res.redirects[0].RequestHeader[:4] {
			names = append(names, f.Name)
		}
		if want := "Host Proxy-Connection Proxy-Authorization Upgrade-Insecure-Requests"; strings.Join(names, " ") != want {
			t.Errorf("fields %v, want %s", names, want)
		}
		if h := res.hop; h.Proxy == nil || h.Proxy.Host != "proxy.test" || h.Remote.Port() != 3128 {
			t.Errorf("hop says proxy %v, remote %v", h.Proxy, h.Remote)
		}
		if res := w.fetch(&Request{URL: weburl.MustParse("http://a.test/x"), Header: []Field{{"Proxy-Authorization", "Bearer t"}, {"Connection", "close"}}}); res.err != nil {
			t.Fatal(res.err)
		}
		if last := seen[len(seen)-1]; last != "http://a.test/x a.test Bearer t  close" {
			t.Errorf("with the caller's fields the proxy saw %q", last)
		}
	})
}

// An origin sees nothing of the proxy's: neither its credentials nor those
// that a caller meant for a proxy.
func TestProxyAuthorizationIsNotForOrigins(t *testing.T) {
	check := func(t *testing.T, r *http.Request) {
		for name := range r.Header {
			if strings.HasPrefix(name, "Proxy-") {
				t.Errorf("the origin saw %s", name)
			}
		}
		if !strings.HasPrefix(r.RequestURI, "/") {
			t.Errorf("the origin saw %s", r.RequestURI)
		}
	}
	header := []Field{{"Proxy-Authorization", "Bearer t"}}
	t.Run("direct", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.serve(80, func(c *conntest.Conn, r *http.Request) bool {
				check(t, r)
				io.WriteString(c, ok("hello"))
				return true
			})
			if res := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Header: header}); res.err != nil {
				t.Error(res.err)
			}
		})
	})
	t.Run("tunnel", func(t *testing.T) {
		inWorld(t, func(w *world) {
			w.proxied()
			w.pool.Dialer.ConnectTo = []conn.ConnectTo{{Pattern: "*", Target: "192.0.2.1:80"}} // asks for a tunnel
			w.serve(3128, func(c *conntest.Conn, r *http.Request) bool {
				if r.Method == "CONNECT" {
					if got := r.Header.Get("Proxy-Authorization"); got != credentials {
						t.Errorf("the proxy saw %q", got)
					}
					io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
					return true
				}
				check(t, r) // we are the origin too
				io.WriteString(c, ok("hello"))
				return true
			})
			if res := w.fetch(&Request{URL: weburl.MustParse("http://a.test/"), Header: header}); res.err != nil || string(res.body) != "hello" {
				t.Error(res.err)
			}
			if n := len(w.requests); n != 2 {
				t.Errorf("requests %q", w.requests)
			}
		})
	})
}

func TestProxyErrors(t *testing.T) {
	tests := []struct {
		name, scheme, url, answer string
		net, text                 string
	}{
		{"forward wants credentials", "http", "http://a.test/x", answer("407 Who are you", "no", `Proxy-Authenticate: Basic realm="r"`), "net::ERR_PROXY_AUTH_REQUESTED",
			`fetch: http://a.test/x: connect: proxy http://proxy.test:3128 (192.0.2.1:3128) for a.test:80: request: it answered 407 "Who are you": the proxy asks for valid credentials; it asks for "Basic realm=\"r\"" (after 10ms)`},
		{"tunnel wants credentials", "http", "https://a.test/x", answer("407 Who are you", "no"), "net::ERR_PROXY_AUTH_REQUESTED",
			`for a.test:443: request: it answered 407 "Who are you": the proxy asks for valid credentials (after 10ms)`},
		{"tunnel refused", "http", "https://a.test/x", answer("403 Forbidden", "no"), "net::ERR_TUNNEL_CONNECTION_FAILED", `it answered 403 "Forbidden"`},
		{"proxy not there", "https", "http://a.test/x", "", "net::ERR_PROXY_CONNECTION_FAILED", "connect to proxy.test: 192.0.2.1:1: connection refused"},
		{"SOCKS that is HTTP", "socks5h", "http://a.test/x", "HTTP/1.1 400 Bad\r\n\r\n", "net::ERR_SOCKS_CONNECTION_FAILED", "does not speak SOCKS 5"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := conn.Proxy{Scheme: test.scheme, Host: "proxy.test", Port: 3128}
				stop, err := w.net.Serve(netip.MustParseAddrPort("192.0.2.1:3128"), func(c *conntest.Conn) {
					c.Read(make([]byte, 1000))
					io.WriteString(c, test.answer)
					io.Copy(io.Discard, c)
				})
				if err != nil {
					t.Fatal(err)
				}
				defer stop()
				if test.answer == "" {
					p.Port = 1 // nobody is there
				}
				w.pool.Dialer.Proxy = conn.FixedProxy(p)
				res := w.get(test.url)
				var e *Error
				var pe *conn.ProxyError
				if !errors.As(res.err, &e) || !errors.As(res.err, &pe) || e.Net() != test.net || e.Phase != PhaseConnect || !strings.Contains(e.Error(), test.text) {
					t.Errorf("error %v\nwant  %s %s", res.err, test.net, test.text)
				}
				if res.hop.Proxy == nil || slices.Contains(res.events, "response 407") {
					t.Errorf("hop's proxy %v, events %v", res.hop.Proxy, res.events)
				}
			})
		})
	}
}

// A redirect to an address that the policy refuses is not followed, wherever
// it is hidden; the response before it stays.
func TestRedirectToPrivateAddress(t *testing.T) {
	for to, rule := range map[string]string{
		"http://169.254.169.254/latest/meta-data/": "169.254.0.0/16: link-local",
		"http://0xa9fea9fe/":                       "169.254.0.0/16: link-local",
		"http://[::ffff:10.0.0.1]/":                "10.0.0.0/8: private use",
		"http://[64:ff9b::a9fe:a9fe]/":             "64:ff9b::/96: NAT64 form of 169.254.169.254: 169.254.0.0/16: link-local",
		"http://0/":                                "0.0.0.0/8: this network",
		"https://127.1/":                           "127.0.0.0/8: loopback",
		"http://2130706433:8080/":                  "127.0.0.0/8: loopback",
		"http://[fe80::1]/":                        "fe80::/10: link-local",
	} {
		t.Run(to, func(t *testing.T) {
			for _, proxied := range []bool{false, true} {
				inWorld(t, func(w *world) {
					allowed := func(a netip.AddrPort) error {
						if a.Addr() == netip.MustParseAddr("192.0.2.1") {
							return nil // the test's own server
						}
						return conn.PublicOnly()(a)
					}
					w.pool.Dialer.Policy = allowed
					port := uint16(80)
					if proxied {
						w.proxied()
						port = 3128
					}
					w.text(port, map[string]string{"/": redirect(302, to)})
					res := w.get("http://public.test/")
					var e *Error
					var r *conn.AddressRule
					if !errors.As(res.err, &e) || !errors.As(res.err, &r) || r.Error() != rule || e.Net() != "net::ERR_BLOCKED_BY_CLIENT" {
						t.Errorf("proxied %v: error %v, want %q", proxied, res.err, rule)
					}
					if len(res.redirects) != 1 || res.redirects[0].Status != 302 || len(w.net.Dials()) != 1 {
						t.Errorf("proxied %v: redirects %v, dials %v", proxied, res.redirects, w.net.Dials())
					}
				})
			}
		})
	}
}
