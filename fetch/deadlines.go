package fetch

import (
	"sync"
	"time"
)

// deadlines bounds the time of a client's exchanges over HTTP/1.1 with one timer for all of them: to set a connection's own deadline twice
// for each response, and once more for each piece of a body, costs more than to read the response's head. The timer rests until the
// earliest moment that was due when it was set; by then nearly all have got more time. It holds no client alive.
type deadlines struct {
	mu    sync.Mutex
	base  time.Time     // moments are counted from it
	first *wire1        // of those that have to be done in time
	timer *time.Timer   // nil before the first
	fires time.Duration // when the timer does; never if it rests
}

// never is after every moment.
const never = time.Duration(1<<63 - 1)

// set has w interrupted at the moment due, and not at the one that was set before. It and clear are for the goroutine of w's call, or who it waits for.
func (d *deadlines) set(w *wire1, due time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer == nil {
		d.base, d.fires = due, never
	}
	if !w.bounded {
		w.bounded, w.before, w.after = true, nil, d.first
		if d.first != nil {
			d.first.before = w
		}
		d.first = w
	}
	if w.due = due.Sub(d.base); w.due < d.fires {
		d.arm(w.due)
	}
}

// clear leaves w all the time it wants. When it has returned w is not interrupted any more.
func (d *deadlines) clear(w *wire1) {
	if !w.bounded { // which only w's goroutine changes
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if w.before != nil {
		w.before.after = w.after
	} else {
		d.first = w.after
	}
	if w.after != nil {
		w.after.before = w.before
	}
	w.bounded, w.before, w.after = false, nil, nil
}

// arm makes the timer fire at due.
func (d *deadlines) arm(due time.Duration) {
	d.fires = due
	if in := due - time.Since(d.base); d.timer == nil {
		d.timer = time.AfterFunc(in, d.fire)
	} else {
		d.timer.Reset(in)
	}
}

// fire interrupts what is due, and sets the timer for what is due next.
func (d *deadlines) fire() {
	d.mu.Lock()
	defer d.mu.Unlock()
	now, next := time.Since(d.base), never
	for w := d.first; w != nil; w = w.after {
		if w.due <= now {
			w.due = never
			w.interrupt()
		}
		next = min(next, w.due)
	}
	if d.fires = never; next < never {
		d.arm(next)
	}
}
