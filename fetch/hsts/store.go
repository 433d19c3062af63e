package hsts

import (
	"cmp"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Host is one that wants TLS.
type Host struct {
	Name              string // in lower case, ASCII, without a trailing dot
	IncludeSubDomains bool   // so do all names below it
	Noted             time.Time
	Expires           time.Time
}

// A Store keeps hosts. The zero value is empty and ready. It is safe for concurrent use; set its fields before the first.
type Store struct {
	// Preload says whether a host is among those that are known from the beginning, and whether the names below it are with it. It is
	// asked for a name and, where it does not have it, for each domain above. Nil: no host is.
	Preload func(host string) (includeSubDomains, ok bool)
	// MaxHosts bounds how many are kept; those noted longest ago go first. Zero: 10,000.
	MaxHosts int
	// Now is the clock; nil: time.Now.
	Now func() time.Time

	count  atomic.Int64 // of hosts: most stores have none, and are asked for each request
	mu     sync.RWMutex
	hosts  map[string]Host
	shared bool // hosts is another store's too, see Clone
}

const defaultMaxHosts = 10_000

func (s *Store) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// canonical returns the name as the store keeps it, "" for what no policy is kept for: addresses (RFC 6797 section 8.1.1), and
// localhost (as in Chromium), of which each program may serve another.
func canonical(host string) string {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasPrefix(host, "[") {
		return ""
	}
	if n := len(host); n > 0 && '0' <= host[n-1] && host[n-1] <= '9' || strings.Contains(host, ":") {
		if _, err := netip.ParseAddr(host); err == nil {
			return ""
		}
	}
	return host
}

// Upgrade returns the host by which a request to host by http has to go by https: itself or a domain above it. Name is empty where
// it need not.
func (s *Store) Upgrade(host string) Host {
	if s.Preload == nil && s.count.Load() == 0 {
		return Host{}
	}
	name := canonical(host)
	if name == "" {
		return Host{}
	}
	now := s.now()
	s.mu.RLock()
	for above := name; above != ""; above = parent(above) {
		h, ok := s.hosts[above]
		if ok && h.Expires.After(now) && (h.IncludeSubDomains || above == name) {
			s.mu.RUnlock()
			return h
		}
	}
	s.mu.RUnlock()
	return s.preloaded(name)
}

// preloaded asks Preload. The nearest name that it has decides.
func (s *Store) preloaded(name string) Host {
	if s.Preload == nil {
		return Host{}
	}
	for above := name; above != ""; above = parent(above) {
		if sub, ok := s.Preload(above); ok {
			if sub || above == name {
				return Host{Name: above, IncludeSubDomains: sub}
			}
			return Host{}
		}
	}
	return Host{}
}

// parent is the domain above a name, "" above the last.
func parent(name string) string {
	_, above, _ := strings.Cut(name, ".")
	return above
}

// Note takes in the Strict-Transport-Security field of a host's response: of its fields the first, and only if it came over TLS with a
// certificate that is good (RFC 6797 section 8.1). A field that is not by the grammar is an error and changes nothing; one of an
// address or of localhost changes nothing.
func (s *Store) Note(host, field string) error {
	p, err := ParsePolicy(field)
	if err != nil {
		return err
	}
	name := canonical(host)
	if name == "" {
		return nil
	}
	if p.MaxAge == 0 {
		s.Remove(name)
		return nil
	}
	now := s.now()
	s.put(Host{Name: name, IncludeSubDomains: p.IncludeSubDomains, Noted: now, Expires: now.Add(p.MaxAge)})
	return nil
}

func (s *Store) put(h Host) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.hosts[h.Name]; !ok || old != h {
		s.own()
		s.hosts[h.Name] = h
		s.trim()
		s.count.Store(int64(len(s.hosts)))
	}
}

// own makes the map one that may be changed. The lock is held.
func (s *Store) own() {
	switch {
	case s.hosts == nil:
		s.hosts = map[string]Host{}
	case s.shared:
		s.hosts = maps.Clone(s.hosts)
	}
	s.shared = false
}

// trim keeps the bound: what has expired goes, and if that is not enough a sixteenth of the hosts, so that it is not for each new one
// that all are looked at. The lock is held.
func (s *Store) trim() {
	most := s.MaxHosts
	if most <= 0 {
		most = defaultMaxHosts
	}
	if len(s.hosts) <= most {
		return
	}
	now := s.now()
	maps.DeleteFunc(s.hosts, func(_ string, h Host) bool { return !h.Expires.After(now) })
	if len(s.hosts) <= most {
		return
	}
	oldest := slices.SortedFunc(maps.Values(s.hosts), func(a, b Host) int {
		return cmp.Or(a.Noted.Compare(b.Noted), cmp.Compare(a.Name, b.Name))
	})
	for _, h := range oldest[:len(oldest)-most+most/16] {
		delete(s.hosts, h.Name)
	}
}

// All returns the hosts that were noted and have not expired, by name. The store may be used meanwhile; what is returned is as it was
// at the beginning.
func (s *Store) All() iter.Seq[Host] {
	return func(yield func(Host) bool) {
		now := s.now()
		s.mu.Lock()
		hosts := s.hosts
		s.shared = true
		s.mu.Unlock()
		for _, name := range slices.Sorted(maps.Keys(hosts)) {
			if h := hosts[name]; h.Expires.After(now) && !yield(h) {
				return
			}
		}
	}
}

// Remove forgets a host, and reports whether it was known.
func (s *Store) Remove(host string) bool {
	name := canonical(host)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.hosts[name]; !ok {
		return false
	}
	s.own()
	delete(s.hosts, name)
	s.count.Store(int64(len(s.hosts)))
	return true
}

// Clear forgets all hosts; those of Preload stay.
func (s *Store) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hosts, s.shared = nil, false
	s.count.Store(0)
}

// Clone returns a store with the same hosts and settings. What the two share is copied once one of them changes it.
func (s *Store) Clone() *Store {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shared = s.hosts != nil
	c := &Store{Preload: s.Preload, MaxHosts: s.MaxHosts, Now: s.Now, hosts: s.hosts, shared: s.shared}
	c.count.Store(s.count.Load())
	return c
}
