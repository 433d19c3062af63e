package dnscache

import (
	"container/heap"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// cache is the browser's: names with their addresses, or the knowledge that there are none, until they expire.
//
// A full cache drops the entry that expires soonest if it has expired; else the hand of SIEVE (Zhang and others, NSDI 2024)
// looks for one that was not asked for since the hand last passed. Dropping the soonest to expire always, as Chromium
// does, would drop the busiest names first: those of CDNs have the shortest TTLs.
//
// A reader takes the lock shared, and writes to an entry only the first time since the hand passed.
type cache struct {
	mu    sync.RWMutex
	m     map[string]*entry
	byEnd expiry
	list  list
	epoch time.Time // what entries count time from; set by the first store
}

// bounds are a Resolver's limits with the defaults filled in.
type bounds struct {
	minTTL, maxTTL, maxNegative time.Duration
	maxEntries                  int
}

// entry is one name. All but used, the links and index are written before it is in the cache, and never again.
type entry struct {
	question  string        // as question(name) makes it; the name is its tail, and so is the key of the map
	canonical string        // empty where it is the name
	ips       []netip.Addr  // nil for a negative answer
	end       time.Duration // after cache.epoch
	epoch     *time.Time

	prev, next *entry // list: towards newer, towards older
	index      int32  // in expiry
	missing    missing
	used       atomic.Bool // since the hand last passed
}

// missing says what is known not to be.
type missing uint8

const (
	nothing missing = iota // the name has addresses
	noAddress
	noName
)

func (m missing) err() error {
	if m == noName {
		return ErrNotFound
	}
	return ErrNoAddress
}

// get returns the entry of a name that has one which may still be used at now, else nil.
func (c *cache) get(name string, now time.Time) *entry {
	c.mu.RLock()
	e := c.m[name]
	c.mu.RUnlock()
	if e == nil || e.left(now) <= 0 {
		return nil
	}
	if !e.used.Load() {
		e.used.Store(true)
	}
	return e
}

// store remembers an answer for as long as the bounds allow.
func (c *cache) store(name string, a Answer, err error, now time.Time, b bounds) {
	e := &entry{}
	var ttl time.Duration
	switch {
	case err == nil:
		ttl = min(max(a.TTL, b.minTTL), b.maxTTL)
		e.ips = make([]netip.Addr, len(a.Addrs))
		for i := range a.Addrs {
			e.ips[i] = a.Addrs[i].IP
		}
	case negative(err):
		ttl = min(a.TTL, b.maxNegative)
		e.missing = noAddress
		if rcodeOf(err) == rcodeOf(ErrNotFound) {
			e.missing = noName
		}
	}
	if ttl <= 0 || b.maxEntries < 0 {
		return
	}
	e.question = question(name)
	if a.Canonical != name {
		e.canonical = a.Canonical
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil {
		c.m = make(map[string]*entry)
		c.epoch = now
	}
	e.epoch = &c.epoch
	e.end = now.Sub(c.epoch) + ttl
	if old := c.m[name]; old != nil {
		c.removeLocked(old)
	}
	for len(c.m) >= b.maxEntries {
		c.evictLocked(now)
	}
	c.m[e.name()] = e
	c.list.push(e)
	heap.Push(&c.byEnd, e)
}

func (c *cache) evictLocked(now time.Time) {
	if soonest := c.byEnd[0]; soonest.left(now) <= 0 {
		c.removeLocked(soonest)
		return
	}
	c.removeLocked(c.list.victim())
}

func (c *cache) removeLocked(e *entry) {
	delete(c.m, e.name())
	c.list.remove(e)
	heap.Remove(&c.byEnd, int(e.index))
}

func (e *entry) name() string { return e.question[len(bothFamilies):] }

func (e *entry) left(now time.Time) time.Duration { return e.end - now.Sub(*e.epoch) }

// answer makes the Answer of a hit. Its step and its addresses are one allocation.
func (e *entry) answer(start time.Time) (Answer, error) {
	var steps []Step
	var addrs []Addr
	switch n := len(e.ips); {
	case n <= 2:
		h := new(struct {
			step  [1]Step
			addrs [2]Addr
		})
		steps, addrs = h.step[:], h.addrs[:n:n]
	case n <= 6:
		h := new(struct {
			step  [1]Step
			addrs [6]Addr
		})
		steps, addrs = h.step[:], h.addrs[:n:n]
	default:
		steps, addrs = make([]Step, 1), make([]Addr, n)
	}
	left := e.left(start)
	for i, ip := range e.ips {
		addrs[i] = Addr{IP: ip, TTL: left}
	}
	s := &steps[0]
	s.Level, s.Transport, s.Cached = Browser, "cache", true
	s.Question, s.RCode, s.TTL, s.Start = e.question, "NOERROR", left, start
	a := Answer{Name: e.name(), Canonical: e.canonical, Addrs: addrs, Level: Browser, RCode: "NOERROR", TTL: left, Steps: steps}
	if a.Canonical == "" {
		a.Canonical = a.Name
	}
	if e.missing == nothing {
		s.Duration = time.Since(start)
		return a, nil
	}
	err := e.missing.err()
	a.Addrs, a.Canonical, a.RCode = nil, e.canonical, rcodeOf(err)
	s.RCode, s.Err = a.RCode, err.Error()
	s.Duration = time.Since(start)
	return a, &Error{Name: a.Name, Level: Browser, RCode: a.RCode, Steps: steps, Err: err}
}
