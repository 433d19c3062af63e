package fetch

import "sync"

// Runners are goroutines that calls of HTTP take turns on, see [Request.Runners]. A goroutine begins with a stack that is too small for what
// follows an answer, and to make it grow costs more than to begin it; one that has run a call has the stack for the next.
//
// The zero value is ready, and nil keeps none. Nothing runs before the first call, and nothing does any more once End was called and the calls have ended. The methods may be
// called from any goroutine.
type Runners struct {
	mu    sync.Mutex
	idle  *runner // who rests; the last to come is the first to go
	all   int     // how many rest or run
	ended bool
}

// mostRunners is as many as a page has connections to a host, and two that begin while others end. What is started beyond that, the streams of
// HTTP/2, has a goroutine of its own, which waits with a small stack.
const mostRunners = 8

// runner is a goroutine at rest, or about to be.
type runner struct {
	wake chan struct{}
	x    *Call // what to run; nil: nothing more
	s    step
	next *runner
}

// run carries x on from s, on a goroutine of its own.
func (r *Runners) run(x *Call, s step) {
	if r == nil {
		go x.run(s)
		return
	}
	r.mu.Lock()
	w := r.idle
	if w == nil {
		more := !r.ended && r.all < mostRunners
		if more {
			r.all++
		}
		r.mu.Unlock()
		if more {
			go r.work(x, s)
		} else {
			go x.run(s)
		}
		return
	}
	r.idle = w.next
	r.mu.Unlock()
	w.x, w.s = x, s
	w.wake <- struct{}{}
}

// work runs x and what comes after it.
func (r *Runners) work(x *Call, s step) {
	needLargeStack(x.retries) // here, where nothing has to be moved
	x.run(s)
	w := &runner{wake: make(chan struct{})}
	for r.rest(w) {
		<-w.wake
		if w.x == nil {
			return
		}
		x, w.x = w.x, nil
		x.run(w.s)
	}
}

// needLargeStack makes the goroutine's stack 8 KB, which all calls come to.
//
//go:noinline
func needLargeStack(i int) byte {
	if i >= 0 { // always; room need not be cleared then
		return 0
	}
	var room [3300]byte
	room[i&1023] = 1
	return room[i>>1&1023]
}

// rest reports whether w is to wait for more.
func (r *Runners) rest(w *runner) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return false
	}
	w.next, r.idle = r.idle, w
	return true
}

// End lets go of those that rest, and of the others as soon as their calls have ended. Calls may still be started; theirs are not kept.
func (r *Runners) End() {
	if r == nil {
		return
	}
	r.mu.Lock()
	w := r.idle
	r.idle, r.ended = nil, true
	r.mu.Unlock()
	for w != nil {
		next := w.next // before it goes
		w.wake <- struct{}{}
		w = next
	}
}
