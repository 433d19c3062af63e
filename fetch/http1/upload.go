package http1

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// upload sends one large request. Its goroutine ends when all is sent or writing fails; stopUpload makes it fail and waits for it.
type upload struct {
	done   chan struct{} // closed by run
	sent   Sent          // valid once done is closed
	source *source       // nil: bytes
}

// run is the goroutine.
func (u *upload) run(w io.Writer, head, body []byte) {
	defer close(u.done)
	first := body[:max(0, oneWrite-len(head))]
	n, err := writeTogether(w, head, first)
	u.sent.Bytes = int64(n)
	if err == nil {
		n, err = w.Write(body[len(first):])
		u.sent.Bytes += int64(n)
	}
	u.sent.End = time.Now()
	u.sent.Complete = err == nil
	u.sent.Err = err
}

// writeTogether writes a and b with one call, without allocating where they fit into a pooled buffer.
func writeTogether(w io.Writer, a, b []byte) (int, error) {
	switch {
	case len(b) == 0:
		return w.Write(a)
	case len(a)+len(b) <= smallSize:
		p := newBuffer(smallSize)
		defer freeBuffer(p)
		return w.Write(p[:copy(p, a)+copy(p[len(a):], b)])
	case len(a)+len(b) <= largeSize:
		p := newBuffer(largeSize)
		defer freeBuffer(p)
		return w.Write(p[:copy(p, a)+copy(p[len(a):], b)])
	}
	return w.Write(append(append(make([]byte, 0, len(a)+len(b)), a...), b...))
}

// past is a deadline that has gone by.
var past = time.Unix(1, 0)

// stopUpload stops the goroutine that sends, if there is one, waits for its end, and reports whether the request went out whole.
func (c *Conn) stopUpload() bool {
	u := c.up
	if u == nil {
		return true
	}
	select {
	case <-u.done:
		return u.sent.Complete
	default:
	}
	stop(c.nc, u)
	return u.sent.Complete
}

func stop(nc net.Conn, u *upload) {
	if u.source != nil {
		u.source.stop(u, nc)
	} else {
		nc.SetWriteDeadline(past)
	}
	<-u.done
	if u.sent.Complete {
		nc.SetWriteDeadline(time.Time{}) // it was done already and had not said so: the connection is good
	}
	if errors.Is(u.sent.Err, os.ErrDeadlineExceeded) {
		u.sent.Err = nil
	}
}
