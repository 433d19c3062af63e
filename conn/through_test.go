package conn

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pageload/conn/conntest"
)

var (
	proxyAddr = netip.MustParseAddrPort("192.0.2.99:3128")
	httpProxy = Proxy{Scheme: "http", Host: "proxy.test", Port: 3128}
	withNames = names{
		"proxy.test": {"192.0.2.99"}, "a.test": {"192.0.2.1"}, "b.test": {"192.0.2.1"},
		"two.test": {"192.0.2.7", "192.0.2.1"}, "private.test": {"10.0.0.1"}, "mixed.test": {"10.0.0.1", "192.0.2.1"},
	}
)

// bareTLS stands for a handshake: what is read and written is the tunnel's.
func bareTLS(_ context.Context, c net.Conn, _ *tls.Config) (net.Conn, tls.ConnectionState, error) {
	return c, tls.ConnectionState{}, nil
}

// throughProxy is a pool whose connections all go through p.
func throughProxy(p Proxy) *Pool {
	return &Pool{Dialer: Dialer{Proxy: FixedProxy(p), Resolver: withNames, DialTLS: bareTLS}}
}

// connectProxy is a proxy that does what CONNECT asks for, and notes it.
func (w *world) connectProxy(heads *[]string) func(*conntest.Conn) {
	return func(c *conntest.Conn) { w.serveConnect(c, heads) }
}

func (w *world) serveConnect(c net.Conn, heads *[]string) {
	defer c.Close()
	r := bufio.NewReader(c)
	head := ""
	for !strings.HasSuffix(head, "\r\n\r\n") {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		head += line
	}
	*heads = append(*heads, head)
	target := strings.Fields(head)[1]
	if strings.HasPrefix(target, "a.test:") {
		target = "192.0.2.1:" + target[len("a.test:"):]
	}
	up, err := w.net.Dial(ctxBg, "tcp", netip.MustParseAddrPort(target))
	if err != nil {
		io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
		return
	}
	io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
	pump(struct {
		io.Reader
		io.WriteCloser
	}{r, c}, up)
}

// pump moves bytes both ways until one side ends.
func pump(a, b io.ReadWriteCloser) {
	done := make(chan struct{})
	go func() {
		io.Copy(a, b)
		a.Close()
		b.Close()
		close(done)
	}()
	io.Copy(b, a)
	a.Close()
	b.Close()
	<-done
}

func (w *world) say(c net.Conn, text, want string) {
	w.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		w.Fatalf("write: %v", err)
	}
	b := make([]byte, len(want))
	if _, err := io.ReadFull(c, b); err != nil || string(b) != want {
		w.Fatalf("read %q, %v, want %q", b, err, want)
	}
}

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

