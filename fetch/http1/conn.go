package http1

import (
	"net"
	"time"
)

// Conn speaks HTTP/1.1 on one connection, one exchange after the other. One goroutine at a time may use it; to make it
// give up, set deadlines on the net.Conn. It owns no connection: closing it is the caller's. It must not be copied after its first use.
type Conn struct {
	// Limits bounds what the server may send; the zero value has sensible bounds. It is looked at when a response begins.
	Limits Limits

	nc  net.Conn
	raw rawReader
	lim Limits // Limits with its defaults, for the response being read
	up  *upload

	half bool // the request did not go out whole

	state state

	headSize int  // of the buffer to wait for lines with
	surplus  bool // bytes were dropped that came after the response

	head    []byte // what Head gave
	buf     []byte // nil while there is nothing in it
	r, w    int    // what is buffered is buf[r:w]
	pending error  // came with bytes; returned by the next read

	fills   uint      // reads that brought something
	stamped uint      // fills when now was read
	now     time.Time // see clock
}

// state is where a Conn is in an exchange.
type state uint8

const (
	idle     state = iota // WriteRequest begins the next one; ReadResponse is allowed too, for requests written otherwise
	awaiting              // a request went out; ReadResponse leads on
	reading               // a head came, its body has not ended; ReadBody leads on
	ended                 // a response that ended well, after which the connection cannot be used again; Reset leads on
	broken                // an error; Reset leads on
)

// NewConn returns a Conn that exchanges messages over nc.
func NewConn(nc net.Conn) *Conn {
	c := new(Conn)
	c.Reset(nc)
	return c
}

// Buffered returns how many bytes that came have not been read by ReadResponse or ReadBody.
func (c *Conn) Buffered() int { return c.w - c.r }

// Reset gives up what c was doing, as Release does, and makes it use nc, which may be nil to let go of the last one. Limits stay.
// A Conn that serves the same connection as before keeps what it made for it.
func (c *Conn) Reset(nc net.Conn) {
	c.Release()
	*c = Conn{Limits: c.Limits, nc: nc, raw: c.raw}
	c.raw.open(c, nc)
}

// Release gives up the exchange in progress, if there is one: it stops an upload, waits for its goroutine, and gives the buffer
// back. The connection can then not be used for another exchange. It is needed only where a response is not read to its
// end or error; it does not close the connection.
func (c *Conn) Release() {
	if c.state == awaiting || c.state == reading {
		c.state = broken
	}
	c.stopUpload()
	c.freeHead()
	c.release()
}

// clock returns when the newest bytes came, with at most one look at the system's clock for each read.
func (c *Conn) clock() time.Time {
	if c.stamped != c.fills || c.now.IsZero() {
		c.now, c.stamped = time.Now(), c.fills
	}
	return c.now
}

// fail ends the exchange with err.
func (c *Conn) fail(err error) error {
	c.state = broken
	c.stopUpload()
	c.freeHead()
	c.release()
	return err
}

// finish ends the exchange after the last byte of the response.
func (c *Conn) finish(r *Response) {
	sent := c.stopUpload()
	c.freeHead()
	// RFC 9112 section 9.2: bytes beyond the response belong to no request that we made.
	r.reusable = r.persist && sent && !c.half && c.r == c.w && !c.surplus && c.pending == nil
	c.release()
	c.state = idle
	if !r.reusable {
		c.state = ended
	}
}
