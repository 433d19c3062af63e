package fetch

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	"pageload/fetch/http1"
)

// Heads are the headers of responses over HTTP/1.1 that came of late. Servers repeat themselves, and one that is equal to the last
// byte is not made anew. Any number of clients may share one, those of other users too: a header with Set-Cookie is not kept. It holds
// 256 headers of up to 4 KB; a new one takes the place of one with the same hash. The zero value is ready; it is safe for concurrent
// use and must not be copied.
type Heads struct {
	once  sync.Once
	seed  maphash.Seed // by chance, so that no server can choose the place
	slots []atomic.Pointer[knownHead]
}

type knownHead struct {
	hash   uint64
	header Header
}

const (
	headSlots = 256
	mostHead  = 4 << 10
)

func (s *Heads) init() {
	s.seed = maphash.MakeSeed()
	s.slots = make([]atomic.Pointer[knownHead], headSlots)
}

// keepHead returns a Header that stays, of one that does not. Others may have the same.
func (c *Client) keepHead(h http1.Header) Header {
	raw := h.Raw()
	if c.Heads == nil || len(raw) == 0 || len(raw) > mostHead {
		return c.models.keep(h)
	}
	k, slot := c.Heads.find(raw)
	if kept := slot.Load(); kept != nil && kept.hash == k && kept.header.is(h) {
		return kept.header
	}
	kept := c.models.keep(h)
	if _, private := kept.Lookup("Set-Cookie"); !private {
		slot.Store(&knownHead{k, kept})
	}
	return kept
}

// find returns the hash of a head, and its place.
func (s *Heads) find(raw []byte) (hash uint64, slot *atomic.Pointer[knownHead]) {
	s.once.Do(s.init)
	hash = maphash.Bytes(s.seed, raw)
	return hash, &s.slots[hash%headSlots]
}

// Clear forgets all.
func (s *Heads) Clear() {
	s.once.Do(s.init)
	for i := range s.slots {
		s.slots[i].Store(nil)
	}
}

// is reports whether h has the same fields, to the letter.
func (a Header) is(h http1.Header) bool {
	if len(a) != h.Len() {
		return false
	}
	for i := range a {
		if name, value := h.At(i); a[i].Name != string(name) || a[i].Value != string(value) {
			return false
		}
	}
	return true
}