// What proxies answer to CONNECT, whole and byte by byte.
func TestConnectAnswers(t *testing.T) {
	tests := []struct {
		name, answer string
		close        bool // the proxy closes after it
		rest         string
		status       int
		err          string // "" is a tunnel that begins with rest
		auth         bool
		took         time.Duration // 0: any
	}{
		{name: "plain", answer: "HTTP/1.1 200 OK\r\n\r\n"},
		{name: "the tunnel's bytes follow at once", answer: "HTTP/1.1 200 OK\r\n\r\nhello\r\n\r\n", rest: "hello\r\n\r\n"},
		{name: "a body of a 2xx is the tunnel", answer: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", rest: "abc"},
		{name: "other 2xx", answer: "HTTP/1.0 204\r\nX: y\r\n\r\n"},
		{name: "interim answers", answer: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx", rest: "x"},
		{name: "lines end with LF", answer: "HTTP/1.1 200 OK\nA: b\n\n\n", rest: "\n"},
		{name: "407", answer: "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"x\"\r\nContent-Length: 99\r\n\r\n",
			status: 407, auth: true, err: `it answered 407 "Proxy Authentication Required": the proxy asks for valid credentials; it asks for "Basic realm=\"x\""`},
		{name: "401 is the proxy's", answer: "HTTP/1.1 401 Unauthorized\r\n\r\n", status: 401, auth: true, err: `it answered 401 "Unauthorized": the proxy`},
		{name: "403", answer: "HTTP/1.1 403 Forbidden\r\n\r\nno", status: 403, err: `it answered 403 "Forbidden"`},
		{name: "502 without a reason", answer: "HTTP/1.1 502\r\n\r\n", status: 502, err: "it answered 502"},
		{name: "redirects are not followed", answer: "HTTP/1.1 302 Found\r\nLocation: http://evil.test/\r\n\r\n", status: 302, err: "302"},
		{name: "closes at once", close: true, err: "it closed the connection after 0 bytes of an answer"},
		{name: "closes in the head", answer: "HTTP/1.1 200 OK\r\nA:", close: true, err: "after 19 bytes of an answer"},
		{name: "another protocol", answer: "SSH-2.0-OpenSSH_9.2\r\n", err: `it does not speak HTTP/1: "S`},
		{name: "HTTP/2", answer: "HTTP/2 200\r\n\r\n", err: "it does not speak HTTP/1"},
		{name: "TLS", answer: "\x15\x03\x01\x00\x02\x02\x46", err: `it does not speak HTTP/1: "\x15`},
		{name: "no status", answer: "HTTP/1.1 OK\r\n\r\n", err: `its answer has no status: "HTTP/1.1 OK"`},
		{name: "status too long", answer: "HTTP/1.1 2000 OK\r\n\r\n", err: "its answer has no status"},
		{name: "status with a sign", answer: "HTTP/1.1 2+0 OK\r\n\r\n", err: "its answer has no status"},
		{name: "head without end", answer: "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 4000), err: "longer than 16384 bytes"},
		{name: "interim answers without end", answer: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 4000), err: "longer than 16384 bytes"},
		{name: "silence", err: "proxy timeout after 30s", took: 30 * time.Second},
		{name: "half an answer and silence", answer: "HTTP/1.1 200", err: "proxy timeout after 30s", took: 30 * time.Second},
	}
	for _, test := range tests {
		for _, piece := range []int{1 << 20, 1} {
			t.Run(fmt.Sprintf("%s by %d", test.name, piece), func(t *testing.T) {
				p := throughProxy(httpProxy)
				inWorld(t, p, func(w *world) {
					w.serve(proxyAddr, func(c *conntest.Conn) {
						readHead(c)
						for b := range slices.Chunk([]byte(test.answer), piece) {
							if _, err := c.Write(b); err != nil {
								break
							}
						}
						if !test.close {
							io.Copy(io.Discard, c)
						}
					})
					l, err := p.Get(ctxBg, Request{Key: keyTLS})
					if test.err == "" {
						if err != nil {
							t.Fatal(err)
						}
						w.say(l.Conn(), "x", test.rest)
						w.settle()
						if n, err := newProbe(l.Conn()).ready0(); n != 0 || err != nil {
							t.Errorf("%d bytes and %v after the tunnel's", n, err)
						}
						l.Discard(nil)
						return
					}
					w.wantProxyError(err, ProxyRequest, test.err)
					var pe *ProxyError
					errors.As(err, &pe)
					if pe.Status != test.status || errors.Is(err, ErrProxyAuth) != test.auth {
						t.Errorf("status %d, want %d; auth %v", pe.Status, test.status, errors.Is(err, ErrProxyAuth))
					}
					if took := pe.End.Sub(pe.Start); test.took != 0 && (took != test.took || !pe.Timeout()) {
						t.Errorf("took %v, want %v; timeout %v", took, test.took, pe.Timeout())
					}
				})
			})
		}
	}
}

// ready0 is look without what is known.
func (p *probe) ready0() (int, error) {
	n, err, _ := p.look()
	return n, err
}

// readHead reads a request's head.
func readHead(c net.Conn) {
	var b [1]byte
	last := ""
	for last != "\r\n\r\n" {
		if _, err := c.Read(b[:]); err != nil {
			return
		}
		if last += string(b[:]); len(last) > 4 {
			last = last[1:]
		}
	}
}

func (w *world) wantProxyError(err error, phase ProxyPhase, text string) {
	w.Helper()
	var pe *ProxyError
	if !errors.As(err, &pe) {
		w.Fatalf("error %v, want a ProxyError", err)
	}
	if pe.Phase != phase || !strings.Contains(err.Error(), text) {
		w.Errorf("error in %v: %v\nwant in %v: %q", pe.Phase, err, phase, text)
	}
	if pe.Proxy.Host == "" || pe.Target == "" || pe.Start.IsZero() || pe.End.IsZero() || (phase > ProxyConnect) != pe.Addr.IsValid() {
		w.Errorf("incomplete: %+v", pe)
	}
	if pe.Proxy.Password != "" || strings.Contains(fmt.Sprintf("%+v", pe), "secret") {
		w.Errorf("the error tells the password: %+v", pe)
	}
}

// A socksStep is what a SOCKS proxy waits for and then says, in hexadecimal.
type socksStep struct{ hear, say string }

func TestSocks(t *testing.T) {
	const (
		hello    = "050100"
		helloPwd = "05020002"
		creds    = "0104" + "75736572" + "06" + "736563726574" // user, secret
		askName  = "05010003" + "06612e74657374" + "0050"      // a.test:80
		askIPv4  = "05010001" + "c0000201" + "0050"
		askIPv6  = "05010004" + "20010db8000000000000000000000001" + "0050"
		ok       = "05000001" + "000000000000"
	)
	key6 := Key{Scheme: "http", Host: "2001:db8::1", Port: 80}
	long := Key{Scheme: "http", Host: strings.Repeat("a.", 128) + "test", Port: 80}
	tests := []struct {
		name   string
		proxy  Proxy
		key    Key
		steps  []socksStep
		rest   string // of the tunnel, said with the last answer
		phase  ProxyPhase
		err    string
		reply  byte
		auth   bool
		closes bool
	}{
		{name: "name", steps: []socksStep{{hello, "0500"}, {askName, ok}}},
		{name: "resolved here", proxy: Proxy{Scheme: "socks5"}, steps: []socksStep{{hello, "0500"}, {askIPv4, ok}}},
		{name: "IPv6", key: key6, steps: []socksStep{{hello, "0500"}, {askIPv6, ok}}},
		{name: "the answer has an IPv6 address", steps: []socksStep{{hello, "0500"}, {askName, "05000004" + strings.Repeat("00", 18)}}},
		{name: "the answer has a name", steps: []socksStep{{hello, "0500"}, {askName, "0500000303616161" + "0050"}}, rest: "tail"},
		{name: "the tunnel's bytes follow at once", steps: []socksStep{{hello, "0500"}, {askName, ok}}, rest: "\x05\x00\x00\x01"},
		{name: "password", proxy: Proxy{Username: "user", Password: "secret"}, steps: []socksStep{{helloPwd, "0502"}, {creds, "0100"}, {askName, ok}}},
		{name: "password not asked for", proxy: Proxy{Username: "user", Password: "secret"}, steps: []socksStep{{helloPwd, "0500"}, {askName, ok}}},
		{name: "wrong password", proxy: Proxy{Username: "user", Password: "secret"}, steps: []socksStep{{helloPwd, "0502"}, {creds, "0101"}},
			phase: ProxyAuth, err: "it refuses user name and password (status 1)", auth: true},
		{name: "password answered with nonsense", proxy: Proxy{Username: "user", Password: "secret"}, steps: []socksStep{{helloPwd, "0502"}, {creds, "4854"}},
			phase: ProxyAuth, err: `not RFC 1929's: "HT"`},
		{name: "credentials are missing", steps: []socksStep{{hello, "05ff"}}, phase: ProxyHello, err: "wants credentials and there are none", auth: true},
		{name: "credentials are not known", proxy: Proxy{Username: "user", Password: "secret"}, steps: []socksStep{{helloPwd, "05ff"}}, phase: ProxyHello, err: "takes no user name", auth: true},
		{name: "method not offered", steps: []socksStep{{hello, "0502"}}, phase: ProxyHello, err: "method 2, which was not offered"},
		{name: "SOCKS 4", steps: []socksStep{{hello, "045a"}}, phase: ProxyHello, err: "does not speak SOCKS 5"},
		{name: "HTTP", steps: []socksStep{{hello, hex.EncodeToString([]byte("HTTP/1.1 400"))}}, phase: ProxyHello, err: `does not speak SOCKS 5: "HT"`},
		{name: "closes at once", steps: []socksStep{{hello, ""}}, closes: true, phase: ProxyHello, err: "after 0 of 2 bytes"},
		{name: "closes in the answer", steps: []socksStep{{hello, "0500"}, {askName, "050000"}}, closes: true, phase: ProxyRequest, err: "after 3 of 4 bytes"},
		{name: "closes in the address", steps: []socksStep{{hello, "0500"}, {askName, "0500000100"}}, closes: true, phase: ProxyRequest, err: "after 1 of 6 bytes"},
		{name: "refused", steps: []socksStep{{hello, "0500"}, {askName, "05050001000000000000"}}, phase: ProxyRequest, err: "it answered 5: connection refused", reply: 5},
		{name: "not allowed", steps: []socksStep{{hello, "0500"}, {askName, "05020001000000000000"}}, phase: ProxyRequest, err: "not allowed by its rules", reply: 2},
		{name: "unknown reply", steps: []socksStep{{hello, "0500"}, {askName, "05c80001000000000000"}}, phase: ProxyRequest, err: "it answered 200", reply: 200},
		{name: "answer of another version", steps: []socksStep{{hello, "0500"}, {askName, "04000001000000000000"}}, phase: ProxyRequest, err: "its answer is not SOCKS 5"},
		{name: "unknown address type", steps: []socksStep{{hello, "0500"}, {askName, "05000009"}}, phase: ProxyRequest, err: "unknown type 9"},
		{name: "silence", steps: []socksStep{{hello, ""}}, phase: ProxyHello, err: "proxy timeout after 30s (after 30s)"},
		{name: "silence after the request", steps: []socksStep{{hello, "0500"}, {askName, ""}}, phase: ProxyRequest, err: "proxy timeout after 30s (after 29.98s)"},
		{name: "name too long", key: long, steps: []socksStep{{"", ""}}, phase: ProxyHello, err: "255 bytes of a name"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			proxy := test.proxy
			proxy.Host, proxy.Port = "proxy.test", 3128
			if proxy.Scheme == "" {
				proxy.Scheme = "socks5h"
			}
			p := throughProxy(proxy)
			key := test.key
			if key.Host == "" {
				key = keyA
			}
			inWorld(t, p, func(w *world) {
				w.serve(proxyAddr, func(c *conntest.Conn) {
					for i, s := range test.steps {
						hear, _ := hex.DecodeString(s.hear)
						say, _ := hex.DecodeString(s.say)
						got := make([]byte, len(hear))
						io.ReadFull(c, got)
						if string(got) != string(hear) {
							t.Errorf("the proxy heard %x, want %s", got, s.hear)
						}
						if i == len(test.steps)-1 {
							say = append(say, test.rest...)
						}
						c.Write(say)
					}
					if !test.closes {
						io.Copy(io.Discard, c)
					}
				})
				l, err := p.Get(ctxBg, Request{Key: key})
				if test.err == "" {
					if err != nil {
						t.Fatal(err)
					}
					if l.AbsoluteForm() {
						t.Error("absolute form through SOCKS")
					}
					w.say(l.Conn(), "", test.rest)
					l.Discard(nil)
					return
				}
				w.wantProxyError(err, test.phase, test.err)
				var pe *ProxyError
				if errors.As(err, &pe); pe.Reply != test.reply || errors.Is(err, ErrProxyAuth) != test.auth {
					t.Errorf("reply %d, want %d; auth %v", pe.Reply, test.reply, errors.Is(err, ErrProxyAuth))
				}
			})
		})
	}
}

// With socks5 the addresses of the name are asked for one after the other.
func TestSocksTriesAddresses(t *testing.T) {
	p := throughProxy(Proxy{Scheme: "socks5", Host: "proxy.test", Port: 3128})
	inWorld(t, p, func(w *world) {
		var asked []string
		w.serve(proxyAddr, func(c *conntest.Conn) {
			b := make([]byte, 10)
			io.ReadFull(c, b[:3])
			c.Write([]byte{5, 0})
			io.ReadFull(c, b)
			asked = append(asked, netip.AddrFrom4([4]byte(b[4:8])).String())
			reply := byte(0)
			if len(asked) == 1 {
				reply = 4
			}
			c.Write([]byte{5, reply, 0, 1, 0, 0, 0, 0, 0, 0})
			io.Copy(io.Discard, c)
		})
		l := w.get(Key{Scheme: "http", Host: "two.test", Port: 80})
		if !slices.Equal(asked, []string{"192.0.2.7", "192.0.2.1"}) {
			t.Errorf("asked for %v", asked)
		}
		if r := p.Records()[0]; len(r.Attempts) != 2 || r.DNS.Name != "two.test" {
			t.Errorf("attempts %v, DNS %v", r.Attempts, r.DNS.Name)
		}
		l.Discard(nil)
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

func FuzzConnectAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\n\r\nrest"), uint8(1))
	f.Add([]byte("HTTP/1.1 100 C\n\nHTTP/1.0 407 X\r\nProxy-Authenticate: Basic\r\n\r\n"), uint8(3))
	f.Add([]byte("HTTP/1.1 OK\r\n\r\n"), uint8(2))
	f.Fuzz(func(t *testing.T, in []byte, piece uint8) {
		r, r2 := &pieces{in, 1 << 20}, &pieces{in, int(piece) + 1}
		whole, rest, err := readAnswer(r)
		again, rest2, err2 := readAnswer(r2)
		if (err == nil) != (err2 == nil) || whole.status != again.status || string(whole.reason) != string(again.reason) {
			t.Fatalf("whole: %+v, %v; in pieces: %+v, %v", whole, err, again, err2)
		}
		if err != nil {
			return
		}
		if whole.status < 200 || whole.status > 599 {
			t.Errorf("status %d", whole.status)
		}
		// What was read ahead and what was not read yet is the tunnel.
		tunnel, tunnel2 := string(rest)+string(r.rest), string(rest2)+string(r2.rest)
		if tunnel != tunnel2 || !strings.HasSuffix(string(in), tunnel) {
			t.Errorf("tunnel %q and %q of %q", tunnel, tunnel2, in)
		}
		// Of a connection that is used on the body has been read, and no more.
		if again.drain(pieceConn{r: r2}, rest2) && !again.chunked && len(tunnel)-len(r2.rest) != int(max(again.length, int64(len(rest2)))) {
			t.Errorf("%d bytes of %q are left behind a body of %d", len(r2.rest), tunnel, again.length)
		}
		whole.drain(pieceConn{r: r}, rest)
	})
}

// A pieceConn is a connection that can only be read.
type pieceConn struct {
	net.Conn
	r io.Reader
}

func (c pieceConn) Read(p []byte) (int, error) { return c.r.Read(p) }

func FuzzSocksReply(f *testing.F) {
	f.Add([]byte("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00rest"))
	f.Add([]byte("\x05\x00\x00\x03\x03abc\x00\x50rest"))
	f.Add([]byte("\x05\x07\x00\x01"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := &pieces{in, 1}
		if readReply(r) != nil {
			return
		}
		want := map[byte]int{1: 10, 4: 22}[in[3]]
		if in[3] == 3 {
			want = 7 + int(in[4])
		}
		if got := len(in) - len(r.rest); got != want {
			t.Errorf("%d bytes of %q read, want %d", got, in, want)
		}
	})
}

// pieces reads at most n bytes at a time.
type pieces struct {
	rest []byte
	n    int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.n)], p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// A connection whose first bytes came with the proxy's answer is not taken for
// one that can be reused, or that ended, before they are read.
func TestTailConn(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		raw, err := w.net.Dial(ctxBg, "tcp", addr1)
		if err != nil {
			t.Fatal(err)
		}
		c := &tailConn{Conn: raw, rest: []byte("ab")}
		want := func(n int, err error) {
			t.Helper()
			if got, gotErr := c.ReadReady(); got != n || !errors.Is(gotErr, err) {
				t.Errorf("ready %d, %v, want %d, %v", got, gotErr, n, err)
			}
		}
		want(2, nil)
		if err := newProbe(c).stale(c, nil); err != errUnasked {
			t.Errorf("stale: %v, want %v", err, errUnasked)
		}
		b := make([]byte, 1)
		c.Read(b)
		want(1, nil)
		c.Read(b)
		want(0, nil)
		if err := newProbe(c).stale(c, nil); err != nil {
			t.Errorf("stale: %v", err)
		}
		if c.NetConn() != raw {
			t.Error("NetConn is another")
		}
		if err := c.CloseWrite(); err != nil {
			t.Errorf("CloseWrite: %v", err)
		}
		w.sleep(time.Second) // the server closes too
		want(0, io.EOF)
		c.Close()
	})
	if err := (&tailConn{Conn: struct{ net.Conn }{}}).CloseWrite(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("CloseWrite without one below: %v", err)
	}
}

