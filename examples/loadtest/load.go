package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"pageload/conn"
	"pageload/examples/internal/command"
	"pageload/loader"
)

// closeTime is how long closing a virtual browser's connections may take.
const closeTime = 5 * time.Second

// load makes all loads and returns when the last one is over. When ctx ends no
// further load begins, and those under way are cut off.
func (o *options) load(ctx context.Context, r *result) {
	r.start = time.Now()
	turns := o.browsers()
	var workers sync.WaitGroup
	for range min(o.inFlight, o.loads) {
		workers.Go(func() {
			v := visitor{o: o, r: r}
			v.work(ctx, turns)
		})
	}
	workers.Wait()
	r.took = time.Since(r.start)
	if turns != nil {
		close(turns)
		for p := range turns {
			shut(p)
		}
	}
}

// browsers are the virtual browsers that take turns; nil where each worker has
// one of its own.
func (o *options) browsers() chan *loader.Profile {
	if o.profiles <= o.inFlight {
		return nil
	}
	turns := make(chan *loader.Profile, o.profiles)
	for range o.profiles {
		turns <- o.browser()
	}
	return turns
}

// browser is a new virtual browser. What was learnt from documents and style sheets is common
// to all of them; everything else is its own. Nobody reads records of connections here, so the
// kernel is not asked about them and those of closed ones are not kept; and since connections are
// idle only for as long as others are busy, or closed, what a server closes is seen when it is taken.
func (o *options) browser() *loader.Profile {
	p := o.Profile()
	p.Memory = &o.memory
	p.Pool.Facts, p.Pool.MaxRecords, p.Pool.WatchAfter = conn.FactsNone, -1, -1
	return p
}

// A visitor makes loads one after the other.
type visitor struct {
	o    *options
	r    *result
	seen seen
}

// work makes loads as long as there are some to make. turns are the browsers to take in
// turn; nil: one of its own.
func (v *visitor) work(ctx context.Context, turns chan *loader.Profile) {
	var p *loader.Profile
	if turns == nil {
		p = v.o.browser()
	}
	for v.r.next(ctx) {
		if turns != nil {
			p = <-turns
		}
		v.visit(ctx, p)
		switch {
		case turns != nil:
			p.Pool.CloseIdle()
			turns <- p
		case v.o.cold:
			shut(p)
			p = v.o.browser()
		}
	}
	if turns == nil {
		shut(p)
	}
}

// visit loads the page once and counts what came of it.
func (v *visitor) visit(ctx context.Context, p *loader.Profile) {
	load := ctx
	if v.o.timeout > 0 {
		limited, cancel := command.Limit(ctx, v.o.timeout)
		defer cancel()
		load = limited
	}
	v.seen.reset()
	began := time.Now()
	page, err := p.Navigate(load, loader.Navigation{URL: v.o.url, Cache: v.o.mode, Observe: v.seen.observe, Transient: true})
	v.seen.took = time.Since(began)
	switch {
	case err != nil && ctx.Err() != nil:
		v.seen.end = cutOff
	case err != nil && errors.Is(context.Cause(load), context.DeadlineExceeded):
		v.seen.end, v.seen.err, v.seen.kind = failed, context.Cause(load), "timeout of the load"
	case err != nil:
		v.seen.end, v.seen.err, v.seen.kind = failed, err, kindOf(err)
	}
	v.r.add(&v.seen, page.Status())
}

// shut closes the connections of a profile.
func shut(p *loader.Profile) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	p.Close(ctx)
}
