package conn

import (
	"errors"
	"net/netip"
	"slices"
	"time"
)

// A group may use the HTTP/2 connection of another one (RFC 9113 section
// 9.1.1), as in Chromium's SpdySessionPool::OnHostResolutionComplete: when the
// name is resolved and an address is one that a session is connected to, the
// session is used instead of a connect, if it is of the same partition and
// privacy, its certificate is verified and valid for the new host, and no
// client certificate was sent (SpdySession::CanPool). A certificate that was
// accepted unverified covers nothing: Chromium told to ignore certificate
// errors opens a connection for each host. ORIGIN frames (RFC 8336) change
// nothing.

// errJoined is with what a job's open ends that needs no connection.
var errJoined = errors.New("another group's connection is used")

// errHTTP1Required is why a connection ends whose peer wants HTTP/1.1.
var errHTTP1Required = errors.New("the peer wants HTTP/1.1 (HTTP_1_1_REQUIRED)")

// mayJoin reports whether the job's group could use another's connection.
func (j *job) mayJoin() bool {
	d := &j.pool.Dialer
	return j.group.key.Secure() && j.group.way.proxy == nil && slices.Contains(d.protos(), "h2") &&
		(d.TLS == nil || len(d.TLS.Certificates) == 0 && d.TLS.GetClientCertificate == nil)
}

// join looks for a connection of another group to one of the addresses that
// the job would connect to, and reports whether there is one.
func (j *job) join(addrs []netip.AddrPort) bool {
	p, g := j.pool, j.group
	p.mu.Lock()
	defer p.mu.Unlock()
	if g.host.alone || g.host.http1 {
		return false
	}
	for _, a := range addrs {
		a = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
		for _, c := range p.sessions[a] {
			if c.covers(g) {
				j.partner = c
				return true
			}
		}
	}
	return false
}

// covers reports whether requests of g may use c, which is shared.
func (c *connection) covers(g *group) bool {
	k, other := g.key, c.group.key
	return c.group != g && c.group.way == g.way &&
		k.Port == other.Port && k.Private == other.Private && k.Partition == other.Partition &&
		c.tls != nil && len(c.tls.VerifiedChains) > 0 && c.tls.PeerCertificates[0].VerifyHostname(k.Host) == nil
}

// joined makes the group of a job whose lookup found a partner its guest. The
// lookup is what those who wait have waited for.
func (p *Pool) joined(j *job, o *opened, now time.Time, a *actions) {
	g, c := j.group, j.partner
	p.jobEvent(EventJoined, j, now, nil)
	if g.shared == nil && g.pending == nil && !g.host.alone && !g.host.http1 && slices.Contains(p.sessions[c.remote], c) {
		c.guests = append(c.guests, g)
		g.shared = c
		p.learn(g, g.host.spoke())
	}
	if g.shared != nil {
		for _, t := range g.waiters.items {
			t.joined = o
		}
	}
	p.leave(g)
	if g.shared != nil {
		p.serveShared(g.shared, a)
	}
	p.pump(g, nil, a)
	p.wake(g.way, a)
}

// share lets requests use c's session.
func (p *Pool) share(c *connection) {
	g := c.group
	if g.pending == c {
		g.pending = nil
	}
	g.shared = c
	if g.way.proxy == nil && !slices.Contains(p.sessions[c.remote], c) {
		p.sessions[c.remote] = append(p.sessions[c.remote], c)
	}
}

// unshare keeps new requests from c, of its own group and of others. Those
// that wait become orphans.
func (p *Pool) unshare(c *connection) {
	g := c.group
	if g.shared == c {
		g.shared = nil
	}
	if g.pending == c {
		g.pending = nil
	}
	if c.session == nil {
		return
	}
	list := slices.DeleteFunc(p.sessions[c.remote], func(other *connection) bool { return other == c })
	if p.sessions[c.remote] = list; len(list) == 0 {
		delete(p.sessions, c.remote)
	}
	for _, g := range c.guests {
		g.shared = nil
		if g.waiters.len() > 0 {
			p.orphans = append(p.orphans, g)
		} else {
			p.prune(g)
		}
	}
	c.guests = nil
}

// pumpOrphans has connections opened for the groups that lost another's.
func (p *Pool) pumpOrphans(a *actions) {
	for len(p.orphans) > 0 {
		g := p.orphans[0]
		p.orphans = p.orphans[1:]
		p.pump(g, nil, a)
	}
	p.orphans = nil
}

// neediest returns the group among those that share c whose first waiter is
// the most urgent, or nil if nobody waits for c.
func (c *connection) neediest() *group {
	var first *group
	if g := c.group; g.shared == c && g.waiters.len() > 0 {
		first = g
	}
	for _, g := range c.guests {
		if g.waiters.len() > 0 && (first == nil || g.before(first)) {
			first = g
		}
	}
	return first
}

// Misdirected says that the peer does not answer for the request's host on
// this connection (status 421, RFC 9110 section 15.5.20). Where the connection
// is another group's (LeaseInfo.Coalesced), the request's group has
// connections of its own from now on. The lease goes on.
func (l *Lease) Misdirected() {
	c := l.c
	p := c.pool
	var a actions
	p.mu.Lock()
	if g := l.group; l.held && g != c.group {
		h := g.host
		h.alone = true
		p.learn(g, h)
		p.depart(g, c, &a)
	}
	p.mu.Unlock()
	p.run(&a)
}

// HTTP1Required says that the peer will not answer for the request's host with
// HTTP/2 (HTTP_1_1_REQUIRED, RFC 9113 section 7): from now on its connections
// offer HTTP/1.1 alone. No further request of the host uses this connection; the
// lease goes on.
func (l *Lease) HTTP1Required() {
	c := l.c
	p := c.pool
	var a actions
	p.mu.Lock()
	if g := l.group; l.held && c.proto == "h2" {
		p.learn(g, host{alone: g.host.alone, http1: true})
		if g == c.group {
			p.retire(c, errHTTP1Required)
			p.pump(g, nil, &a)
			p.pumpOrphans(&a)
		} else {
			p.depart(g, c, &a)
		}
	}
	p.mu.Unlock()
	p.run(&a)
}

// depart ends that g is a guest of c.
func (p *Pool) depart(g *group, c *connection, a *actions) {
	if g.shared != c {
		return
	}
	g.shared = nil
	c.guests = slices.DeleteFunc(c.guests, func(other *group) bool { return other == g })
	p.pump(g, nil, a)
	p.prune(g)
}
