package throttle

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// A throttled is a connection that goes through a Link. It has a timer while
// something written is on its way, and nothing otherwise.
type throttled struct {
	net.Conn // below
	link     *Link
	ready    interface{ ReadReady() (int, error) } // the connection below; nil: it is none
	socket   *socket                               // nil: it has none

	rmu sync.Mutex // held by whoever reads; guards in
	in  incoming
	wmu sync.Mutex // held by whoever writes, so that writes do not mix

	mu       sync.Mutex
	changed  chan struct{} // closed at the next change of what follows; nil: nobody waits
	closed   bool
	readBy   time.Time // deadlines
	writeBy  time.Time
	out      outgoing
	received int64 // bytes, from below
	sent     int64 // and to it
}

// Wrap returns c as it is seen through the link. What it returns is also a
// ReadyReader of package conn, has CloseWrite if c does, and gives access to
// c (NetConn) and to its socket (SyscallConn). Reading or writing c itself goes
// past the link.
//
// Close sends what is still on its way at once, as far as it can within 100
// ms, and closes c.
func (l *Link) Wrap(c net.Conn) net.Conn {
	if l.idle() {
		return c
	}
	t := &throttled{Conn: c, link: l}
	if r, ok := c.(interface{ ReadReady() (int, error) }); ok {
		t.ready = r
	} else {
		t.socket = newSocket(c)
	}
	l.mu.Lock()
	l.wrapped++
	t.in.stream.id, t.out.stream.id = 1<<30+l.wrapped, 1<<31+l.wrapped
	l.mu.Unlock()
	t.in.since = time.Now()
	t.out.limit = window + 4<<20
	if l.Up > 0 {
		t.out.limit = window + int(min(max(0, l.Latency).Seconds()*float64(l.Up)/8, 256<<20))
	}
	return t
}

// NetConn returns the connection below.
func (c *throttled) NetConn() net.Conn { return c.Conn }

// SyscallConn gives access to the socket, if the connection below has one.
func (c *throttled) SyscallConn() (syscall.RawConn, error) {
	if sc, ok := c.Conn.(syscall.Conn); ok {
		return sc.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// Transferred returns the bytes that have passed through the connection below.
func (c *throttled) Transferred() (sent, received int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent, c.received
}

func (c *throttled) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.readBy, c.writeBy = t, t
	c.change()
	return c.Conn.SetReadDeadline(t)
}

func (c *throttled) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock() // with the deadline below, which readPast restores
	c.readBy = t
	c.change()
	return c.Conn.SetReadDeadline(t)
}

// SetWriteDeadline bounds the wait for room. The connection below has no
// deadline: what was written is on its way.
func (c *throttled) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.failed("set", net.ErrClosed)
	}
	c.writeBy = t
	c.change()
	return nil
}

// change wakes all who wait. The lock is held.
func (c *throttled) change() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

// await waits for a change, or for the earliest of the times that are not
// zero. The lock is held before and after.
func (c *throttled) await(times ...time.Time) {
	var until time.Time
	for _, t := range times {
		if !t.IsZero() && (until.IsZero() || t.Before(until)) {
			until = t
		}
	}
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	changed := c.changed
	c.mu.Unlock()
	defer c.mu.Lock()
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

// stopped returns why nothing more is done: the connection was closed here, or
// the deadline has passed. The lock is held.
func (c *throttled) stopped(deadline, now time.Time) error {
	switch {
	case c.closed:
		return net.ErrClosed
	case !deadline.IsZero() && !deadline.After(now):
		return os.ErrDeadlineExceeded
	}
	return nil
}

func (c *throttled) failed(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	if _, ok := err.(*net.OpError); ok {
		return err
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// linger is how long Close tries to send what is left.
const linger = 100 * time.Millisecond

// Close closes both directions.
func (c *throttled) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return c.failed("close", net.ErrClosed)
	}
	c.closed = true
	c.change()
	if c.out.timer != nil {
		c.out.timer.Stop()
	}
	if c.out.left() > 0 {
		c.Conn.SetWriteDeadline(time.Now().Add(linger))
	}
	for c.out.flushing { // not for longer than that
		c.await()
	}
	rest, err := c.out.take(), c.out.err
	c.mu.Unlock()
	if len(rest) > 0 && err == nil {
		n, _ := c.Conn.Write(rest)
		c.mu.Lock()
		c.sent += int64(n)
		c.mu.Unlock()
	}
	return c.Conn.Close()
}
