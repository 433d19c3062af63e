package fetch

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"sync"
	"time"

	"pageload/conn"
	"pageload/fetch/http2"
)

// A wire is one request and its response on a connection: HTTP/1.1 or a stream of HTTP/2. The call's goroutine uses it, but for
// interrupt.
type wire interface {
	// prepare makes the request, without sending it.
	prepare()
	// send sends the request and reads up to the final head, into the hop. The phase says where an error came up.
	send() (Phase, error)
	// receive hands the body to sink as it comes, still content-encoded, and counts it in the hop. A nil sink drops it.
	receive(sink func([]byte) error) error
	// end gives the connection back, after the whole response or after err.
	end(err error)
	// interrupt makes send and receive return soon. It is called on any goroutine, also again.
	interrupt()
	// prioritize tells the server of another priority. It is called on any goroutine, and must not wait.
	prioritize(p conn.Priority)
}

// maxRetries bounds the silent retries of a hop. A pool keeps up to six connections to a host; after a restart of the
// server all of them may be dead without having noticed, and the next one is fresh.
const maxRetries = 6

// opened prepares the hop's request on the leased connection.
func (x *Call) opened() step {
	x.loginAhead()
	w, err := x.open()
	if err != nil {
		return x.fail(PhaseSend, err)
	}
	if err := x.attach(w); err != nil {
		w.end(err)
		return x.fail(PhaseSend, err)
	}
	w.prepare()
	return stepExchange
}

// aboard takes a lease as far as that needs no waiting, on the goroutine that brings it: the one that is made for the exchange then
// waits for the answer with a small stack, which is where a thousand pages have most of their goroutines.
func (x *Call) aboard(s step) step {
	if s == stepOpen && x.lease.Proto() != "h2" {
		s = x.opened()
	}
	return s
}

// exchange makes the hop's request on the leased connection and takes its response to the end.
func (x *Call) exchange() step {
	w := x.wire                   // only this goroutine changes it
	if _, ok := w.(*wire1); !ok { // which waits for the answer with a small one
		needStack(x.retries)
	}
	if phase, err := w.send(); err != nil {
		x.detach()
		if errors.Is(err, http2.ErrHTTP11Required) {
			x.lease.HTTP1Required()
		}
		w.end(err)
		if x.retry(err) {
			return stepAcquire
		}
		return x.failed(phase, err)
	}
	if err := x.askedAgain(); err != nil {
		x.detach()
		w.end(err)
		x.again()
		return stepAcquire
	}
	byProxy := x.hop.Status == 407 && x.lease.AbsoluteForm()
	if !byProxy {
		x.keepCookies()
		x.noteSecurity()
	}
	switch {
	case x.challenged():
		x.drain(w)
		x.renew()
		return stepAcquire
	case byProxy:
		err := x.proxyWantsCredentials()
		x.detach()
		w.end(err)
		return x.failed(PhaseConnect, err)
	}
	x.loggedIn()
	if x.tx != nil {
		if w = x.consult(w); w == nil {
			return stepAcquire
		}
	}
	return x.answered(w)
}

// needStack makes the goroutine's stack as large as the rest of the exchange needs, 4 KB. It would grow anyway, but where it is many frames
// deep; to copy it there takes three times as long, a twentieth of a small page.
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

// answered takes the response, whose head is in the hop, to its end.
func (x *Call) answered(w wire) step {
	if err := x.checkCORS(); err != nil {
		x.drain(w)
		return x.fail(PhasePolicy, err)
	}
	if location, ok := x.location(); ok {
		return x.redirect(w, location)
	}
	phase, err := x.receive(w)
	x.detach()
	x.hop.Times.End = time.Now()
	x.stopStoring(err)
	w.end(err)
	if err != nil {
		return x.fail(phase, err)
	}
	return stepFinish
}

// open notes the connection in the hop and makes the wire for its protocol.
func (x *Call) open() (wire, error) {
	l := x.lease
	h := x.hop
	h.ConnID, h.Reused, h.Proto = l.ID(), l.Reused(), l.Proto()
	h.Remote, h.Local, h.TLS, h.Proxy = l.RemoteAddr(), l.LocalAddr(), l.TLS(), l.Proxy()
	x.lay = h.Reused || l.LayIdle()
	h.Times.LeaseReady = l.Ready()
	if at, dns, ok := l.Opening(); ok {
		h.Opening = &Opening{at, dns}
	}
	if l.Proto() == "h2" {
		return x.openHTTP2()
	}
	return x.openHTTP1()
}

