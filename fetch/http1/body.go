package http1

import (
	"io"
	"math"
)

// ReadBody reads the rest of the response that ReadResponse began and hands its content to sink, piece by piece, without transfer
// coding but with content coding. A piece is valid during the call only. A nil sink drops the content; it is counted. An error of sink ends
// the exchange and is returned as it is. After nil, r.KeepAlive tells about the connection and r.Trailer is there.
func (c *Conn) ReadBody(r *Response, sink func(p []byte) error) error {
	switch c.state {
	case reading:
	case idle, ended:
		return nil // there was no body
	default:
		return &Error{Kind: Misuse, Part: "body", What: "no response has been read, or it failed"}
	}
	var err error
	switch r.Framing {
	case Length:
		err = c.readLength(r, sink)
	case Chunked:
		err = c.readChunked(r, sink)
	case Close:
		err = c.readClose(r, sink)
	}
	if err != nil {
		return c.fail(err)
	}
	c.finish(r)
	return nil
}

func (c *Conn) readLength(r *Response, sink func([]byte) error) error {
	for r.ContentBytes < r.ContentLength {
		if err := c.give(r, r.ContentLength-r.ContentBytes, sink); err != nil {
			return wrapBody("response body", r.ContentBytes, r.ContentLength, err)
		}
	}
	return nil
}

// readClose reads until the connection ends (RFC 9112 section 6.3 rule 8).
func (c *Conn) readClose(r *Response, sink func([]byte) error) error {
	for {
		err := c.give(r, math.MaxInt64, sink)
		if f, ok := err.(readFault); ok && f.err == io.EOF {
			return nil
		}
		if err != nil {
			return wrapBody("response body", r.ContentBytes, -1, err)
		}
	}
}

// readFault marks an error as the connection's, not the sink's.
type readFault struct{ err error }

func (f readFault) Error() string { return f.err.Error() }

// wrapBody makes the error of a connection that failed within a body; a sink's error stays as it is.
func wrapBody(part string, got, want int64, err error) error {
	if f, ok := err.(readFault); ok {
		return readError(part, got, want, f.err)
	}
	return err
}

// give hands at most want bytes of what is buffered, or else of one read, to sink.
func (c *Conn) give(r *Response, want int64, sink func([]byte) error) error {
	if c.r == c.w {
		if sink == nil && c.canDrop(r, want) {
			return c.drop(r, want)
		}
		if err := c.fill(largeSize); err != nil {
			return readFault{err}
		}
	}
	p := c.buffered()
	if int64(len(p)) > want {
		p = p[:want]
	}
	c.r += len(p)
	r.ContentBytes += int64(len(p))
	r.BodyBytes += int64(len(p))
	if sink == nil {
		return nil
	}
	return sink(p)
}

// canDrop reports whether bytes can stay in the kernel. Within small chunks that would be more work: a read brings several.
func (c *Conn) canDrop(r *Response, want int64) bool {
	return canDrop && c.raw.ready() && c.pending == nil && (r.Framing == Length || want >= largeSize)
}

// drop discards at most want bytes. With the last ones of a response it asks for one more, as a read does: a server
// that sends it has lost count.
func (c *Conn) drop(r *Response, want int64) error {
	c.release()
	ask := min(want, largeSize)
	switch {
	case r.Framing != Length:
	case want < largeSize:
		ask++
	case want == largeSize:
		ask-- // the next one asks for the last byte and one more
	}
	n, err := c.raw.drop(ask)
	if int64(n) > want {
		n, c.surplus = int(want), true
	}
	r.ContentBytes += int64(n)
	r.BodyBytes += int64(n)
	if err != nil {
		return readFault{err}
	}
	return nil
}
