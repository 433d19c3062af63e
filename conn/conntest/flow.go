package conntest

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// A flow is one direction of a connection: what was written and is on its
// way, and what has arrived and was not read.
type flow struct {
	window  int
	latency time.Duration

	mu       sync.Mutex
	changed  chan struct{} // closed and made anew at every change
	segments []segment     // in order of arrival; the head may be read in part
	size     int           // bytes in segments

	ended   bool // FIN sent: no more segments come
	endAt   time.Time
	broken  error // RST sent; nil: none
	backAt  time.Time
	backErr error // RST from the reader to the writer, seen by it from backAt on

	breakAt       time.Time // when the RST arrives at the reader
	readClosed    bool
	writeClosed   bool
	readDeadline  time.Time
	writeDeadline time.Time
}

// A segment is what one write sent.
type segment struct {
	data []byte
	at   time.Time // when it arrives
}

func newFlow(window int, latency time.Duration) *flow {
	return &flow{window: window, latency: latency, changed: make(chan struct{})}
}

// change wakes all who wait. The lock is held.
func (f *flow) change() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// sleep waits for a change or for the earliest of the times that are not
// zero. The lock is held before and after.
func (f *flow) sleep(times ...time.Time) {
	var until time.Time
	for _, t := range times {
		if !t.IsZero() && (until.IsZero() || t.Before(until)) {
			until = t
		}
	}
	changed := f.changed
	f.mu.Unlock()
	defer f.mu.Lock()
	if until.IsZero() {
		<-changed
		return
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	}
}

func past(t, now time.Time) bool { return !t.IsZero() && !t.After(now) }

func (f *flow) read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		now := time.Now()
		if past(f.readDeadline, now) && !f.readClosed {
			return 0, os.ErrDeadlineExceeded
		}
		n, next, err := f.look(now)
		if err != nil {
			return 0, err
		}
		if n > 0 || len(p) == 0 {
			return f.take(p, now), nil
		}
		f.sleep(f.readDeadline, next)
	}
}

// look returns how many bytes can be read, or the error that reading gives;
// next is when that may change by itself, zero if it will not.
func (f *flow) look(now time.Time) (n int, next time.Time, err error) {
	if f.readClosed {
		return 0, next, net.ErrClosed
	}
	for _, s := range f.segments {
		if s.at.After(now) {
			break
		}
		n += len(s.data)
	}
	switch fin := f.ended && (f.broken == nil || !f.breakAt.Before(f.endAt)); {
	case n > 0: // what has arrived can be read also after a RST, as on Linux
		return n, next, nil
	case f.broken != nil && !fin:
		if past(f.breakAt, now) {
			return 0, next, f.broken
		}
		next = f.breakAt
	case len(f.segments) == 0 && f.ended:
		if past(f.endAt, now) {
			return 0, next, io.EOF
		}
		next = f.endAt
	}
	if len(f.segments) > 0 {
		next = earlier(next, f.segments[0].at)
	}
	return 0, next, nil
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// take moves what has arrived into p.
func (f *flow) take(p []byte, now time.Time) (n int) {
	for len(f.segments) > 0 && n < len(p) && !f.segments[0].at.After(now) {
		s := &f.segments[0]
		m := copy(p[n:], s.data)
		n += m
		s.data = s.data[m:]
		if len(s.data) == 0 {
			f.segments = f.segments[1:]
		}
	}
	if n > 0 {
		f.size -= n
		f.change()
	}
	return n
}

func (f *flow) ready() (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, _, err := f.look(time.Now())
	return n, err
}

func (f *flow) write(p []byte) (n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		now := time.Now()
		switch {
		case f.writeClosed:
			return n, net.ErrClosed
		case past(f.writeDeadline, now):
			return n, os.ErrDeadlineExceeded
		case f.backErr != nil && past(f.backAt, now):
			return n, f.backErr
		case f.ended || f.broken != nil:
			return n, syscall.EPIPE
		}
		if f.readClosed { // nobody is there: a RST comes back a round trip later
			f.refuse(now)
			return n + len(p), nil
		}
		if room := f.window - f.size; room > 0 && len(p) > 0 {
			m := min(room, len(p))
			f.segments = append(f.segments, segment{append([]byte(nil), p[:m]...), now.Add(f.latency)})
			f.size += m
			p, n = p[m:], n+m
			f.change()
		}
		if len(p) == 0 {
			return n, nil
		}
		f.sleep(f.writeDeadline, f.backAt)
	}
}

// refuse notes that data came to a reader that has closed: a RST goes back.
func (f *flow) refuse(now time.Time) { f.back(now.Add(2 * f.latency)) }

// back makes writes fail from t on, when a RST from the reader has arrived.
func (f *flow) back(t time.Time) {
	if f.backErr == nil || t.Before(f.backAt) {
		f.backErr, f.backAt = syscall.ECONNRESET, t
		f.change()
	}
}

// refused returns when a RST from the reader arrives, zero if none was sent.
func (f *flow) refused() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.backAt
}

// end sends the FIN.
func (f *flow) end() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.writeClosed {
		return net.ErrClosed
	}
	if !f.ended && f.broken == nil {
		f.ended, f.endAt = true, time.Now().Add(f.latency)
		f.change()
	}
	return nil
}

// reset sends a RST that arrives at the reader after delay.
func (f *flow) reset(delay time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken == nil {
		f.broken, f.breakAt = syscall.ECONNRESET, time.Now().Add(delay)
		f.change()
	}
}

func (f *flow) closeWrite() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.writeClosed = true
	f.change()
}

// closeRead ends reading for good. It reports whether data that had arrived
// was lost, and whether some was still on its way.
func (f *flow) closeRead(rst bool) (lost, coming bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	for _, s := range f.segments {
		if s.at.After(now) {
			coming = true
		} else {
			lost = true
		}
	}
	switch {
	case lost || rst:
		f.back(now.Add(f.latency))
	case coming:
		f.refuse(now)
	}
	f.readClosed, f.segments, f.size = true, nil, 0
	f.change()
	return lost, coming
}

func (f *flow) setReadDeadline(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.readDeadline = t
	f.change()
}

func (f *flow) setWriteDeadline(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.writeDeadline = t
	f.change()
}
