package http1

import "time"

// Exchange is WriteRequest and then ReadResponse, and a tenth cheaper than the two where the connection is a TCP socket on Linux
// and there is no body: it prepares to wait before it writes, and so needs no read that finds nothing yet. n is how many bytes
// were sent, as WriteRequest counts them; r.SendEnd is when. An error whose Part is "request" is one of sending.
//
// head is not looked at after it has been written, and what Head gave is taken back then.
//
// A connection that has been idle should be known to be open: where the server had closed only its own direction before, and
// keeps ours open, this notices when that ends too, or at the deadline; ReadResponse would at once.
func (c *Conn) Exchange(r *Response, method string, head, body []byte) (n int, err error) {
	var end time.Time
	if canArm && len(body) == 0 && c.state == idle && c.raw.ready() {
		c.up, c.half, c.state = nil, false, awaiting
		n, end, err = c.raw.writeAndWait(c, head, c.headBuffer(r))
		needLargeStack(n)
		err = c.sendError(n, c.raw.asked(), err) // head, named after the wait, would be kept alive in it
	} else {
		needStack(n)
		n, err = c.WriteRequest(head, body)
		end = time.Now()
		if c.up == nil {
			c.freeHead()
		}
	}
	if err != nil {
		r.reset()
	} else {
		err = c.ReadResponse(r, method)
	}
	r.SendEnd = end
	return n, err
}

// needStack makes the goroutine's stack as large as an exchange over crypto/tls needs, 4 KB. It would grow anyway, but where it is many
// frames deep; to copy it there takes three times as long, a twentieth of a small page.
//
//go:noinline
func needStack(i int) byte {
	if i >= 0 { // always; room need not be cleared then
		return 0
	}
	var room [1400]byte
	room[i&1023] = 1
	return room[i>>1&1023]
}

// needLargeStack makes it 8 KB, in one step: after the wait on plain TCP, for which 2 KB do, and a thousand pages have most of their
// goroutines there. Who gives the connection back may well prepare the next request on it.
//
//go:noinline
func needLargeStack(i int) byte {
	if i >= 0 { // always; room need not be cleared then
		return 0
	}
	var room [3300]byte
	room[i&1023] = 1
	return room[i>>1&1023]
}
