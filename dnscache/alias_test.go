package dnscache_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
)

// services is a source with HTTPS records. A name with no addresses has ErrNoAddress, one that is not there ErrNotFound,
// but for "fails.test".
type services map[string]dnscache.Answer

func (services) Level() dnscache.Level { return dnscache.ISP }

func (s services) Lookup(_ context.Context, name string) (dnscache.Answer, error) {
	a, ok := s[name]
	switch {
	case name == "fails.test":
		return dnscache.Answer{}, errors.New("server responded SERVFAIL")
	case !ok:
		return dnscache.Answer{}, dnscache.ErrNotFound
	case len(a.Addrs) == 0:
		return a, dnscache.ErrNoAddress
	}
	return a, nil
}

// at is an answer with one address, or none where ip is empty.
func at(ip string, records ...dnscache.HTTPS) dnscache.Answer {
	a := dnscache.Answer{TTL: 100 * time.Second, HTTPS: records}
	for _, one := range strings.Fields(ip) {
		a.Addrs = append(a.Addrs, dnscache.Addr{IP: netip.MustParseAddr(one), TTL: 100 * time.Second})
	}
	return a
}

func alias(target string) dnscache.HTTPS {
	return dnscache.HTTPS{Target: target, TTL: 60 * time.Second}
}

func service(target string, priority uint16) dnscache.HTTPS {
	return dnscache.HTTPS{Priority: priority, Target: target, ALPN: []string{"h2"}, TTL: 30 * time.Second}
}

func TestHTTPSAliases(t *testing.T) {
	source := services{
		"cdn.test":    at("192.0.2.1 2001:db8::1", service("cdn.test", 1)),
		"two.test":    at("192.0.2.1", service("far.test", 2), service("two.test", 1)),
		"plain.test":  at("192.0.2.2"),
		"nobody.test": at(""),
		"second.test": at("192.0.2.3", alias("cdn.test")),
		"round1.test": at("192.0.2.4", alias("round2.test")), "round2.test": at("192.0.2.4", alias("round1.test")),
	}
	for i := range 10 {
		source[fmt.Sprintf("c%d.test", i)] = at("", alias(fmt.Sprintf("c%d.test", i+1)))
	}
	source["c10.test"] = at("192.0.2.10")
	for _, tt := range []struct{ name, target, want string }{
		{"service", "cdn.test", "1 cdn.test [h2] [192.0.2.1] [2001:db8::1] 30s, 0 cdn.test [] [192.0.2.1] [2001:db8::1] 1m0s"},
		{"other service", "two.test", "1 two.test [h2] [192.0.2.1] [] 30s, 2 far.test [h2] [] [] 30s, 0 two.test [] [192.0.2.1] [] 1m0s"},
		{"no records", "plain.test", "0 plain.test [] [192.0.2.2] [] 1m0s"},
		{"alias of an alias", "second.test", "1 cdn.test [h2] [192.0.2.1] [2001:db8::1] 30s, 0 cdn.test [] [192.0.2.1] [2001:db8::1] 1m0s"},
		{"capitals and dot", "CDN.test.", "1 cdn.test [h2] [192.0.2.1] [2001:db8::1] 30s, 0 cdn.test [] [192.0.2.1] [2001:db8::1] 1m0s"},
		{"eight in a row", "c3.test", "0 c10.test [] [192.0.2.10] [] 1m0s"},
		{"nine in a row", "c2.test", ""},
		{"in circles", "round1.test", ""},
		{"itself", "a.test", ""},
		{"no address", "nobody.test", ""},
		{"does not exist", "none.test", ""},
		{"cannot be found out", "fails.test", ""},
		{"not available", "", ""},
		{"an address", "192.0.2.77", ""},
		{"localhost", "localhost", ""},
		{"no name", "a b.test", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, own := range []string{"192.0.2.99", ""} {
				// The second record is to be ignored beside an alias.
				source["a.test"] = at(own, service("ignored.test", 1), alias(tt.target))
				r := &dnscache.Resolver{Sources: []dnscache.Source{source}, MinTTL: -1}
				for round := range 2 {
					a, err := r.Lookup(ctx, "a.test")
					if own == "" && !errors.Is(err, dnscache.ErrNoAddress) || own != "" && (err != nil || ips(a) != own) {
						t.Fatalf("Lookup = %s, %v", ips(a), err)
					}
					if got := records(a); got != tt.want {
						t.Errorf("round %d: got  %s\nwant %s", round, got, tt.want)
					}
				}
			}
		})
	}
}

