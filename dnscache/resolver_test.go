package dnscache_test

import (
	"context"
	"strings"
	"testing"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
)

var ctx = context.Background()

// resolver returns one over a scripted source.
func resolver(zone dnstest.Zone) (*dnscache.Resolver, *dnstest.Source) {
	s := &dnstest.Source{Zone: zone}
	return &dnscache.Resolver{Sources: []dnscache.Source{s}}, s
}

// mustLookup returns an answer that must have addresses.
func mustLookup(t *testing.T, r *dnscache.Resolver, name string) dnscache.Answer {
	t.Helper()
	a, err := r.Lookup(ctx, name)
	if err != nil || len(a.Addrs) == 0 {
		t.Fatalf("Lookup(%q) = %+v, %v, want addresses", name, a, err)
	}
	return a
}

func ips(a dnscache.Answer) string {
	var s []string
	for _, addr := range a.Addrs {
		s = append(s, addr.IP.String())
	}
	return strings.Join(s, " ")
}

func TestResolverErrorText(t *testing.T) {
	r, _ := resolver(dnstest.Zone{"dead.test": {RCode: "SERVFAIL"}})
	tests := []struct{ name, want string }{
		{"none.test", "dnscache: none.test: isp: no such name"},
		{"dead.test", "dnscache: dead.test: isp: responded SERVFAIL"},
		{"a..b", "dnscache: a..b: invalid name: empty label"},
	}
	for _, tt := range tests {
		if _, err := r.Lookup(ctx, tt.name); err == nil || err.Error() != tt.want {
			t.Errorf("Lookup(%q) error %q, want %q", tt.name, err, tt.want)
		}
	}
}

// A hit allocates what it returns, in one piece, and nothing else.
func TestResolverHitAllocatesOnce(t *testing.T) {
	for _, list := range [][]string{
		{"192.0.2.1"}, {"192.0.2.1", "2001:db8::1"}, {"192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2", "2001:db8::3"},
	} {
		r, _ := resolver(dnstest.Zone{"www.example.com": {Addrs: dnstest.IPs(list...)}})
		mustLookup(t, r, "www.example.com")
		got := testing.AllocsPerRun(1000, func() { r.Lookup(ctx, "www.example.com") })
		if got > 1 {
			t.Errorf("%d addresses: %v allocations, want 1", len(list), got)
		}
	}
}
