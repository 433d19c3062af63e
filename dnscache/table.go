package dnscache

import (
	"hash/maphash"
	"sync/atomic"
	"time"
)

// table finds entries by name. Readers take no lock: a slot is written whole, an entry stays in its slot while the table is
// used, and a table that has become too small is replaced by another. So a name that is there all the time is found at
// any time. Writers exclude each other by cache.mu.
//
// A map under an RWMutex was measured first: two readers on two cores were slower than one, because each wrote to the
// lock's reader count.
type table struct {
	seed  maphash.Seed
	epoch time.Time               // what entries count time from
	slots []atomic.Pointer[entry] // a power of two, at most three quarters of them used
	used  int                     // slots with an entry or a removed mark
	live  int                     // slots with an entry
	gone  *entry                  // the removed mark: has been an entry, so look further
}

const minSlots = 16

func newTable(epoch time.Time, slots int) *table {
	return &table{seed: maphash.MakeSeed(), epoch: epoch, slots: make([]atomic.Pointer[entry], slots), gone: new(entry)}
}

func (t *table) hash(key string) uint32 { return uint32(maphash.String(t.seed, key)) }

// find returns the entry of a key or nil.
func (t *table) find(key string) *entry {
	h := t.hash(key)
	for i := h; ; i++ {
		e := t.slots[i&uint32(len(t.slots)-1)].Load()
		if e == nil {
			return nil
		}
		if e.hash == h && e != t.gone && e.key() == key {
			return e
		}
	}
}

// left is how long e may be used from now.
func (t *table) left(e *entry, now time.Time) time.Duration { return e.end - now.Sub(t.epoch) }

// putLocked adds an entry, in the place of one with the same key where there is one, and returns the table to use from
// now on.
func (t *table) putLocked(e *entry) *table {
	if (t.used+1)*4 > len(t.slots)*3 {
		t = t.rebuilt()
	}
	key := e.key()
	e.hash = t.hash(key)
	mask := uint32(len(t.slots) - 1)
	free := -1 // the first removed mark on the way
	for i := e.hash; ; i++ {
		at := int(i & mask)
		switch old := t.slots[at].Load(); {
		case old == nil:
			if free < 0 {
				free = at
				t.used++
			}
			t.live++
			t.slots[free].Store(e)
			return t
		case old == t.gone:
			if free < 0 {
				free = at
			}
		case old.hash == e.hash && old.key() == key:
			t.slots[at].Store(e)
			return t
		}
	}
}

func (t *table) removeLocked(e *entry) {
	mask := uint32(len(t.slots) - 1)
	for i := e.hash; ; i++ {
		switch t.slots[i&mask].Load() {
		case nil:
			return
		case e:
			t.slots[i&mask].Store(t.gone)
			t.live--
			return
		}
	}
}

// rebuilt returns a table with the entries of t and room for as many again. Readers of t go on with what it has.
func (t *table) rebuilt() *table {
	slots := minSlots
	for slots < 2*(t.live+1) {
		slots *= 2
	}
	n := &table{seed: t.seed, epoch: t.epoch, slots: make([]atomic.Pointer[entry], slots), gone: t.gone}
	for i := range t.slots {
		e := t.slots[i].Load()
		if e == nil || e == t.gone {
			continue
		}
		at := e.hash
		for n.slots[at&uint32(slots-1)].Load() != nil {
			at++
		}
		n.slots[at&uint32(slots-1)].Store(e)
		n.live++
	}
	n.used = n.live
	return n
}
