package whatif

import (
	"math"
	"slices"
	"strings"

	"pageload/loader/waterfall"
)

// perGroup is how many connections HTTP/1 has to a group (Chromium's
// ClientSocketPoolManager, kDefaultMaxSocketsPerGroup).
const perGroup = 6

// streamLimit is how many requests share a connection of HTTP/2, as servers
// usually allow.
const streamLimit = 100

// A group is an origin's connections of one sort: with credentials, or without.
type group struct {
	origin  *origin
	private bool
	queue   []*node // wait for a connection, the most urgent first
	wires   []*wire // not closed
	opening int
}

func (s *simulation) groupOf(o *origin, private bool) *group {
	key := o.name
	if private {
		key += " private"
	}
	g := s.groups[key]
	if g == nil {
		g = &group{origin: o, private: private}
		s.groups[key] = g
	}
	return g
}

// enqueue asks for a connection.
func (s *simulation) enqueue(n *node) {
	g := n.group
	i := len(g.queue)
	for i > 0 && g.queue[i-1].priority < n.priority {
		i--
	}
	g.queue = slices.Insert(g.queue, i, n)
	n.queued = s.now
	s.dispatch(g)
}

// dispatch gives connections to those who wait: whichever is free first to
// whoever is first then.
func (s *simulation) dispatch(g *group) {
	for len(g.queue) > 0 {
		c := g.free()
		if c == nil {
			break
		}
		n := g.queue[0]
		g.queue = g.queue[1:]
		s.send(n, c)
	}
	most := perGroup
	if g.origin.h2 {
		most = 1 + (len(g.queue)-1)/streamLimit // those who wait share one, if it has room
		if len(g.wires) > g.opening {
			most = 0
		}
	}
	for g.opening < len(g.queue) && len(g.wires) < most {
		s.connect(g, false)
	}
	for _, n := range g.queue {
		if n.waited == "" && g.opening == 0 {
			n.waited = itoa(int64(len(g.wires))) + " of " + itoa(int64(len(g.wires))) + " connections of this group busy"
		}
	}
}

// free returns a connection that can take a request.
func (g *group) free() *wire {
	for _, c := range g.wires {
		if !happened(c.ready) {
			continue
		}
		if len(c.streams) == 0 || g.origin.h2 && len(c.streams) < streamLimit {
			return c
		}
	}
	return nil
}

// connect opens a connection: name, TCP, TLS.
func (s *simulation) connect(g *group, backup bool) {
	o := g.origin
	s.lastWire++
	c := &wire{id: s.lastWire, group: g, index: -1, asked: s.now, opened: nan, connected: nan, tls: nan, ready: nan, closed: nan, lookup: [2]float64{nan, nan}}
	g.wires = append(g.wires, c)
	s.wires = append(s.wires, c)
	g.opening++
	from := s.now
	if !o.asked {
		o.asked, o.known = true, s.now+o.lookup
		if o.lookup > 0 {
			c.lookup[0] = s.now
		}
	} else if o.known > s.now {
		c.lookup[0] = s.now
	}
	if from = max(from, o.known); happened(c.lookup[0]) {
		c.lookup[1] = from
	}
	c.opened, c.connected = from, from+o.rtt
	ready := c.connected
	if o.scheme == "https" {
		c.tls = c.connected
		ready += o.rounds*o.rtt + o.crypto
		if s.line.rate > 0 {
			ready += o.cert / s.line.rate
		}
	}
	s.at(ready, func() {
		c.ready = s.now
		g.opening--
		s.dispatch(g)
	})
	if !backup && len(g.wires) == 1 {
		s.backUp(g, c, s.now+backupDelay)
	}
}

// backupDelay is how long the first connect of a group may take before another
// one is begun beside it (transport_client_socket_pool.cc, ConnectRetryIntervalMs).
const backupDelay = 0.25

// backUp begins a second connect at a time, if the first has not ended then.
func (s *simulation) backUp(g *group, first *wire, at float64) {
	s.at(at, func() {
		switch {
		case first.connected <= s.now || len(g.queue) == 0 || len(g.wires) >= perGroup:
		case first.opened > s.now: // the name is not known yet
			s.backUp(g, first, s.now+backupDelay)
		default:
			s.connect(g, true)
		}
	})
}

// send puts a request on a connection.
func (s *simulation) send(n *node, c *wire) {
	n.link, n.reused = c, c.requests > 0 || c.asked < n.queued || c.ready <= n.queued
	if !n.reused { // what it saw of its connection's opening
		n.dnsStart, n.dnsEnd = c.lookup[0], c.lookup[1]
		n.connStart, n.tlsStart, n.connEnd = c.opened, c.tls, c.ready
	}
	c.requests++
	c.streams = append(c.streams, n)
	n.sendStart = s.now
	l := &s.line
	left := s.now
	if l.upRate > 0 {
		l.upFree = max(l.upFree, s.now) + n.sent/l.upRate
		left = l.upFree
	}
	n.sendEnd = left
	there := left + c.group.origin.rtt // half of it to get there, half for the response
	if happened(n.hints) {
		s.at(there+n.hints, func() {
			n.firstByte = s.now
			s.hinted(n, true)
		})
	}
	for i, r := range n.releases {
		if i > 0 && r.after == n.releases[i-1].after {
			continue
		}
		j := i
		for j+1 < len(n.releases) && n.releases[j+1].after == r.after {
			j++
		}
		bytes := n.releases[j].bytes
		s.at(there+n.think+r.after, func() {
			n.available = max(n.available, bytes)
			s.flow(c)
		})
	}
}

// arrived handles that a connection has come to its target.
func (s *simulation) arrived(c *wire) {
	n := c.current
	if n == nil {
		return
	}
	if n.got >= n.head-rounding && !happened(n.headEnd) {
		n.headEnd = s.now
		if !happened(n.firstByte) {
			n.firstByte = s.now
		}
		s.headed(n)
	}
	if n.got >= n.head+n.body-rounding {
		i := slices.Index(c.streams, n)
		c.streams = slices.Delete(c.streams, i, i+1)
		if n.closes() {
			c.closed = s.now
			c.group.wires = slices.DeleteFunc(c.group.wires, func(x *wire) bool { return x == c })
		}
		s.end(n)
		s.flow(c)
		s.dispatch(c.group)
		return
	}
	if n.own != nil {
		s.progress(n.own)
	}
	s.flow(c)
}

// closes reports whether the server closed the connection after the response.
func (n *node) closes() bool {
	if n.group.origin.h2 {
		return false
	}
	if n.hungUp {
		return true
	}
	for _, f := range n.req.ResponseHeader {
		if strings.EqualFold(f.Name, "Connection") {
			return strings.EqualFold(strings.TrimSpace(f.Value), "close")
		}
	}
	return strings.EqualFold(n.req.Proto, "HTTP/1.0")
}

// privates are the connections of the recording for requests without credentials.
func privates(w *waterfall.Waterfall) map[uint64]bool {
	m := map[uint64]bool{}
	for i := range w.Connections {
		if w.Connections[i].Private {
			m[w.Connections[i].ID] = true
		}
	}
	return m
}

// isPrivate reports whether a request goes without credentials: where the
// recording does not say, fonts do.
func (s *simulation) isPrivate(n *node) bool {
	if len(s.w.Connections) > 0 && n.req.ConnID != 0 {
		return s.private[n.req.ConnID]
	}
	return n.req.Type == waterfall.Font && math.IsNaN(n.fixed) && s.main.node.origin != n.origin
}
