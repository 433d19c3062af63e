package whatif

import "math"

// rounding is how much of a byte does not count.
const rounding = 1e-3

// A wire is a simulated connection.
type wire struct {
	id      uint64
	group   *group
	streams []*node // requests on it that have not ended, in the order in which they were sent
	current *node   // whose bytes pass

	opened, connected, tls, ready, closed float64
	asked                                 float64 // when it was begun
	lookup                                [2]float64
	requests                              int

	window    float64 // what the server may send in a round trip
	credit    float64 // what of it is left
	round     float64 // when the round ends
	moved     float64 // in this round
	index     int     // among the line's active, -1 if it is not there
	replenish bool    // an event is waiting for the round's end
}

// A line is the bottleneck that all connections share: it passes bytes of each
// that has some in turn.
type line struct {
	rate   float64 // bytes a second; 0: any amount
	upRate float64
	upFree float64 // when what was sent up has left
	active []*wire
	last   float64
	least  float64 // what the next has left to its target, as next found it
}

// target is up to where the current response of a connection can go on.
func (c *wire) target() float64 {
	n := c.current
	t := n.available
	if n.got < n.head-rounding {
		t = min(t, n.head)
	} else if n.own != nil {
		t = min(t, n.own.target())
	}
	return min(t, n.got+c.credit)
}

// next is when the line's first connection has come to its target.
func (l *line) next() float64 {
	if len(l.active) == 0 {
		return math.Inf(1)
	}
	if l.rate == 0 {
		return l.last
	}
	l.least = math.Inf(1)
	for _, c := range l.active {
		l.least = min(l.least, max(0, c.target()-c.current.got))
	}
	return l.last + l.least*float64(len(l.active))/l.rate
}

// pass moves bytes until now. It returns the connections that have come to their
// targets; if now is what next returned, there is at least one, however large the
// numbers are.
func (l *line) pass(now float64, next bool, dst []*wire) []*wire {
	share := math.Inf(1)
	if l.rate > 0 && len(l.active) > 0 {
		share = (now - l.last) * l.rate / float64(len(l.active))
		if next {
			share = l.least * (1 + 1e-12)
		}
	}
	l.last = now
	for _, c := range l.active {
		t := c.target()
		d := min(share, max(0, t-c.current.got))
		c.current.got += d
		c.credit -= d
		c.moved += d
		if c.current.got >= t-rounding {
			c.current.got = t
			dst = append(dst, c)
		}
	}
	return dst
}

// place keeps the list of active connections true for one.
func (l *line) place(c *wire) {
	want := c.current != nil && c.current.available > c.current.got+rounding && c.credit > rounding
	switch {
	case want && c.index < 0:
		c.index = len(l.active)
		l.active = append(l.active, c)
	case !want && c.index >= 0:
		last := len(l.active) - 1
		l.active[c.index] = l.active[last]
		l.active[c.index].index = c.index
		l.active = l.active[:last]
		c.index = -1
	}
}

// choose sets the response whose bytes pass: HTTP/2 sends the most urgent of
// those that it has something of, the oldest of them first.
func (c *wire) choose() {
	c.current = nil
	for _, n := range c.streams {
		if n.available > n.got+rounding && (c.current == nil || n.priority > c.current.priority) {
			c.current = n
		}
	}
}

// flow starts a round of slow start where none goes on, chooses whose bytes
// pass, and takes the connection on or off the line.
func (s *simulation) flow(c *wire) {
	c.choose()
	if c.current != nil {
		s.open(c)
	}
	s.line.place(c)
}

// open gives a connection its window for this round trip.
func (s *simulation) open(c *wire) {
	rtt := c.group.origin.rtt
	if s.o.Network.NoSlowStart || rtt <= 0 {
		c.credit = math.Inf(1)
		return
	}
	switch {
	case c.window == 0:
		segments := s.o.Network.InitialWindow
		if segments == 0 {
			segments = 10
		}
		c.window = float64(segments) * segment
	case s.now < c.round:
		if c.credit <= rounding && !c.replenish {
			c.replenish = true
			s.at(c.round, func() {
				c.replenish = false
				s.flow(c)
			})
		}
		return
	default:
		c.window += c.moved
	}
	c.credit, c.moved, c.round = c.window, 0, s.now+rtt
}
