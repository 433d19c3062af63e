package conn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pageload/conn/conntest"
)

func TestConnectThroughProxy(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			proxy := Proxy{scheme, "proxy.test", 3128, "user", "pass"}
			p := throughProxy(proxy)
			p.Dialer.DialTLS, p.Dialer.TLS = nil, clientTLS()
			inWorld(t, p, func(w *world) {
				var heads []string
				w.serveTLS(&tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}}, echo)
				w.serve(proxyAddr, func(c *conntest.Conn) {
					if scheme == "http" {
						w.serveConnect(c, &heads)
						return
					}
					w.serveConnect(tls.Server(c, &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}}), &heads)
				})
				var steps []string
				trace := &Trace{
					ResolveStart: func(h string) { steps = append(steps, "resolve "+h) },
					ConnectStart: func(a netip.AddrPort) { steps = append(steps, "connect "+a.String()) },
					ProxyStart:   func(p Proxy, target string) { steps = append(steps, "proxy "+p.String()+" "+target) },
					ProxyDone:    func(err error) { steps = append(steps, fmt.Sprint("proxied ", err)) },
					TLSStart:     func() { steps = append(steps, "tls") },
				}
				l, err := p.Get(ctxBg, Request{Key: keyTLS, Trace: trace})
				if err != nil {
					t.Fatal(err)
				}
				w.say(l.Conn(), "hello", "hello")
				want := "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\nProxy-Connection: keep-alive\r\n\r\n"
				if !slices.Equal(heads, []string{want}) {
					t.Errorf("the proxy was asked %q, want %q", heads, want)
				}
				want2 := []string{"resolve proxy.test", "connect 192.0.2.99:3128", "proxy " + scheme + "://proxy.test:3128 a.test:443", "proxied <nil>", "tls"}
				if !slices.Equal(steps, want2) {
					t.Errorf("steps %q, want %q", steps, want2)
				}
				i, r := l.Info(), p.Records()[0]
				if *l.Proxy() != proxy || *i.Proxy != proxy || *r.Proxy != proxy || l.AbsoluteForm() || l.RemoteAddr() != proxyAddr {
					t.Errorf("lease says %v %v, record %v, remote %v", l.Proxy(), l.AbsoluteForm(), r.Proxy, l.RemoteAddr())
				}
				trips := map[string]time.Duration{"http": 40, "https": 60}[scheme] // to the proxy, and from there; TLS 1.3 takes one more
				if took := i.ProxyEnd.Sub(i.ProxyStart); took != trips*ms || !i.ConnectEnd.Equal(i.ProxyStart) || !i.ProxyEnd.Equal(i.TLSStart) {
					t.Errorf("timing %+v: proxy took %v, want %v", i.Timing, took, trips*ms)
				}
				// Unread session tickets of both handshakes do not make it look dead.
				l.Release()
				w.sleep(time.Second)
				l = w.get(keyTLS)
				if !l.Reused() {
					t.Error("the idle tunnel was not used again")
				}
				w.say(l.Conn(), "again", "again")
				l.Release()
			})
		})
	}
}

// Requests without TLS go to an HTTP proxy itself.
func TestAbsoluteForm(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			p := throughProxy(Proxy{Scheme: scheme, Host: "proxy.test", Port: 3128})
			p.Dialer.ProxyTLS = clientTLS()
			inWorld(t, p, func(w *world) {
				w.serve(proxyAddr, func(c *conntest.Conn) {
					if scheme == "http" {
						io.Copy(c, c)
						return
					}
					tc := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}})
					echo(tc)
					tc.Close()
				})
				l := w.get(keyA)
				if !l.AbsoluteForm() || l.Proxy() == nil || l.TLS() != nil {
					t.Errorf("absolute form %v, proxy %v, TLS %v", l.AbsoluteForm(), l.Proxy(), l.TLS())
				}
				w.say(l.Conn(), "hello", "hello")
				l.Release()
				w.sleep(time.Second)
				if l = w.get(keyA); !l.Reused() {
					t.Error("the idle connection was not used again")
				}
				w.say(l.Conn(), "again", "again")
				l.Release()
				if n := len(w.net.Dials()); n != 1 {
					t.Errorf("%d dials, want 1", n)
				}
			})
		})
	}
	t.Run("ConnectTo asks for a tunnel", func(t *testing.T) {
		p := throughProxy(httpProxy)
		p.Dialer.ConnectTo = []ConnectTo{{"a.test", "192.0.2.1:80"}}
		inWorld(t, p, func(w *world) {
			var heads []string
			w.serve(proxyAddr, w.connectProxy(&heads))
			l := w.get(keyA)
			if l.AbsoluteForm() || len(heads) != 1 || !strings.HasPrefix(heads[0], "CONNECT 192.0.2.1:80 ") {
				t.Errorf("absolute form %v, heads %q", l.AbsoluteForm(), heads)
			}
			l.Discard(nil)
		})
	})
}

