package cookies

import (
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Jar keeps cookies. The zero value is an empty one, ready for use, of 64 bytes. It is safe for concurrent use; set its fields before
// the first. It is bounded: 180 cookies a site and 3,300 altogether, and for each page's site that they are partitioned by 180 and 10
// KB, as in Chromium; the least recently used go first.
type Jar struct {
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// BlockThirdParty keeps cookies from requests that are of another site than the page, in both directions, as recorded of a
	// headless Chromium and as users of others may choose. Partitioned cookies go through.
	BlockThirdParty bool

	other http.CookieJar // see Wrap
	mu    sync.Mutex
	owner *owner // of what may be changed in place
	store *store // nil: empty
}

func (j *Jar) now() time.Time {
	if j.Now != nil {
		return j.Now()
	}
	return time.Now()
}

// Len returns how many cookies there are, expired ones that nobody came upon included.
func (j *Jar) Len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.store == nil {
		return 0
	}
	return j.store.count + j.store.parted
}

// All returns the cookies that have not expired, by domain, partition and in the order in which they are sent. The jar may be used and
// changed meanwhile; what is returned is as it was at the beginning.
func (j *Jar) All() iter.Seq[Cookie] {
	return func(yield func(Cookie) bool) {
		now := j.now().UnixMicro()
		s := j.snapshot()
		if s == nil {
			return
		}
		keys := slices.SortedFunc(maps.Keys(s.groups), func(a, b groupKey) int {
			if c := strings.Compare(a.domain, b.domain); c != 0 {
				return c
			}
			return strings.Compare(a.partition.String(), b.partition.String())
		})
		for _, k := range keys {
			for i := range s.groups[k].entries {
				if e := &s.groups[k].entries[i]; !e.dead(now) && !yield(e.cookie(k.partition)) {
					return
				}
			}
		}
	}
}

// snapshot returns what the jar has now, not to be changed by anyone.
func (j *Jar) snapshot() *store {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.owner = new(owner) // the store stays somebody else's
	return j.store
}

// Remove removes the cookies that drop picks and returns how many.
func (j *Jar) Remove(drop func(Cookie) bool) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.store == nil {
		return 0
	}
	n := 0
	for _, k := range slices.Collect(maps.Keys(j.store.groups)) {
		n += j.removeLocked(k, func(e *entry) bool { return drop(e.cookie(k.partition)) })
	}
	return n
}

// Clear removes all cookies.
func (j *Jar) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.store = nil
}

// Clone returns a jar with the same cookies and settings. It costs nothing: what the two share is copied site by site once one of them
// changes it.
func (j *Jar) Clone() *Jar {
	return &Jar{Now: j.Now, BlockThirdParty: j.BlockThirdParty, other: j.other, owner: new(owner), store: j.snapshot()}
}
