package http1

import "time"

// Exchange is WriteRequest and then ReadResponse, and a tenth cheaper than the two where the connection is a TCP socket on Linux
// and there is no body: it prepares to wait before it writes, and so needs no read that finds nothing yet. n is how many bytes
// were sent, as WriteRequest counts them; r.SendEnd is when. An error whose Part is "request" is one of sending.
//
// A connection that has been idle should be known to be open: where the server had closed only its own direction before, and
// keeps ours open, this notices when that ends too, or at the deadline; ReadResponse would at once.
func (c *Conn) Exchange(r *Response, method string, head, body []byte) (n int, err error) {
	var end time.Time
	if canArm && len(body) == 0 && c.state == idle && c.raw.ready() {
		c.up, c.half, c.state = nil, false, awaiting
		n, end, err = c.raw.writeAndWait(c, head, c.headBuffer(r))
		needStack(n)
		err = c.sendError(n, len(head), err)
	} else {
		needStack(n)
		n, err = c.WriteRequest(head, body)
		end = time.Now()
	}
	if err != nil {
		r.reset()
	} else {
		err = c.ReadResponse(r, method)
	}
	r.SendEnd = end
	return n, err
}

// needStack makes the goroutine's stack as large as the rest of the exchange needs, 4 KB: on plain TCP after the wait, for which 2 KB
// do, and a thousand pages have most of their goroutines there; crypto/tls has more in the wait. It would grow anyway, but many frames
// deeper, where that takes three times as long, a twentieth of a small page.
//
//go:noinline
func needStack(i int) byte {
	var room [1400]byte
	room[i&1023] = 1
	return room[i>>1&1023]
}
