package fetch

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"pageload/parse/weburl"
)

// trip is the handler of one RoundTrip. The goroutine of the call writes its fields until it closes head, and hop's after that until done.
type trip struct {
	r     *http.Request
	q     *Request
	watch Handler // may be nil
	trace *clientTrace
	call  atomic.Pointer[Call]

	head       chan struct{} // closed by the call's goroutine when there is a response or an error
	done       chan struct{} // closed by Done
	hop        *Hop
	err        error
	refused    error // by the trace, of an interim response
	redirected bool
	bodiless   bool // nothing of a body can come, so the response is given when all is done
	open       bool // head was closed by Response

	from *io.PipeReader
	to   *io.PipeWriter
	// resp is the response whose Trailer is to be filled in, by the goroutine that reads.
	resp   *http.Response
	length int64        // of the body as it is given to its reader; -1: not known
	read   atomic.Int64 // of it
	closed atomic.Bool  // by its reader
	rest   int          // bytes that came after that
}

func newTrip(r *http.Request, q *Request) *trip {
	x := &trip{r: r, q: q, trace: traceOf(r.Context()), head: make(chan struct{}), done: make(chan struct{})}
	x.from, x.to = io.Pipe()
	return x
}

// obey cancels the call where the request's Cancel does.
func (x *trip) obey(call *Call, canceled <-chan struct{}) {
	select {
	case <-canceled:
		call.Cancel(errRequestCanceled)
	case <-x.done:
	}
}

var errRequestCanceled = errors.New("by Request.Cancel")

func (x *trip) Interim(hop *Hop, status int, header Header) {
	x.trace.firstByte()
	if err := x.trace.interim(status, header); err != nil {
		x.refused = err
		if call := x.call.Load(); call != nil {
			call.Cancel(err)
		}
	}
	if x.watch != nil {
		x.watch.Interim(hop, status, header)
	}
}

func (x *trip) Redirect(hop *Hop, next weburl.URL) error {
	x.redirected = true
	if x.watch != nil {
		return x.watch.Redirect(hop, next)
	}
	return nil
}

func (x *trip) Response(hop *Hop) error {
	x.trace.firstByte()
	if x.refused != nil {
		return x.refused
	}
	if x.watch != nil {
		if err := x.watch.Response(hop); err != nil {
			return err
		}
	}
	x.hop = hop
	switch hop.Status {
	case 204, 304:
		x.bodiless = true
	default:
		x.bodiless = hop.Method == http.MethodHead || hop.Header.Get("Content-Length") == "0" || hop.Proto == "" // the last is made here
	}
	if !x.bodiless {
		x.open = true
		close(x.head)
	}
	return nil
}

func (x *trip) Data(p []byte) error {
	if x.watch != nil {
		if err := x.watch.Data(p); err != nil {
			return err
		}
	}
	if !x.closed.Load() {
		n, err := x.to.Write(p)
		if err == nil || !x.closed.Load() {
			return err
		}
		p = p[n:]
	}
	if x.rest += len(p); x.rest > drainBytes {
		return ErrBodyClosed
	}
	return nil
}

func (x *trip) Done(hop *Hop, err error) {
	if x.watch != nil {
		x.watch.Done(hop, err)
	}
	close(x.done)
	if !x.open {
		if err == nil && x.hop == nil {
			err = &Error{Phase: PhaseReceive, URL: hop.URL, Err: ErrEmptyResponse}
		}
		x.err = err
		close(x.head)
		return
	}
	if err == nil {
		err = io.EOF
	}
	x.to.CloseWithError(err)
}

// cancel ends the call's wait for a reader that may never come, on any goroutine.
func (x *trip) cancel(err error) { x.to.CloseWithError(err) }

// tripBody is the reader's side of a trip.
type tripBody trip

func (b *tripBody) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	b.read.Add(int64(n))
	switch {
	case err == nil:
	case b.closed.Load():
		err = http.ErrBodyReadAfterClose
	case err == io.EOF && b.resp != nil:
		b.resp.Trailer = trailers(b.resp.Trailer, b.hop)
		b.resp = nil
	}
	return n, err
}

// Close gives the connection back. What little may still come of the body is waited for beside, for a short time: who has read all
// that he wants seldom reads to the end.
func (b *tripBody) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	b.from.CloseWithError(ErrBodyClosed)
	call := b.call.Load()
	if b.length >= 0 && b.length-b.read.Load() > drainBytes {
		call.Cancel(ErrBodyClosed)
		return nil
	}
	go func() {
		t := time.NewTimer(closeTime)
		defer t.Stop()
		select {
		case <-b.done:
		case <-t.C:
			call.Cancel(ErrBodyClosed)
		}
	}()
	return nil
}

// closeTime is how long the end of a body that was closed before it may take. A server that streams is told soon.
const closeTime = 50 * time.Millisecond
