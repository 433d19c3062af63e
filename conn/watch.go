package conn

import (
	"errors"
	"os"
	"time"
)

// A watcher waits for the peers' closes of all idle sockets of a pool, with
// one goroutine and one descriptor, both of which exist only while there are
// such sockets and a little longer. The pool's lock guards it.
//
// A connection is taken on only once it has been idle for a moment, by the
// sweeper, so that those that are taken and given back all the time cost
// nothing. One that it waits for costs a system call when it is taken.
type watcher struct {
	after time.Duration // how long a connection is idle before; 0: none is watched
	set   *pollSet      // nil: there is none
	n     int           // connections in set
	runs  bool          // the goroutine has not ended
}

// watchLinger is how long the watcher stays when the last connection that it
// waited for is taken, so that it is not made anew all the time.
const watchLinger = time.Second

// watchable reports whether the watcher can wait for c.
func (c *connection) watchable() bool {
	return c.probe.socket != nil && c.session == nil && c.pool.watch.after > 0
}

// watchIdle has the watcher wait for those of a list that have been idle for
// long enough. The lock is held.
func (p *Pool) watchIdle(l *idleList, now time.Time) {
	for c := l.unwatched; c != nil; c = c.next {
		if c.since.Add(p.watch.after).After(now) {
			l.unwatched = c
			return
		}
		if c.watchable() {
			p.watchOne(c)
		}
	}
	l.unwatched = nil
}

// watchOne begins to wait for c. Where no descriptor is to be had, c is looked
// at when it is taken, like connections that are no sockets.
func (p *Pool) watchOne(c *connection) {
	w := &p.watch
	if w.set == nil {
		set, err := newPollSet()
		if err != nil {
			return
		}
		w.set, w.runs = set, true
		go p.watchLoop(set)
	}
	if w.set.add(c.probe.socket, c.id) != nil {
		return
	}
	c.watched = true
	if w.n++; w.n == 1 {
		w.set.wakeAt(time.Time{})
	}
}

// unwatch ends the wait for c.
func (p *Pool) unwatch(c *connection) {
	w := &p.watch
	w.set.remove(c.probe.socket)
	c.watched = false
	if w.n--; w.n == 0 {
		w.set.wakeAt(time.Now().Add(watchLinger))
	}
}

// end ends a watcher that waits for nobody.
func (w *watcher) end() {
	if w.set != nil {
		w.set.wakeAt(time.Unix(1, 0))
	}
}

// watchLoop is the watcher's goroutine. It ends when there has been nothing to
// wait for, or the pool is closed.
func (p *Pool) watchLoop(set *pollSet) {
	var ids [16]uint64 // small, so that the goroutine keeps its first stack
	for {
		n, err := set.wait(ids[:])
		var a actions
		now := time.Now()
		p.mu.Lock()
		if err != nil && (p.watch.n == 0 || !errors.Is(err, os.ErrDeadlineExceeded)) {
			p.forgetWatched()
			p.watch.set = nil
			set.close()
			p.watch.runs = false
			p.checkDrained()
			p.mu.Unlock()
			return
		}
		for _, id := range ids[:n] {
			p.stirred(id, now, &a)
		}
		p.mu.Unlock()
		p.run(&a)
	}
}

// forgetWatched marks those that are left, if any, as not watched.
func (p *Pool) forgetWatched() {
	p.watch.n = 0
	for _, c := range p.conns {
		c.watched = false
	}
}

// stirred looks at the idle connection with this number, on which something
// has happened.
func (p *Pool) stirred(id uint64, now time.Time, a *actions) {
	c := p.conns[id]
	if c == nil || !c.watched { // taken meanwhile
		return
	}
	pending, err := c.look()
	if err == nil {
		err = p.watch.set.again(c.probe.socket, id, pending)
		if err == nil {
			return
		}
	}
	p.drop(c, closing{by: closerOf(err), reason: err}, now, a)
}

// look returns why an idle connection cannot be used, or nil. On one that
// never served a request an HTTP/2 server may have said its settings, which
// are left to who reads them: then data is pending.
func (c *connection) look() (pending bool, err error) {
	if c.used || c.proto != "h2" {
		return false, c.probe.stale(c.conn, c.trans)
	}
	n, err, known := c.probe.look()
	switch {
	case !known || err != nil || n == 0:
		return false, err
	case c.probe.socket != nil:
		return true, c.probe.socket.hungUp()
	}
	return true, nil
}

// lookAfter is how long a proven connection has lain idle that is looked at
// when it is taken. Servers that close idle connections give them seconds, and
// what else a peer did within such a time would mostly be under way still and
// meet the request there, which is sent again then. Chromium always looks.
const lookAfter = 10 * time.Millisecond

// proven reports whether c, to look at which takes a system call, has served a
// second request, so that its peer is none of those that close without a word
// after the first response; nor has anything come behind the last one.
func (c *connection) proven() bool {
	return c.probe.socket != nil && c.life.requests > 1 && (c.trans == nil || len(c.trans.ahead.held()) == 0)
}

// closerOf returns who ended an idle connection that cannot be used for this
// reason: us, where the peer only sent what it should not have.
func closerOf(err error) Closer {
	if isClosedByPeer(err) {
		return ByPeer
	}
	return ByUs
}
