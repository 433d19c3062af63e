package exchange_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache/internal/exchange"
)

// records parses resource records, one a line.
func records(t testing.TB, lines ...string) []dns.RR {
	t.Helper()
	var rrs []dns.RR
	for _, l := range lines {
		rr, err := dns.NewRR(l)
		if err != nil {
			t.Fatalf("%q: %v", l, err)
		}
		rrs = append(rrs, rr)
	}
	return rrs
}

func TestFollow(t *testing.T) {
	var chain []string
	for i := range 20 {
		chain = append(chain, fmt.Sprintf("n%d.test. 60 IN CNAME n%d.test.", i, i+1))
	}
	tests := []struct {
		name    string
		records []string
		from    string
		want    string
		ttl     time.Duration
	}{
		{"none", nil, "A.test.", "a.test.", exchange.MaxTTL},
		{"two", []string{"b.test. 20 IN CNAME C.test.", "a.test. 30 IN CNAME B.test."}, "a.test.", "c.test.", 20 * time.Second},
		{"of another name", []string{"x.test. 20 IN CNAME c.test."}, "a.test.", "a.test.", exchange.MaxTTL},
		{"of another class", []string{"a.test. 20 CH CNAME c.test."}, "a.test.", "a.test.", exchange.MaxTTL},
		{"16", chain[:16], "n0.test.", "n16.test.", time.Minute},
		{"17", chain[:17], "n0.test.", "", 0},
		{"to itself", []string{"a.test. 20 IN CNAME a.test."}, "a.test.", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ttl, err := exchange.Follow(records(t, tt.records...), tt.from)
			if got != tt.want || ttl != tt.ttl || errors.Is(err, exchange.ErrChain) != (tt.want == "") {
				t.Errorf("Follow = %q, %v, %v, want %q, %v", got, ttl, err, tt.want, tt.ttl)
			}
		})
	}
}

func TestNegativeTTL(t *testing.T) {
	tests := []struct {
		soa  string
		want time.Duration
		ok   bool
	}{
		{"test. 30 IN SOA ns.test. h.test. 1 2 3 4 20", 20 * time.Second, true},
		{"test. 10 IN SOA ns.test. h.test. 1 2 3 4 20", 10 * time.Second, true},
		{". 10 IN SOA ns.test. h.test. 1 2 3 4 20", 10 * time.Second, true},
		{"test. 30 IN SOA ns.test. h.test. 1 2 3 4 4294967295", 0, true},
		{"b.test. 30 IN SOA ns.test. h.test. 1 2 3 4 20", 0, false},
		{"test. 30 CH SOA ns.test. h.test. 1 2 3 4 20", 0, false},
		{"test. 30 IN NS ns.test.", 0, false},
	}
	for _, tt := range tests {
		if got, ok := exchange.NegativeTTL(records(t, tt.soa), "a.test."); got != tt.want || ok != tt.ok {
			t.Errorf("NegativeTTL(%q) = %v, %v, want %v, %v", tt.soa, got, ok, tt.want, tt.ok)
		}
	}
}

