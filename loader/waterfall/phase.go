package waterfall

import "time"

// A Phase is what a request is doing at a moment, named as in HAR 1.2.
type Phase uint8

// The phases, in their usual order.
const (
	PhaseBlocked Phase = iota + 1 // waits: in the page's queues, for a connection, or for nothing that is known
	PhaseDNS
	PhaseConnect // TCP, and what lies between TCP and TLS
	PhaseSSL     // the TLS handshake
	PhaseSend
	PhaseWait    // from the last byte sent to the end of the response's head, as Chromium has it: a 103 is no response
	PhaseReceive // the body
)

var phaseNames = [...]string{
	PhaseBlocked: "blocked", PhaseDNS: "dns", PhaseConnect: "connect", PhaseSSL: "ssl",
	PhaseSend: "send", PhaseWait: "wait", PhaseReceive: "receive",
}

// String returns HAR's name of the phase.
func (p Phase) String() string {
	if int(p) < len(phaseNames) && phaseNames[p] != "" {
		return phaseNames[p]
	}
	return "unknown"
}

// A Span is one phase of a request's life, as offsets from the start of the
// navigation.
type Span struct {
	Phase    Phase
	From, To time.Duration
}

// Spans cuts the request's time into phases. The spans touch each other, begin
// at r.Start and end at r.Times.End (or at the last time known, where the
// request has not ended); all boundaries are whole microseconds. A phase that
// took no time is there with From == To, a phase that did not happen is not. A
// phase may come twice: a request can wait for a connection before its name is
// resolved and again afterwards.
//
// Where a phase of the connection began before the request did (a preconnect),
// or where another request's connection came ready first, only the time that
// this request itself spent in it counts (HAR 1.2, timings; Resource Timing
// section 4.3 does the same with connections that are reused). Times that
// contradict each other, as files may hold them, are brought into order.
func (r *Request) Spans() []Span {
	return r.appendSpans(make([]Span, 0, 8))
}

func (r *Request) appendSpans(dst []Span) []Span {
	begin := micro(r.Start)
	if r.Start == None {
		begin = 0
	}
	t := &r.Times
	c := cutter{spans: dst, begin: begin, at: begin, end: max(begin, t.last())}
	ready := c.end // the connection is there, or it is all over
	if t.SendStart != None {
		ready = min(ready, max(begin, micro(t.SendStart)))
	}
	if c.happened(t.DNSStart, t.DNSEnd, ready) {
		c.cut(PhaseBlocked, min(micro(t.DNSStart), ready))
		c.cut(PhaseDNS, min(firstOf(ready, t.DNSEnd, t.ConnectStart), ready))
	}
	if c.happened(t.ConnectStart, t.ConnectEnd, ready) {
		c.cut(PhaseBlocked, min(micro(t.ConnectStart), ready))
		end := min(firstOf(ready, t.ConnectEnd), ready)
		if c.happened(t.TLSStart, t.TLSEnd, end) {
			c.cut(PhaseConnect, min(micro(t.TLSStart), end))
			c.cut(PhaseSSL, min(firstOf(end, t.TLSEnd), end))
		}
		c.cut(PhaseConnect, end)
	}
	switch {
	case t.SendStart != None:
		c.cut(PhaseBlocked, ready)
		c.cut(PhaseSend, firstOf(c.end, t.SendEnd, t.FirstByte))
		c.cut(PhaseWait, firstOf(c.end, t.HeadEnd, t.FirstByte))
		c.cut(PhaseReceive, c.end)
	case t.FirstByte != None: // a cache answered
		c.cut(PhaseBlocked, firstOf(begin, r.Started, t.Queued))
		c.cut(PhaseWait, firstOf(c.end, t.HeadEnd, t.FirstByte))
		c.cut(PhaseReceive, c.end)
	default:
		c.cut(PhaseBlocked, c.end)
	}
	return c.spans
}

// A cutter cuts the time from begin to end into spans, left to right.
type cutter struct {
	spans          []Span
	begin, at, end time.Duration
}

// happened reports whether a phase lies at least partly within the request's
// own time, which ends at limit.
func (c *cutter) happened(from, to, limit time.Duration) bool {
	if from == None || micro(from) > limit {
		return false
	}
	return micro(from) >= c.begin || to == None || micro(to) > c.begin
}

// cut ends the current span, which is of phase p, at x, or at once where x is
// not later than the boundary reached.
func (c *cutter) cut(p Phase, x time.Duration) {
	x = max(c.at, min(x, c.end))
	if x == c.at {
		if p == PhaseBlocked {
			return
		}
		for _, s := range c.spans {
			if s.Phase == p {
				return
			}
		}
	}
	c.spans = append(c.spans, Span{p, c.at, x})
	c.at = x
}

// firstOf returns the first of times that happened, in whole microseconds, or
// otherwise if none did.
func firstOf(otherwise time.Duration, times ...time.Duration) time.Duration {
	for _, t := range times {
		if t != None {
			return micro(t)
		}
	}
	return otherwise
}

// last returns the end of the request, or the latest time known of one that
// has not ended, in whole microseconds.
func (t *Times) last() time.Duration {
	if t.End != None {
		return micro(t.End)
	}
	last := None
	for _, x := range [...]time.Duration{t.Queued, t.DNSStart, t.DNSEnd, t.ConnectStart, t.ConnectEnd,
		t.TLSStart, t.TLSEnd, t.SendStart, t.SendEnd, t.FirstByte, t.HeadEnd} {
		if x != None {
			last = max(last, micro(x))
		}
	}
	return last
}

// Phases are how long a request was in each phase, as HAR 1.2 wants them. A
// phase that did not happen is None; Blocked, Send, Wait and Receive are never
// negative. SSL lies within Connect.
//
// Every part is whole microseconds, and Blocked + DNS + Connect + Send + Wait +
// Receive is exactly Total: each boundary is rounded once.
type Phases struct {
	Blocked  time.Duration // all waiting before the request was sent, see [PhaseBlocked]
	Queueing time.Duration // the part of Blocked that the page's own gates took
	DNS      time.Duration
	Connect  time.Duration // with TLS
	SSL      time.Duration
	Send     time.Duration
	Wait     time.Duration
	Receive  time.Duration
	Total    time.Duration
}

// Phases adds up the spans of the request. A request that has not ended counts
// to the last thing known of it.
func (r *Request) Phases() Phases {
	p := Phases{DNS: None, Connect: None, SSL: None}
	var buf [12]Span
	for _, s := range r.appendSpans(buf[:0]) {
		d := s.To - s.From
		switch s.Phase {
		case PhaseBlocked:
			p.Blocked += d
		case PhaseDNS:
			add(&p.DNS, d)
		case PhaseSSL:
			add(&p.SSL, d)
			add(&p.Connect, d)
		case PhaseConnect:
			add(&p.Connect, d)
		case PhaseSend:
			p.Send += d
		case PhaseWait:
			p.Wait += d
		case PhaseReceive:
			p.Receive += d
		}
		p.Total += d
	}
	if r.Started != None && r.Start != None {
		p.Queueing = min(p.Blocked, max(0, micro(r.Started)-micro(r.Start)))
	}
	return p
}

func add(p *time.Duration, d time.Duration) {
	if *p == None {
		*p = 0
	}
	*p += d
}

// A century bounds offsets, so that the difference of any two is a Duration
// whatever a file says.
const century = 100 * 365 * 24 * time.Hour

// micro rounds to whole microseconds, towards zero.
func micro(d time.Duration) time.Duration {
	return max(-century, min(d, century)).Truncate(time.Microsecond)
}
