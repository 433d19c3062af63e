package throttle

import "time"

// An incoming is what was read from the connection below and may not be there
// yet.
type incoming struct {
	buf   []byte    // of the link; nil: none
	r, w  int       // what of it is still to be read
	there time.Time // when that can be read
	err   error     // comes after it
	since time.Time // what lies below cannot have come before

	stream stream
}

// Read reads what has come through the link.
func (c *throttled) Read(p []byte) (int, error) {
	c.rmu.Lock()
	defer c.rmu.Unlock()
	if len(p) == 0 {
		return 0, nil
	}
	in := &c.in
	if in.r == in.w && in.err == nil {
		if c.link.Down <= 0 && c.link.Loss <= 0 {
			n, err := c.Conn.Read(p)
			c.count(n)
			return n, err
		}
		asked := time.Now()
		n, err := c.poll()
		if n == 0 && err == nil {
			n, err = c.Conn.Read(c.room())
			asked = time.Time{}
		}
		c.took(n, err, asked)
	}
	if err := c.arrival(); err != nil {
		return 0, err
	}
	if in.r == in.w {
		err := in.err
		in.err = nil
		return 0, err
	}
	n := copy(p, in.buf[in.r:in.w])
	in.r += n
	if in.r == in.w {
		c.emptied()
	}
	return n, nil
}

// room returns where to read to.
func (c *throttled) room() []byte {
	if c.in.buf == nil {
		c.in.buf = c.link.buffer()
	}
	return c.in.buf
}

// emptied gives the buffer back.
func (c *throttled) emptied() {
	if c.in.buf == nil {
		return
	}
	c.link.giveBack(c.in.buf)
	c.in.buf, c.in.r, c.in.w = nil, 0, 0
}

func (c *throttled) count(n int) {
	c.mu.Lock()
	c.received += int64(max(0, n))
	c.mu.Unlock()
}

// took notes what a read of the connection below returned. Bytes that lay
// there already were found at a time; those that were waited for, where it is
// zero, come now.
//
// When bytes came that lay there is not known. It was after those before them
// had passed, and after the peer had got what was written to it. To say that it
// was when they were found would make the link slower for a reader that is
// late by the slack of its timer each time.
func (c *throttled) took(n int, err error, found time.Time) {
	in := &c.in
	in.r, in.w, in.err = 0, max(0, n), err
	in.there = time.Time{}
	if n <= 0 {
		c.emptied()
		return
	}
	c.count(n)
	ready := time.Now()
	if !found.IsZero() {
		ready = c.earliest(found)
	}
	in.since, in.there = c.link.receive(&in.stream, ready, n)
}

// earliest is when bytes that lie there at now may have come. No more than a
// window can have come since.
func (c *throttled) earliest(now time.Time) time.Time {
	c.mu.Lock()
	t := later(c.in.since, c.out.delivered)
	c.mu.Unlock()
	if c.link.Down > 0 {
		t = later(t, now.Add(-transmission(window, c.link.Down)))
	}
	if t.After(now) { // passed already, by the link's clock: a line that is busy
		return now
	}
	return t
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// arrival waits until what is in the buffer can be read.
func (c *throttled) arrival() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		now := time.Now()
		if c.in.r < c.in.w || c.in.err == nil {
			if err := c.stopped(c.readBy, now); err != nil {
				return c.failed("read", err)
			}
		}
		if !c.in.there.After(now) {
			return nil
		}
		c.await(c.in.there, c.readBy)
	}
}

// ReadReady returns how many bytes can be read without waiting, or the error
// that a read would return; 0 and nil if it would wait. Where the connection
// below has bytes, some are taken from it.
func (c *throttled) ReadReady() (int, error) {
	if !c.rmu.TryLock() {
		return 0, nil // somebody reads
	}
	defer c.rmu.Unlock()
	in := &c.in
	if in.r == in.w && in.err == nil {
		now := time.Now()
		n, err := c.poll()
		if n == 0 && err == nil && !c.canPoll() {
			n, err = c.readPast()
		}
		c.took(n, err, now)
	}
	switch {
	case in.r == in.w:
		return 0, in.err
	case in.there.After(time.Now()):
		return 0, nil
	}
	return in.w - in.r, nil
}

// poll reads from the connection below what can be had without waiting: 0 and
// nil if there is nothing, or no way to know.
func (c *throttled) poll() (int, error) {
	switch {
	case c.ready != nil:
		if n, err := c.ready.ReadReady(); n == 0 || err != nil {
			return 0, err
		}
		return c.Conn.Read(c.room())
	case c.socket != nil:
		return c.socket.read(c.room())
	}
	return 0, nil
}

func (c *throttled) canPoll() bool { return c.ready != nil || c.socket != nil }

// readPast reads with a deadline that has passed: it tells a close, of some
// connections at least.
func (c *throttled) readPast() (int, error) {
	if err := c.Conn.SetReadDeadline(time.Unix(1, 0)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(c.room())
	c.mu.Lock()
	rerr := c.Conn.SetReadDeadline(c.readBy)
	c.mu.Unlock()
	if isTimeout(err) {
		err = nil
	}
	if err == nil && n == 0 {
		err = rerr
	}
	return n, err
}

func isTimeout(err error) bool {
	t, ok := err.(interface{ Timeout() bool })
	return ok && t.Timeout()
}
