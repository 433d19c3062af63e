package altsvc

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"
)

// A Key is who says where it can be had, and for whom.
type Key struct {
	Origin    string // such as https://example.com
	Partition string // keeps sites apart, as those of connections; "" is one of its own
}

// An Alternative is a service that a server has named.
type Alternative struct {
	Service
	Expires time.Time
}

// A Server is what is known of one.
type Server struct {
	Key
	Noted        time.Time
	Alternatives []Alternative // as the server prefers them
}

// A Store keeps what servers say. The zero value is empty and ready. It is safe for concurrent use; set its fields before the first.
type Store struct {
	// MaxServers bounds how many servers' words are kept; those noted longest ago go first. Zero: 500, more than the pages of a
	// user's month name, and under 200 KB.
	MaxServers int
	// Now is the clock; nil: time.Now.
	Now func() time.Time

	mu      sync.RWMutex
	servers map[Key]Server // whose Alternatives are never changed
	shared  bool           // servers is another store's too, see Clone
}

const defaultMaxServers = 500

func (s *Store) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// Note takes in the Alt-Svc field of a response, all of its fields joined with commas; only one that came over TLS with a good certificate is to be
// believed. It takes the place of what the server said before (RFC 7838 section 3.1). A field that is not by the grammar is an error and changes nothing.
func (s *Store) Note(k Key, field string) error {
	services, _, err := ParseField(field)
	if err != nil {
		return err
	}
	now := s.now()
	v := Server{Key: k, Noted: now}
	for _, one := range services {
		if one.MaxAge > 0 {
			v.Alternatives = append(v.Alternatives, Alternative{one, now.Add(one.MaxAge)})
		}
	}
	if len(v.Alternatives) == 0 {
		s.Remove(k)
		return nil
	}
	s.put(v)
	return nil
}

func (s *Store) put(v Server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.own()
	s.servers[v.Key] = v
	s.trim()
}

// Alternatives returns where a server can be had now, as it prefers them; nil for nowhere else.
func (s *Store) Alternatives(k Key) []Alternative {
	s.mu.RLock()
	v, ok := s.servers[k]
	s.mu.RUnlock()
	if !ok {
		return nil
	}
	return v.at(s.now())
}

// at returns those that have not expired.
func (v *Server) at(now time.Time) []Alternative {
	var live []Alternative
	for _, a := range v.Alternatives {
		if a.Expires.After(now) {
			live = append(live, a)
		}
	}
	return live
}

// own makes the map one that may be changed. The lock is held.
func (s *Store) own() {
	switch {
	case s.servers == nil:
		s.servers = map[Key]Server{}
	case s.shared:
		s.servers = maps.Clone(s.servers)
	}
	s.shared = false
}

// trim keeps the bound; a sixteenth goes at once, so that it is not for each new server that all are looked at. The lock is held.
func (s *Store) trim() {
	most := s.MaxServers
	if most <= 0 {
		most = defaultMaxServers
	}
	if len(s.servers) <= most {
		return
	}
	now := s.now()
	maps.DeleteFunc(s.servers, func(_ Key, v Server) bool { return v.at(now) == nil })
	if len(s.servers) <= most {
		return
	}
	oldest := slices.SortedFunc(maps.Values(s.servers), func(a, b Server) int {
		return cmp.Or(a.Noted.Compare(b.Noted), compareKeys(a.Key, b.Key))
	})
	for _, v := range oldest[:len(oldest)-most+most/16] {
		delete(s.servers, v.Key)
	}
}

func compareKeys(a, b Key) int {
	return cmp.Or(cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Partition, b.Partition))
}

// All returns the servers of which something is known that has not expired, by origin and partition. The store may be used meanwhile; what
// is returned is as it was at the beginning.
func (s *Store) All() iter.Seq[Server] {
	return func(yield func(Server) bool) {
		now := s.now()
		s.mu.Lock()
		servers := s.servers
		s.shared = true
		s.mu.Unlock()
		for _, k := range slices.SortedFunc(maps.Keys(servers), compareKeys) {
			v := servers[k]
			if v.Alternatives = v.at(now); v.Alternatives != nil && !yield(v) {
				return
			}
		}
	}
}

// Remove forgets what a server has said, and reports whether there was something.
func (s *Store) Remove(k Key) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.servers[k]; !ok {
		return false
	}
	s.own()
	delete(s.servers, k)
	return true
}

// NetworkChanged forgets what does not hold on another network: all that was not said to persist (RFC 7838 section 2.2).
func (s *Store) NetworkChanged() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.servers == nil {
		return
	}
	s.own()
	for k, v := range s.servers {
		v.Alternatives = slices.DeleteFunc(slices.Clone(v.Alternatives), func(a Alternative) bool { return !a.Persist })
		if s.servers[k] = v; len(v.Alternatives) == 0 {
			delete(s.servers, k)
		}
	}
}

// Clear forgets all.
func (s *Store) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.servers, s.shared = nil, false
}

// Clone returns a store with the same servers and settings. What the two share is copied once one of them changes it.
func (s *Store) Clone() *Store {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shared = s.servers != nil
	return &Store{MaxServers: s.MaxServers, Now: s.Now, servers: s.servers, shared: s.shared}
}
