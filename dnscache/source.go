package dnscache

import (
	"cmp"
	"context"
	"time"
)

// Source is one level of the chain. It must be safe for concurrent use and must return soon after ctx has ended.
//
// What a source returns tells the chain how to go on. Addresses, or an error that is [ErrNotFound] or [ErrNoAddress], end
// the search (see Resolver.RootDecides); the Answer beside such an error says with its TTL how long that may be remembered (zero: not at all). Any
// other error passes the question on to the next source: [ErrPass] where the source simply has no such name, the reason
// where it failed. The resolver fills in Name, Canonical, Level, RCode, TTL and Steps where a source leaves them
// zero, so the least source returns addresses with their TTL, or an error. The slices that it returns are the resolver's.
//
// The name is lower case, ASCII, without trailing dot (but see [Searcher]), and neither an IP address nor a localhost name.
type Source interface {
	Level() Level
	Lookup(ctx context.Context, name string) (Answer, error)
}

// Searcher is a Source to which "wiki" and "wiki." are two names: it looks up the first within the machine's search
// domains, and only the second as it is. Where Searches returns true, a name that came with a trailing dot keeps it. A
// Source that wraps another passes Searches on.
type Searcher interface {
	Source
	Searches() bool
}

func searches(s Source) bool {
	w, ok := s.(Searcher)
	return ok && w.Searches()
}

// spelt returns the name as s is to get it.
func spelt(s Source, key string) string {
	if searches(s) {
		return key
	}
	return bareName(key)
}

// SourceFunc returns a Source of the given level that calls lookup.
func SourceFunc(level Level, lookup func(ctx context.Context, name string) (Answer, error)) Source {
	return sourceFunc{level, lookup}
}

type sourceFunc struct {
	level  Level
	lookup func(ctx context.Context, name string) (Answer, error)
}

func (s sourceFunc) Level() Level { return s.level }

func (s sourceFunc) Lookup(ctx context.Context, name string) (Answer, error) {
	return s.lookup(ctx, name)
}

// complete fills in what a source may leave out. Its error is nil or an *Error.
func complete(level Level, name string, start time.Time, a Answer, err error) (Answer, error) {
	if err == nil && len(a.Addrs) == 0 {
		err = ErrNoAddress
	}
	sortHTTPS(a.HTTPS)
	if err != nil {
		return completeError(level, name, start, a, asError(err))
	}
	a.Name = name
	a.Level = cmp.Or(a.Level, level)
	a.Canonical = cmp.Or(a.Canonical, name)
	a.RCode = cmp.Or(a.RCode, "NOERROR")
	a.TTL = cmp.Or(a.TTL, minTTL(a.Addrs))
	if len(a.Steps) == 0 {
		s := Step{Level: a.Level, Question: question(name), RCode: a.RCode, Start: start, TTL: a.TTL}
		s.end()
		a.Steps = []Step{s}
	}
	return a, nil
}

func completeError(level Level, name string, start time.Time, a Answer, e *Error) (Answer, error) {
	a.Name = name
	a.Addrs = nil
	a.Level = cmp.Or(a.Level, e.Level, level)
	a.RCode = cmp.Or(a.RCode, e.RCode)
	if len(a.Steps) == 0 {
		a.Steps = e.Steps
	}
	if len(a.Steps) == 0 {
		s := Step{Level: a.Level, Question: question(name), RCode: a.RCode, Start: start, TTL: a.TTL}
		failed, err := s.Failed(name, e.Err)
		failed.HTTPS = a.HTTPS
		return failed, err
	}
	return a, &Error{Name: name, Level: a.Level, RCode: a.RCode, Steps: a.Steps, Err: e.Err}
}

// asError returns the *Error that err is, or one around it.
func asError(err error) *Error {
	if e, ok := err.(*Error); ok && e.Err != nil {
		return e
	}
	return &Error{Err: err}
}

// question is how a step names a question for both families at once.
func question(name string) string { return bothFamilies + name }

const bothFamilies = "A+AAAA "
