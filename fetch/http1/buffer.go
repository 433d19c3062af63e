package http1

import (
	"io"
	"sync"

	"pageload/fetch/internal/poison"
)

// largeSize is what one read can bring: at 64 KB most responses need one or two reads.
// smallSize is what a connection waits with that cannot be asked whether it has something.
const (
	largeSize = 64 << 10
	smallSize = 4 << 10
)

// The pools hold plain byte arrays and nothing else, so they carry no state from one user to the next; they are shared by
// all connections of the process because a buffer is held only for the moment between a read and the use of what it brought.
var (
	largePool = sync.Pool{New: func() any { return new([largeSize]byte) }}
	smallPool = sync.Pool{New: func() any { return new([smallSize]byte) }}
)

// kept is what a Response holds a head in: enough for nearly every one. A larger one is the collector's.
type kept struct {
	text   [2 << 10]byte
	fields [32]field
}

var keptPool = sync.Pool{New: func() any { return new(kept) }}

// The guards find misuse of what is in the pools, in builds with the race detector.
var largeGuard, smallGuard, keptGuard poison.Guard

func newBuffer(size int) []byte {
	if size == smallSize {
		b := smallPool.Get().(*[smallSize]byte)[:]
		smallGuard.Taken(b)
		return b
	}
	b := largePool.Get().(*[largeSize]byte)[:]
	largeGuard.Taken(b)
	return b
}

// headBuffer is the size of the buffer to read a head with: large where it is not held while nothing comes, for then the body or much of
// it comes along; small where a body is to be dropped, which is better done in the kernel.
func (c *Conn) headBuffer(r *Response) int {
	if c.raw.ready() && !(canDrop && r.Drop) {
		return largeSize
	}
	return smallSize
}

// freeBuffer gives b back; a buffer that had to grow beyond the pools' sizes is left to the collector.
func freeBuffer(b []byte) {
	switch len(b) {
	case largeSize:
		largeGuard.Returned(b)
		largePool.Put((*[largeSize]byte)(b))
	case smallSize:
		smallGuard.Returned(b)
		smallPool.Put((*[smallSize]byte)(b))
	}
}

// Head returns an empty buffer to append the head of the next request to. It is taken back as soon as the request has been written, so that
// nothing is held for it while the answer is awaited; a head that outgrows it is the caller's.
func (c *Conn) Head() []byte {
	if c.head == nil {
		c.head = newBuffer(smallSize)
	}
	return c.head[:0]
}

// freeHead takes it back.
func (c *Conn) freeHead() {
	if c.head != nil {
		freeBuffer(c.head)
		c.head = nil
	}
}

// buffered returns what was read and not yet consumed.
func (c *Conn) buffered() []byte { return c.buf[c.r:c.w] }

// release gives the buffer back. What was in it is lost.
func (c *Conn) release() {
	if c.buf != nil {
		freeBuffer(c.buf)
		c.buf = nil
	}
	c.r, c.w = 0, 0
}

// fill reads once, appending to what is buffered, and returns an error only if nothing came.
// Offsets relative to c.r stay valid; slices do not.
func (c *Conn) fill(size int) error {
	switch {
	case c.r == c.w:
		c.r, c.w = 0, 0
		if len(c.buf) < size && c.buf != nil || len(c.buf) > largeSize {
			c.release()
		}
	case c.w < len(c.buf):
	case c.r > 0:
		c.w = copy(c.buf, c.buffered())
		c.r = 0
	default:
		c.grow()
	}
	n, err := c.read(size)
	if n > 0 {
		c.w += n
		c.fills++
		return nil
	}
	if c.r == c.w {
		c.release()
	}
	return err
}

// grow makes room in a buffer that is full from end to end: the callers bound what they let it hold.
func (c *Conn) grow() {
	var b []byte
	if len(c.buf) < largeSize {
		b = newBuffer(largeSize)
	} else {
		b = make([]byte, 2*len(c.buf))
	}
	copy(b, c.buf)
	freeBuffer(c.buf)
	c.buf = b
}

// read reads into the buffer's free end. size is that of the buffer to take if there is none.
func (c *Conn) read(size int) (int, error) {
	if c.pending != nil {
		return 0, c.pending
	}
	if c.raw.ready() {
		return c.raw.read(c, size)
	}
	if c.buf == nil {
		c.buf = newBuffer(size)
	}
	for range 100 {
		n, err := c.nc.Read(c.buf[c.w:])
		if n > 0 {
			c.pending = err // for the next call
			return n, nil
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, io.ErrNoProgress
}