// The proxy itself cannot be reached.
func TestProxyUnreachable(t *testing.T) {
	bad := func(c *tls.Config) *tls.Config { c.RootCAs = nil; return c }
	tests := []struct {
		name  string
		proxy Proxy
		edit  func(*world)
		phase ProxyPhase
		text  string
		as    func(error) bool
	}{
		{"no such name", Proxy{Scheme: "http", Host: "nowhere.test", Port: 1}, nil, ProxyResolve,
			"conn: proxy http://nowhere.test:1 for a.test:443: resolve: resolve nowhere.test:", func(err error) bool {
				var e *ResolveError
				return errors.As(err, &e)
			}},
		{"refused", httpProxy, nil, ProxyConnect, "conn: proxy http://proxy.test:3128 for a.test:443: connect: connect to proxy.test: 192.0.2.99:3128: connection refused (after 20ms)",
			func(err error) bool {
				var e *DialError
				return errors.As(err, &e) && errors.Is(err, syscall.ECONNREFUSED)
			}},
		{"black hole", httpProxy, func(w *world) { w.net.SetRule(proxyAddr, conntest.Rule{Blackhole: true}) }, ProxyConnect, "connect timeout after 30s", isTimeout},
		{"certificate", Proxy{Scheme: "https", Host: "proxy.test", Port: 3128}, func(w *world) {
			w.pool.Dialer.ProxyTLS = bad(clientTLS())
			w.serve(proxyAddr, func(c *conntest.Conn) {
				tls.Server(c, &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}}).Handshake()
			})
		}, ProxyTLS, "certificate from an unknown issuer", func(err error) bool {
			var e *TLSError
			return errors.As(err, &e) && e.Fault == TLSUnknownIssuer && e.Host == "proxy.test"
		}},
		{"no TLS", Proxy{Scheme: "https", Host: "proxy.test", Port: 3128}, func(w *world) {
			w.serve(proxyAddr, func(c *conntest.Conn) { c.Write([]byte("HTTP/1.1 400 Bad\r\n\r\n")) })
		}, ProxyTLS, "peer does not speak TLS", func(err error) bool { return true }},
		{"TLS hangs", Proxy{Scheme: "https", Host: "proxy.test", Port: 3128}, func(w *world) {
			w.serve(proxyAddr, func(c *conntest.Conn) { io.Copy(io.Discard, c) })
		}, ProxyTLS, "proxy timeout after 30s", isTimeout},
		{"resets", httpProxy, func(w *world) {
			w.serve(proxyAddr, func(c *conntest.Conn) {})
			w.net.SetRule(proxyAddr, conntest.Rule{Reset: true})
		}, ProxyRequest, "connection reset",
			func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := throughProxy(test.proxy)
			inWorld(t, p, func(w *world) {
				if test.edit != nil {
					test.edit(w)
				}
				_, err := p.Get(ctxBg, Request{Key: keyTLS})
				w.wantProxyError(err, test.phase, test.text)
				if !test.as(err) {
					t.Errorf("error %v is of another kind", err)
				}
				if r := p.Records()[0]; test.phase == ProxyConnect && len(r.Attempts) != 1 {
					t.Errorf("the record has attempts %v", r.Attempts)
				}
			})
		})
	}
}

// The end of the caller's context is no fault of the proxy.
func TestProxyGivenUpByCaller(t *testing.T) {
	for _, scheme := range []string{"http", "https", "socks5h"} {
		p := throughProxy(Proxy{Scheme: scheme, Host: "proxy.test", Port: 3128})
		inWorld(t, p, func(w *world) {
			w.serve(proxyAddr, func(c *conntest.Conn) { io.Copy(io.Discard, c) })
			ctx, cancel := context.WithTimeout(ctxBg, time.Second)
			defer cancel()
			_, err := p.Dialer.DialTLSContext(ctx, "tcp", "a.test:443")
			var pe *ProxyError
			if !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &pe) || time.Since(w.start) != time.Second {
				t.Errorf("%s: error %v after %v", scheme, err, time.Since(w.start))
			}
		})
	}
}

// A host cannot smuggle lines into a request to the proxy, nor may what only
// this machine understands be asked for.
func TestProxyTargetsThatCannotBeAskedFor(t *testing.T) {
	for _, host := range []string{"a.test:443 HTTP/1.1\r\nX: y\r\n\r\n", "a test", "a@b", "a/b", "fe80::1%eth0", "a#", "a?b"} {
		for _, scheme := range []string{"http", "socks5h"} {
			p := throughProxy(Proxy{Scheme: scheme, Host: "proxy.test", Port: 3128})
			inWorld(t, p, func(w *world) {
				_, err := p.Get(ctxBg, Request{Key: Key{Scheme: "https", Host: host, Port: 443}})
				w.wantProxyError(err, ProxyTarget, "")
				if n := len(w.net.Dials()); n != 0 {
					t.Errorf("%q: %d dials", host, n)
				}
			})
		}
	}
}

func TestProxyFunctionFails(t *testing.T) {
	tests := []struct {
		name string
		f    func(context.Context, Key) (*Proxy, error)
		want string
	}{
		{"error", func(context.Context, Key) (*Proxy, error) { return nil, errOop }, "conn: proxy for https://a.test:443: oops"},
		{"bad proxy", FixedProxy(Proxy{Scheme: "gopher", Host: "h", Port: 1}), `unknown scheme "gopher"`},
	}
	for _, test := range tests {
		d := &Dialer{Proxy: test.f}
		_, err := d.DialTLSContext(ctxBg, "tcp", "a.test:443")
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}
