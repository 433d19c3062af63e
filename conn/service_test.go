package conn

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pageload/conn/conntest"
	"pageload/dnscache"
)

// answers is a Resolver with a table of whole answers. A name without addresses
// has ErrNoAddress.
type answers map[string]dnscache.Answer

func (l answers) Lookup(ctx context.Context, host string) (dnscache.Answer, error) {
	a, ok := l[host]
	if !ok {
		return dnscache.Answer{Name: host}, dnscache.ErrNotFound
	}
	a.Name, a.HTTPS = host, slices.Clone(a.HTTPS)
	a.Steps = []dnscache.Step{{Level: dnscache.ISP, Question: "A+AAAA " + host}}
	if len(a.Addrs) == 0 {
		return a, dnscache.ErrNoAddress
	}
	return a, nil
}

func TestHTTPSRecords(t *testing.T) {
	type records = []dnscache.HTTPS
	addr := func(s ...string) (list []dnscache.Addr) {
		for _, ip := range s {
			list = append(list, dnscache.Addr{IP: netip.MustParseAddr(ip)})
		}
		return list
	}
	hints := func(s ...string) (list []netip.Addr) {
		for _, a := range addr(s...) {
			list = append(list, a.IP)
		}
		return list
	}
	h2 := []string{"h2"}
	tests := []struct {
		name    string
		records records
		addrs   string // of a.test; empty: none
		key     Key
		own     []string // NextProtos of the dialer
		rules   map[string]conntest.Rule
		want    string // address connected to
		proto   string
	}{
		{"none", nil, "192.0.2.1", keyTLS, nil, nil, "192.0.2.1:443", "h2"},
		{"alpn with h2", records{{Priority: 1, Target: "a.test", ALPN: h2}}, "192.0.2.1", keyTLS, nil, nil, "192.0.2.1:443", "h2"},
		{"alpn without h2", records{{Priority: 1, Target: "a.test"}}, "192.0.2.1", keyTLS, nil, nil, "192.0.2.1:443", "http/1.1"},
		{"own protocols come first", records{{Priority: 1, Target: "a.test", ALPN: h2}}, "192.0.2.1", keyTLS, []string{"http/1.1"}, nil, "192.0.2.1:443", "http/1.1"},
		{"nothing in common", records{{Priority: 1, ALPN: []string{"h3"}, NoDefaultALPN: true, Port: 8443}}, "192.0.2.1", keyTLS, nil, nil, "192.0.2.1:443", "h2"},
		{"the next record then", records{{Priority: 1, ALPN: []string{"h3"}, NoDefaultALPN: true}, {Priority: 2, ALPN: h2, Port: 8443}}, "192.0.2.1", keyTLS, nil, nil, "192.0.2.1:8443", "h2"},
		{"port", records{{Priority: 1, Target: "a.test", Port: 8443}}, "192.0.2.1", keyTLS, nil, nil, "192.0.2.1:8443", "http/1.1"},
		{"port that browsers do not connect to", records{{Priority: 1, Port: 25}}, "192.0.2.1", keyTLS, nil, nil, "192.0.2.1:443", "h2"},
		{"port refuses: back to the name's own", records{{Priority: 1, Port: 8443}}, "192.0.2.1", keyTLS, nil, map[string]conntest.Rule{"192.0.2.1:8443": {Refuse: true}}, "192.0.2.1:443", "h2"},
		{"hint where the name has no address", records{{Priority: 1, IPv4Hint: hints("192.0.2.7")}}, "", keyTLS, nil, nil, "192.0.2.7:443", "http/1.1"},
		{"hint with port and alpn", records{{Priority: 1, ALPN: h2, Port: 8443, IPv4Hint: hints("192.0.2.7")}}, "", keyTLS, nil, nil, "192.0.2.7:8443", "h2"},
		{"IPv6 hint first", records{{Priority: 1, IPv4Hint: hints("192.0.2.7"), IPv6Hint: hints("2001:db8::7")}}, "", keyTLS, nil, nil, "[2001:db8::7]:443", "http/1.1"},
		{"addresses before hints", records{{Priority: 1, IPv4Hint: hints("192.0.2.7")}}, "192.0.2.1", keyTLS, nil, nil, "192.0.2.1:443", "http/1.1"},
		{"other target with hint", records{{Priority: 1, Target: "cdn.test", IPv4Hint: hints("192.0.2.7")}}, "192.0.2.1", keyTLS, nil, nil, "192.0.2.7:443", "http/1.1"},
		{"other target is looked up", records{{Priority: 1, Target: "cdn.test"}}, "192.0.2.1", keyTLS, nil, nil, "192.0.2.8:443", "http/1.1"},
		{"other target does not exist", records{{Priority: 1, Target: "gone.test"}}, "192.0.2.1", keyTLS, nil, nil, "192.0.2.1:443", "h2"},
		{"alias that nobody followed", records{{Priority: 0, Target: "cdn.test"}}, "192.0.2.1", keyTLS, nil, nil, "192.0.2.1:443", "h2"},
		{"alias", records{{Priority: 0, Target: "cdn.test", IPv4Hint: hints("192.0.2.8")}}, "192.0.2.1", keyTLS, nil, nil, "192.0.2.8:443", "h2"},
		{"alias without own address", records{{Priority: 0, Target: "cdn.test", IPv4Hint: hints("192.0.2.8")}}, "", keyTLS, nil, nil, "192.0.2.8:443", "h2"},
		{"alias refuses: back to the name's own", records{{Priority: 0, Target: "cdn.test", IPv4Hint: hints("192.0.2.8")}}, "192.0.2.1", keyTLS, nil, map[string]conntest.Rule{"192.0.2.8:443": {Refuse: true}}, "192.0.2.1:443", "h2"},
		{"alias after a service that cannot be used", records{{Priority: 1, Target: "cdn.test", ALPN: []string{"h3"}, NoDefaultALPN: true}, {Target: "cdn.test", IPv4Hint: hints("192.0.2.8")}}, "192.0.2.1", keyTLS, nil, nil, "192.0.2.8:443", "h2"},
		{"other port than 443", records{{Priority: 1, Port: 8443}}, "192.0.2.1", Key{Scheme: "https", Host: "a.test", Port: 444}, nil, nil, "192.0.2.1:444", "h2"},
		{"http", records{{Priority: 1, Port: 8443}}, "192.0.2.1", keyA, nil, nil, "192.0.2.1:80", "http/1.1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := clientTLS()
			config.NextProtos = test.own
			a := dnscache.Answer{HTTPS: test.records}
			if test.addrs != "" {
				a.Addrs = addr(test.addrs)
			}
			p := &Pool{Dialer: Dialer{TLS: config, Resolver: answers{"a.test": a, "cdn.test": {Addrs: addr("192.0.2.8")}}}}
			inWorld(t, p, func(w *world) {
				for _, at := range []string{
					"192.0.2.1:443", "192.0.2.1:444", "192.0.2.1:8443", "192.0.2.7:443", "192.0.2.7:8443", "192.0.2.8:443", "[2001:db8::7]:443",
				} {
					to := netip.MustParseAddrPort(at)
					if rule, ok := test.rules[at]; ok {
						w.net.SetRule(to, rule)
						continue
					}
					w.serve(to, func(c *conntest.Conn) {
						tc := tls.Server(c, &tls.Config{NextProtos: []string{"h2", "http/1.1"}, Certificates: []tls.Certificate{theAuthority().leaf(nil)}})
						if tc.Handshake() == nil {
							io.Copy(io.Discard, tc)
						}
					})
				}
				l := w.get(test.key)
				if got := l.RemoteAddr().String(); got != test.want || l.Proto() != test.proto {
					t.Errorf("connected to %s with %s, want %s with %s", got, l.Proto(), test.want, test.proto)
				}
				if s := l.TLS(); s != nil && s.ServerName != "a.test" {
					t.Errorf("server name %q, want a.test", s.ServerName)
				}
				if strings.HasPrefix(test.name, "other target is") && len(l.Info().DNS.Steps) != 2 {
					t.Errorf("steps %+v, want those of the target too", l.Info().DNS.Steps)
				}
			})
		})
	}
}

