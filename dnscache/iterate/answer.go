package iterate

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache"
	"pageload/dnscache/internal/exchange"
)

// reason returns what a result without records is as an error of the chain.
func (r result) reason() error {
	switch r.kind {
	case noName:
		return dnscache.ErrNotFound
	case noData, answered:
		return dnscache.ErrNoAddress
	}
	return r.err
}

// finding makes the answer of the results for IPv4, IPv6 and, if asked for, HTTPS records. One family's addresses are an
// answer even where the other failed; no address at all is one only where neither did.
func (w *walk) finding(name string, results []result) finding {
	a := dnscache.Answer{Name: name, Level: dnscache.Root, Steps: w.steps}
	slices.SortStableFunc(a.Steps, func(x, y dnscache.Step) int { return x.Start.Compare(y.Start) })
	v4, v6 := results[0], results[1]
	if len(results) > 2 && results[2].kind == answered {
		a.HTTPS = httpsRecords(results[2].records)
	}
	for _, r := range []result{v6, v4} {
		if r.kind != answered {
			continue
		}
		if a.RCode == "" {
			a.RCode, a.Canonical, a.TTL = exchange.RCode(r.rcode), plain(r.owner), r.ttl
		}
		a.TTL = min(a.TTL, r.ttl)
		a.Addrs = append(a.Addrs, addresses(r.records)...)
	}
	if len(a.Addrs) > 0 {
		return finding{answer: a}
	}
	worst := v4
	switch {
	case v4.kind == noName:
	case v6.kind == noName:
		worst = v6
	case !errors.Is(v4.reason(), dnscache.ErrNoAddress):
	case !errors.Is(v6.reason(), dnscache.ErrNoAddress):
		worst = v6
	default:
		worst.ttl = min(v4.ttl, v6.ttl)
	}
	if worst.kind != failed {
		a.Canonical, a.TTL = plain(worst.owner), worst.ttl
	}
	if worst.kind != failed || worst.rcode != dns.RcodeSuccess {
		a.RCode = exchange.RCode(worst.rcode)
	}
	err := &dnscache.Error{Name: name, Level: dnscache.Root, RCode: a.RCode, Steps: a.Steps, Err: worst.reason()}
	return finding{answer: a, err: err}
}

func addresses(records []dns.RR) []dnscache.Addr {
	var out []dnscache.Addr
	for _, rr := range records {
		if ip, ok := exchange.Address(rr); ok {
			out = append(out, dnscache.Addr{IP: ip, TTL: exchange.TTL(rr)})
		}
	}
	return out
}

func httpsRecords(records []dns.RR) []dnscache.HTTPS {
	var out []dnscache.HTTPS
	for _, rr := range records {
		if h, ok := exchange.HTTPS(rr); ok && len(out) < exchange.MaxHTTPS {
			out = append(out, h)
		}
	}
	return out
}

// clone returns a finding that shares no slice that its caller may change.
func (f finding) clone() finding {
	f.answer.Addrs = slices.Clone(f.answer.Addrs)
	f.answer.Steps = slices.Clone(f.answer.Steps)
	f.answer.HTTPS = slices.Clone(f.answer.HTTPS)
	for i := range f.answer.HTTPS {
		h := &f.answer.HTTPS[i]
		h.ALPN, h.ECH = slices.Clone(h.ALPN), slices.Clone(h.ECH)
		h.IPv4Hint, h.IPv6Hint = slices.Clone(h.IPv4Hint), slices.Clone(h.IPv6Hint)
	}
	var fault *dnscache.Error
	if errors.As(f.err, &fault) {
		e := *fault
		e.Steps = f.answer.Steps
		f.err = &e
	}
	return f
}

const (
	defaultFailureTTL = 2 * time.Second
	maxFailureTTL     = 5 * time.Minute // RFC 9520 section 3.2
	maxFailures       = 1000
)

// failures are the lookups that failed a moment ago. The zero value is empty. It is safe for concurrent use.
type failures struct {
	mu sync.Mutex
	m  map[string]failure
}

type failure struct {
	rcode string
	err   error
	since time.Time
	until time.Time
}

// put remembers a finding that is a failure. A TTL of zero is the default.
func (s *failures) put(name string, f finding, ttl time.Duration, now time.Time) {
	var fault *dnscache.Error
	if !errors.As(f.err, &fault) || ttl < 0 || errors.Is(f.err, dnscache.ErrNotFound) || errors.Is(f.err, dnscache.ErrNoAddress) {
		return
	}
	if ttl == 0 {
		ttl = defaultFailureTTL
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = make(map[string]failure)
	}
	if len(s.m) >= maxFailures {
		shrink(s.m, func(f failure) bool { return !now.Before(f.until) })
	}
	s.m[name] = failure{fault.RCode, fault.Err, now, now.Add(min(ttl, maxFailureTTL))}
}

// get returns the failure of a moment ago as the finding of now.
func (s *failures) get(name, types string, now time.Time) (finding, bool) {
	s.mu.Lock()
	f, ok := s.m[name]
	if ok && !now.Before(f.until) {
		delete(s.m, name)
		ok = false
	}
	s.mu.Unlock()
	if !ok {
		return finding{}, false
	}
	step := dnscache.Step{
		Level: dnscache.Root, Question: types + " " + name, Transport: "cache", RCode: f.rcode, Start: now, Cached: true,
		Note: "failed " + now.Sub(f.since).Round(time.Millisecond).String() + " ago",
	}
	a, err := step.Failed(name, f.err)
	return finding{a, err}, true
}
