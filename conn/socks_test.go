package conn

import (
	"encoding/hex"
	"errors"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pageload/conn/conntest"
)

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
