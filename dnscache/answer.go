package dnscache

import (
	"net/netip"
	"slices"
	"time"
)

// Addr is one address of a name.
type Addr struct {
	IP netip.Addr

	// TTL is how long the level that answered lets the address be used, from the moment of the answer.
	// From the browser cache it is what is left there. Zero for a literal, which has no end.
	TTL time.Duration
}

// Answer is what a lookup found out. A lookup that fails returns one too: it has no addresses, but RCode, TTL (how long
// the failure may be believed) and Steps where they are known. Its slices belong to the caller.
type Answer struct {
	Name      string // the name asked: lower case, ASCII, without trailing dot; an address stays as it was written
	Canonical string // the name at the end of the aliases, or the plain form of an address; Name where there is none
	Addrs     []Addr // in the order of the level that answered
	Level     Level  // the level that gave the answer
	RCode     string // "NOERROR", "NXDOMAIN", …; empty where nobody responded
	TTL       time.Duration
	Steps     []Step // every level asked, in order of time
	Shared    bool   // another caller had put the same question: its answer was waited for

	// HTTPS has the name's HTTPS records, by priority. It is empty where there are none and where nobody asked for them:
	// sources do if a field of theirs says so. A level that has addresses and no answer about HTTPS records still answers.
	HTTPS []HTTPS

	// Stale is how long ago the answer expired. It is zero unless Resolver.StaleFor allows such answers.
	Stale time.Duration
}

// Step is one thing that was done for a lookup: a cache looked into, a file read, a question sent.
type Step struct {
	Level     Level
	Cached    bool          // the level had it and asked nobody further; false also where it cannot be told
	Server    string        // address and port, or path of a file; empty where there is none
	Question  string        // record types and name: "A example.com", "A+AAAA example.com"
	Transport string        // "cache", "file", "getaddrinfo", "udp", "tcp", "builtin"; a source may have others
	RCode     string        // "NOERROR", "NXDOMAIN", "SERVFAIL", …; empty where no response came or the level knew nothing
	Start     time.Time     // when the step began
	Duration  time.Duration // how long it took
	TTL       time.Duration // how long the response may be used; zero where it may not
	Err       string        // why the step gave no answer
	Note      string        // what a reader should know about the figures, such as a TTL that is assumed
}

// Found ends a step that was the whole work of a source, and returns the source's answer. The addresses have the step's
// TTL. Duration and RCode are filled in where they are zero; an empty canonical means name itself.
func (s Step) Found(name, canonical string, ips []netip.Addr) Answer {
	if canonical == "" {
		canonical = name
	}
	if s.RCode == "" {
		s.RCode = "NOERROR"
	}
	s.end()
	addrs := make([]Addr, len(ips))
	for i, ip := range ips {
		addrs[i] = Addr{IP: ip, TTL: s.TTL}
	}
	return Answer{Name: name, Canonical: canonical, Addrs: addrs, Level: s.Level, RCode: s.RCode, TTL: s.TTL, Steps: []Step{s}}
}

// Failed ends a step that was the whole work of a source and gave no addresses, and returns what the source returns.
// For [ErrNotFound] and [ErrNoAddress] the step's TTL says how long that may be believed.
func (s Step) Failed(name string, err error) (Answer, error) {
	if s.RCode == "" {
		s.RCode = rcodeOf(err)
	}
	if s.Err == "" {
		s.Err = err.Error()
	}
	s.end()
	a := Answer{Name: name, Level: s.Level, RCode: s.RCode, TTL: s.TTL, Steps: []Step{s}}
	return a, &Error{Name: name, Level: s.Level, RCode: s.RCode, Steps: a.Steps, Err: err}
}

func (s *Step) end() {
	if s.Duration == 0 && !s.Start.IsZero() {
		s.Duration = time.Since(s.Start)
	}
}

// clone returns a copy that shares no memory with a, with before in front of its steps.
func (a Answer) clone(before Step) Answer {
	a.Addrs = slices.Clone(a.Addrs)
	a.HTTPS = cloneHTTPS(a.HTTPS)
	steps := make([]Step, 0, 1+len(a.Steps))
	a.Steps = append(append(steps, before), a.Steps...)
	return a
}

func minTTL(addrs []Addr) time.Duration {
	if len(addrs) == 0 {
		return 0
	}
	ttl := addrs[0].TTL
	for _, a := range addrs[1:] {
		ttl = min(ttl, a.TTL)
	}
	return ttl
}