func records(a dnscache.Answer) string {
	var out []string
	for _, h := range a.HTTPS {
		out = append(out, fmt.Sprintf("%d %s %v %v %v %v", h.Priority, h.Target, h.ALPN, h.IPv4Hint, h.IPv6Hint, h.TTL.Round(time.Second)))
	}
	return strings.Join(out, ", ")
}

// What an alias leads to is a step of the lookup, and is guarded as the name's own addresses are.
func TestHTTPSAliasStepsAndGuard(t *testing.T) {
	source := services{"a.example": at("192.0.2.1", alias("b.test")), "b.test": at("10.0.0.1")}
	r := &dnscache.Resolver{Sources: []dnscache.Source{source}}
	a := mustLookup(t, r, "a.example")
	if n := len(a.Steps); n != 3 || a.Steps[2].Question != "A+AAAA b.test" {
		t.Errorf("steps %+v, want one of the target", a.Steps)
	}
	guarded := &dnscache.Resolver{Sources: []dnscache.Source{source}, RefusePrivate: true}
	if a, err := guarded.Lookup(ctx, "a.example"); !errors.Is(err, dnscache.ErrRebinding) {
		t.Errorf("Lookup = %+v, %v, want ErrRebinding", a, err)
	}
}

// A caching daemon is no hosts file: what it says of public names came from elsewhere.
func TestGuardOfDaemons(t *testing.T) {
	for transport, refused := range map[string]bool{"udp": true, "unix": true, "file": false} {
		s := dnscache.SourceFunc(dnscache.OS, func(_ context.Context, name string) (dnscache.Answer, error) {
			return dnscache.Step{Level: dnscache.OS, Transport: transport}.Found(name, "", dnstest.IPs("10.0.0.1")), nil
		})
		r := &dnscache.Resolver{Sources: []dnscache.Source{s}, RefusePrivate: true}
		if _, err := r.Lookup(ctx, "a.example"); errors.Is(err, dnscache.ErrRebinding) != refused {
			t.Errorf("%s: %v, refused should be %v", transport, err, refused)
		}
	}
}

// FuzzHTTPSAliases has a record in alias mode at each of some names, as the octets say: what comes of following them ends
// soon, names no alias that was not followed, and is nothing that nobody said.
func FuzzHTTPSAliases(f *testing.F) {
	f.Add([]byte{1, 2, 3, 0})
	f.Add([]byte{0})
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255})
	f.Add([]byte{1 | 64, 2 | 128, 3 | 192})
	f.Fuzz(func(t *testing.T, graph []byte) {
		graph = graph[:min(len(graph), 32)]
		asked := 0
		name := func(i int) string { return fmt.Sprintf("n%d.test", i) }
		source := dnscache.SourceFunc(dnscache.ISP, func(_ context.Context, q string) (dnscache.Answer, error) {
			asked++
			var i int
			if _, err := fmt.Sscanf(q, "n%d.test", &i); err != nil || i >= len(graph) {
				return dnscache.Answer{}, dnscache.ErrNotFound
			}
			a := at("", alias(name(int(graph[i]&31))))
			if graph[i]&64 != 0 {
				a.Addrs = at("192.0.2.1").Addrs
			}
			if graph[i]&128 != 0 {
				a.HTTPS = []dnscache.HTTPS{service(name(i), 1)}
			}
			if len(a.Addrs) == 0 {
				return a, dnscache.ErrNoAddress
			}
			return a, nil
		})
		r := &dnscache.Resolver{Sources: []dnscache.Source{source}}
		a, _ := r.Lookup(ctx, name(0))
		if asked > 9 || len(a.Steps) != 1+asked {
			t.Fatalf("%v: asked %d times in %d steps", graph, asked, len(a.Steps))
		}
		for i, h := range a.HTTPS {
			hints := len(h.IPv4Hint) + len(h.IPv6Hint)
			if h.Priority == 0 && (hints == 0 || i != len(a.HTTPS)-1) || !strings.HasSuffix(h.Target, ".test") {
				t.Fatalf("%v: records %+v", graph, a.HTTPS)
			}
		}
	})
}
