package cookies

import (
	"cmp"
	"maps"
	"slices"
)

// The bounds of net/cookies/cookie_monster.h: where one is passed, as many more go as are named beside it, so that this is not done for
// each cookie.
const (
	maxOfSite, purgeOfSite = 180, 30
	maxOfAll, purgeOfAll   = 3300, 300
	maxOfPartition         = 180       // of a site, within one
	maxPartitionBytes      = 10 * 1024 // of a site, within one; names and values
	maxPartitioned         = 3300      // altogether; a bound of our own, Chromium has none
)

// A round evicts cookies of a priority, but leaves some of them.
type round struct {
	priority Priority
	secure   bool // Secure ones, too
	leave    int
}

// rounds are in the order in which cookies go: those of low priority first, and among equals those that are not Secure
// (net/cookies/cookie_monster.cc, GarbageCollect; kDomainCookiesQuotaLow, Medium, High).
var rounds = [...]round{
	{Low, false, 30}, {Low, true, 30}, {Medium, false, 50}, {High, false, 70}, {Medium, true, 50}, {High, true, 70},
}

// boundLocked keeps the bounds after a cookie has come to the group.
func (j *Jar) boundLocked(k groupKey, now int64) {
	s := j.store
	switch {
	case k.partition != (Partition{}):
		j.boundPartitionLocked(k, now)
		if s.parted > maxPartitioned {
			j.purgeAllLocked(s.parted-(maxPartitioned-purgeOfAll), now, true)
		}
		return
	case len(s.groups[k].entries) > maxOfSite:
		j.removeLocked(k, func(e *entry) bool { return e.dead(now) })
		if g := s.groups[k]; g != nil && len(g.entries) > maxOfSite {
			j.purgeSiteLocked(k, g)
		}
	}
	if s.count > maxOfAll {
		j.purgeAllLocked(s.count-(maxOfAll-purgeOfAll), now, false)
	}
}

// purgeSiteLocked evicts from a site that has too many, least recently used first.
func (j *Jar) purgeSiteLocked(k groupKey, g *group) {
	goal := len(g.entries) - (maxOfSite - purgeOfSite)
	order := make([]*entry, len(g.entries))
	for i := range g.entries {
		order[i] = &g.entries[i]
	}
	slices.SortStableFunc(order, func(a, b *entry) int { return cmp.Compare(a.used, b.used) })
	gone := map[*entry]bool{}
	for _, r := range rounds {
		may := 0
		kept := 0 // Secure ones, which this round leaves
		for _, e := range order {
			if e.priority == r.priority && !gone[e] {
				may++
				if e.secure && !r.secure {
					kept++
				}
			}
		}
		may -= max(kept, r.leave)
		for _, e := range order {
			if may <= 0 || len(gone) >= goal {
				break
			}
			if e.priority == r.priority && (r.secure || !e.secure) && !gone[e] {
				gone[e] = true
				may--
			}
		}
	}
	i := -1
	victims := map[int]bool{}
	for n := range g.entries {
		if gone[&g.entries[n]] {
			victims[n] = true
		}
	}
	g.entries = slices.DeleteFunc(g.entries, func(entry) bool { i++; return victims[i] })
	j.store.add(k, -len(victims))
}

// boundPartitionLocked keeps what a site has within one partition small: expired ones go, then the least recently used.
func (j *Jar) boundPartitionLocked(k groupKey, now int64) {
	over := func() bool {
		g := j.store.groups[k]
		if g == nil {
			return false
		}
		n := 0
		for i := range g.entries {
			n += g.entries[i].size()
		}
		return len(g.entries) > maxOfPartition || n > maxPartitionBytes
	}
	if !over() {
		return
	}
	j.removeLocked(k, func(e *entry) bool { return e.dead(now) })
	for over() {
		g := j.store.groups[k]
		oldest := 0
		for i := range g.entries {
			if g.entries[i].used < g.entries[oldest].used {
				oldest = i
			}
		}
		g.entries = slices.Delete(g.entries, oldest, oldest+1)
		j.store.add(k, -1)
		if len(g.entries) == 0 {
			delete(j.store.groups, k)
		}
	}
}

// purgeAllLocked evicts n cookies of all sites: expired ones, then those that are not Secure, then the others, each least recently used
// first. Chromium spares what was used within 30 days, which has no bound.
func (j *Jar) purgeAllLocked(n int, now int64, partitioned bool) {
	var list []use
	for _, k := range slices.Collect(maps.Keys(j.store.groups)) {
		if partitioned != (k.partition != Partition{}) {
			continue
		}
		n -= j.removeLocked(k, func(e *entry) bool { return e.dead(now) })
		if g := j.store.groups[k]; g != nil {
			for i := range g.entries {
				list = append(list, use{k, i, g.entries[i].secure, g.entries[i].used})
			}
		}
	}
	if n <= 0 {
		return
	}
	slices.SortFunc(list, func(a, b use) int {
		if a.secure != b.secure {
			if a.secure {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.used, b.used)
	})
	victims := map[groupKey]map[int]bool{}
	for _, u := range list[:min(n, len(list))] {
		if victims[u.key] == nil {
			victims[u.key] = map[int]bool{}
		}
		victims[u.key][u.index] = true
	}
	for k, gone := range victims {
		i := -1
		g := j.ownGroupLocked(k)
		g.entries = slices.DeleteFunc(g.entries, func(entry) bool { i++; return gone[i] })
		j.store.add(k, -len(gone))
		if len(g.entries) == 0 {
			delete(j.store.groups, k)
		}
	}
}

// A use is a cookie in its group, for the order in which they go.
type use struct {
	key    groupKey
	index  int
	secure bool
	used   int64
}