// retry reports whether the failed hop is to be tried again on another connection: only if this one had lain idle, used
// or preconnected, and ended before anything of a response, which happens when a server closes idle connections (RFC 9110 section
// 9.2.2; like Chromium's HttpNetworkTransaction::ShouldResendRequest, whatever the method is), or it did nothing with the stream,
// or wants HTTP/1.1 (HandleHttp11Required). The body can be sent again.
func (x *Call) retry(err error) bool {
	again := x.lay && errors.Is(err, errNoResponse) || errors.Is(err, errRefused) || errors.Is(err, http2.ErrHTTP11Required)
	if !again || x.cancellation() != nil || x.retries >= maxRetries || !x.upload.repeatable() {
		return false
	}
	x.again()
	return true
}

// askedAgain returns an error where the response only says that the hop is to be tried again, nil else. The rules
// are those of Chromium's HttpNetworkTransaction::DoReadHeadersComplete, which nobody above it sees.
func (x *Call) askedAgain() error {
	switch {
	case x.cancellation() != nil || !x.upload.repeatable():
	case x.hop.Status == 408 && x.lay && x.retries < maxRetries:
		return errTimedOutIdle
	case x.hop.Status == 421 && !x.misdirected:
		x.misdirected = true
		x.lease.Misdirected()
		return errMisdirected
	}
	return nil
}

var (
	// errTimedOutIdle: the server gave up waiting for a request while this one was on its way (RFC 9110 section 15.5.9).
	errTimedOutIdle = errors.New("the server had timed the idle connection out (408)")
	// errMisdirected: the server does not answer for the host on this connection (RFC 9110 section 15.5.20).
	errMisdirected = errors.New("the server wants the request on another connection (421)")
)

// again begins the hop anew, as nobody is told.
func (x *Call) again() {
	x.retries++
	x.renew()
}

// renew begins the hop anew.
func (x *Call) renew() {
	x.upload.rewind()
	hop := &Hop{RequestID: x.hop.RequestID, Index: x.hop.Index, URL: x.hop.URL, Method: x.hop.Method,
		Destination: x.hop.Destination, Retries: x.retries, Blocked: x.hop.Blocked, Times: Times{Queued: x.hop.Times.Queued}}
	x.mu.Lock()
	x.hop = hop
	x.mu.Unlock()
}

// errRefused is a stream that the server says it has not looked at (RFC 9113 section 8.7): fresh or not, it may be sent again.
var errRefused = errors.New("request was not processed")

// errNoResponse marks errors after which nothing of a response has come and none will.
var errNoResponse = errors.New("no response")

// The bounds on what of a body that nobody wants is read so that its connection can be used again. Chromium drains 16 KB
// beside; here it holds up the redirect, so that time is short.
const (
	drainBytes = 16 << 10
	drainTime  = 250 * time.Millisecond
)

var errDrained = errors.New("rest of a body that nobody wants is not read")

// drain ends the hop's exchange with the rest of its body unread, or read if it is short.
func (x *Call) drain(w wire) {
	if t, ok := w.(*teeWire); ok {
		w = t.wire
	}
	if _, ok := w.(*storedWire); ok {
		x.detach()
		x.hop.Times.End = time.Now()
		return
	}
	if w, ok := w.(*wire2); ok {
		w.rest()
		x.detach()
		x.hop.Times.End = time.Now()
		w.end(errDrained)
		return
	}
	rest := drainBytes
	var late sync.WaitGroup
	late.Add(1)
	t := time.AfterFunc(drainTime, func() { x.interruptWire(w); late.Done() })
	err := w.receive(func(p []byte) error {
		if rest -= len(p); rest < 0 {
			return errDrained
		}
		return nil
	})
	if !t.Stop() {
		late.Wait() // x may be another call's memory afterwards
	}
	x.detach()
	x.hop.Times.End = time.Now()
	w.end(err)
}

