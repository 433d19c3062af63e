package cookies

import (
	"slices"
	"strings"
	"time"
)

// An entry is a cookie as it is kept: small, and without what its group says. Times are microseconds since 1970.
type entry struct {
	name, value  string
	domain, path string
	created      int64
	used         int64
	expires      int64 // 0: with the session
	hostOnly     bool
	secure       bool
	httpOnly     bool
	sameSite     SameSite
	priority     Priority
}

// A groupKey says which cookies are kept together: those of a registrable domain (or of a host that has none), by partition.
type groupKey struct {
	domain    string
	partition Partition
}

// An owner marks what a jar may change in place. After a clone both jars have a new one, so what they share is nobody's.
type owner struct{ _ byte }

// A group is in the order in which its cookies are sent: longer paths first, then those created first (RFC 6265bis section 5.8.3).
type group struct {
	owner   *owner
	domain  string // its key's
	entries []entry
}

// A store is all that a jar has.
type store struct {
	owner  *owner
	groups map[groupKey]*group
	count  int   // of the entries that are not partitioned
	parted int   // of those that are
	latest int64 // creation
}

// keyOf returns where cookies for a domain are kept.
func keyOf(domain string, p Partition) groupKey {
	if r := registrable(domain); r != "" {
		return groupKey{r, p}
	}
	return groupKey{domain, p}
}

// ownStoreLocked makes the store one that the jar may change.
func (j *Jar) ownStoreLocked() *store {
	switch {
	case j.store == nil:
		j.store = &store{owner: j.owner, groups: map[groupKey]*group{}}
	case j.store.owner != j.owner:
		s := *j.store
		s.owner, s.groups = j.owner, make(map[groupKey]*group, len(j.store.groups))
		for k, g := range j.store.groups {
			s.groups[k] = g
		}
		j.store = &s
	}
	return j.store
}

// ownGroupLocked makes a group one that the jar may change, and makes it if there is none.
func (j *Jar) ownGroupLocked(k groupKey) *group {
	s := j.ownStoreLocked()
	g := s.groups[k]
	switch {
	case g == nil:
		k.domain = strings.Clone(k.domain)
		g = &group{owner: j.owner, domain: k.domain}
		s.groups[k] = g
	case g.owner != j.owner:
		g = &group{j.owner, g.domain, slices.Clone(g.entries)}
		s.groups[k] = g
	}
	return g
}

// replaces reports whether e takes the place of o: the two are of one name, domain and path.
func (e *entry) replaces(o *entry) bool {
	return e.name == o.name && e.domain == o.domain && e.hostOnly == o.hostOnly && e.path == o.path
}

// insert puts a cookie in its place, behind those that go before it or came before.
func (g *group) insert(e entry) {
	i := len(g.entries)
	for i > 0 && before(&e, &g.entries[i-1]) {
		i--
	}
	g.entries = slices.Insert(g.entries, i, e)
}

// before reports whether a is sent before b.
func before(a, b *entry) bool {
	if len(a.path) != len(b.path) {
		return len(a.path) > len(b.path)
	}
	return a.created < b.created
}

// order is before for sorting.
func order(a, b *entry) int {
	switch {
	case before(a, b):
		return -1
	case before(b, a):
		return 1
	}
	return 0
}

// dead reports whether the cookie has expired.
func (e *entry) dead(now int64) bool { return e.expires != 0 && e.expires <= now }

// size is what counts against the bound of a partition.
func (e *entry) size() int { return len(e.name) + len(e.value) }

// removeLocked takes the cookies out for which drop says so, and returns how many. A group that loses none is not copied.
func (j *Jar) removeLocked(k groupKey, drop func(*entry) bool) int {
	g := j.store.groups[k]
	if g == nil {
		return 0
	}
	first := -1
	for i := range g.entries {
		if drop(&g.entries[i]) {
			first = i
			break
		}
	}
	if first < 0 {
		return 0
	}
	s := j.ownStoreLocked()
	g = j.ownGroupLocked(k)
	before, kept := len(g.entries), first
	for i := first + 1; i < before; i++ {
		if e := &g.entries[i]; !drop(e) {
			g.entries[kept] = *e
			kept++
		}
	}
	clear(g.entries[kept:])
	g.entries = g.entries[:kept]
	if kept == 0 {
		delete(s.groups, k)
	}
	s.add(k, kept-before)
	return before - kept
}

// add counts cookies that came or went.
func (s *store) add(k groupKey, n int) {
	if k.partition == (Partition{}) {
		s.count += n
	} else {
		s.parted += n
	}
}

// cookie returns the entry as the user sees it.
func (e *entry) cookie(p Partition) Cookie {
	c := Cookie{
		Name: e.name, Value: e.value, Domain: e.domain, HostOnly: e.hostOnly, Path: e.path, Created: time.UnixMicro(e.created),
		LastUsed: time.UnixMicro(e.used), Secure: e.secure, HTTPOnly: e.httpOnly, SameSite: e.sameSite, Priority: e.priority, Partition: p,
	}
	if e.expires != 0 {
		c.Expires = time.UnixMicro(e.expires)
	}
	return c
}