// All addresses of a name fail with socks5: the error has each.
func TestSocksAllAddressesFail(t *testing.T) {
	tests := []struct {
		name string
		edit func(*Dialer)
		want []string
	}{
		{"refused by the proxy", func(*Dialer) {}, []string{"192.0.2.7:80: request: it answered 5", "192.0.2.1:80: request: it answered 5"}},
		{"refused by the policy", func(d *Dialer) { d.Policy = Deny(netip.MustParsePrefix("192.0.2.0/28")) }, []string{"192.0.2.7:80: target: refused by policy", "192.0.2.1:80: target: refused"}},
		{"no address", func(d *Dialer) { d.Resolver = names{"proxy.test": {"192.0.2.99"}, "two.test": nil} }, []string{"for two.test:80: resolve: resolve two.test: no addresses"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := throughProxy(Proxy{Scheme: "socks5", Host: "proxy.test", Port: 3128})
			test.edit(&p.Dialer)
			inWorld(t, p, func(w *world) {
				w.serve(proxyAddr, func(c *conntest.Conn) {
					c.Read(make([]byte, 3))
					c.Write([]byte{5, 0})
					c.Read(make([]byte, 10))
					c.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
				})
				_, err := p.Get(ctxBg, Request{Key: Key{Scheme: "http", Host: "two.test", Port: 80}})
				var pe *ProxyError
				if !errors.As(err, &pe) || pe.Target != "two.test:80" {
					t.Fatalf("error %v, want a ProxyError for two.test:80", err)
				}
				for _, s := range test.want {
					if !strings.Contains(err.Error(), s) {
						t.Errorf("error %q lacks %q", err, s)
					}
				}
			})
		})
	}
}
