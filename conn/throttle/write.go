package throttle

import (
	"errors"
	"net"
	"syscall"
	"time"
)

// An outgoing is what was written and has not been given to the connection
// below. The timer runs while there is something; throttled.flush, which it
// calls, is the only one that gives it on.
type outgoing struct {
	limit   int    // how much may be here
	data    []byte // off bytes of it have been given on
	off     int
	waiting int       // bytes at the end of data that have had no turn on the line
	since   time.Time // when the first of them was written
	passed  time.Time // when those before them have passed the line
	flights []flight  // the rest, in order
	stream  stream

	timer     *time.Timer
	flushing  bool      // flush runs
	delivered time.Time // when something was last given on
	err       error     // of the connection below; the end
	ending    bool      // CloseWrite was called
	end       time.Time // when the peer sees it; zero: not known yet
	ended     bool      // it was given on
}

// A flight is a slice of data that is past the line.
type flight struct {
	n  int
	at time.Time // when it is there
}

func (o *outgoing) left() int { return len(o.data) - o.off }

// take returns all that is left.
func (o *outgoing) take() []byte {
	b := o.data[o.off:]
	o.data, o.off, o.waiting, o.flights = nil, 0, 0, nil
	return b
}

// Write puts p on its way to the peer. It waits only where 64 KB have had no
// turn on the link yet. An error of the connection below is returned by the
// next write.
func (c *throttled) Write(p []byte) (n int, err error) {
	if c.link.Up <= 0 && c.link.Latency <= 0 && c.link.Loss <= 0 {
		n, err = c.Conn.Write(p)
		c.mu.Lock()
		c.sent += int64(n)
		c.out.delivered = time.Now()
		c.mu.Unlock()
		return n, err
	}
	c.wmu.Lock()
	defer c.wmu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	o := &c.out
	for {
		now := time.Now()
		err := c.stopped(c.writeBy, now)
		switch {
		case err != nil:
		case o.err != nil:
			err = o.err
		case o.ending:
			err = syscall.EPIPE
		}
		if err != nil {
			return n, c.failed("write", err)
		}
		if m := min(o.limit-o.left(), len(p)-n); m > 0 {
			if o.waiting == 0 {
				o.since = now
			}
			o.data = append(o.data, p[n:n+m]...)
			o.waiting += m
			n += m
			c.proceed(now)
			c.arm(now)
		}
		if n == len(p) {
			return n, nil
		}
		c.await(c.writeBy)
	}
}

// CloseWrite ends what is written once all of it has arrived.
func (c *throttled) CloseWrite() error {
	if _, ok := c.Conn.(interface{ CloseWrite() error }); !ok {
		return c.failed("close", errors.ErrUnsupported)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.failed("close", net.ErrClosed)
	}
	now := time.Now()
	c.out.ending = true
	c.proceed(now)
	c.arm(now)
	return nil
}

// proceed gives the connection its turns on the line up to now: one slice is
// on it at a time, so that others come in between. The lock is held.
func (c *throttled) proceed(now time.Time) {
	o := &c.out
	for o.waiting > 0 && !o.passed.After(now) {
		n := min(o.waiting, slice(c.link.Up))
		var at time.Time
		o.passed, at = c.link.send(&o.stream, later(o.since, o.passed), n)
		if k := len(o.flights); k > 0 { // TCP keeps the order
			at = later(at, o.flights[k-1].at)
		}
		o.flights = append(o.flights, flight{n, at})
		o.waiting -= n
	}
	if o.ending && o.end.IsZero() && o.waiting == 0 {
		o.end = now.Add(max(0, c.link.Latency))
		if k := len(o.flights); k > 0 {
			o.end = later(o.end, o.flights[k-1].at)
		}
	}
}

// arm sets the timer for what comes next. The lock is held.
func (c *throttled) arm(now time.Time) {
	o := &c.out
	if o.flushing || c.closed || o.err != nil {
		return
	}
	var next time.Time
	switch {
	case len(o.flights) > 0:
		next = o.flights[0].at
		if o.waiting > 0 && o.passed.Before(next) {
			next = o.passed
		}
	case o.waiting > 0:
		next = o.passed
	case o.ending && !o.ended:
		next = o.end
	default:
		return
	}
	if o.timer == nil {
		o.timer = time.AfterFunc(next.Sub(now), c.flush)
	} else {
		o.timer.Reset(next.Sub(now))
	}
}

// flush gives on what has arrived. The timer calls it.
func (c *throttled) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := &c.out
	if o.flushing {
		return
	}
	o.flushing = true
	for !c.closed && o.err == nil {
		now := time.Now()
		c.proceed(now)
		n, k := 0, 0
		for k < len(o.flights) && !o.flights[k].at.After(now) {
			n += o.flights[k].n
			k++
		}
		if n == 0 {
			break
		}
		o.flights = append(o.flights[:0], o.flights[k:]...)
		c.give(n, now)
	}
	if o.ending && !o.ended && !o.end.IsZero() && o.left() == 0 && !o.end.After(time.Now()) && !c.closed && o.err == nil {
		o.ended = true
		if err := c.Conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
			o.err = err
		}
	}
	o.flushing = false
	c.change() // Close may wait for it
	c.arm(time.Now())
}

// give writes the first n bytes to the connection below. The lock is held, but
// not meanwhile: what is appended to data then does not touch them.
func (c *throttled) give(n int, now time.Time) {
	o := &c.out
	b := o.data[o.off : o.off+n]
	o.delivered = now
	c.mu.Unlock()
	m, err := c.Conn.Write(b)
	c.mu.Lock()
	c.sent += int64(m)
	o.off += m
	if err != nil && o.err == nil {
		o.err = err
	}
	switch {
	case o.off == len(o.data) && cap(o.data) > 4<<10: // idle connections keep little
		o.data, o.off = nil, 0
	case o.off == len(o.data):
		o.data, o.off = o.data[:0], 0
	case o.off > window && o.off > len(o.data)/2:
		o.data, o.off = append([]byte(nil), o.data[o.off:]...), 0
	}
	c.change()
}
