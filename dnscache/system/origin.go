package system

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache"
	"pageload/dnscache/internal/exchange"
)

// snooped is what a question without recursion told about a server's cache.
type snooped int

const (
	unasked  snooped = iota // no such question was put
	cached                  // the server had the answer
	uncached                // it did not
	unclear                 // it did not say: silent, or it refuses such questions
)

// snoop says what the reply to a question without recursion means.
func snoop(r reply, err error) snooped {
	switch {
	case err == nil, errors.Is(err, dnscache.ErrNotFound):
		return cached
	case errors.Is(err, dnscache.ErrNoAddress) && r.ttl > 0:
		return cached // with the SOA record, so more than an empty message
	case r.rcode == "NOERROR":
		return uncached
	}
	return unclear
}

// origin says of a response whether the server had it without asking further, as far as that can be told.
func (k *asker) origin(q exchange.Question, m *dns.Msg, r reply, err error, s snooped) (had bool, note string) {
	answered := err == nil || errors.Is(err, dnscache.ErrNotFound) || errors.Is(err, dnscache.ErrNoAddress)
	if !q.Recurse {
		switch snoop(r, err) {
		case cached:
			k.ttls.lower(q, r.ttl)
			return true, "answered without recursion: it is in its cache, or in one behind it"
		case uncached:
			return false, "no answer without recursion"
		}
		return false, "questions without recursion are not answered"
	}
	if m == nil || m.Truncated || !answered {
		return false, ""
	}
	most := k.ttls.lower(q, r.ttl)
	switch {
	case m.Authoritative:
		return false, "authoritative"
	case s == uncached:
		return false, "forwarded: there was no answer without recursion"
	case most > 0:
		return false, fmt.Sprintf("forwarded or cached: unknown; a TTL below the %v seen before hints at a cache", most)
	}
	return false, "forwarded or cached: unknown"
}

// maxTTLs bounds the names that a source remembers the TTLs of.
const maxTTLs = 1024

// ttlMemory knows the longest TTL that was seen for each question: the authoritative one, or as near to it as can be told.
// It is safe for concurrent use.
type ttlMemory struct {
	mu   sync.Mutex
	most map[ttlKey]time.Duration
}

type ttlKey struct {
	name  string
	qtype uint16
}

// lower notes ttl, and returns the longest seen where that is longer, else zero.
func (t *ttlMemory) lower(q exchange.Question, ttl time.Duration) time.Duration {
	key := ttlKey{q.Name, q.Type}
	t.mu.Lock()
	defer t.mu.Unlock()
	most, known := t.most[key]
	if ttl < most {
		return most
	}
	if t.most == nil || !known && len(t.most) >= maxTTLs {
		t.most = make(map[ttlKey]time.Duration)
	}
	t.most[key] = ttl
	return 0
}