// redirect ends the hop and goes on with the next one.
func (x *Call) redirect(w wire, location string) step {
	next, err := x.target(location)
	x.drain(w)
	x.stopStoring(nil)
	if err == nil {
		err = x.cancellation()
	}
	if err == nil && x.keepsBody() && !x.upload.repeatable() {
		err = fmt.Errorf("%w: it is asked for again, and can be had once", ErrRequestBody)
	}
	if err != nil {
		return x.fail(PhaseRedirect, err)
	}
	x.closeCache()
	if err := x.h.Redirect(x.hop, next.WithoutUserinfo()); err != nil {
		return x.fail(PhaseHandler, &handlerError{err})
	}
	x.follow(next)
	return stepHop
}

// interruptWire interrupts w if it is still the call's.
func (x *Call) interruptWire(w wire) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.wire == w {
		w.interrupt()
	}
}

// receive reports the final head and delivers the body.
func (x *Call) receive(w wire) (Phase, error) {
	if err := x.h.Response(x.hop); err != nil {
		return PhaseHandler, &handlerError{err}
	}
	if x.r.Discard {
		return PhaseReceive, w.receive(nil)
	}
	if x.r.Encoded {
		return PhaseReceive, w.receive(x.deliver)
	}
	cs, err := codings(x.hop.Header)
	switch {
	case x.raw:
		return PhaseReceive, w.receive(x.deliver)
	case err != nil:
		return PhaseDecode, err
	case len(cs) == 0:
		return PhaseReceive, w.receive(x.deliver)
	}
	return x.decode(w, cs)
}

// deliver gives decoded bytes to the handler.
func (x *Call) deliver(p []byte) error {
	most := limit(x.c.MaxDecodedBytes, defaultMaxDecodedBytes)
	if most > 0 && x.hop.DecodedBytes+int64(len(p)) > most {
		return &limitError{ErrDecodedSize, fmt.Sprintf("Client.MaxDecodedBytes %d", most)}
	}
	x.hop.DecodedBytes += int64(len(p))
	if err := x.h.Data(p); err != nil {
		return &handlerError{err}
	}
	return nil
}

// decode takes the content codings off on the way to the handler. Decoders pull and connections push; a coroutine turns one into the other.
func (x *Call) decode(w wire, cs []coding) (Phase, error) {
	var wireErr error
	next, stop := iter.Pull(func(yield func([]byte) bool) {
		wireErr = w.receive(func(p []byte) error {
			if !yield(p) {
				return errDecodeStopped
			}
			return nil
		})
	})
	defer stop()
	src := &pulled{next: next, err: &wireErr}
	b := bounds{decoded: limit(x.c.MaxDecodedBytes, defaultMaxDecodedBytes), ratio: int64(limit(x.c.MaxRatio, defaultMaxRatio))}
	c := x.c.newChain(src, cs, b, func() int64 { return x.hop.WireBodyBytes + x.hop.StoredBodyBytes })
	defer c.release()
	x.hop.Encoding = codingList(cs)
	buf := x.c.buffer()
	defer x.c.buffers.Put(buf)
	for {
		n, err := c.Read(*buf)
		if n > 0 {
			if derr := x.deliver((*buf)[:n]); derr != nil {
				return PhaseReceive, derr
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			if wireErr != nil {
				return PhaseReceive, wireErr
			}
			return PhaseDecode, err
		}
	}
	x.hop.Truncated = c.truncated
	for { // what stands behind the end of the coding
		if _, ok := next(); !ok {
			return PhaseReceive, wireErr
		}
	}
}

var errDecodeStopped = errors.New("decoding stopped")

// pulled is the pushed body as a reader.
type pulled struct {
	next func() ([]byte, bool)
	rest []byte
	err  *error
}

func (p *pulled) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		var ok bool
		if p.rest, ok = p.next(); !ok {
			if *p.err != nil {
				return 0, *p.err
			}
			return 0, io.EOF
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func codingList(cs []coding) string {
	s := codingNames[cs[0]]
	for _, c := range cs[1:] {
		s += ", " + codingNames[c]
	}
	return s
}

// timedOut makes the error of a bound of time out of the deadline that it set.
func timedOut(err error, sentinel error, after time.Duration) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &timeoutError{sentinel, after}
	}
	return err
}
