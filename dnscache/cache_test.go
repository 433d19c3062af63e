package dnscache_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
)

func TestResolverBoundsTTL(t *testing.T) {
	tests := []struct {
		name     string
		ttl      time.Duration // of the answer; 0 becomes -1 in the zone
		min, max time.Duration
		want     time.Duration // how long it is remembered
	}{
		{"within", 10 * time.Minute, 0, 0, 10 * time.Minute},
		{"short", time.Second, 0, 0, 2 * time.Minute},
		{"zero", 0, 0, 0, 2 * time.Minute},
		{"long", 48 * time.Hour, 0, 0, 30 * time.Minute},
		{"own floor", time.Second, time.Minute, 0, time.Minute},
		{"own ceiling", time.Hour, 0, 3 * time.Minute, 3 * time.Minute},
		{"no floor", time.Second, -1, 0, time.Second},
		{"no floor and zero", 0, -1, 0, 0},
		{"ceiling wins", time.Second, time.Hour, time.Minute, time.Minute},
		{"remember nothing", time.Hour, 0, -1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ttl := tt.ttl
				if ttl == 0 {
					ttl = -1
				}
				r, src := resolver(dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1"), TTL: ttl}})
				r.MinTTL, r.MaxTTL = tt.min, tt.max
				a := mustLookup(t, r, "a.test")
				if a.Level != dnscache.ISP || a.TTL != tt.ttl || a.Addrs[0].TTL != tt.ttl {
					t.Errorf("first answer at %v with TTL %v, want isp with %v", a.Level, a.TTL, tt.ttl)
				}
				if tt.want > 0 {
					time.Sleep(tt.want - time.Millisecond)
					a = mustLookup(t, r, "a.test")
					if a.Level != dnscache.Browser || a.TTL != time.Millisecond || !a.Steps[0].Cached {
						t.Errorf("just before the end: level %v, TTL %v, want browser with 1ms", a.Level, a.TTL)
					}
					time.Sleep(time.Millisecond)
				}
				mustLookup(t, r, "a.test")
				if got := src.Asked("a.test"); got != 2 {
					t.Errorf("source asked %d times, want 2", got)
				}
			})
		})
	}
}

func TestResolverRemembersAbsence(t *testing.T) {
	tests := []struct {
		name string
		host dnstest.Host
		max  time.Duration
		err  error
		want time.Duration
	}{
		{"no name", dnstest.Host{RCode: "NXDOMAIN", NegativeTTL: time.Minute}, 0, dnscache.ErrNotFound, time.Minute},
		{"no address", dnstest.Host{NegativeTTL: time.Minute}, 0, dnscache.ErrNoAddress, time.Minute},
		{"no floor", dnstest.Host{NegativeTTL: time.Second}, 0, dnscache.ErrNoAddress, time.Second},
		{"five minutes at most", dnstest.Host{RCode: "NXDOMAIN", NegativeTTL: time.Hour}, 0, dnscache.ErrNotFound, 5 * time.Minute},
		{"own ceiling", dnstest.Host{RCode: "NXDOMAIN", NegativeTTL: time.Hour}, time.Second, dnscache.ErrNotFound, time.Second},
		{"without SOA", dnstest.Host{RCode: "NXDOMAIN", NegativeTTL: -1}, 0, dnscache.ErrNotFound, 0},
		{"remember none", dnstest.Host{RCode: "NXDOMAIN"}, -1, dnscache.ErrNotFound, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, src := resolver(dnstest.Zone{"a.test": tt.host})
				r.MaxNegativeTTL = tt.max
				ask := func() dnscache.Answer {
					a, err := r.Lookup(ctx, "a.test")
					var e *dnscache.Error
					if !errors.As(err, &e) || tt.err != nil && !errors.Is(err, tt.err) {
						t.Fatalf("Lookup error %v, want %v", err, tt.err)
					}
					if e.RCode != a.RCode || len(e.Steps) == 0 || len(a.Steps) != len(e.Steps) || e.Level != a.Level {
						t.Errorf("Error %+v and Answer %+v differ", e, a)
					}
					return a
				}
				ask()
				if tt.want > 0 {
					time.Sleep(tt.want - time.Nanosecond)
					if a := ask(); a.Level != dnscache.Browser || a.TTL != 1 {
						t.Errorf("just before the end: %+v, want level browser and 1 ns left", a)
					}
					time.Sleep(time.Nanosecond)
				}
				ask()
				if got := src.Asked("a.test"); got != 2 {
					t.Errorf("source asked %d times, want 2", got)
				}
			})
		})
	}
}

func TestResolverEvicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := resolver(dnstest.Zone{
			"*.test":     {Addrs: dnstest.IPs("192.0.2.1"), TTL: 20 * time.Minute},
			"brief.test": {Addrs: dnstest.IPs("192.0.2.1"), TTL: 2 * time.Minute},
		})
		r.MaxEntries = 4
		kept := func(name string, want bool) {
			t.Helper()
			before := src.Asked(name)
			a := mustLookup(t, r, name)
			if got := src.Asked(name) == before; got != want {
				t.Errorf("%s kept: %v, want %v (level %v)", name, got, want, a.Level)
			}
		}
		for _, name := range []string{"hot.test", "cold.test", "brief.test", "warm.test"} {
			mustLookup(t, r, name)
		}
		kept("hot.test", true)
		kept("warm.test", true)
		kept("brief.test", true)
		mustLookup(t, r, "new1.test") // drops cold, the only one not used since it came
		kept("hot.test", true)
		kept("warm.test", true)
		kept("brief.test", true)
		time.Sleep(3 * time.Minute)
		mustLookup(t, r, "new2.test") // drops brief, which has expired
		kept("hot.test", true)
		kept("warm.test", true)
		kept("new1.test", true)
		kept("new2.test", true)
		kept("cold.test", false)
	})
}

func TestResolverRemembersNothingWithoutEntries(t *testing.T) {
	r, src := resolver(dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1")}})
	r.MaxEntries = -1
	mustLookup(t, r, "a.test")
	mustLookup(t, r, "a.test")
	if got := src.Asked("a.test"); got != 2 {
		t.Errorf("source asked %d times, want 2", got)
	}
}

// Many callers, names and evictions at once: for the race detector.
func TestResolverConcurrentUse(t *testing.T) {
	r, _ := resolver(dnstest.Zone{
		"*.test":   {Addrs: dnstest.IPs("192.0.2.1", "2001:db8::1")},
		"*.none":   {RCode: "NXDOMAIN"},
		"*.broken": {RCode: "SERVFAIL"},
	})
	r.MaxEntries, r.MinTTL = 20, time.Millisecond
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				zone := []string{"test", "none", "broken"}[i%3]
				c, cancel := context.WithCancel(ctx)
				if i%7 == 0 {
					go cancel()
				}
				a, err := r.Lookup(c, fmt.Sprintf("n%d.%s", (i*g)%50, zone))
				if err == nil && (zone != "test" || ips(a) != "192.0.2.1 2001:db8::1") {
					t.Errorf("answer %+v", a)
				}
				for i := range a.Addrs {
					a.Addrs[i] = dnscache.Addr{}
				}
				cancel()
			}
		})
	}
	wg.Wait()
}
