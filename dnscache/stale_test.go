package dnscache_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
)

func staleResolver() (*dnscache.Resolver, *dnstest.Source) {
	r, src := resolver(dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1"), TTL: 10 * time.Minute, Delay: time.Second}})
	r.StaleFor = time.Hour
	return r, src
}

func TestResolverServesStaleWhileItAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := staleResolver()
		mustLookup(t, r, "a.test")
		time.Sleep(15 * time.Minute)
		src.Set("a.test", dnstest.Host{Addrs: dnstest.IPs("192.0.2.2"), TTL: 10 * time.Minute, Delay: time.Second})
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				start := time.Now()
				a := mustLookup(t, r, "A.test")
				if ips(a) != "192.0.2.1" || a.Stale != 5*time.Minute || a.TTL != 30*time.Second || a.Addrs[0].TTL != a.TTL || time.Since(start) != 0 {
					t.Errorf("stale answer %+v after %v", a, time.Since(start))
				}
				if s := a.Steps[0]; !s.Cached || !strings.Contains(s.Note, "expired 5m0s ago") || s.TTL != 30*time.Second {
					t.Errorf("step %+v", s)
				}
			})
		}
		wg.Wait()
		time.Sleep(time.Second)
		synctest.Wait()
		if a := mustLookup(t, r, "a.test"); ips(a) != "192.0.2.2" || a.Stale != 0 || a.TTL != 10*time.Minute || src.Asked("a.test") != 2 {
			t.Errorf("after the refresh: %+v, asked %d times, want fresh, twice", a, src.Asked("a.test"))
		}
	})
}

func TestResolverStaleWindow(t *testing.T) {
	for _, tt := range []struct {
		name  string
		field time.Duration
		after time.Duration
		stale bool
	}{
		{"off", 0, time.Millisecond, false},
		{"negative", -1, time.Millisecond, false},
		{"at the end", time.Hour, 0, true},
		{"within", time.Hour, time.Hour, true},
		{"past", time.Hour, time.Hour + 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, _ := staleResolver()
				r.StaleFor = tt.field
				mustLookup(t, r, "a.test")
				time.Sleep(10*time.Minute + tt.after)
				a := mustLookup(t, r, "a.test")
				if got := a.Level == dnscache.Browser; got != tt.stale {
					t.Errorf("served stale: %v, want %v", got, tt.stale)
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

// A refresh that fails keeps the answer and is put off; one that learns that there is nothing ends it.
func TestResolverRefreshFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := staleResolver()
		mustLookup(t, r, "a.test")
		src.Set("a.test", dnstest.Host{RCode: "SERVFAIL"})
		time.Sleep(11 * time.Minute)
		for range 29 {
			if a := mustLookup(t, r, "a.test"); a.Stale == 0 {
				t.Fatalf("answer %+v, want the old one", a)
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if got := src.Asked("a.test"); got != 2 {
			t.Errorf("asked %d times in 29 seconds, want once, and once at the start", got)
		}
		if a := mustLookup(t, r, "a.test"); !strings.Contains(a.Steps[0].Note, "has failed") {
			t.Errorf("note %q", a.Steps[0].Note)
		}
		src.Set("a.test", dnstest.Host{RCode: "NXDOMAIN", NegativeTTL: time.Minute})
		time.Sleep(2 * time.Second)
		mustLookup(t, r, "a.test")
		synctest.Wait()
		if a, err := r.Lookup(ctx, "a.test"); err == nil || a.RCode != "NXDOMAIN" || src.Asked("a.test") != 3 {
			t.Errorf("after the name was taken away: %+v, %v, asked %d times", a, err, src.Asked("a.test"))
		}
	})
}

// Servers that are silent do not hold a refresh for ever, and it does not end with the caller who began it.
func TestResolverRefreshEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := staleResolver()
		mustLookup(t, r, "a.test")
		time.Sleep(11 * time.Minute)
		caller, cancel := context.WithCancel(ctx)
		if a, err := r.Lookup(caller, "a.test"); err != nil || a.Stale == 0 {
			t.Fatalf("%+v, %v", a, err)
		}
		cancel()
		time.Sleep(time.Second)
		synctest.Wait()
		if a := mustLookup(t, r, "a.test"); a.Stale != 0 {
			t.Error("the refresh ended with its caller")
		}
		src.Set("a.test", dnstest.Host{Silent: true})
		time.Sleep(11 * time.Minute)
		before := src.Asked("a.test")
		mustLookup(t, r, "a.test")
		time.Sleep(31 * time.Second)
		mustLookup(t, r, "a.test")
		time.Sleep(30 * time.Second)
		mustLookup(t, r, "a.test")
		synctest.Wait()
		if got := src.Asked("a.test") - before; got != 2 {
			t.Errorf("asked %d times, want 2: a refresh takes 30 seconds at most and rests for 30", got)
		}
		time.Sleep(time.Minute)
	})
}
