package conn

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Request asks a pool for a connection.
type Request struct {
	Key      Key
	Priority Priority  // zero: Medium
	Made     time.Time // when the request was made, a moment ago at most; zero: now
	Trace    *Trace    // nil: nobody is told
	Tracer   Tracer    // where Trace is nil, gives one once the request has to wait; nil: nobody is told
}

// A Ticket is a request that waits in a pool's queue. A nil *Ticket is one
// that waits no more. Its methods may be called at any time from any goroutine.
type Ticket struct {
	pool     *Pool
	group    *group
	priority Priority // guarded by pool.mu, as all below
	seq      uint64   // order of arrival
	index    int      // in group.waiters; -1: served or gone
	trace    *Trace
	queued   time.Time
	reason   string // why it was blocked; "" if it was not
	done     func(*Lease, error)
	stop     func() bool // ends the watch over its context
	job      bool        // a connect job reports its steps here
	joined   *opened     // the lookup after which its group joined another's connection
}

func (t *Ticket) place() *int { return &t.index }

// before orders the queue: the most urgent first, then the oldest.
func (t *Ticket) before(o *Ticket) bool {
	if t.priority != o.priority {
		return t.priority > o.priority
	}
	return t.seq < o.seq
}

func (t *Ticket) waits() bool { return t.index >= 0 }

// SetPriority changes the request's place in the queue. Among those of equal
// priority its age counts, not when it got there. It has no effect on a
// request that waits no more.
func (t *Ticket) SetPriority(priority Priority) {
	if t == nil {
		return
	}
	p := t.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if !t.waits() || t.priority == priority {
		return
	}
	t.priority = priority
	t.group.waiters.fix(t)
	t.group.way.stalled.fix(t.group)
}

// Cancel takes the request from the queue; its function is called with an
// error that wraps context.Canceled before Cancel returns. If it has been
// called already, or is about to be, Cancel does nothing. A connection
// that is being opened for the request is opened nonetheless, for others.
func (t *Ticket) Cancel() {
	if t != nil {
		t.cancel(fmt.Errorf("conn: gave up: %w", context.Canceled))
	}
}

func (t *Ticket) cancel(err error) {
	p := t.pool
	var a actions
	p.mu.Lock()
	if t.waits() {
		g := t.group
		g.waiters.remove(t)
		g.restall()
		p.prune(g)
		a.fail(t, err)
	}
	p.mu.Unlock()
	p.run(&a)
}

// gaveUp returns the error of a caller whose context has ended, which is no
// fault of the network, or nil.
func gaveUp(ctx context.Context) error {
	err := ctx.Err()
	if err == nil {
		return nil
	}
	cause := context.Cause(ctx)
	if errors.Is(cause, err) {
		return fmt.Errorf("conn: gave up: %w", cause)
	}
	return fmt.Errorf("conn: gave up: %w: %w", err, cause)
}
