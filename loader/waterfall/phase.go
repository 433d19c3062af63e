package waterfall

import "time"

// Phases are the parts of a request's time, one after the other, as HAR names
// them. A part that did not happen is None; Blocked, Send, Wait and Receive are
// never negative. SSL lies within Connect.
//
// Every part is whole microseconds, and Blocked + DNS + Connect + Send + Wait +
// Receive is exactly Total: each boundary is rounded once.
type Phases struct {
	Blocked  time.Duration // from the request's making to its first activity on the network
	Queueing time.Duration // the part of Blocked that the page's own gates took
	DNS      time.Duration
	Connect  time.Duration // with TLS
	SSL      time.Duration
	Send     time.Duration
	Wait     time.Duration
	Receive  time.Duration
	Total    time.Duration
}

// Phases computes the parts of the request's time. A request that has not ended
// counts to the last thing known of it.
//
// Where a phase of the connection began before the request did (a preconnect),
// or where another request's connection came ready first, only the time that
// this request itself waited is counted: phases touch each other and never
// overlap (HAR 1.2, timings).
func (r *Request) Phases() Phases {
	t := &r.Times
	p := Phases{DNS: None, Connect: None, SSL: None}
	at := micro(r.Start) // the boundary reached so far
	begin := at
	// upTo moves the boundary and returns how far it moved; an absent or earlier
	// time moves nothing.
	upTo := func(x time.Duration) time.Duration {
		if x == None {
			return 0
		}
		x = micro(x)
		if x <= at {
			return 0
		}
		d := x - at
		at = x
		return d
	}
	first := None
	for _, x := range [...]time.Duration{t.DNSStart, t.ConnectStart, t.SendStart} {
		if x != None {
			first = x
			break
		}
	}
	if first == None { // nothing reached the network: all of it was blocked
		p.Blocked = upTo(t.End)
		p.Queueing = min(p.Blocked, p.queueing(r))
		p.Total = p.Blocked
		return p
	}
	p.Blocked = upTo(first)
	p.Queueing = min(p.Blocked, p.queueing(r))
	if t.DNSStart != None && t.DNSEnd != None {
		p.DNS = upTo(t.DNSEnd)
	}
	if t.ConnectStart != None {
		end := t.ConnectEnd
		if end == None && t.SendStart == None {
			end = t.End // it failed while connecting
		}
		gap := upTo(t.ConnectStart)
		if p.DNS != None {
			p.DNS += gap
		} else {
			p.Blocked += gap
		}
		p.Connect = upTo(end)
		if t.TLSStart != None {
			tlsEnd := t.TLSEnd
			if tlsEnd == None {
				tlsEnd = end
			}
			p.SSL = min(p.Connect, max(0, micro(tlsEnd)-max(micro(t.TLSStart), begin)))
		}
	} else if t.DNSStart != None && t.DNSEnd == None { // it failed while resolving
		p.DNS = upTo(t.End)
	}
	gap := upTo(t.SendStart)
	switch {
	case p.Connect != None:
		p.Connect += gap
	case p.DNS != None:
		p.DNS += gap
	default:
		p.Blocked += gap
	}
	p.Send = upTo(t.SendEnd)
	p.Wait = upTo(t.FirstByte)
	if t.FirstByte == None {
		p.Wait = upTo(t.End)
	}
	p.Receive = upTo(t.End)
	p.Total = at - begin
	return p
}

// queueing is how long the page's own gates held the request.
func (Phases) queueing(r *Request) time.Duration {
	if r.Started == None {
		return 0
	}
	return max(0, micro(r.Started)-micro(r.Start))
}

// micro rounds down to whole microseconds.
func micro(d time.Duration) time.Duration { return d.Truncate(time.Microsecond) }
