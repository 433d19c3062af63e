package conn

import (
	"crypto/tls"
	"net"
	"net/netip"
	"time"

	"pageload/conn/kernel"
)

// A connection is an open connection of a pool.
type connection struct {
	id     uint64
	pool   *Pool
	group  *group
	conn   net.Conn
	raw    net.Conn
	trans  *transport // nil without TLS
	probe  *probe
	proto  string
	tls    *tls.ConnectionState
	local  netip.AddrPort
	remote netip.AddrPort
	tcp    net.Conn // the connection without any wrappers
	cookie uint64   // the kernel's number of the socket, where closes are watched; 0: unknown

	absolute bool // requests go to a proxy, there is no tunnel

	// guarded by pool.mu
	own      Lease    // the lease of a connection that is not shared
	leases   int      // how many are out
	session  Session  // nil: not shared
	guests   []*group // other groups whose requests use the session; see coalesce.go
	retired  bool     // takes no new requests
	closed   bool
	firstFIN Closer    // who sent the first FIN, if Lease.CloseWrite has sent ours
	used     bool      // has served a request
	since    time.Time // idle since, or was for the last time
	idle     *idleList // the list it is in; nil: not idle
	watched  bool      // it is among those that the watcher waits for
	prev     *connection
	next     *connection
	young    bool // in Pool.young
	older    *connection
	younger  *connection
	life     life
}

// newConnection registers what a job opened. The lock is held.
func (p *Pool) newConnection(j *job, o *opened, now time.Time) *connection {
	g := j.group
	c := &connection{
		id: j.id, pool: p, group: g,
		conn: o.conn, raw: o.raw, trans: o.trans, proto: o.proto, tls: o.tls,
		local: o.local, remote: o.remote, tcp: o.tcp, cookie: o.cookie, absolute: o.absolute,
	}
	if o.trans != nil {
		c.probe = o.trans.probe
	} else {
		c.probe = newProbe(o.raw)
	}
	c.life = newLife(j, o, now)
	p.conns[c.id] = c
	if p.lateProbes && !p.shut {
		p.young.push(c)
		p.sweep.by(p, now.Add(probeAfter), now)
	}
	p.event(EventOpened, c, now, nil)
	return c
}

// lend makes a lease of c for a request of g that was made at queued.
func (c *connection) lend(g *group, queued, now time.Time, reason string) *Lease {
	if now.Before(queued) { // who reads the clock and who has the lock are two orders
		now = queued
	}
	l := &c.own
	if c.session != nil {
		l = &Lease{}
	}
	l.c, l.group, l.held, l.reused, l.joined = c, g, true, c.used, nil
	l.queued, l.ready, l.blocked, l.idle, l.idleFor = queued, now, reason, false, 0
	if c.idle != nil {
		l.idle, l.idleFor = true, max(0, now.Sub(c.since))
		c.pool.unidle(c)
	}
	c.used = true
	c.leases++
	c.life.requests++
	if !c.life.busy {
		c.life.busy = true
		c.pool.event(EventBusy, c, now, nil)
	}
	return l
}

// drop takes c out of the pool for good and gives its place to who waits for
// one. It has no lease.
func (p *Pool) drop(c *connection, why closing, now time.Time, a *actions) {
	p.remove(c, why, now, a)
	p.pump(c.group, nil, a)
	p.pumpOrphans(a)
	p.wake(c.group.way, a)
}

// remove takes c out of the pool; its place is free. It is closed by run.
func (p *Pool) remove(c *connection, why closing, now time.Time, a *actions) {
	g := c.group
	c.closed, c.retired = true, true
	if c.idle != nil {
		p.unidle(c)
	}
	if c.young {
		p.young.remove(c)
	}
	p.unshare(c)
	r := p.spareRecord()
	*r = c.record()
	r.By, r.Reason, r.CloseStart = why.by, why.reason, now
	c.life.end = r
	p.event(EventClosing, c, now, why.reason)
	a.closings = append(a.closings, c)
	p.leave(g)
}

// leave frees one place of g.
func (p *Pool) leave(g *group) {
	g.size--
	g.way.total--
	p.prune(g)
}

// finish closes the socket of a connection that has been removed. The lock is
// not held.
func (p *Pool) finish(c *connection) {
	if p.Paths != nil {
		p.checkLinks()
	}
	var e *kernel.Ending
	if c.trans != nil || p.heeded() {
		e = c.inspect()
	}
	if e != nil && e.Unread > 0 && c.trans != nil && c.session == nil && isPolite(c.life.end.Reason) {
		// Session tickets of TLS 1.3, most likely. Left unread they would make
		// our close a RST.
		c.probe.stale(c.conn, c.trans)
		e = c.inspect()
	}
	if p.watchClose(c, e) {
		return
	}
	if !isPolite(c.life.end.Reason) {
		c.raw.Close()
	}
	c.conn.Close()
	p.finished(c, e, nil)
}

// heeded reports whether anybody can learn how a connection ended.
func (p *Pool) heeded() bool {
	return p.Facts != FactsNone || p.closed.max > 0 || p.OnEvent != nil || p.WatchClose
}

// finished completes the record of a connection whose socket is closed. e and
// w are nil where the kernel did not say, or nobody watched.
func (p *Pool) finished(c *connection, e *kernel.Ending, w *closeWatch) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c.id)
	r := c.life.end
	r.State, r.Closed = StateClosed, now
	if e != nil {
		r.ended(e, c.firstFIN)
		if p.Facts != FactsNone {
			r.AtClose = &e.Info
		}
	}
	r.Sent, r.Received = c.transferred(e)
	if w != nil {
		w.verdict(r)
		p.closeWatches.done(w)
	}
	p.closed.push(*r)
	p.event(EventClosed, c, now, r.Reason)
	c.life.end, p.spare = nil, r
	if p.freed != nil {
		close(p.freed)
		p.freed = nil
	}
	p.checkDrained()
}
