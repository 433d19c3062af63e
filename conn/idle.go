package conn

import (
	"fmt"
	"time"
)

// An idleList has the idle connections that are kept equally long, so that
// the first is the one that goes first.
type idleList struct {
	timeout     time.Duration // 0: none is kept
	first, last *connection
	// unwatched is the first that the watcher has not been told of; those
	// before it have been idle for longer, and it was. Nil: all were, or need not be.
	unwatched *connection
}

func (l *idleList) push(c *connection) {
	c.idle, c.prev, c.next = l, l.last, nil
	if l.last != nil {
		l.last.next = c
	} else {
		l.first = c
	}
	l.last = c
	if l.unwatched == nil && c.watchable() {
		l.unwatched = c
	}
}

func (l *idleList) remove(c *connection) {
	if l.unwatched == c {
		l.unwatched = c.next
	}
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		l.first = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		l.last = c.prev
	}
	c.idle, c.prev, c.next = nil, nil, nil
}

// idle keeps a connection that nobody needs now. The lock is held.
func (p *Pool) idle(c *connection, now time.Time, a *actions) {
	w := c.group.way
	list := &w.unused
	if c.used {
		list = &w.used
	}
	if list.timeout == 0 || p.shut {
		p.drop(c, closing{by: ByUs, reason: errNotKept}, now, a)
		return
	}
	c.since, c.life.busy = now, false
	list.push(c)
	switch g := c.group; {
	case c.session != nil: // found by g.shared
	case c.used:
		g.idle = append(g.idle, c)
	default:
		g.unused = append(g.unused, c)
	}
	p.event(EventIdle, c, now, nil)
	p.sweep.by(p, list.due(p.watch.after), now)
	p.wake(w, a)
}

// expires returns when an idle connection is closed.
func (c *connection) expires() time.Time { return c.since.Add(c.idle.timeout) }

// unidle takes a connection into use.
func (p *Pool) unidle(c *connection) {
	if c.watched {
		p.unwatch(c)
	}
	c.idle.remove(c)
	c.group.dropIdle(c)
}

// oldestIdle returns the connection that has been idle for longest, or nil.
func (w *way) oldestIdle() *connection {
	c := w.unused.first
	if u := w.used.first; c == nil || (u != nil && u.since.Before(c.since)) {
		c = u
	}
	return c
}

// evict closes the connection of w that has been idle for longest, and reports
// whether there was one.
func (p *Pool) evict(w *way, a *actions) bool {
	c := w.oldestIdle()
	if c == nil {
		return false
	}
	p.remove(c, closing{by: ByUs, reason: errRoom}, time.Now(), a)
	return true
}

// evictAny does so on whichever way.
func (p *Pool) evictAny(a *actions) (evicted bool) {
	p.ways(func(w *way) { evicted = evicted || p.evict(w, a) })
	return evicted
}

// A sweeper is the pool's one timer. It runs from the first idle connection
// on and is set anew only when it has run out, so that taking and giving back
// a connection does not touch it.
type sweeper struct {
	timer *time.Timer
	at    time.Time // when it runs out; zero: it does not run
}

// by makes the sweeper run at t at the latest.
func (s *sweeper) by(p *Pool, t, now time.Time) {
	if !s.at.IsZero() && !t.Before(s.at) {
		return
	}
	s.at = t
	if s.timer == nil {
		s.timer = time.AfterFunc(t.Sub(now), p.expire)
	} else {
		s.timer.Reset(t.Sub(now))
	}
}

// due returns when the list is to be looked at again. It is not empty.
func (l *idleList) due(watchAfter time.Duration) time.Time {
	t := l.first.expires()
	if l.unwatched != nil {
		if w := l.unwatched.since.Add(watchAfter); w.Before(t) {
			return w
		}
	}
	return t
}

// expire closes what has been idle for too long and has the watcher see what
// has been idle for a moment, and switches on keep-alive probes. The timer
// calls it.
func (p *Pool) expire() { p.sweepAt(time.Now()) }

func (p *Pool) sweepAt(now time.Time) {
	var a actions
	p.mu.Lock()
	p.sweep.at = time.Time{}
	p.ways(func(w *way) {
		for _, l := range []*idleList{&w.used, &w.unused} {
			for l.first != nil && !l.first.expires().After(now) {
				p.drop(l.first, closing{by: ByUs, reason: idleError(l.timeout)}, now, &a)
			}
			p.watchIdle(l, now)
			if l.first != nil && !p.shut {
				p.sweep.by(p, l.due(p.watch.after), now)
			}
		}
	})
	p.grown(now, &a)
	if c := p.young.first; c != nil {
		p.sweep.by(p, c.life.opened.Add(probeAfter), now)
	}
	p.mu.Unlock()
	p.run(&a)
}

// An idleError is why a connection was closed that nobody used for so long.
type idleError time.Duration

func (e idleError) Error() string { return fmt.Sprintf("idle for %v", time.Duration(e)) }
