package conn

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pageload/conn/conntest"
	"pageload/dnscache"
)

func TestPublicOnly(t *testing.T) {
	tests := []struct{ addr, rule string }{ // "" passes
		{"0.0.0.0", "0.0.0.0/8: this network"},
		{"0.1.2.3", "0.0.0.0/8: this network"},
		{"9.255.255.255", ""},
		{"10.0.0.1", "10.0.0.0/8: private use"},
		{"11.0.0.0", ""},
		{"100.63.255.255", ""},
		{"100.64.0.1", "100.64.0.0/10: shared by carrier-grade NAT"},
		{"100.127.255.255", "100.64.0.0/10: shared by carrier-grade NAT"},
		{"100.128.0.0", ""},
		{"127.0.0.1", "127.0.0.0/8: loopback"},
		{"127.255.255.254", "127.0.0.0/8: loopback"},
		{"169.254.169.254", "169.254.0.0/16: link-local"},
		{"172.15.255.255", ""},
		{"172.16.0.1", "172.16.0.0/12: private use"},
		{"172.31.255.255", "172.16.0.0/12: private use"},
		{"172.32.0.0", ""},
		{"192.0.0.8", "192.0.0.0/24: IETF protocol assignments"},
		{"192.0.2.1", "192.0.2.0/24: documentation"},
		{"192.88.99.1", "192.88.99.0/24: deprecated 6to4 relays"},
		{"192.168.1.1", "192.168.0.0/16: private use"},
		{"192.169.0.0", ""},
		{"198.18.0.1", "198.18.0.0/15: benchmarking"},
		{"198.20.0.0", ""},
		{"198.51.100.1", "198.51.100.0/24: documentation"},
		{"203.0.113.1", "203.0.113.0/24: documentation"},
		{"224.0.0.1", "224.0.0.0/4: multicast"},
		{"239.255.255.255", "224.0.0.0/4: multicast"},
		{"240.0.0.1", "240.0.0.0/4: reserved"},
		{"255.255.255.255", "255.255.255.255/32: broadcast"},
		{"8.8.8.8", ""},
		{"192.31.196.1", ""}, // AS112 is globally reachable

		{"::", "::/128: unspecified"},
		{"::1", "::1/128: loopback"},
		{"::10.0.0.1", "::/96: deprecated IPv4-compatible addresses"},
		{"::8.8.8.8", "::/96: deprecated IPv4-compatible addresses"},
		{"::ffff:10.0.0.1", "::ffff:0.0.0.0/96: IPv4-mapped form of 10.0.0.1: 10.0.0.0/8: private use"},
		{"::ffff:8.8.8.8", ""},
		{"::ffff:0:10.0.0.1", "::ffff:0:0:0/96: SIIT form of 10.0.0.1: 10.0.0.0/8: private use"},
		{"::ffff:0:8.8.8.8", "::/0: not of 2000::/3, global unicast"},
		{"64:ff9b::10.0.0.1", "64:ff9b::/96: NAT64 form of 10.0.0.1: 10.0.0.0/8: private use"},
		{"64:ff9b::a9fe:a9fe", "64:ff9b::/96: NAT64 form of 169.254.169.254: 169.254.0.0/16: link-local"},
		{"64:ff9b::127.0.0.1", "64:ff9b::/96: NAT64 form of 127.0.0.1: 127.0.0.0/8: loopback"},
		{"64:ff9b::8.8.8.8", ""},
		{"64:ff9b:1::8.8.8.8", "64:ff9b:1::/48: local-use NAT64"},
		{"100::1", "100::/64: discard-only"},
		{"100:0:0:1::1", "100:0:0:1::/64: dummy prefix"},
		{"2001:2::1", "2001:2::/48: benchmarking"},
		{"2001:10::1", "2001:10::/28: deprecated ORCHID"},
		{"2001:20::1", ""},
		{"2001:db8::1", "2001:db8::/32: documentation"},
		{"2001:4860:4860::8888", ""},
		{"2002:a00:1::1", "2002::/16: 6to4 form of 10.0.0.1: 10.0.0.0/8: private use"},
		{"2002:808:808::1", ""},
		// A Teredo address says its server, and its client's address inverted.
		{"2001:0:808:808:0:0:f5ff:fffe", "2001::/32: Teredo form of 10.0.0.1: 10.0.0.0/8: private use"},
		{"2001:0:a00:1:0:0:f7f7:f7f7", "2001::/32: Teredo server of 10.0.0.1: 10.0.0.0/8: private use"},
		{"2001:0:808:808:0:0:f7f7:f7f7", ""},
		{"3fff::1", "3fff::/20: documentation"},
		{"3fff:1000::1", ""},
		{"4000::1", "::/0: not of 2000::/3, global unicast"},
		{"5f00::1", "5f00::/16: segment routing"},
		{"fc00::1", "fc00::/7: unique local"},
		{"fd12:3456::1", "fc00::/7: unique local"},
		{"fe80::1", "fe80::/10: link-local"},
		{"fe80::1%eth0", "fe80::/10: link-local"},
		{"fec0::1", "fec0::/10: deprecated site-local"},
		{"ff02::1", "ff00::/8: multicast"},
		{"ff02::1%eth0", "ff00::/8: multicast"},
	}
	policy := PublicOnly()
	for _, test := range tests {
		err := policy(netip.AddrPortFrom(netip.MustParseAddr(test.addr), 80))
		switch {
		case test.rule == "" && err != nil:
			t.Errorf("%s: %v, want it to pass", test.addr, err)
		case test.rule != "" && (err == nil || err.Error() != test.rule):
			t.Errorf("%s: %v, want %q", test.addr, err, test.rule)
		}
	}
	var rule *AddressRule
	if err := policy(netip.MustParseAddrPort("[64:ff9b::a00:1]:1")); !errors.As(err, &rule) || rule.Embedded.String() != "10.0.0.1" || rule.Inner.Prefix.String() != "10.0.0.0/8" {
		t.Errorf("error %#v", err)
	}
	if policy(netip.AddrPort{}) == nil {
		t.Error("no address passes")
	}
}

