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
	raw    string // from the first name to the last value
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
	slot := c.Heads.place(raw)
	if kept := slot.Load(); kept != nil && kept.raw == string(raw) { // the same bytes are the same fields
		return kept.header
	}
	kept := c.models.keep(h)
	if _, private := kept.Lookup("Set-Cookie"); !private {
		slot.Store(&knownHead{string(raw), kept})
	}
	return kept
}

// place returns where a head is kept.
func (s *Heads) place(raw []byte) *atomic.Pointer[knownHead] {
	s.once.Do(s.init)
	return &s.slots[maphash.Bytes(s.seed, raw)%headSlots]
}

// Clear forgets all.
func (s *Heads) Clear() {
	s.once.Do(s.init)
	for i := range s.slots {
		s.slots[i].Store(nil)
	}
}
