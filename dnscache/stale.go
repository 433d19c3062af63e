package dnscache

import (
	"context"
	"fmt"
	"time"
)

// What RFC 8767 recommends where answers are served past their end (sections 4 and 5).
const (
	staleTTL       = 30 * time.Second // of such an answer
	retryStale     = 30 * time.Second // after a refresh that failed, before the next
	refreshTimeout = 30 * time.Second // nobody waits for a refresh, so nobody else ends it
)

// stale returns the entry of a key whose addresses have expired, and how long ago, where they may still be used.
func (c *cache) stale(key string, now time.Time, staleFor time.Duration) (*entry, time.Duration) {
	t := c.table.Load()
	if t == nil || staleFor <= 0 {
		return nil, 0
	}
	e := t.find(key)
	if e == nil || e.missing != nothing {
		return nil, 0
	}
	ago := -t.left(e, now)
	if ago < 0 || ago > staleFor {
		return nil, 0
	}
	e.touch()
	return e, ago
}

// postpone keeps an entry whose refresh failed where it may be served stale, and puts the next refresh off.
func (t *table) postpone(e *entry, now time.Time, b bounds) bool {
	if e.missing != nothing || -t.left(e, now) > b.staleFor {
		return false
	}
	e.retry.Store(int64(now.Sub(t.epoch) + retryStale))
	return true
}

// serveStale answers with an entry that expired some time ago, and has its name asked again.
func (r *Resolver) serveStale(ctx context.Context, e *entry, ago time.Duration, start time.Time) (Answer, error) {
	asking := r.refresh(ctx, e, e.end+ago)
	a, err := e.answer(start, -ago)
	a.TTL, a.Stale = staleTTL, max(ago, 1)
	for i := range a.Addrs {
		a.Addrs[i].TTL = staleTTL
	}
	s := &a.Steps[0]
	s.TTL, s.Note = staleTTL, fmt.Sprintf("expired %v ago, being asked again", ago.Round(time.Millisecond))
	if !asking {
		s.Note = fmt.Sprintf("expired %v ago, asking again has failed", ago.Round(time.Millisecond))
	}
	return a, err
}

// refresh asks for the entry's name in the background unless somebody does or that has failed a short while ago. It
// reports whether the name is being asked. now counts from table.epoch.
func (r *Resolver) refresh(ctx context.Context, e *entry, now time.Duration) bool {
	r.flights.mu.Lock()
	defer r.flights.mu.Unlock()
	if r.flights.m[e.key()] != nil {
		return true
	}
	if now < time.Duration(e.retry.Load()) {
		return false
	}
	if t := r.cache.table.Load(); t == nil || t.find(e.key()) != e {
		return true // it has just been asked
	}
	f := r.launchLocked(ctx, e.key(), refreshTimeout)
	f.waiters++ // the refresh itself, which does not leave
	return true
}