func TestDenyAndAllOf(t *testing.T) {
	deny := Deny(netip.MustParsePrefix("8.8.0.0/16"), netip.MustParsePrefix("2001:4860::/32"), netip.MustParsePrefix("::ffff:9.9.9.9/128"))
	both := AllOf(PublicOnly(), deny)
	for addr, want := range map[string]string{
		"8.8.8.8": "8.8.0.0/16: denied", "::ffff:8.8.8.8": "::ffff:0.0.0.0/96: IPv4-mapped form of 8.8.8.8: 8.8.0.0/16: denied",
		"64:ff9b::8.8.8.8": "64:ff9b::/96: NAT64 form of 8.8.8.8: 8.8.0.0/16: denied", "2001:4860::1": "2001:4860::/32: denied",
		"9.9.9.9": "9.9.9.9/32: denied", "8.9.0.0": "", "2606::1": "",
	} {
		for _, f := range []func(netip.AddrPort) error{deny, both} {
			err := f(netip.AddrPortFrom(netip.MustParseAddr(addr), 80))
			if (want == "") != (err == nil) || err != nil && err.Error() != want {
				t.Errorf("%s: %v, want %q", addr, err, want)
			}
		}
	}
	if err := both(netip.MustParseAddrPort("10.0.0.1:1")); err == nil || err.Error() != "10.0.0.0/8: private use" {
		t.Errorf("AllOf: %v", err)
	}
	if err := deny(netip.MustParseAddrPort("10.0.0.1:1")); err != nil {
		t.Errorf("Deny: %v", err)
	}
}

