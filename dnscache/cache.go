package dnscache

import (
	"container/heap"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// cache is the browser's: names with their addresses, or the knowledge that there are none or that nobody could say, until
// they expire.
//
// A full cache drops the entry that expires soonest if it has expired; else the hand of SIEVE (Zhang and others, NSDI 2024)
// looks for one that was not asked for since the hand last passed. Dropping the soonest to expire always, as Chromium
// does, would drop the busiest names first: those of CDNs have the shortest TTLs.
//
// A reader takes no lock, and writes to an entry only the first time since the hand passed.
type cache struct {
	table atomic.Pointer[table] // nil: empty. Stored with mu held

	mu    sync.Mutex
	byEnd expiry
	list  list
	era   uint64 // counts flushes: what was asked before one is not remembered after it
}

// bounds are a Resolver's limits with the defaults filled in.
type bounds struct {
	minTTL, maxTTL, maxNegative, maxFailure, staleFor time.Duration

	maxEntries int
}

// entry is one name. All but used, retry, the links and index are written before it is in the cache, and never again.
type entry struct {
	question  string        // as question(key) makes it; the key is its tail
	canonical string        // empty where it is the name
	ips       []netip.Addr  // nil where there are none
	end       time.Duration // after table.epoch
	more      *more         // nil for most

	prev, next *entry       // list: towards newer, towards older
	retry      atomic.Int64 // Duration after table.epoch before which a stale entry's name is not asked again
	hash       uint32       // of the key, by table.hash
	index      int32        // in expiry
	missing    missing
	used       atomic.Bool // since the hand last passed
}

// more is what few entries have.
type more struct {
	stored time.Duration // after table.epoch; the TTLs of https count from there
	https  []HTTPS
	fault  fault
}

// missing says what is known not to be.
type missing uint8

const (
	nothing   missing = iota // the name has addresses
	noAddress                // it has none
	noName                   // it does not exist
	noReply                  // nobody could say: entry.more.fault says why
)

func (m missing) err() error {
	if m == noName {
		return ErrNotFound
	}
	return ErrNoAddress
}

// get returns the entry of a key that has one which may still be used at now, and for how long; else nil.
func (c *cache) get(key string, now time.Time) (*entry, time.Duration) {
	t := c.table.Load()
	if t == nil {
		return nil, 0
	}
	e := t.find(key)
	if e == nil {
		return nil, 0
	}
	left := t.left(e, now)
	if left <= 0 {
		return nil, 0
	}
	e.touch()
	return e, left
}

// touch notes for the hand that e was asked for.
func (e *entry) touch() {
	if !e.used.Load() {
		e.used.Store(true)
	}
}

// newEntry makes the entry of what a search brought, and says how long it may be used. That is zero or less where nothing
// is to be remembered.
func newEntry(key string, a Answer, err error, b bounds) (*entry, time.Duration) {
	e := &entry{question: question(key)}
	if a.Canonical != bareName(key) {
		e.canonical = a.Canonical
	}
	switch {
	case err == nil:
		e.ips = make([]netip.Addr, len(a.Addrs))
		for i := range a.Addrs {
			e.ips[i] = a.Addrs[i].IP
		}
		e.more = newMore(a.HTTPS, b)
		return e, b.positive(a.TTL)
	case negative(err):
		e.missing, e.more = noAddress, newMore(a.HTTPS, b)
		if rcodeOf(err) == rcodeOf(ErrNotFound) {
			e.missing = noName
		}
		return e, min(a.TTL, b.maxNegative)
	}
	e.missing = noReply
	e.more = &more{fault: newFault(err)}
	return e, min(firstFailure, b.maxFailure)
}

func newMore(records []HTTPS, b bounds) *more {
	if len(records) == 0 {
		return nil
	}
	m := &more{https: cloneHTTPS(records)}
	for i := range m.https {
		m.https[i].TTL = b.positive(m.https[i].TTL)
	}
	return m
}

func (b *bounds) positive(ttl time.Duration) time.Duration { return min(max(ttl, b.minTTL), b.maxTTL) }

// store remembers what a search that began in an era brought, for as long as the bounds allow.
func (c *cache) store(key string, a Answer, err error, now time.Time, b bounds, era uint64) {
	e, ttl := newEntry(key, a, err, b)
	if ttl <= 0 && e.missing != noReply || b.maxEntries < 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.era != era {
		return
	}
	if t := c.table.Load(); t != nil && e.missing == noReply {
		if old := t.find(key); old != nil {
			if t.postpone(old, now, b) {
				return
			}
			ttl = e.more.fault.backOff(old, -t.left(old, now), b)
		}
	}
	if ttl > 0 {
		c.putLocked(e, ttl, now, b.maxEntries)
	}
}

// putLocked adds an entry, which ends ttl after now.
func (c *cache) putLocked(e *entry, ttl time.Duration, now time.Time, maxEntries int) {
	t := c.table.Load()
	if t == nil {
		t = newTable(now, minSlots)
	}
	age := now.Sub(t.epoch)
	e.end = age + ttl
	if e.more != nil {
		e.more.stored = age
		e.more.fault.ttl = ttl
	}
	old := t.find(e.key())
	for old == nil && t.live >= maxEntries {
		c.evictLocked(t, now)
	}
	c.table.Store(t.putLocked(e))
	if old != nil {
		c.unlinkLocked(old)
	}
	c.list.push(e)
	heap.Push(&c.byEnd, e)
}

func (c *cache) evictLocked(t *table, now time.Time) {
	e := c.byEnd[0]
	if t.left(e, now) > 0 {
		e = c.list.victim()
	}
	t.removeLocked(e)
	c.unlinkLocked(e)
}

func (c *cache) unlinkLocked(e *entry) {
	c.list.remove(e)
	heap.Remove(&c.byEnd, int(e.index))
}

// flush forgets everything, and what is being asked now.
func (c *cache) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flushLocked()
}

func (c *cache) flushLocked() {
	c.table.Store(nil)
	c.byEnd, c.list = nil, list{}
	c.era++
}

func (c *cache) currentEra() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.era
}

// key is the name that the entry is for, with its trailing dot where a source searches: "wiki" and "wiki." are two names then.
func (e *entry) key() string { return e.question[len(bothFamilies):] }
