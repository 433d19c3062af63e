package dnscache

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Whatever is stored, asked and dropped, the table, the list and the heap have the same entries, no more than allowed, and
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
			if e, left := c.get(name, now); e != nil && (e.key() != name || left <= 0) {
				t.Fatalf("get(%q) = %q with %v left", name, e.key(), left)
			}
			continue
		}
		before := entries(&c)
		expired := 0
		for n, e := range before {
			if c.table.Load().left(e, now) <= 0 && n != name {
				expired++
			}
		}
		a := Answer{Addrs: []Addr{{IP: netip.IPv6Loopback()}}, TTL: time.Duration(1+rnd.IntN(60)) * time.Second}
		c.store(name, a, nil, now, b, 0)
		after := entries(&c)
		for n, e := range before {
			if left := c.table.Load().left(e, now); after[n] == nil && left > 0 && expired > 0 {
				t.Fatalf("%s dropped with %v left, while %d were expired", n, left, expired)
			}
		}
		listed := 0
		for e := c.list.newest; e != nil; e = e.next {
			if after[e.key()] != e || c.byEnd[e.index] != e || c.table.Load().find(e.key()) != e {
				t.Fatalf("%s is in the list and not in the table or the heap", e.key())
			}
			listed++
		}
		if len(after) > b.maxEntries || len(after) != listed || len(after) != len(c.byEnd) || after[name] == nil {
			t.Fatalf("%d names in the table, %d in the list, %d in the heap, at most %d", len(after), listed, len(c.byEnd), b.maxEntries)
		}
	}
}

// entries returns what is in the table, which must agree with its counters.
func entries(c *cache) map[string]*entry {
	m := map[string]*entry{}
	t := c.table.Load()
	if t == nil {
		return m
	}
	used, live := 0, 0
	for i := range t.slots {
		e := t.slots[i].Load()
		if e == nil {
			continue
		}
		used++
		if e != t.gone {
			live++
			m[e.key()] = e
		}
	}
	if used != t.used || live != t.live || len(m) != live || used == len(t.slots) {
		panic(fmt.Sprintf("table of %d slots has %d used, %d live, %d names; it says %d and %d", len(t.slots), used, live, len(m), t.used, t.live))
	}
	return m
}

// Who reads without a lock finds what is there all the time, whatever comes and goes beside it.
func TestTableKeepsNamesWhileItChanges(t *testing.T) {
	var c cache
	b := bounds{minTTL: -1, maxTTL: time.Hour, maxNegative: time.Hour, maxEntries: 1 << 20}
	now := time.Now()
	a := Answer{Addrs: []Addr{{IP: netip.IPv6Loopback()}}, TTL: time.Hour}
	kept := make([]string, 8)
	for i := range kept {
		kept[i] = fmt.Sprintf("kept%d.test", i)
		c.store(kept[i], a, nil, now, b, 0)
	}
	var stop atomic.Bool
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for !stop.Load() {
				for _, name := range kept {
					if e, _ := c.get(name, now); e == nil || e.key() != name {
						t.Errorf("%s is not found", name)
						return
					}
				}
			}
		})
	}
	brief := Answer{Addrs: a.Addrs, TTL: 1}
	for i := range 20_000 {
		if i%500 == 499 { // all that are not kept have expired: room for one removes one
			b.maxEntries = c.table.Load().live
		} else if i%500 == 250 {
			b.maxEntries = 1 << 20
		}
		at := now
		if i%3 == 0 {
			at = now.Add(time.Second)
		}
		c.store(fmt.Sprintf("n%d.test", i%1500), brief, nil, at, b, 0)
		c.store(kept[i%len(kept)], a, nil, now, b, 0)
	}
	stop.Store(true)
	readers.Wait()
}
