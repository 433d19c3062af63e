package main

import (
	"fmt"
	"net/netip"
	"time"

	"pageload/conn/capture"
	"pageload/loader/waterfall"
)

// ladder returns the segments of a connection. Where nothing was captured they
// are none.
func (t *teller) ladder(c *waterfall.ConnectionRow) (l capture.Ladder) {
	if t.recorder == nil {
		return l
	}
	local, err := netip.ParseAddrPort(c.Local)
	if err != nil {
		return l
	}
	remote, err := netip.ParseAddrPort(c.Remote)
	if err != nil {
		return l
	}
	return t.recorder.Ladder(local, remote)
}

// segments adds lines for segments: an arrow to the right is what we sent. Of
// more than most, the first and the last are told.
func (t *teller) segments(s *stage, list []capture.Segment) {
	for i, x := range list {
		if n := len(list) - most; n > 0 && !t.options.all && i >= most/2 && i < most/2+n {
			if i == most/2 {
				s.say("   %s are left out (-all tells them)", count(n, "segment"))
			}
			continue
		}
		s.at(t.offset(x.Time), "%s %v", arrow(x.Out), x)
	}
}

// opening tells the handshake, and how the next hop's link address was learnt.
// It reports whether there is anything to tell.
func (t *teller) opening(s *stage, c *waterfall.ConnectionRow) bool {
	l := t.ladder(c)
	list := l.Opening()
	for _, d := range l.Discovery {
		s.at(t.offset(d.Time), "%s %v (Ethernet from %v to %v, type 0x%04x)", arrow(d.Out), d, d.Link.Src, d.Link.Dst, d.Link.Type)
	}
	t.segments(s, list)
	if len(list) > 0 && list[0].Link.Src != (capture.MAC{}) {
		e := list[0].Link
		s.say("in Ethernet frames from %v to %v, type 0x%04x", e.Src, e.Dst, e.Type)
	}
	if rtt := l.RoundTrip(); rtt > 0 {
		s.say("from SYN to SYN+ACK: %s", ms(rtt))
	}
	return len(list) > 0
}

// carried adds the segments with data of a request (out), or of its response.
func (t *teller) carried(s *stage, r *waterfall.Request, out bool) {
	c := t.connection(r)
	if c == nil || r.Times.SendStart == waterfall.None || r.Times.End == waterfall.None {
		return
	}
	// The clocks are not the same, and the kernel may send a segment after we
	// gave it the bytes.
	from, to := r.Times.SendStart-clocks, r.Times.End+late
	if out && r.Times.FirstByte != waterfall.None {
		to = r.Times.FirstByte
	}
	for _, x := range c.Carried { // one after the other, unless they share the connection
		switch {
		case x.Request == r.ID:
		case x.From >= r.Times.End:
			to = min(to, x.From)
		case x.To != waterfall.None && x.To <= r.Times.SendStart:
			from = max(from, x.To)
		}
	}
	t.segments(s, t.data(c, from, to, func(x capture.Segment) bool { return x.Out == out }))
}

const (
	clocks = 100 * time.Microsecond
	late   = 5 * time.Millisecond
)

// handshake adds the segments of TLS.
func (t *teller) handshake(s *stage, c *waterfall.ConnectionRow) {
	if c.Connected != waterfall.None && c.Secured != waterfall.None {
		t.segments(s, t.data(c, c.Connected-clocks, c.Secured, func(capture.Segment) bool { return true }))
	}
}

// data are the segments with data between two times that are wanted.
func (t *teller) data(c *waterfall.ConnectionRow, from, to time.Duration, want func(capture.Segment) bool) (list []capture.Segment) {
	start := t.wf.Page.Start
	for _, x := range t.ladder(c).Between(start.Add(from), start.Add(to)) {
		if x.Length > 0 && want(x) {
			list = append(list, x)
		}
	}
	return list
}

// offset is a time of the wall clock as an offset from the navigation's start.
func (t *teller) offset(at time.Time) time.Duration { return at.Sub(t.wf.Page.Start.Round(0)) }

func arrow(out bool) string {
	if out {
		return "->"
	}
	return "<-"
}

// unseen says in one line why there are no segments.
func unseen(err error) string { return fmt.Sprintf("segments are not shown: %v", err) }
