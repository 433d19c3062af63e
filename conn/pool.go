package conn

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync"
	"time"

	"pageload/conn/kernel"
)

// A Pool keeps connections and hands them out. The zero value is ready.
// Change no field after its first use. It is safe for concurrent use and must
// not be copied.
//
// No goroutine exists for an idle connection or for a request that waits.
type Pool struct {
	// Dialer opens the connections.
	Dialer Dialer

	// MaxPerHost bounds the connections of each Key, those being opened
	// included. Zero: 6, as all browsers; negative: no bound.
	MaxPerHost int
	// MaxTotal bounds all connections. Zero: 256, as Chromium; negative: no
	// bound. Where it is reached, idle connections of other groups are closed
	// to make room.
	MaxTotal int

	// IdleTimeout is how long a connection that has been used is kept idle.
	// Zero: 300 s, as Chromium; negative: not at all.
	IdleTimeout time.Duration
	// UnusedTimeout is the same for a connection that never served a request,
	// such as a preconnected one. Zero: 60 s.
	UnusedTimeout time.Duration

	// DescriptorWait is how long a connect waits and tries again where the
	// process has no file descriptor left. Zero: 5 s; negative: not at all.
	DescriptorWait time.Duration

	// TLSSessions is the number of TLS sessions that are remembered, so that
	// later handshakes are shorter. Zero: none, unless Dialer.TLS has a cache.
	// Sessions are not shared between partitions, nor with Private keys.
	TLSSessions int

	// MaxRecords bounds the records of closed connections that are kept: the
	// newest. Zero: 1000; negative: none.
	MaxRecords int

	// Facts says when the kernel is asked about each connection. Zero: when it
	// opens and when it closes.
	Facts Facts
	// WatchClose makes the pool watch each close to its end: the connection's
	// states after our FIN until TIME_WAIT, in [Record.CloseStates]. A
	// connection then keeps its descriptor for a round trip longer, and Close
	// and CloseIdle go on beside their callers for that long. It is for who
	// looks at single pages, not for load tests. Linux only.
	WatchClose bool
	// Paths looks up the way to each peer. Nil: nobody does.
	Paths *kernel.Paths

	// OnEvent is told of every change in the life of a connection, in order
	// and one at a time, shortly after it happened, on whichever goroutine
	// caused it or another. It may call the pool. Nil: nobody is told.
	OnEvent func(Event)

	mu       sync.Mutex
	ready    bool // setup was done
	groups   map[Key]*group
	conns    map[uint64]*connection // open ones, by id
	h2       map[Key]bool           // hosts known to speak h2
	lastID   uint64
	lastSeq  uint64
	total    int           // sizes of all groups
	jobs     int           // goroutines of connect jobs and their attempts
	stalled  heap[*group]  // groups with waiters that only the total limit stops
	freed    chan struct{} // closed when a connection is closed; nil: nobody waits
	sessions tls.ClientSessionCache
	used     idleList // idle connections that were used
	unused   idleList // and those that were not
	sweep    sweeper
	closed   ring
	events   eventQueue

	life     context.Context // of connect jobs
	endLife  context.CancelFunc
	shut     bool          // Close was called
	drained  chan struct{} // closed when shut and all is closed; made by Close
	perHost  int
	maxTotal int
}

// h2Known bounds Pool.h2: the hosts of a large crawl, far more than of a page.
const h2Known = 4096

// setup resolves the defaults. The lock is held.
func (p *Pool) setup() {
	if p.ready {
		return
	}
	p.ready = true
	p.groups = make(map[Key]*group)
	p.conns = make(map[uint64]*connection)
	p.h2 = make(map[Key]bool)
	p.life, p.endLife = context.WithCancel(context.Background())
	p.perHost = limit(p.MaxPerHost, 6)
	p.maxTotal = limit(p.MaxTotal, 256)
	p.used.timeout = orDefault(p.IdleTimeout, 300*time.Second)
	p.unused.timeout = orDefault(p.UnusedTimeout, 60*time.Second)
	if p.closed.max = max(0, p.MaxRecords); p.MaxRecords == 0 {
		p.closed.max = 1000
	}
	switch {
	case p.Dialer.TLS != nil && p.Dialer.TLS.ClientSessionCache != nil:
		p.sessions = p.Dialer.TLS.ClientSessionCache
	case p.TLSSessions > 0:
		p.sessions = tls.NewLRUClientSessionCache(p.TLSSessions)
	}
}

// limit resolves the rule of all bounds here: zero is the default, negative is
// none.
func limit(n, def int) int {
	switch {
	case n == 0:
		return def
	case n < 0:
		return int(^uint(0) >> 1)
	}
	return n
}

// Get returns a connection for r, waiting for one if it must. The end of ctx
// ends the wait and nothing else. The error wraps ctx's error and cause, or is
// what kept the connection from being opened: a *ResolveError, *DialError or
// *TLSError, or ErrPoolClosed.
func (p *Pool) Get(ctx context.Context, r Request) (*Lease, error) {
	if l, err := p.take(ctx, r); l != nil || err != nil {
		return l, err
	}
	type outcome struct {
		lease *Lease
		err   error
	}
	ch := make(chan outcome, 1)
	p.enqueue(ctx, r, func(l *Lease, err error) { ch <- outcome{l, err} })
	o := <-ch // enqueue watches ctx
	return o.lease, o.err
}

