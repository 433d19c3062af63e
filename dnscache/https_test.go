package dnscache_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
)

// withHTTPS returns a resolver for whose every name there are an address and two HTTPS records.
func withHTTPS(ttl, httpsTTL time.Duration) *dnscache.Resolver {
	return &dnscache.Resolver{MinTTL: -1, MaxTTL: 24 * time.Hour, Sources: []dnscache.Source{
		dnscache.SourceFunc(dnscache.ISP, func(_ context.Context, name string) (dnscache.Answer, error) {
			return dnscache.Answer{
				Addrs: []dnscache.Addr{{IP: netip.MustParseAddr("192.0.2.1"), TTL: ttl}},
				HTTPS: []dnscache.HTTPS{
					{Priority: 2, Target: "far.test", TTL: httpsTTL},
					{
						Priority: 1, Target: name, ALPN: []string{"h2"}, NoDefaultALPN: true, Port: 8443, ECH: []byte{1, 2},
						IPv4Hint: dnstest.IPs("192.0.2.7"), IPv6Hint: dnstest.IPs("2001:db8::7"), TTL: httpsTTL,
					},
				},
			}, nil
		}),
	}}
}

func TestResolverRemembersHTTPS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := withHTTPS(time.Hour, 10*time.Minute)
		for round := range 3 {
			a := mustLookup(t, r, "a.test")
			if len(a.HTTPS) != 2 || a.HTTPS[0].Priority != 1 || a.HTTPS[0].TTL != 10*time.Minute-time.Duration(round)*time.Minute {
				t.Fatalf("round %d: HTTPS records %+v, want two by priority", round, a.HTTPS)
			}
			if h := a.HTTPS[0]; fmt.Sprint(h.ALPN, h.Port, h.IPv4Hint, h.IPv6Hint, h.ECH) != "[h2] 8443 [192.0.2.7] [2001:db8::7] [1 2]" {
				t.Fatalf("round %d: %+v", round, h)
			}
			a.HTTPS[0].ALPN[0], a.HTTPS[0].IPv4Hint[0], a.HTTPS[0].ECH[0] = "", netip.Addr{}, 9 // the caller's
			time.Sleep(time.Minute)
		}
		time.Sleep(7 * time.Minute)
		if a := mustLookup(t, r, "a.test"); a.Level != dnscache.Browser || len(a.HTTPS) != 0 {
			t.Errorf("after the records' end: %v with %+v, want browser without", a.Level, a.HTTPS)
		}
	})
}

// A name may have HTTPS records with hints and no addresses.
func TestResolverRemembersHTTPSWithoutAddress(t *testing.T) {
	asked := 0
	r := &dnscache.Resolver{Sources: []dnscache.Source{
		dnscache.SourceFunc(dnscache.ISP, func(_ context.Context, name string) (dnscache.Answer, error) {
			asked++
			return dnscache.Answer{
				TTL:   time.Minute,
				HTTPS: []dnscache.HTTPS{{Priority: 1, Target: name, IPv4Hint: dnstest.IPs("192.0.2.7"), TTL: time.Minute}},
			}, dnscache.ErrNoAddress
		}),
	}}
	for range 2 {
		a, err := r.Lookup(ctx, "a.test")
		if !errors.Is(err, dnscache.ErrNoAddress) || len(a.HTTPS) != 1 || asked != 1 {
			t.Errorf("Lookup = %+v, %v, asked %d times, want ErrNoAddress with the record, once", a, err, asked)
		}
	}
}
