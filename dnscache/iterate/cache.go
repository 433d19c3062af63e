package iterate

import (
	"sync"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache/internal/exchange"
)

const (
	defaultMaxEntries = 10_000

	maxPositiveTTL = 24 * time.Hour // of what is remembered; what is returned has its own
	maxNegativeTTL = 3 * time.Hour  // RFC 2308 section 5
)

// cache remembers what servers said, within its zone each: by name and type, and delegations by zone. The zero value is
// empty. It is safe for concurrent use.
type cache struct {
	mu          sync.Mutex
	max         int // entries of either map; negative: none
	records     map[cacheKey]fact
	delegations map[string]held
}

// cacheKey's type is CNAME for what a name is an alias of, and 0 for its not existing.
type cacheKey struct {
	name  string
	qtype uint16
}

// fact is what is known of a name and a type.
type fact struct {
	kind    kind     // answered, aliased, noData or noName
	target  string   // aliased
	records []dns.RR // answered
	expires time.Time
}

type held struct {
	*delegation
	expires time.Time
}

// store remembers a reply that is no referral and not weak.
func (c *cache) store(r reply, qtype uint16, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range r.links {
		c.putLocked(cacheKey{l.name, dns.TypeCNAME}, fact{kind: aliased, target: l.target}, min(l.ttl, maxPositiveTTL), now)
	}
	switch r.kind {
	case answered:
		c.putLocked(cacheKey{r.owner, qtype}, fact{kind: answered, records: r.records}, min(r.ttl, maxPositiveTTL), now)
	case noData:
		c.putLocked(cacheKey{r.owner, qtype}, fact{kind: noData}, r.ttl, now)
	case noName:
		if qtype == dns.TypeA {
			qtype = 0 // of all types; what is said of others is believed for those alone (RFC 4074 section 4.2)
		}
		c.putLocked(cacheKey{r.owner, qtype}, fact{kind: noName}, r.ttl, now)
	}
}

func (c *cache) putLocked(k cacheKey, f fact, ttl time.Duration, now time.Time) {
	if ttl <= 0 || c.max < 0 {
		return
	}
	f.expires = now.Add(ttl)
	if c.records == nil {
		c.records = make(map[cacheKey]fact)
	}
	if _, ok := c.records[k]; !ok && len(c.records) >= c.max {
		shrink(c.records, func(f fact) bool { return !now.Before(f.expires) })
	}
	c.records[k] = f
}

// shrink makes room: what has expired goes, and where that is too little, what the map yields first, an eighth of all.
func shrink[K comparable, V any](m map[K]V, expired func(V) bool) {
	room := len(m)/8 + 1
	for k, v := range m {
		if expired(v) {
			delete(m, k)
			room--
		}
	}
	for k := range m {
		if room <= 0 {
			return
		}
		delete(m, k)
		room--
	}
}

// get returns what is known of a name and a type, and how long it may still be believed. A name does not exist where one
// above it does not (RFC 8020).
func (c *cache) get(name string, qtype uint16, now time.Time) (f fact, ttl time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range [...]cacheKey{{name, qtype}, {name, dns.TypeCNAME}} {
		if f, ttl, ok = c.freshLocked(k, now); ok {
			return f, ttl, ok
		}
	}
	for at, more := name, true; more; at, more = parent(at) {
		if f, ttl, ok = c.freshLocked(cacheKey{at, 0}, now); ok {
			return f, ttl, ok
		}
	}
	return fact{}, 0, false
}

func (c *cache) freshLocked(k cacheKey, now time.Time) (fact, time.Duration, bool) {
	f, ok := c.records[k]
	if !ok {
		return fact{}, 0, false
	}
	ttl := f.expires.Sub(now)
	if ttl <= 0 {
		delete(c.records, k)
		return fact{}, 0, false
	}
	return f, ttl, true
}

// delegate remembers a delegation.
func (c *cache) delegate(d *delegation, now time.Time) {
	ttl := min(d.ttl, maxPositiveTTL)
	c.mu.Lock()
	defer c.mu.Unlock()
	if ttl <= 0 || c.max < 0 {
		return
	}
	if c.delegations == nil {
		c.delegations = make(map[string]held)
	}
	if _, ok := c.delegations[d.zone]; !ok && len(c.delegations) >= c.max {
		shrink(c.delegations, func(h held) bool { return !now.Before(h.expires) })
	}
	c.delegations[d.zone] = held{d, now.Add(ttl)}
}

// closest returns the delegation nearest to name, or nil.
func (c *cache) closest(name string, now time.Time) *delegation {
	c.mu.Lock()
	defer c.mu.Unlock()
	for at, more := name, true; more; at, more = parent(at) {
		h, ok := c.delegations[at]
		if ok && now.Before(h.expires) {
			return h.delegation
		}
		if ok {
			delete(c.delegations, at)
		}
	}
	return nil
}

// reply makes a reply of a fact about name.
func (f fact) reply(name string, ttl time.Duration) reply {
	r := reply{kind: f.kind, owner: name, records: f.records, ttl: ttl}
	switch f.kind {
	case noName:
		r.rcode = dns.RcodeNameError
	case aliased:
		r.links, r.owner = []link{{name, f.target, ttl}}, f.target
	}
	r.age(ttl)
	return r
}

// age gives the records copies of their TTL that is left.
func (r *reply) age(ttl time.Duration) {
	if r.records == nil {
		return
	}
	// The set was stored as long as its shortest record may be believed; each of the others has as much longer as it had.
	gone := min(shortest(r.records), maxPositiveTTL) - ttl
	aged := make([]dns.RR, len(r.records))
	for i, rr := range r.records {
		aged[i] = dns.Copy(rr)
		aged[i].Header().Ttl = uint32(max(0, exchange.TTL(rr)-gone+time.Second-1) / time.Second)
	}
	r.records = aged
}
