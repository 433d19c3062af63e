package dnscache

import "time"

// answer makes the Answer of a hit. Its step and its addresses are one allocation, and nobody looks at the clock a second
// time: that would be an eighth of the cost, to learn that the lookup took as long as looking at the clock.
func (e *entry) answer(start time.Time, left time.Duration) (a Answer, err error) {
	if e.missing != nothing {
		return e.absence(start, left)
	}
	e.fill(&a, start, left)
	return a, nil
}

// fill makes *a, which must be the zero Answer, the answer of a hit that has addresses.
func (e *entry) fill(a *Answer, start time.Time, left time.Duration) {
	a.Name, a.Canonical = bareName(e.key()), e.canonical
	if a.Canonical == "" {
		a.Canonical = a.Name
	}
	a.Level, a.RCode, a.TTL = Browser, "NOERROR", left
	switch n := len(e.ips); {
	case n <= 1:
		h := new(struct {
			step  [1]Step
			addrs [1]Addr
		})
		a.Steps, a.Addrs = h.step[:], h.addrs[:n:n]
	case n <= 2:
		h := new(struct {
			step  [1]Step
			addrs [2]Addr
		})
		a.Steps, a.Addrs = h.step[:], h.addrs[:n:n]
	case n <= 6:
		h := new(struct {
			step  [1]Step
			addrs [6]Addr
		})
		a.Steps, a.Addrs = h.step[:], h.addrs[:n:n]
	default:
		a.Steps, a.Addrs = make([]Step, 1), make([]Addr, n)
	}
	addrs := a.Addrs
	for i, ip := range e.ips {
		addrs[i] = Addr{IP: ip, TTL: left}
	}
	s := &a.Steps[0]
	s.Level, s.Transport, s.Cached = Browser, "cache", true
	s.Question, s.RCode, s.TTL, s.Start = e.question, "NOERROR", left, start
	if e.more != nil {
		a.HTTPS = e.more.records(e.end - left - e.more.stored)
	}
}

// records returns the HTTPS records that are still good when they are age old.
func (m *more) records(age time.Duration) []HTTPS {
	var good []HTTPS
	for _, h := range m.https {
		if h.TTL -= age; h.TTL > 0 {
			good = append(good, h)
		}
	}
	return cloneHTTPS(good)
}

// absence answers that the name is known to have nothing, or that nobody could say.
func (e *entry) absence(start time.Time, left time.Duration) (Answer, error) {
	s := Step{Level: Browser, Question: e.question, Transport: "cache", Start: start, TTL: left, Cached: true}
	if e.missing == noReply {
		return e.more.fault.answer(bareName(e.key()), s)
	}
	err := e.missing.err()
	s.RCode, s.Err = rcodeOf(err), err.Error()
	a := Answer{Name: bareName(e.key()), Canonical: e.canonical, Level: Browser, RCode: s.RCode, TTL: left, Steps: []Step{s}}
	if e.more != nil {
		a.HTTPS = e.more.records(e.end - left - e.more.stored)
	}
	return a, &Error{Name: a.Name, Level: Browser, RCode: a.RCode, Steps: a.Steps, Err: err}
}
