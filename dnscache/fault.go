package dnscache

import (
	"fmt"
	"time"
)

// How long it is remembered that nobody could answer for a name (RFC 9520 section 3.2: at least a second, at most five
// minutes, longer with each failure).
const (
	firstFailure      = time.Second
	defaultMaxFailure = 5 * time.Second
	maxMaxFailure     = 5 * time.Minute // RFC 2308 section 7.1
)

// fault is the end of a search that brought no answer.
type fault struct {
	level Level
	rcode string
	err   error         // the reason, without the name
	ttl   time.Duration // how long it is remembered
}

func newFault(err error) fault {
	e := asError(err)
	return fault{level: e.Level, rcode: e.RCode, err: e.Err}
}

// backOff returns how long a failure is remembered after old, which ended ago: twice as long where old was a failure too,
// unless that is long past.
func (f *fault) backOff(old *entry, ago time.Duration, b bounds) time.Duration {
	ttl := firstFailure
	if old.missing == noReply && ago <= b.maxFailure {
		ttl = 2 * old.more.fault.ttl
	}
	return min(ttl, b.maxFailure)
}

// answer is the remembered failure: the level that failed and its reason, in the step of the cache.
func (f *fault) answer(name string, s Step) (Answer, error) {
	s.RCode, s.Err = f.rcode, f.err.Error()
	s.Note = "asked and failed"
	if f.level != 0 {
		s.Note += " at " + f.level.String()
	}
	s.Note = fmt.Sprintf("%s; not asked again for %v", s.Note, s.TTL.Round(time.Millisecond))
	a := Answer{Name: name, Level: f.level, RCode: f.rcode, TTL: s.TTL, Steps: []Step{s}}
	return a, &Error{Name: name, Level: f.level, RCode: f.rcode, Steps: a.Steps, Err: f.err}
}