// Enqueue is Get without waiting: done is called exactly once with what Get
// would return. It may be called before Enqueue returns, and else on the
// goroutine on which a connection became free or was opened, so it should
// start an exchange and not do it. It may call the pool.
//
// The ticket is nil where done was called already.
func (p *Pool) Enqueue(ctx context.Context, r Request, done func(*Lease, error)) *Ticket {
	if l, err := p.take(ctx, r); l != nil || err != nil {
		done(l, err)
		return nil
	}
	return p.enqueue(ctx, r, done)
}

// take returns a lease if one is to be had now, and nil and nil if not.
func (p *Pool) take(ctx context.Context, r Request) (*Lease, error) {
	if err := r.Key.check(); err != nil {
		return nil, err
	}
	if err := gaveUp(ctx); err != nil {
		return nil, err
	}
	now := time.Now()
	var a actions
	var l *Lease
	p.mu.Lock()
	if p.shut {
		p.mu.Unlock()
		return nil, ErrPoolClosed
	}
	if g := p.groups[r.Key]; g != nil {
		l = p.pick(g, now, now, "", &a)
	}
	p.mu.Unlock()
	p.run(&a)
	if l != nil {
		r.Trace.gotConn(l.info)
	}
	return l, nil
}

// pick returns a lease of a connection of g that is ready, or nil. Others do
// not wait for it: then it would not be idle.
func (p *Pool) pick(g *group, queued, now time.Time, reason string, a *actions) *Lease {
	if c := p.available(g, now, a); c != nil {
		return c.lend(queued, now, reason)
	}
	// Chromium's order: the newest used one is the least likely to have been
	// closed by the peer; of those never used the oldest.
	for {
		var c *connection
		if n := len(g.idle); n > 0 {
			c = g.idle[n-1]
		} else if len(g.unused) > 0 {
			c = g.unused[0]
		} else {
			return nil
		}
		if err := c.probe.stale(c.conn, c.trans); err != nil {
			p.drop(c, closing{by: ByPeer, reason: err}, now, a)
			continue
		}
		if c.proto == "h2" {
			g.pending = c
		}
		return c.lend(queued, now, reason)
	}
}

// enqueue puts a request into the queue, having looked once more.
func (p *Pool) enqueue(ctx context.Context, r Request, done func(*Lease, error)) *Ticket {
	t := &Ticket{pool: p, priority: r.Priority, index: -1, trace: r.Trace, queued: time.Now(), done: done}
	p.mu.Lock()
	p.setup()
	p.lastSeq++
	t.seq = p.lastSeq
	if t.reason = p.obstacle(p.groups[r.Key]); t.reason != "" && r.Trace != nil {
		p.mu.Unlock() // now, so that it comes before GotConn
		r.Trace.blocked(t.reason)
		p.mu.Lock()
	}
	var a actions
	var l *Lease
	if p.shut {
		a.fail(t, ErrPoolClosed)
	} else {
		if l = p.pick(p.group(r.Key), t.queued, time.Now(), t.reason, &a); l != nil {
			a.serve(t, l)
		} else {
			g := p.group(r.Key) // pick may have emptied it
			t.group = g
			g.waiters.push(t)
			p.stalled.fix(g)
			if ctx.Done() != nil {
				t.stop = context.AfterFunc(ctx, func() { t.cancel(gaveUp(ctx)) })
			}
			p.pump(g, t, &a)
		}
	}
	waits := t.waits()
	p.mu.Unlock()
	p.run(&a)
	if !waits {
		return nil
	}
	return t
}

// obstacle says why a new request of g, which may be nil, will have no
// connection opened for it; "" if it will.
func (p *Pool) obstacle(g *group) string {
	size := 0
	if g != nil {
		size = g.size
		switch {
		case len(g.idle)+len(g.unused) > 0, g.connecting > g.waiters.len():
			return ""
		case g.shared != nil:
			return "no free stream on the HTTP/2 connection of this group"
		case g.single():
			return "the HTTP/2 connection of this group is being opened"
		}
	}
	switch {
	case size >= p.perHost:
		return fmt.Sprintf("%d of %d connections of this group busy", size, p.perHost)
	case p.total >= p.maxTotal && p.used.first == nil && p.unused.first == nil:
		return fmt.Sprintf("%d of %d connections busy", p.total, p.maxTotal)
	}
	return ""
}

// pump starts as many connect jobs for g as its waiters need and the limits
// allow. t, which may be nil, is the waiter that has just come.
func (p *Pool) pump(g *group, t *Ticket, a *actions) {
	p.stalled.remove(g)
	for g.connecting < g.waiters.len() && g.size < p.perHost && !g.single() && !p.shut {
		if p.total >= p.maxTotal && !p.evict(a) {
			p.stalled.push(g)
			return
		}
		if t == nil || t.job {
			t = g.jobless()
		}
		p.startJob(g, t)
	}
}

// jobless returns a waiter to which no job reports yet, or nil. There are at
// most as many others as there are jobs.
func (g *group) jobless() *Ticket {
	for _, t := range g.waiters.items {
		if !t.job {
			return t
		}
	}
	return nil
}

// wake gives the room under the total limit to those who wait for it.
func (p *Pool) wake(a *actions) {
	for p.stalled.len() > 0 && (p.total < p.maxTotal || p.used.first != nil || p.unused.first != nil) {
		p.pump(p.stalled.top(), nil, a)
	}
}