// The address that is dialled is judged, whichever way it came.
func TestPublicOnlyAtDialTime(t *testing.T) {
	tests := []struct {
		name, host string
		resolver   Resolver
		connectTo  []ConnectTo
		rule       string
	}{
		{name: "name", host: "private.test", rule: "10.0.0.0/8: private use"},
		{name: "literal", host: "169.254.169.254", rule: "169.254.0.0/16: link-local"},
		{name: "this host", host: "0.0.0.0", rule: "0.0.0.0/8: this network"},
		{name: "IPv4-mapped literal", host: "::ffff:10.0.0.1", rule: "10.0.0.0/8: private use"},
		{name: "IPv4-mapped answer", host: "x.test", resolver: names{"x.test": {"::ffff:10.0.0.1"}}, rule: "10.0.0.0/8: private use"},
		{name: "NAT64 answer", host: "x.test", resolver: names{"x.test": {"64:ff9b::a00:1"}}, rule: "64:ff9b::/96: NAT64 form of 10.0.0.1: 10.0.0.0/8: private use"},
		{name: "ConnectTo", host: "x.test", connectTo: []ConnectTo{{"*", "127.0.0.1:80"}}, rule: "127.0.0.0/8: loopback"},
		{name: "HTTPS record's hint", host: "x.test", resolver: hinted{}, rule: "10.0.0.7"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := &Pool{Dialer: Dialer{Policy: PublicOnly(), Resolver: withNames, ConnectTo: test.connectTo}}
			if test.resolver != nil {
				p.Dialer.Resolver = test.resolver
			}
			inWorld(t, p, func(w *world) {
				_, err := p.Get(ctxBg, Request{Key: Key{Scheme: "https", Host: test.host, Port: 443}})
				var pe *PolicyError
				var rule *AddressRule
				if !errors.As(err, &pe) || !errors.As(err, &rule) || !strings.Contains(err.Error(), test.rule) {
					t.Errorf("error %v, want a PolicyError with %q", err, test.rule)
				}
				if d := w.net.Dials(); len(d) != 0 {
					t.Errorf("dialled %v", d)
				}
			})
		})
	}
}

// hinted is a Resolver whose answer has an address only in an HTTPS record.
type hinted struct{}

func (hinted) Lookup(_ context.Context, host string) (dnscache.Answer, error) {
	return dnscache.Answer{Name: host, HTTPS: []dnscache.HTTPS{{Priority: 1, ALPN: []string{"h2"}, IPv4Hint: []netip.Addr{netip.MustParseAddr("10.0.0.7")}}}},
		dnscache.ErrNoAddress
}

// A name that answers with a public address first and a private one later
// (DNS rebinding) is refused when it does.
func TestPublicOnlyRebinding(t *testing.T) {
	r := &rebinding{lists: [][]string{{"8.8.8.8"}, {"127.0.0.1"}, {"8.8.8.8"}}}
	p := &Pool{Dialer: Dialer{Policy: PublicOnly(), Resolver: r}}
	inWorld(t, p, func(w *world) {
		w.serve(netip.MustParseAddrPort("8.8.8.8:80"), func(c *conntest.Conn) { c.Read(make([]byte, 1)) })
		w.get(keyA).Discard(nil)
		_, err := p.Get(ctxBg, Request{Key: keyA})
		if err == nil || !strings.Contains(err.Error(), "127.0.0.1:80: refused by policy: 127.0.0.0/8: loopback") {
			t.Errorf("rebound: %v", err)
		}
		w.get(keyA).Discard(nil)
		if got := w.net.Dials(); len(got) != 2 {
			t.Errorf("dialled %v", got)
		}
	})
}

type rebinding struct{ lists [][]string }

func (r *rebinding) Lookup(ctx context.Context, host string) (dnscache.Answer, error) {
	list := r.lists[0]
	r.lists = r.lists[1:]
	return names{host: list}.Lookup(ctx, host)
}

