package conn

import "time"

// actions are what is done after the pool's lock has been let go.
type actions struct {
	deliveries []delivery
	overtaken  []*Ticket // have a reason to wait now
	closings   []*connection
	grown      []*connection // old enough for keep-alive probes
	jobs       []*job        // to be run
	here       bool          // a job may begin on this goroutine; no backup was begun for it
}

// empty reports whether there is nothing to do.
func (a *actions) empty() bool {
	return len(a.deliveries)+len(a.overtaken)+len(a.closings)+len(a.jobs) == 0
}

// A delivery is the end of a ticket's wait.
type delivery struct {
	t   *Ticket
	l   *Lease
	err error
}

func (a *actions) serve(t *Ticket, l *Lease) {
	l.joined = t.joined
	a.deliveries = append(a.deliveries, delivery{t: t, l: l})
}

func (a *actions) fail(t *Ticket, err error) {
	a.deliveries = append(a.deliveries, delivery{t: t, err: err})
}

// run does them. The lock is not held.
func (p *Pool) run(a *actions) {
	for _, j := range a.jobs {
		if a.here {
			j.spawn()
		} else {
			go j.run(p.life)
		}
	}
	for _, c := range a.closings {
		p.finish(c)
	}
	for _, c := range a.grown {
		c.startProbes()
	}
	for _, t := range a.overtaken {
		t.trace.blocked(t.reason)
	}
	for _, d := range a.deliveries {
		if d.t.stop != nil {
			d.t.stop()
		}
		if d.l != nil {
			d.t.trace.gotConn(d.l)
		}
		d.t.done(d.l, d.err)
	}
	if p.OnEvent != nil {
		p.tell()
	}
}

// offer gives a connection that is ready to the first waiter, or makes it
// idle. It has no lease.
func (p *Pool) offer(c *connection, now time.Time, a *actions) {
	g := c.group
	if g.waiters.len() == 0 {
		p.idle(c, now, a)
		return
	}
	if c.proto == "h2" {
		g.pending = c
	}
	t := g.waiters.pop()
	g.restall()
	a.serve(t, c.lend(g, t.queued, now, t.reason))
}

// available returns the shared connection if it takes a request.
func (p *Pool) available(g *group, now time.Time, a *actions) *connection {
	c := g.shared
	if c == nil {
		return nil
	}
	if c.session.Available() > 0 {
		return c
	}
	if c.leases == 0 {
		p.drop(c, closing{by: ByPeer, reason: errSessionEnded}, now, a)
	}
	return nil
}

// serveShared gives streams of a shared connection to those who wait for it,
// of its own group and its guests.
func (p *Pool) serveShared(c *connection, a *actions) {
	if c.neediest() == nil {
		return
	}
	now := time.Now()
	for n := c.session.Available(); n > 0; n-- {
		g := c.neediest()
		if g == nil {
			return
		}
		t := g.waiters.pop()
		g.restall()
		a.serve(t, c.lend(g, t.queued, now, t.reason))
	}
}

// giveBack ends a lease.
func (p *Pool) giveBack(l *Lease, reason error, discard bool, now time.Time) {
	if p.Paths != nil {
		p.checkLinks()
	}
	var a actions
	p.mu.Lock()
	if !l.held {
		p.mu.Unlock()
		return
	}
	l.held = false
	c := l.c
	c.leases--
	if p.Facts == FactsEachResponse {
		c.responded(now)
	}
	if discard {
		p.retire(c, reason)
	}
	p.settle(c, now, &a)
	p.mu.Unlock()
	p.run(&a)
}

// retire makes c take no more requests.
func (p *Pool) retire(c *connection, reason error) {
	if c.retired {
		return
	}
	c.retired = true
	c.life.because(reason)
	p.unshare(c)
}

// settle decides what becomes of a connection one of whose leases has ended,
// or which was retired.
func (p *Pool) settle(c *connection, now time.Time, a *actions) {
	g := c.group
	switch {
	case c.closed:
	case c.retired || p.shut:
		if c.leases == 0 {
			if p.shut {
				c.life.because(ErrPoolClosed)
			}
			p.drop(c, closing{by: closerOf(c.life.reason), reason: c.life.reason}, now, a)
		}
		p.pump(g, nil, a) // the waiters of a shared connection need another one
		p.pumpOrphans(a)
	case c.session != nil:
		p.serveShared(c, a)
		switch {
		case c.leases > 0:
		case c.neediest() != nil:
			p.drop(c, closing{by: ByPeer, reason: errSessionEnded}, now, a)
		default:
			p.idle(c, now, a)
		}
	default:
		if g.pending == c { // its holder did not share it
			g.pending = nil
		}
		if g.waiters.len() > 0 && !c.proven() {
			if _, err := c.look(); err != nil {
				p.drop(c, closing{by: closerOf(err), reason: err}, now, a)
				return
			}
		}
		p.offer(c, now, a)
		p.pump(g, nil, a)
	}
}

// Retire takes the open connection with this number out of use: it gets no
// more requests and is closed once its last lease has ended, at once if it has
// none. It is for the owner of a [Session] that has seen a GOAWAY or the
// peer's close while no lease was out.
func (p *Pool) Retire(id uint64, reason error) {
	var a actions
	p.mu.Lock()
	if c := p.conns[id]; c != nil && !c.retired {
		p.retire(c, reason)
		p.settle(c, time.Now(), &a)
	}
	p.mu.Unlock()
	p.run(&a)
}
