package http1

import "time"

// oneWrite is the largest body that goes out in the same write as its head.
const oneWrite = 64 << 10

// WriteRequest sends head, a whole request head with its empty line, and body, which may be nil. What head says about
// the body is the caller's affair. It returns how many bytes it sent.
//
// A body of up to 64 KB goes out in one write with its head. A larger one is sent by a goroutine while the response is awaited:
// WriteRequest returns 0 and nil at once, Sent tells more, and body must not change until the response has been read, failed
// or was released. The goroutine ends then at the latest, and at once if a final response of 300 or more comes
// before the body is out (RFC 9112 section 9.5: cease transmitting); a response below 300 may well answer while it listens.
//
// The write deadline that the caller set holds for that goroutine too, but is cleared or replaced when it is stopped: set it anew for each request.
//
// head is not looked at after it has been written. What Head gave is taken back at the end of the exchange at the latest.
//
// After an error the response may still be worth reading: a server that refuses a body answers and closes.
func (c *Conn) WriteRequest(head, body []byte) (n int, err error) {
	if c.state != idle {
		return 0, &Error{Kind: Misuse, Part: "request", What: "the response before it has not been read, or does not allow another request"}
	}
	c.state = awaiting
	c.up, c.half = nil, false
	if len(body) > oneWrite {
		c.up = &upload{done: make(chan struct{})}
		go c.up.run(c.nc, head, body)
		return 0, nil
	}
	n, err = writeTogether(c.nc, head, body)
	return n, c.sendError(n, len(head)+len(body), err)
}

// sendError notes that a request did not go out whole and says so; nil stays nil.
func (c *Conn) sendError(n, of int, err error) error {
	if err == nil {
		return nil
	}
	c.half = true
	return &Error{Kind: IO, Part: "request", What: came(int64(n), int64(of), "sent"), Err: err}
}

// Sent is how far the sending of a large body came.
type Sent struct {
	Bytes    int64     // of head and body, that the socket took
	End      time.Time // when the last of them was taken
	Complete bool      // the request went out whole
	Err      error     // why not, if for another reason than that the response came first
}

// Sent returns how the body of the last request was sent if that was the work of a goroutine, and ok = false if it was not or is
// still going on. It has an answer at the latest when the response has been read or has failed.
func (c *Conn) Sent() (s Sent, ok bool) {
	if c.up == nil {
		return s, false
	}
	select {
	case <-c.up.done:
		return c.up.sent, true
	default:
		return s, false
	}
}