// With a proxy, its own address is judged, and targets that are addresses.
func TestPublicOnlyWithProxy(t *testing.T) {
	loose := func(netip.AddrPort) error { return nil }
	tests := []struct {
		name, scheme, host string
		proxyPolicy        func(netip.AddrPort) error
		phase              ProxyPhase
		err                string // "": passes
		dials              int
	}{
		{"the proxy is private", "http", "a.test", nil, ProxyConnect, "192.0.2.99:3128: refused by policy: 192.0.2.0/24: documentation", 0},
		{"the proxy is trusted", "http", "a.test", loose, 0, "", 1},
		{"literal", "http", "10.0.0.1", loose, ProxyTarget, "refused by policy: 10.0.0.0/8: private use (the address that the proxy would be asked for; what names lead to is known only to the proxy)", 0},
		{"literal IPv6", "socks5h", "::1", loose, ProxyTarget, "::1/128: loopback", 0},
		{"mapped", "socks5h", "::ffff:10.0.0.1", loose, ProxyTarget, "10.0.0.0/8: private use", 0},
		{"inet_aton", "http", "127.1", loose, ProxyTarget, "127.0.0.0/8: loopback", 0},
		{"hexadecimal", "http", "0x7f000001", loose, ProxyTarget, "127.0.0.0/8: loopback", 0},
		{"a number", "http", "2130706433", loose, ProxyTarget, "127.0.0.0/8: loopback", 0},
		{"dot at the end", "http", "127.0.0.1.", loose, ProxyTarget, "127.0.0.0/8: loopback", 0},
		{"localhost", "http", "localhost", loose, ProxyTarget, "::1/128: loopback", 0},
		{"below localhost", "socks5h", "a.LOCALHOST.", loose, ProxyTarget, "::1/128: loopback", 0},
		{"a name is the proxy's affair", "http", "private.test", loose, 0, "", 1},
		{"but not with socks5", "socks5", "private.test", loose, ProxyTarget, "10.0.0.0/8: private use", 0},
		{"public literal", "socks5", "8.8.8.8", loose, 0, "", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := throughProxy(Proxy{Scheme: test.scheme, Host: "proxy.test", Port: 3128})
			p.Dialer.Policy, p.Dialer.ProxyPolicy = PublicOnly(), test.proxyPolicy
			inWorld(t, p, func(w *world) {
				w.serve(proxyAddr, func(c *conntest.Conn) {
					if test.scheme == "http" {
						readHead(c)
						c.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
					} else {
						c.Read(make([]byte, 3))
						c.Write([]byte{5, 0})
						c.Read(make([]byte, 300))
						c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
					}
					c.Read(make([]byte, 1))
				})
				l, err := p.Get(ctxBg, Request{Key: Key{Scheme: "https", Host: test.host, Port: 443}})
				if test.err == "" {
					if err != nil {
						t.Fatal(err)
					}
					l.Discard(nil)
				} else {
					var rule *AddressRule
					w.wantProxyError(err, test.phase, test.err)
					if !errors.As(err, &rule) {
						t.Errorf("no rule in %v", err)
					}
				}
				if n := len(w.net.Dials()); n != test.dials {
					t.Errorf("%d dials, want %d", n, test.dials)
				}
			})
		})
	}
	t.Run("the addresses of a name that pass are tried", func(t *testing.T) {
		p := throughProxy(Proxy{Scheme: "socks5", Host: "proxy.test", Port: 3128})
		var asked []string
		p.Dialer.Policy = func(a netip.AddrPort) error {
			asked = append(asked, a.String())
			return Deny(netip.MustParsePrefix("10.0.0.0/8"))(a)
		}
		inWorld(t, p, func(w *world) {
			w.serve(proxyAddr, func(c *conntest.Conn) {
				c.Read(make([]byte, 3))
				c.Write([]byte{5, 0})
				c.Read(make([]byte, 300))
				c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
				c.Read(make([]byte, 1))
			})
			w.get(Key{Scheme: "http", Host: "mixed.test", Port: 80}).Discard(nil)
			if want := []string{"10.0.0.1:80", "192.0.2.1:80", "192.0.2.99:3128"}; !slices.Equal(asked, want) {
				t.Errorf("policy asked about %v", asked)
			}
		})
	})
}

// Wrap is applied to the TCP connection, before a proxy or TLS is spoken.
func TestWrap(t *testing.T) {
	p := throughProxy(httpProxy)
	var wrapped []*counter
	p.Dialer.Wrap = func(c net.Conn) net.Conn {
		w := &counter{Conn: c}
		wrapped = append(wrapped, w)
		return w
	}
	inWorld(t, p, func(w *world) {
		w.serve(proxyAddr, func(c *conntest.Conn) {
			readHead(c)
			c.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
			c.Read(make([]byte, 1))
		})
		l := w.get(keyTLS)
		if len(wrapped) != 1 || wrapped[0].wrote == 0 || l.NetConn() != net.Conn(wrapped[0]) {
			t.Errorf("wrapped %v", wrapped)
		}
		l.Discard(nil)
	})
	d := &Dialer{Dial: (&conntest.Network{}).Dial, Wrap: func(c net.Conn) net.Conn { return nil }}
	n := &conntest.Network{}
	stop, _ := n.Serve(addr1, func(c *conntest.Conn) { c.Read(make([]byte, 1)) })
	defer stop()
	d.Dial = n.Dial
	if _, err := d.DialContext(ctxBg, "tcp", addr1.String()); err == nil || !strings.Contains(err.Error(), "Dialer.Wrap returned no connection") {
		t.Errorf("nil wrapper: %v", err)
	}
}

type counter struct {
	net.Conn
	wrote int
}

func (c *counter) Write(p []byte) (int, error) {
	c.wrote += len(p)
	return c.Conn.Write(p)
}
