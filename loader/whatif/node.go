package whatif

import (
	"math"

	"pageload/conn"
	"pageload/loader/waterfall"
)

// A node is a request: what the recording tells of it, and what becomes of it in
// the simulation. Times are seconds from the start of the navigation, NaN for
// what has not happened.
type node struct {
	req    *waterfall.Request
	index  int
	origin *origin // nil: it goes to no server
	group  *group
	doc    *document // in which it was found
	own    *document // that it brings; nil: none
	cause  *node

	trigger  trigger
	pos      float64 // where in doc it is named, in bytes on the wire
	lag      float64 // from when it could be made to when it was
	after    *node   // it waits for this one's end as well
	priority conn.Priority
	delays   bool // the load event waits for it
	defers   bool // DOMContentLoaded does
	blocks   bool // rendering does: a style sheet of the head
	stops    bool // the parser stops at it: a script, or a style sheet in the body

	sent     float64 // bytes of the request
	head     float64 // bytes of the response's head
	body     float64
	think    float64 // the server's, until the head
	hints    float64 // the server's until a 103; NaN: there is none
	releases []release
	fixed    float64 // it takes so long, whatever the network is like; NaN: it goes over the network

	start0, end0 float64 // in the recording

	conditions               int // that are not met yet
	onEnd                    []func()
	gated                    bool // it is known to the gates
	early                    bool // a 103 named it
	id                       int32
	got                      float64
	available                float64 // what the server has sent of it
	made, started, queued    float64
	sendStart, sendEnd       float64
	dnsStart, dnsEnd         float64
	connStart, connEnd       float64
	tlsStart                 float64
	firstByte, headEnd, ends float64
	held, waited             string
	link                     *wire
	reused                   bool
	hungUp                   bool // there was no response: the server closed the connection
	done                     bool
}

// A release is when a server has so much of a response, counted from its head.
type release struct {
	bytes float64 // head included
	after float64
}

// A trigger is what lets a request be made.
type trigger uint8

const (
	byNavigation trigger = iota // at once
	byRedirect                  // the hop before has ended
	byHints                     // the document's first response, which may be a 103
	byBytes                     // the document has come so far
	byBuilder                   // its tree builder has
	byStyle                     // it has been rendered, and the cause is in
	byCause                     // the cause has ended
	byLoad                      // the load event
)

var nan = math.NaN()

func happened(t float64) bool { return !math.IsNaN(t) }

// priorities are Chromium's words as numbers.
func priorityOf(p waterfall.Priority) conn.Priority {
	switch p {
	case waterfall.VeryHigh:
		return conn.VeryHigh
	case waterfall.High:
		return conn.High
	case waterfall.Medium:
		return conn.Medium
	case waterfall.VeryLow:
		return conn.VeryLow
	}
	return conn.Low
}

// newNode takes from a request what does not depend on others.
func (s *simulation) newNode(i int) *node {
	r := &s.w.Requests[i]
	n := &node{
		req: r, index: i, origin: s.origin(r.URL), priority: priorityOf(r.Priority), fixed: nan, hints: nan,
		made: nan, started: nan, queued: nan, sendStart: nan, sendEnd: nan, dnsStart: nan, dnsEnd: nan, connStart: nan, connEnd: nan,
		tlsStart: nan, firstByte: nan, headEnd: nan, ends: nan,
	}
	t := &r.Times
	if n.start0 = max(0, sec(r.Start)); r.Start == waterfall.None {
		n.start0 = 0
	}
	if n.end0 = max(n.start0, sec(t.End)); t.End == waterfall.None {
		n.end0 = max(n.start0, sec(s.w.Page.End))
	}
	const most = 1 << 40
	n.sent = float64(min(max(r.SentBytes, 300), most))
	n.head = float64(min(max(r.HeadBytes, 0), most))
	if n.head == 0 {
		n.head = 250
	}
	n.body = float64(min(max(r.BodyBytes, 0), most))
	if t.SendStart != waterfall.None && t.HeadEnd == waterfall.None && t.FirstByte == waterfall.None && t.End != waterfall.None && n.origin != nil {
		n.hungUp, n.head, n.body = true, 1, 0
		n.think = max(0, n.end0-sec(max(t.SendStart, t.SendEnd))-n.origin.rtt0)
		return n
	}
	if t.SendStart == waterfall.None || t.HeadEnd == waterfall.None && t.FirstByte == waterfall.None || n.origin == nil || r.FromCache != "" || t.End == waterfall.None {
		n.fixed = n.end0 - n.start0
		if r.Started != waterfall.None {
			n.fixed = max(0, n.end0-max(n.start0, sec(r.Started)))
		}
		return n
	}
	sendEnd, headEnd := t.SendEnd, t.HeadEnd
	if sendEnd == waterfall.None {
		sendEnd = t.SendStart
	}
	if headEnd == waterfall.None {
		headEnd = t.FirstByte
	}
	n.think = max(0, sec(headEnd)-sec(sendEnd)-n.origin.rtt0)
	if t.FirstByte != waterfall.None && t.FirstByte < headEnd {
		n.hints = max(0, sec(t.FirstByte)-sec(sendEnd)-n.origin.rtt0)
	}
	return n
}

// refused reports whether a policy kept the request from being sent.
func (n *node) refused() bool {
	return n.req.BlockedReason != "" && n.req.Times.SendStart == waterfall.None
}

// headAt0 is when the head of the response came in the recording.
func (n *node) headAt0() float64 {
	t := &n.req.Times
	for _, at := range [...]float64{sec(t.HeadEnd), sec(t.FirstByte)} {
		if at > -80_000 { // it happened
			return min(max(n.start0, at), n.end0)
		}
	}
	return n.end0
}
