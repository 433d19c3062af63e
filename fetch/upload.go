package fetch

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"pageload/fetch/http1"
	"pageload/fetch/http2"
)

// An Upload is a request's body that is read while it is sent: one that is large, or is only just being made. Of it no more is held than a piece
// of 64 KB, and over HTTP/2 what is queued on the connection.
type Upload struct {
	// Body is read on a goroutine of its own, which is not waited for: Read may be running still when the fetch has ended. Close is called in
	// all cases, and while Read is being called where the fetch ends before the body.
	Body io.ReadCloser
	// Length is how many bytes it has; another number is an error of the fetch. Negative: it is not known, and goes in chunks over
	// HTTP/1.1.
	Length int64
	// Again returns the body from its beginning, for a retry, for credentials that a server asks for, for redirects of 307 and 308. Nil: it can
	// be had once. Then, once some of it has been read, there are no retries, a server's challenge is the response, and such a redirect is an error
	// (Fetch standard, HTTP-redirect fetch: a body without a source).
	Again func() (io.ReadCloser, error)
}

// ErrRequestBody is the error of a request's body that could not be read or had again, or is not as long as the request says.
var ErrRequestBody = errors.New("request body")

// expectWait is how long a body whose request says "Expect: 100-continue" waits for the server's word: what net/http's DefaultTransport does.
const expectWait = time.Second

// A sending is the Upload of a call at work.
type sending struct {
	u      *Upload
	wait   time.Duration // for 100 (Continue)
	headed bool          // the hop's head has come; under the call's mu

	mu   sync.Mutex
	body io.ReadCloser
	try  *sendingTry // the one going on
	read bool        // some of body was, or is being
	err  error       // of the body, which ends the call
}

func newSending(r *Request) *sending {
	if r.Upload == nil {
		return nil
	}
	s := &sending{u: r.Upload, body: r.Upload.Body}
	if strings.EqualFold(Header(r.Header).Get("Expect"), "100-continue") {
		s.wait = expectWait
	}
	return s
}

// repeatable reports whether the body can be sent once more, or the call has none of this kind.
func (s *sending) repeatable() bool {
	if s == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err == nil && (!s.read || s.u.Again != nil)
}

// rewind ends the try that went before, so that nothing reads for it any more, and has the body from its beginning again.
func (s *sending) rewind() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.try = nil
	if !s.read || s.err != nil {
		return
	}
	body, err := s.u.Again()
	if err != nil {
		s.err = fmt.Errorf("%w: it cannot be had again: %w", ErrRequestBody, err)
		return
	}
	s.body.Close()
	s.body, s.read = body, false
}

// close ends it.
func (s *sending) close() {
	if s == nil {
		return
	}
	s.mu.Lock()
	body := s.body
	s.try = nil
	s.mu.Unlock()
	if body != nil {
		body.Close()
	}
}

// fault is why the body could not be sent, nil if it is not its fault.
func (s *sending) fault() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// A sendingTry is the reader of one exchange. It says the end together with the last byte where the length is known.
type sendingTry struct {
	s    *sending
	body io.ReadCloser
	got  int64
	fail func() // interrupts the exchange
}

func (s *sending) begin(fail func()) *sendingTry {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.try = &sendingTry{s: s, body: s.body, fail: fail}
	return s.try
}

// errNotWanted is what a reader gets whose exchange is over.
var errNotWanted = errors.New("the exchange is over")

func (t *sendingTry) Read(p []byte) (int, error) {
	s := t.s
	s.mu.Lock()
	if s.try != t || s.err != nil {
		s.mu.Unlock()
		return 0, errNotWanted
	}
	s.read = true
	s.mu.Unlock()
	n, err := t.body.Read(p)
	t.got += int64(n)
	length := s.u.Length
	switch {
	case length >= 0 && t.got > length:
		err = fmt.Errorf("%w: has more than the %d bytes that its length says", ErrRequestBody, length)
	case err == nil && t.got == length:
		err = io.EOF
	case err == io.EOF && length >= 0 && t.got < length:
		err = fmt.Errorf("%w: has %d bytes, its length says %d", ErrRequestBody, t.got, length)
	case err != nil && err != io.EOF:
		err = fmt.Errorf("%w: %w", ErrRequestBody, err)
	}
	if err == nil || err == io.EOF {
		return n, err
	}
	s.mu.Lock()
	mine := s.try == t
	if mine {
		s.err = err
	}
	s.mu.Unlock()
	if mine {
		t.fail()
	}
	return 0, err
}

// interrupt makes the exchange that is going on return soon.
func (x *Call) interrupt() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.wire != nil {
		x.wire.interrupt()
	}
}

// upload sends the request with its body, which is read meanwhile.
func (w *wire1) upload() (Phase, error) {
	x, s := w.x, w.x.upload
	x.hop.Times.SendStart = time.Now()
	x.mu.Lock()
	s.headed = false
	x.mu.Unlock()
	n, err := w.conn.WriteFrom(w.head, http1.Source{
		Reader: s.begin(x.interrupt), Length: s.u.Length, Wait: s.wait, Stall: limit(x.c.IdleTimeout, defaultIdleTimeout),
		Ended: func() { w.uploaded(x) },
	})
	if err == nil {
		err = w.conn.ReadResponse(&w.resp, x.method)
	}
	x.mu.Lock()
	s.headed = true
	x.mu.Unlock()
	return w.answered(n, err)
}

// uploaded bounds the time until the head is in, from the last byte of the body that went out. The goroutine that has sent it calls it.
func (w *wire1) uploaded(x *Call) {
	timeout := limit(x.c.HeaderTimeout, defaultHeaderTimeout)
	x.mu.Lock()
	defer x.mu.Unlock()
	if timeout > 0 && x.wire == w && !x.upload.headed {
		x.c.deadlines.set(w, time.Now().Add(timeout))
	}
}

// sent puts into the hop what has gone out by now.
func (w *wire1) sent() {
	if s, ok := w.conn.Sent(); ok {
		w.x.hop.SentBytes, w.x.hop.Times.SendEnd = s.Bytes, s.End
	}
}

// source is the body of a stream.
func (x *Call) source() *http2.Source {
	if x.upload == nil {
		return nil
	}
	return &http2.Source{Reader: x.upload.begin(x.interrupt), Wait: x.upload.wait, Stall: limit(x.c.HeaderTimeout, defaultHeaderTimeout)}
}
