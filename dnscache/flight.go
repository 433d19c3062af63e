package dnscache

import (
	"context"
	"errors"
	"sync"
	"time"
)

// flights are the questions under way, one for each key (see entry.key).
type flights struct {
	mu sync.Mutex
	m  map[string]*flight
}

// flight is one question and those who wait for it. Its goroutine writes answer and err and then closes done; it ends
// soon after cancel, which the last one to leave calls. golang.org/x/sync/singleflight has no such last one.
type flight struct {
	cancel  context.CancelCauseFunc
	waiters int // guarded by flights.mu
	done    chan struct{}
	answer  Answer
	err     error
}

var (
	errAbandoned = errors.New("nobody waits for the answer")
	errNoReturn  = errors.New("a source ended its goroutine")
)

// ask puts the question to the sources, or joins those who have, and waits until it is answered or ctx ends.
func (r *Resolver) ask(ctx context.Context, key string, missed Step) (Answer, error) {
	r.flights.mu.Lock()
	f := r.flights.m[key]
	joined := f != nil
	if !joined {
		// A flight stores its answer before it leaves the map, so this second look finds what came in between.
		if e, left := r.cache.get(key, missed.Start); e != nil {
			r.flights.mu.Unlock()
			return e.answer(missed.Start, left)
		}
		f = r.launchLocked(ctx, key, 0)
	}
	f.waiters++
	r.flights.mu.Unlock()

	select {
	case <-f.done:
	case <-ctx.Done():
		r.leave(key, f)
		steps := []Step{missed}
		name := bareName(key)
		return Answer{Name: name, Steps: steps, Shared: joined}, &Error{Name: name, Steps: steps, Err: canceled(ctx)}
	}
	a := f.answer.clone(missed)
	a.Shared = joined
	if f.err != nil {
		e := *asError(f.err)
		e.Steps = a.Steps
		return a, &e
	}
	return a, nil
}

// launchLocked starts the goroutine that asks. It has the values of the first caller's context but not its end; a limit
// other than zero ends it.
func (r *Resolver) launchLocked(ctx context.Context, key string, limit time.Duration) *flight {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	f := &flight{cancel: cancel, done: make(chan struct{})}
	if r.flights.m == nil {
		r.flights.m = make(map[string]*flight)
	}
	r.flights.m[key] = f
	f.err = &Error{Name: bareName(key), Err: errNoReturn} // stands where a source calls runtime.Goexit
	era := r.cache.currentEra()
	go func() {
		defer r.land(ctx, key, f, era)
		asking := ctx
		if limit > 0 {
			var stop context.CancelFunc
			asking, stop = context.WithTimeout(ctx, limit)
			defer stop()
		}
		f.answer, f.err = r.walk(asking, key)
	}()
	return f
}

// land remembers what the flight brought and tells those who wait.
func (r *Resolver) land(ctx context.Context, key string, f *flight, era uint64) {
	if f.err == nil || negative(f.err) || ctx.Err() == nil { // else it failed because nobody waits
		r.cache.store(key, f.answer, f.err, time.Now(), r.bounds, era)
	}
	r.flights.mu.Lock()
	if r.flights.m[key] == f {
		delete(r.flights.m, key)
	}
	r.flights.mu.Unlock()
	close(f.done)
	f.cancel(nil)
}

// leave counts one waiter off. The last one ends the work, and takes it off the map so that nobody joins what has no
// future.
func (r *Resolver) leave(key string, f *flight) {
	r.flights.mu.Lock()
	f.waiters--
	last := f.waiters == 0
	if last && r.flights.m[key] == f {
		delete(r.flights.m, key)
	}
	r.flights.mu.Unlock()
	if last {
		f.cancel(errAbandoned)
	}
}
