package dnscache

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

// Whatever is stored, asked and dropped, the map, the list and the heap have the same entries, no more than allowed, and
// nothing that may still be used is dropped while something expired is there.
func TestCacheStaysConsistent(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var c cache
	b := bounds{minTTL: -1, maxTTL: time.Hour, maxNegative: time.Hour, maxEntries: 16}
	now := time.Now()
	for range 5000 {
		now = now.Add(time.Duration(rnd.IntN(1000)) * time.Millisecond)
		name := fmt.Sprintf("n%d.test", rnd.IntN(40))
		if rnd.IntN(2) == 0 {
			if e := c.get(name, now); e != nil && (e.name() != name || e.left(now) <= 0) {
				t.Fatalf("get(%q) = %q with %v left", name, e.name(), e.left(now))
			}
			continue
		}
		before := map[string]*entry{}
		expired := 0
		for n, e := range c.m {
			before[n] = e
			if e.left(now) <= 0 && n != name {
				expired++
			}
		}
		a := Answer{Addrs: []Addr{{IP: netip.IPv6Loopback()}}, TTL: time.Duration(1+rnd.IntN(60)) * time.Second}
		c.store(name, a, nil, now, b)
		for n, e := range before {
			if c.m[n] == nil && e.left(now) > 0 && expired > 0 {
				t.Fatalf("%s dropped with %v left, while %d were expired", n, e.left(now), expired)
			}
		}
		listed := 0
		for e := c.list.newest; e != nil; e = e.next {
			if c.m[e.name()] != e || c.byEnd[e.index] != e {
				t.Fatalf("%s is in the list and not in the map or the heap", e.name())
			}
			listed++
		}
		if len(c.m) > b.maxEntries || len(c.m) != listed || len(c.m) != len(c.byEnd) || c.m[name] == nil {
			t.Fatalf("%d names in the map, %d in the list, %d in the heap, at most %d", len(c.m), listed, len(c.byEnd), b.maxEntries)
		}
	}
}
