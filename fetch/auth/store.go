package auth

import (
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// An Identity is a name and its password, as UTF-8.
type Identity struct{ User, Password string }

// A Question is one for an identity.
type Question struct {
	Origin  string // "https://example.com:8443"; of a proxy, its scheme, host and port
	Proxy   bool
	Scheme  string // "basic" or "digest"
	Realm   string
	Attempt int // 1 the first time, 2 where the answer of the first was not accepted
}

// A Store has identities, and where they were accepted. The zero value is ready; it has none and asks nobody. It is safe for
// concurrent use; set its fields before the first.
type Store struct {
	// Ask is asked for an identity where a server wants one and none that is known was accepted; nil: nobody is. It may take its time,
	// and is asked by requests at the same time. It is not asked on behalf of what another site than the page's loads, as in Chromium.
	Ask func(ctx context.Context, q Question) (id Identity, ok bool)

	count  atomic.Int32 // of spaces
	mu     sync.Mutex
	given  map[place]Identity
	spaces []*space // the one used last at the end
}

// place is where an identity is for. An empty realm is any.
type place struct{ origin, realm string }

// A space is a protection space in which an identity was accepted (RFC 9110 section 11.5).
type space struct {
	partition string
	place     place
	id        Identity
	scheme    string
	digest    *digest  // nil for Basic
	paths     []string // folders below which it is, each ending in a slash
}

// The bounds are Chromium's (HttpAuthCache).
const (
	maxSpaces = 20
	maxPaths  = 10
)

// Give sets the identity for a realm of an origin, such as "https://example.com", or for all of its realms if realm is "". It is sent
// once the server asks for it.
func (s *Store) Give(origin, realm string, id Identity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.given == nil {
		s.given = map[place]Identity{}
	}
	s.given[place{origin, realm}] = id
}

// A Space is where an identity was accepted.
type Space struct {
	Origin, Partition, Realm, Scheme, User string
	Paths                                  []string
}

// All returns the spaces that are remembered, the one used last at the end. The store may be used meanwhile.
func (s *Store) All() iter.Seq[Space] {
	return func(yield func(Space) bool) {
		s.mu.Lock()
		list := make([]Space, 0, len(s.spaces))
		for _, e := range s.spaces {
			list = append(list, Space{e.place.origin, e.partition, e.place.realm, e.scheme, e.id.User, slices.Clone(e.paths)})
		}
		s.mu.Unlock()
		for _, e := range list {
			if !yield(e) {
				return
			}
		}
	}
}

// Remembers reports whether an identity was accepted anywhere.
func (s *Store) Remembers() bool { return s.count.Load() > 0 }

// Clear forgets where identities were accepted, and those that were given.
func (s *Store) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.given, s.spaces = nil, nil
	s.count.Store(0)
}

// Clone returns a store that knows the same and asks the same.
func (s *Store) Clone() *Store {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &Store{Ask: s.Ask}
	if len(s.given) > 0 {
		c.given = make(map[place]Identity, len(s.given))
		for k, v := range s.given {
			c.given[k] = v
		}
	}
	for _, e := range s.spaces {
		copied := *e
		copied.paths = slices.Clone(e.paths)
		if e.digest != nil {
			d := *e.digest
			copied.digest = &d
		}
		c.spaces = append(c.spaces, &copied)
	}
	c.count.Store(int32(len(c.spaces)))
	return c
}

// covering returns the space that a path lies in, nil for none: that of the longest folder. The lock is held.
func (s *Store) covering(origin, partition, path string) (found *space) {
	longest := 0
	for _, e := range s.spaces {
		if e.place.origin != origin || e.partition != partition {
			continue
		}
		for _, folder := range e.paths {
			if len(folder) > longest && strings.HasPrefix(path, folder) {
				found, longest = e, len(folder)
			}
		}
	}
	return found
}

// of returns the space of a challenge, nil for none. The lock is held.
func (s *Store) of(origin, partition string, c *Challenge) *space {
	for _, e := range s.spaces {
		if e.place == (place{origin, c.Realm}) && e.partition == partition && e.scheme == c.Scheme {
			return e
		}
	}
	return nil
}

// keep remembers where an identity was accepted.
func (s *Store) keep(e *space, path string) {
	folder := path[:strings.LastIndexByte(path, '/')+1]
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.spaces, func(o *space) bool {
		return o == e || o.place == e.place && o.partition == e.partition && o.scheme == e.scheme
	}); i >= 0 {
		e.paths = s.spaces[i].paths
		s.spaces = slices.Delete(s.spaces, i, i+1)
	}
	if len(s.spaces) >= maxSpaces {
		s.spaces = slices.Delete(s.spaces, 0, len(s.spaces)-maxSpaces+1)
	}
	s.spaces = append(s.spaces, e)
	s.count.Store(int32(len(s.spaces)))
	if slices.ContainsFunc(e.paths, func(p string) bool { return strings.HasPrefix(folder, p) }) {
		return
	}
	e.paths = slices.DeleteFunc(e.paths, func(p string) bool { return strings.HasPrefix(p, folder) })
	if len(e.paths) >= maxPaths {
		e.paths = slices.Delete(e.paths, 0, len(e.paths)-maxPaths+1)
	}
	e.paths = append(e.paths, folder)
}

// drop forgets that an identity was accepted, unless another one has been since.
func (s *Store) drop(origin, partition string, c *Challenge, id Identity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spaces = slices.DeleteFunc(s.spaces, func(e *space) bool {
		return e.place == (place{origin, c.Realm}) && e.partition == partition && e.scheme == c.Scheme && e.id == id
	})
	s.count.Store(int32(len(s.spaces)))
}