// What ConnectTo sends elsewhere is not sent elsewhere again.
func TestHTTPSRecordsObeyConnectTo(t *testing.T) {
	a := dnscache.Answer{Addrs: []dnscache.Addr{{IP: netip.MustParseAddr("192.0.2.9")}}, HTTPS: []dnscache.HTTPS{{Priority: 1, Port: 8443}}}
	p := &Pool{Dialer: Dialer{
		TLS: clientTLS(), Resolver: answers{"a.test": a, "b.test": {Addrs: []dnscache.Addr{{IP: tlsAddr.Addr()}}, HTTPS: a.HTTPS}},
		ConnectTo: []ConnectTo{{"a.test", "b.test:443"}},
	}}
	inWorld(t, p, func(w *world) {
		w.serveTLS(&tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}}, echo)
		if got := w.get(keyTLS).RemoteAddr(); got != tlsAddr {
			t.Errorf("connected to %v, want %v", got, tlsAddr)
		}
	})
}

func TestHTTPSRecordsWithoutAnyAddress(t *testing.T) {
	p := &Pool{Dialer: Dialer{Resolver: answers{"a.test": {HTTPS: []dnscache.HTTPS{{Priority: 1, Target: "a.test"}}}}}}
	inWorld(t, p, func(w *world) {
		_, err := p.Get(ctxBg, Request{Key: keyTLS})
		if !errors.Is(err, dnscache.ErrNoAddress) {
			t.Errorf("error %v, want ErrNoAddress", err)
		}
	})
}

// "a.test." is a host of its own: it shares no connection with "a.test", is looked up with its dot, and by TLS is called
// without it (RFC 6066 section 3).
func TestTrailingDotIsAHostOfItsOwn(t *testing.T) {
	a := dnscache.Answer{Addrs: []dnscache.Addr{{IP: tlsAddr.Addr()}}}
	dotted := keyTLS
	dotted.Host += "."
	p := &Pool{Dialer: Dialer{TLS: clientTLS(), Resolver: answers{"a.test": a, "a.test.": a}}}
	inWorld(t, p, func(w *world) {
		var names []string
		w.serveTLS(&tls.Config{
			Certificates: []tls.Certificate{theAuthority().leaf(nil)},
			GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
				names = append(names, h.ServerName)
				return nil, nil
			},
		}, echo)
		for _, k := range []Key{keyTLS, dotted} {
			l := w.get(k)
			if l.Reused() || l.Info().DNS.Name != k.Host {
				t.Errorf("%v: reused %v, looked up %q", k, l.Reused(), l.Info().DNS.Name)
			}
			l.Release()
		}
		if !slices.Equal(names, []string{"a.test", "a.test"}) {
			t.Errorf("server names %q", names)
		}
	})
}
