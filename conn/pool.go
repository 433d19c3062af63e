package conn

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"pageload/conn/kernel"
)

// A Pool keeps connections and hands them out. The zero value is ready.
// Change no field after its first use. It is safe for concurrent use and must
// not be copied.
//
// No goroutine exists for an idle connection or for a request that waits. One
// for each pool watches all sockets that have been idle for a moment.
type Pool struct {
	// Dialer opens the connections.
	Dialer Dialer

	// MaxPerHost bounds the connections of each Key, those being opened
	// included. Zero: 6, as all browsers; negative: no bound.
	MaxPerHost int
	// MaxTotal bounds all connections that go through no proxy. Zero: 256, as
	// Chromium; negative: no bound. Where it is reached, idle connections of
	// other groups are closed to make room.
	MaxTotal int
	// MaxPerProxy is the same for the connections through each proxy. Two
	// proxies with different credentials are two. Zero: 128, as Chromium.
	MaxPerProxy int

	// IdleTimeout is how long a connection that has been used is kept idle.
	// Zero: 300 s, as Chromium; negative: not at all.
	IdleTimeout time.Duration
	// UnusedTimeout is the same for a connection that never served a request,
	// such as a preconnected one. Zero: 60 s.
	UnusedTimeout time.Duration

	// WatchAfter is how long a connection has been idle when the pool begins to
	// wait for the peer's close, which is then seen at once; what happened
	// before is seen then. Where the connection is no socket of Linux, or no
	// descriptor is left to wait with, and while it carries a [Session], which
	// reads by itself, it is looked at when it is taken, unless it has served
	// more than one request and the last ended less than a millisecond before.
	// Zero: 1 s; negative: it is only looked at then.
	WatchAfter time.Duration

	// BackupDelay is how long the only connect of a group that had nothing may
	// take to establish TCP before another one is begun beside it, for the
	// case that a segment was lost. Zero: 250 ms, as Chromium; negative: none
	// is begun.
	BackupDelay time.Duration

	// DescriptorWait is how long a connect waits and tries again where the
	// process has no file descriptor left. Zero: 5 s; negative: not at all.
	DescriptorWait time.Duration

	// TLSSessions is the number of TLS sessions that are remembered, so that
	// later handshakes are shorter. Zero: 1024, as Chromium; negative: none.
	// A cache in Dialer.TLS is used instead. Sessions are not shared between
	// partitions, nor with Private keys.
	TLSSessions int
	// Resumptions is where they are remembered; nil: somewhere of the pool's own.
	Resumptions *Resumptions

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
	// CloseWait is how long a watched close waits for the peer's FIN. Zero: 5
	// seconds; negative: not at all. Then, and where the peer has sent 256 KB
	// more, the descriptor is closed anyway.
	CloseWait time.Duration
	// Paths looks up the way to each peer, and says when the next hop's link
	// address becomes another: this is looked for when a connection is opened,
	// given back or closed. Nil: nobody does.
	Paths *kernel.Paths

	// OnEvent is told of every change in the life of a connection, in order
	// and one at a time, shortly after it happened, on whichever goroutine
	// caused it or another. It may call the pool. Nil: nobody is told.
	OnEvent func(Event)

	mu           sync.Mutex
	ready        bool                             // setup was done
	direct       *way                             // never nil
	proxied      map[Proxy]*way                   // those in use
	conns        map[uint64]*connection           // open ones, by id
	sessions     map[netip.AddrPort][]*connection // shared ones, by the peer's address
	orphans      []*group                         // groups that wait and have just lost another's connection
	hosts        map[Key]host                     // what is known of hosts
	lastID       uint64
	lastSeq      uint64
	jobs         int           // goroutines of connect jobs and their attempts
	freed        chan struct{} // closed when a connection is closed; nil: nobody waits
	tickets      tls.ClientSessionCache
	sweep        sweeper
	young        youngList // open ones without keep-alive probes
	lateProbes   bool      // those that are opened have none
	watch        watcher
	closed       ring
	closeWatches closeWatches
	links        uint64 // changes of Paths that are noted
	busy         busyText
	spare        *Record // of the connection that was closed last, for the next; nil: none
	askers       askers
	events       eventQueue

	life    context.Context // of connect jobs
	endLife context.CancelFunc
	shut    bool          // Close was called
	drained chan struct{} // closed when shut and all is closed; made by Close

	perHost                    int
	idleTimeout, unusedTimeout time.Duration
}