func TestHTTPS(t *testing.T) {
	tests := []struct {
		record, want string // the latter without TTL; empty: ignored
	}{
		{"a.test. 60 IN HTTPS 1 . alpn=h3,h2 port=8443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1 ech=AAEC",
			"1 a.test [h3 h2] false 8443 [192.0.2.1 192.0.2.2] [2001:db8::1] 000102"},
		{"a.test. 60 IN HTTPS 2 Svc.Test. no-default-alpn alpn=h2", "2 svc.test [h2] true 0 [] [] "},
		{"a.test. 60 IN HTTPS 0 alias.test.", "0 alias.test [] false 0 [] [] "},
		{"a.test. 60 IN HTTPS 0 .", "0  [] false 0 [] [] "},
		{"a.test. 60 IN HTTPS 1 .", "1 a.test [] false 0 [] [] "},
		{"a.test. 60 IN HTTPS 1 . mandatory=alpn,port alpn=h2 port=444", "1 a.test [h2] false 444 [] [] "},
		{"a.test. 60 IN HTTPS 1 . key65333=ex1 alpn=h2", "1 a.test [h2] false 0 [] [] "},
		{"a.test. 60 IN HTTPS 1 . mandatory=key65333 key65333=ex1", ""},
		{"a.test. 60 IN HTTPS 1 . no-default-alpn", ""},
		{"a.test. 60 CH HTTPS 1 . alpn=h2", ""},
		{"a.test. 60 IN SVCB 1 . alpn=h2", ""},
		{"a.test. 60 IN A 192.0.2.1", ""},
	}
	for _, tt := range tests {
		h, ok := exchange.HTTPS(records(t, tt.record)[0])
		got := fmt.Sprintf("%d %s %v %v %d %v %v %x", h.Priority, h.Target, h.ALPN, h.NoDefaultALPN, h.Port, h.IPv4Hint, h.IPv6Hint, h.ECH)
		if ok != (tt.want != "") || ok && (got != tt.want || h.TTL != time.Minute) {
			t.Errorf("HTTPS(%q) = %q, %v, want %q", tt.record, got, ok, tt.want)
		}
	}
}

func TestAddress(t *testing.T) {
	for record, want := range map[string]string{
		"a.test. 60 IN A 192.0.2.1":             "192.0.2.1",
		"a.test. 60 IN AAAA 2001:db8::1":        "2001:db8::1",
		"a.test. 60 IN AAAA ::ffff:192.0.2.1":   "192.0.2.1",
		"a.test. 60 CH A 192.0.2.1":             "",
		"a.test. 60 IN TXT 192.0.2.1":           "",
		"a.test. 2147483648 IN AAAA 2001:db8::": "2001:db8::",
	} {
		ip, ok := exchange.Address(records(t, record)[0])
		if ok != (want != "") || ok && ip.String() != want {
			t.Errorf("Address(%q) = %v, %v, want %q", record, ip, ok, want)
		}
	}
	if got := exchange.RCode(3) + " " + exchange.RCode(3841); got != "NXDOMAIN RCODE3841" {
		t.Errorf("RCode: %q", got)
	}
}

// FuzzRecords reads arbitrary messages: nothing panics, TTLs keep to their bounds, and an address is never IPv4 in IPv6.
func FuzzRecords(f *testing.F) {
	m := new(dns.Msg).SetQuestion("a.test.", dns.TypeHTTPS)
	m.Answer = records(f, "a.test. 60 IN CNAME b.test.", "b.test. 60 IN HTTPS 1 . mandatory=alpn alpn=h2 ipv4hint=192.0.2.1 ech=AAEC",
		"b.test. 60 IN AAAA ::ffff:192.0.2.1")
	m.Ns = records(f, "test. 30 IN SOA ns.test. h.test. 1 2 3 4 20")
	b, err := m.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		var m dns.Msg
		if m.Unpack(b) != nil {
			return
		}
		owner, ttl, err := exchange.Follow(m.Answer, "a.test.")
		if err == nil && (owner != strings.ToLower(owner) || ttl < 0 || ttl > exchange.MaxTTL) {
			t.Errorf("Follow = %q, %v", owner, ttl)
		}
		if ttl, _ := exchange.NegativeTTL(m.Ns, owner); ttl < 0 || ttl > exchange.MaxTTL {
			t.Errorf("NegativeTTL = %v", ttl)
		}
		for _, rr := range m.Answer {
			if ip, ok := exchange.Address(rr); ok && ip.Is4In6() {
				t.Errorf("address %v", ip)
			}
			if h, ok := exchange.HTTPS(rr); ok && (len(h.IPv4Hint)+len(h.IPv6Hint) > 32 || h.NoDefaultALPN && h.ALPN == nil) {
				t.Errorf("record %+v", h)
			}
		}
	})
}
