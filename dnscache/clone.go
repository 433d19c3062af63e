package dnscache

import "time"

// Clone returns a Resolver with the same fields and the same names, which from then on are two. Failures are not taken along. Sources are
// shared.
func (r *Resolver) Clone() *Resolver {
	r.setup.Do(r.init)
	c := &Resolver{
		Sources: r.Sources, MinTTL: r.MinTTL, MaxTTL: r.MaxTTL, MaxNegativeTTL: r.MaxNegativeTTL, MaxFailureTTL: r.MaxFailureTTL,
		StaleFor: r.StaleFor, RootDecides: r.RootDecides, RefusePrivate: r.RefusePrivate, PrivateNames: r.PrivateNames,
		KeepOrder: r.KeepOrder, SourceAddr: r.SourceAddr, MaxEntries: r.MaxEntries,
	}
	if r.Len() == 0 {
		return c // it makes itself ready when it is used
	}
	c.setup.Do(c.init)
	now := time.Now()
	s := snapshotReader{r: c, now: now}
	for _, n := range r.cache.snapshot(now, r.bounds.staleFor) {
		s.keep(&n)
	}
	c.cache.mu.Lock()
	defer c.cache.mu.Unlock()
	for _, k := range s.kept {
		c.cache.putLocked(k.entry, k.left, now, c.bounds.maxEntries)
	}
	return c
}

// Len returns how many names are remembered, those that nobody could answer for among them.
func (r *Resolver) Len() int {
	r.cache.mu.Lock()
	defer r.cache.mu.Unlock()
	if t := r.cache.table.Load(); t != nil {
		return t.live
	}
	return 0
}