// setup resolves the defaults. The lock is held.
func (p *Pool) setup() {
	if p.ready {
		return
	}
	p.ready = true
	p.proxied = make(map[Proxy]*way)
	p.conns = make(map[uint64]*connection)
	p.hosts = make(map[Key]host)
	p.sessions = make(map[netip.AddrPort][]*connection)
	p.life, p.endLife = context.WithCancel(context.Background())
	p.perHost = limit(p.MaxPerHost, 6)
	p.idleTimeout = orDefault(p.IdleTimeout, 300*time.Second)
	p.unusedTimeout = orDefault(p.UnusedTimeout, 60*time.Second)
	p.direct = p.newWay(nil)
	p.watch.after = orDefault(p.WatchAfter, time.Second)
	p.lateProbes = p.probesLater()
	if p.closed.max = max(0, p.MaxRecords); p.MaxRecords == 0 {
		p.closed.max = 1000
	}
	switch {
	case p.Dialer.TLS != nil && p.Dialer.TLS.ClientSessionCache != nil:
		p.tickets = p.Dialer.TLS.ClientSessionCache
	case p.TLSSessions >= 0:
		if p.tickets = p.Resumptions; p.Resumptions == nil {
			p.tickets = &Resumptions{Most: p.TLSSessions}
		}
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
	proxy, err := p.admit(ctx, &r)
	if err != nil {
		return nil, err
	}
	now := p.made(&r)
	if l, err := p.take(&r, proxy, now); l != nil || err != nil {
		return l, err
	}
	type outcome struct {
		lease *Lease
		err   error
	}
	ch := make(chan outcome, 1)
	p.enqueue(ctx, &r, proxy, now, func(l *Lease, err error) { ch <- outcome{l, err} })
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
	proxy, err := p.admit(ctx, &r)
	if err != nil {
		done(nil, err)
		return nil
	}
	now := p.made(&r)
	if l, err := p.take(&r, proxy, now); l != nil || err != nil {
		done(l, err)
		return nil
	}
	return p.enqueue(ctx, &r, proxy, now, done)
}

// admit checks a request and returns the proxy that it goes through, nil for none.
func (p *Pool) admit(ctx context.Context, r *Request) (*Proxy, error) {
	if err := r.Key.check(); err != nil {
		return nil, err
	}
	if err := gaveUp(ctx); err != nil {
		return nil, err
	}
	return p.Dialer.proxyFor(ctx, r.Key)
}

// made is when a request was made. To be told a proxy may have taken time.
func (p *Pool) made(r *Request) time.Time {
	if r.Made.IsZero() || p.Dialer.Proxy != nil {
		return time.Now()
	}
	return r.Made
}

// take returns a lease if one is to be had now. If not it returns nil and nil,
// and the lock is held.
func (p *Pool) take(r *Request, proxy *Proxy, now time.Time) (*Lease, error) {
	p.mu.Lock()
	for !p.shut {
		p.setup()
		w := p.direct
		if proxy != nil {
			w = p.proxied[*proxy]
		}
		if w == nil {
			return nil, nil
		}
		g := w.known(&r.Key)
		if g == nil {
			return nil, nil
		}
		var a actions
		l := p.pick(g, now, now, "", &a)
		if l == nil && a.empty() {
			return nil, nil
		}
		p.mu.Unlock()
		p.run(&a)
		if l != nil {
			r.Trace.gotConn(l)
			return l, nil
		}
		p.mu.Lock() // those that were idle were not sound
	}
	p.mu.Unlock()
	return nil, ErrPoolClosed
}

// pick returns a lease of a connection of g that is ready, or nil. Others do
// not wait for it: then it would not be idle.
func (p *Pool) pick(g *group, queued, now time.Time, reason string, a *actions) *Lease {
	if c := p.available(g, now, a); c != nil {
		return c.lend(g, queued, now, reason)
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
		if !c.proven() || now.Sub(c.since) >= lookAfter {
			if _, err := c.look(); err != nil {
				p.drop(c, closing{by: closerOf(err), reason: err}, now, a)
				continue
			}
		}
		if c.proto == "h2" {
			g.pending = c
		}
		return c.lend(g, queued, now, reason)
	}
}

// enqueue puts a request into the queue that take had nothing for. The lock is
// held, and let go.
func (p *Pool) enqueue(ctx context.Context, r *Request, proxy *Proxy, now time.Time, done func(*Lease, error)) *Ticket {
	if r.Trace == nil && r.Tracer != nil {
		r.Trace = r.Tracer.QueueTrace()
	}
	t := &Ticket{pool: p, priority: r.Priority, index: -1, trace: r.Trace, queued: now, done: done}
	p.lastSeq++
	t.seq = p.lastSeq
	g := p.group(p.way(proxy), r.Key)
	a := actions{here: true}
	var l *Lease
	if t.reason = p.obstacle(g); t.reason != "" && r.Trace != nil {
		p.mu.Unlock() // now, so that it comes before GotConn
		r.Trace.blocked(t.reason)
		p.mu.Lock()
		g = p.group(p.way(proxy), r.Key) // it may have been forgotten meanwhile
		if !p.shut {
			l = p.pick(g, now, time.Now(), t.reason, &a)
			g = p.group(p.way(proxy), r.Key) // pick may have emptied it
		}
	}
	switch {
	case p.shut:
		p.prune(g)
		a.fail(t, ErrPoolClosed)
	case l != nil:
		a.serve(t, l)
	default:
		t.group = g
		g.waiters.push(t)
		g.way.stalled.fix(g)
		if ctx.Done() != nil {
			t.stop = context.AfterFunc(ctx, func() { t.cancel(gaveUp(ctx)) })
		}
		p.pump(g, t, &a)
	}
	waits := t.waits()
	var j *job
	if len(a.jobs) == 1 {
		j, a.jobs = a.jobs[0], nil
	}
	p.mu.Unlock()
	p.run(&a)
	if j != nil && j.begin() == t || !waits { // j may be for another request
		return nil
	}
	return t
}

// obstacle says why a new request of g will have no connection opened for it;
// "" if it will.
func (p *Pool) obstacle(g *group) string {
	switch {
	case len(g.idle)+len(g.unused) > 0, g.jobs.n > g.waiters.len():
		return ""
	case g.shared != nil && g.shared.group != g:
		return "no free stream on the HTTP/2 connection that this group shares with " + g.shared.group.key.Host
	case g.shared != nil:
		return "no free stream on the HTTP/2 connection of this group"
	case g.single():
		return "the HTTP/2 connection of this group is being opened"
	}
	switch w := g.way; {
	case g.size >= p.perHost:
		return p.busy.text(g.size, p.perHost)
	case w.full() && w.proxy != nil:
		return fmt.Sprintf("%d of %d connections through proxy %v busy", w.total, w.max, *w.proxy)
	case w.full():
		return fmt.Sprintf("%d of %d connections busy", w.total, w.max)
	}
	return ""
}

// A busyText is why most requests wait, which is the same for all of them.
type busyText struct {
	last     string
	size, of int
}

func (b *busyText) text(size, of int) string {
	if b.last == "" || size != b.size || of != b.of {
		*b = busyText{fmt.Sprintf("%d of %d connections of this group busy", size, of), size, of}
	}
	return b.last
}

// pump starts as many connect jobs for g as its waiters need and the limits
// allow. t, which may be nil, is the waiter that has just come.
func (p *Pool) pump(g *group, t *Ticket, a *actions) {
	w := g.way
	w.stalled.remove(g)
	for g.jobs.n < g.waiters.len() && g.size < p.perHost && !g.single() && !p.shut {
		if w.total >= w.max && !p.evict(w, a) {
			w.stalled.push(g)
			return
		}
		if t == nil || t.job {
			t = g.jobless()
		}
		p.startJob(g, t, a)
	}
}

// wake gives the room under the bound of a way to those who wait for it.
func (p *Pool) wake(w *way, a *actions) {
	for w.stalled.len() > 0 && !w.full() {
		p.pump(w.stalled.top(), nil, a)
	}
}
