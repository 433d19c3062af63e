package dnscache

import (
	"context"
	"errors"
	"time"
)

// A search is one walk along the sources.
type search struct {
	name  string
	steps []Step

	fault      *Error // of the last level that failed
	rootFailed bool

	denied *Error // the first "no such name" that does not end the search, and the answer that came with it
	denial Answer
}

// walk asks the sources in order until one ends the search. Its error is nil or an *Error.
func (r *Resolver) walk(ctx context.Context, key string) (Answer, error) {
	name := bareName(key)
	w := search{name: name}
	for _, s := range r.sources {
		start := time.Now()
		a, err := s.Lookup(ctx, spelt(s, key))
		a, err = complete(s.Level(), name, start, a, err)
		if err == nil || errors.Is(err, ErrNoAddress) {
			a = r.follow(ctx, s, a)
		}
		a, err = r.admit(a, err)
		w.steps = append(w.steps, a.Steps...)
		switch {
		case err == nil:
			a.Steps = w.steps
			r.order(a)
			return a, nil
		case r.RootDecides && a.Level != Root && errors.Is(err, ErrNotFound):
			if w.denied == nil {
				w.denied, w.denial = asError(err), a
			}
		case negative(err) || errors.Is(err, errRefused):
			return w.end(a, asError(err))
		case ctx.Err() != nil:
			return w.end(Answer{}, &Error{Err: canceled(ctx)})
		case !errors.Is(err, ErrPass):
			w.fault = asError(err)
			w.rootFailed = w.rootFailed || a.Level == Root
		}
	}
	return w.undecided()
}

// undecided ends a search that no source has ended.
func (w *search) undecided() (Answer, error) {
	switch {
	case w.denied != nil && !w.rootFailed:
		return w.end(w.denial, w.denied)
	case w.fault != nil:
		return w.end(Answer{}, w.fault)
	}
	// Every level was asked and none has it: the name does not exist. Nobody said for how long: TTL 0.
	return w.end(Answer{}, &Error{RCode: rcodeOf(ErrNotFound), Err: ErrNotFound})
}

// end makes what the search returns of the answer that came with its error, or of an empty one.
func (w *search) end(a Answer, e *Error) (Answer, error) {
	e = &Error{Name: w.name, Level: e.Level, RCode: e.RCode, Steps: w.steps, Err: e.Err}
	a.Name, a.Level, a.RCode, a.Steps = w.name, e.Level, e.RCode, w.steps
	return a, e
}
