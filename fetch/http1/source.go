package http1

import (
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// A Source is a request's body that is read while it is sent.
type Source struct {
	// Reader is read on a goroutine of its own, in pieces of up to 64 KB, only one of which is held. That goroutine may be in Read still when the exchange
	// has ended, which does not wait for it, but does nothing with what it gets then. An error other than io.EOF stops the sending, and the server waits for
	// the rest: who gave the reader sets a deadline in the past.
	Reader io.Reader
	// Length is how many bytes it has, as the head says; no more of it are sent, and less is io.ErrUnexpectedEOF. Negative: it is sent in chunks (RFC 9112
	// section 7.1), as the head has to say.
	Length int64
	// Wait is for how long the body waits for the word of the server, 100 (Continue); zero: not at all. After a final response that comes instead
	// it is not sent (RFC 9110 section 10.1.1).
	Wait time.Duration
	// Stall bounds each write; zero: no bound but the deadline that the caller set.
	Stall time.Duration
	// Ended, where not nil, is called on that goroutine when it sends no more: the last byte is out, or the connection took no more, or Reader
	// failed. It is not called where the exchange ended while the goroutine was in Read.
	Ended func()
}

// WriteFrom sends head as WriteRequest does, and has a goroutine send the body while the response is awaited. It returns how many bytes of
// the head it sent; Conn.Sent tells more. What WriteRequest says of the goroutine for large bodies and of responses that come early holds for this one.
func (c *Conn) WriteFrom(head []byte, body Source) (n int, err error) {
	if c.state != idle {
		return 0, &Error{Kind: Misuse, Part: "request", What: "the response before it has not been read, or does not allow another request"}
	}
	c.state = awaiting
	c.up, c.half = nil, false
	if n, err = c.nc.Write(head); err != nil {
		return n, c.sendError(n, len(head), err)
	}
	c.freeHead()
	f := &source{Source: body, left: body.Length, word: make(chan struct{})}
	c.up = &upload{done: make(chan struct{}), source: f, sent: Sent{Bytes: int64(n), End: time.Now()}}
	go c.up.pump(c.nc)
	return n, nil
}

// A source is a Source at work.
type source struct {
	Source
	left int64         // of Length
	word chan struct{} // closed by the exchange's goroutine when the server wants the body
	said bool          // that it is

	mu      sync.Mutex
	away    bool // the goroutine waits, or is in Read: it touches nothing of the connection's
	gone    bool // the exchange went on without it; upload.done was closed
	stopped bool // it shall not write any more
}

// leave says that the goroutine does something that may take for ever, and reports whether it may.
func (f *source) leave() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = !f.stopped && !f.gone
	return f.away
}

// back says that it does not any more, and reports whether anybody waits for it.
func (f *source) back() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = false
	return !f.gone
}

// The room of a chunk's size and line ends in a buffer.
const (
	chunkHead = len("10000\r\n")
	chunkTail = len("\r\n0\r\n\r\n")
)

// pump is the goroutine.
func (u *upload) pump(nc net.Conn) {
	f := u.source
	if f.Wait > 0 && f.leave() {
		t := time.NewTimer(f.Wait)
		select {
		case <-f.word:
		case <-u.done: // given up
		case <-t.C:
		}
		t.Stop()
		if !f.back() {
			return
		}
	}
	buf := newBuffer(largeSize)
	defer freeBuffer(buf)
	for !u.sent.Complete {
		if f.left == 0 {
			u.sent.Complete = true
			break
		}
		if !f.leave() {
			break
		}
		n, err := f.Reader.Read(buf[chunkHead : len(buf)-chunkTail])
		if !f.back() {
			return
		}
		if err != nil && err != io.EOF {
			u.sent.Err = err
			break
		}
		if !u.piece(nc, buf, n, err == io.EOF) {
			break
		}
	}
	if f.Ended != nil {
		f.Ended()
	}
	close(u.done)
}

// piece sends n bytes of the buffer, which stand behind the room for a chunk's head, and reports whether that went well.
func (u *upload) piece(nc net.Conn, buf []byte, n int, last bool) bool {
	f := u.source
	var p []byte
	if f.Length < 0 {
		p = chunked(buf, n, last)
	} else {
		p = buf[chunkHead:][:min(int64(n), f.left)]
		f.left -= int64(len(p))
	}
	if len(p) > 0 {
		f.mu.Lock()
		stopped := f.stopped
		if !stopped && f.Stall > 0 {
			nc.SetWriteDeadline(time.Now().Add(f.Stall))
		}
		f.mu.Unlock()
		if stopped {
			return false
		}
		m, err := nc.Write(p)
		u.sent.Bytes += int64(m)
		u.sent.End = time.Now()
		if err != nil {
			u.sent.Err = err
			return false
		}
	}
	if last && f.left > 0 {
		u.sent.Err = io.ErrUnexpectedEOF
		return false
	}
	u.sent.Complete = last || f.left == 0
	return true
}

// chunked makes a chunk of n bytes in place, and the last one after it.
func chunked(buf []byte, n int, last bool) []byte {
	from, to := chunkHead, chunkHead+n
	if n > 0 {
		var digits [8]byte
		size := append(strconv.AppendInt(digits[:0], int64(n), 16), "\r\n"...)
		from -= copy(buf[chunkHead-len(size):], size)
		to += copy(buf[to:], "\r\n")
	}
	if last {
		to += copy(buf[to:], "0\r\n\r\n")
	}
	return buf[from:to]
}

// stop makes the goroutine end: at once where it may be away for long, else soon.
func (f *source) stop(u *upload, nc net.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopped = true
	if f.away {
		f.gone = true
		close(u.done)
	} else {
		nc.SetWriteDeadline(past)
	}
}

// wanted tells a source that waits that the server wants the body.
func (u *upload) wanted() {
	if u != nil && u.source != nil && !u.source.said {
		u.source.said = true
		close(u.source.word)
	}
}

// unasked reports whether a body waits still for the server's word.
func (u *upload) unasked() bool {
	return u != nil && u.source != nil && u.source.Wait > 0 && !u.source.said
}
