package httpcache

import (
	"cmp"
	"strconv"
	"time"
)

// A Kind is what the cache had to do with a request.
type Kind uint8

// The kinds.
const (
	Unused       Kind = iota // there is no cache
	Bypassed                 // the cache was not asked
	Missed                   // nothing that could be used was stored
	Hit                      // it was stored and fresh
	HitStale                 // it was stored, and given although stale
	Revalidated              // it was stored, and the server said that it is still right
	Resumed                  // the beginning was stored, and the rest came
	StaleOnError             // it was stored, and given because the server failed
)

// An Outcome is what became of a request in the cache. It is plain data.
type Outcome struct {
	Kind Kind
	// From is the store that the body came from, wholly or in part: "memory" or "disk".
	From string
	// Left is how long what is stored stays fresh; negative: since when it is stale. Zero where nothing is stored.
	Left time.Duration
	// Why is the reason, where the kind does not say it all.
	Why string
	// Status is that of the network's response; 0 without one.
	Status int
	// Stored says what became of the response: "stored", "updated", "not stored: no-store"; "" where nothing is to be said.
	Stored string
	// Revalidate says that the response is stale and has to be revalidated by who asked.
	Revalidate bool
	// Before and After are what is stored, before and after the request; nil: nothing, or not known. They must not be changed.
	Before, After *Head
	// Times is how often it was used before, and LastUse when it was last.
	Times   int
	LastUse time.Time

	memory bool // the store is one in memory
}

// FromStore reports whether the whole body came from the store.
func (o *Outcome) FromStore() bool {
	return o.Kind == Hit || o.Kind == HitStale || o.Kind == Revalidated || o.Kind == StaleOnError
}

// FromMemory reports whether the whole body came from a store in memory, without a wait for another request that still fetches it.
func (o *Outcome) FromMemory() bool { return o.FromStore() && o.memory }

// String returns the verdict and its reason, such as "fresh for 41 s more", "revalidated: 304" or "not stored: no-store".
func (o *Outcome) String() string { return string(o.Append(make([]byte, 0, 64))) }

// Append appends what String returns.
func (o *Outcome) Append(b []byte) []byte {
	n := len(b)
	b = o.verdict(b)
	if o.Stored == "" || o.Kind == Revalidated && o.Stored == "updated" {
		return b
	}
	if len(b) > n {
		b = append(b, "; "...)
	}
	return append(b, o.Stored...)
}

func (o *Outcome) verdict(b []byte) []byte {
	switch o.Kind {
	case Unused:
		return b
	case Bypassed:
		return append(append(b, "not asked: "...), o.Why...)
	case Hit:
		return because(fresh(b, o.Left), ", ", o.Why)
	case HitStale:
		return because(stale(b, o.Left), ", ", cmp.Or(o.Why, "wanted all the same"))
	case Revalidated:
		return append(b, "revalidated: 304"...)
	case Resumed:
		return append(b, "resumed: 206"...)
	case StaleOnError:
		return append(append(stale(b, o.Left), ", the server failed: "...), o.Why...)
	}
	switch {
	case o.Why != "":
		return append(b, o.Why...)
	case o.Left < 0:
		b = stale(b, o.Left)
	default:
		b = append(b, "stale"...)
	}
	if o.Status != 0 && o.Before != nil {
		b = strconv.AppendInt(append(b, ": "...), int64(o.Status), 10)
	}
	return b
}

// because appends a reason, if there is one.
func because(b []byte, sep, why string) []byte {
	if why == "" {
		return b
	}
	return append(append(b, sep...), why...)
}

func fresh(b []byte, left time.Duration) []byte {
	if left == forever {
		return append(b, "fresh for ever"...)
	}
	return append(appendShort(append(b, "fresh for "...), left), " more"...)
}

func stale(b []byte, left time.Duration) []byte {
	return appendShort(append(b, "stale for "...), -left)
}

// appendShort appends a duration in the unit that suits it.
func appendShort(b []byte, d time.Duration) []byte {
	n, unit := int64(d/time.Second), " s"
	switch {
	case d < time.Second:
		n, unit = d.Milliseconds(), " ms"
	case n < 600:
	case n < 2*3600:
		n, unit = n/60, " min"
	case n < 3*86400:
		n, unit = n/3600, " h"
	default:
		n, unit = n/86400, " days"
	}
	return append(strconv.AppendInt(b, n, 10), unit...)
}

// Age returns how old what was stored was when it was looked at (RFC 9111 section 4.2.3), as the Age field says it; ok is false
// where that is not known: nothing was stored, or it never turns stale.
func (o *Outcome) Age() (age time.Duration, ok bool) {
	if o.Before == nil || o.Before.life.fresh == forever {
		return 0, false
	}
	return o.Before.life.fresh - o.Left, true
}

// Expires returns when what is stored turns stale; zero: it does not, or no one knows.
func (h *Head) Expires() time.Time {
	if h.life.fresh == forever {
		return time.Time{}
	}
	return h.Responded.Add(h.life.fresh - h.life.age)
}
