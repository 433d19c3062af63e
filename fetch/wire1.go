package fetch

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"pageload/conn"
	"pageload/fetch/http1"
)

// codecs are the exchanges that no hop uses at the moment: buffers belong to requests in flight, not to
// connections.
type codecs struct {
	http1s, http2s sync.Pool
	deadlines      *deadlines // of the http1s in use
	models         headModels
}

// wire1 is an exchange over HTTP/1.1.
type wire1 struct {
	x     *Call
	lease *conn.Lease
	nc    net.Conn
	conn  http1.Conn
	resp  http1.Response
	head  []byte // in a buffer of conn's

	stopped atomic.Bool // interrupted

	// Guarded by the client's deadlines.
	bounded       bool          // it is in their list
	due           time.Duration // since their base
	before, after *wire1        // in the list
}

func (x *Call) openHTTP1() (wire, error) {
	w, _ := x.c.http1s.Get().(*wire1)
	if w == nil {
		w = new(wire1)
		w.resp.Interim = w.interim
	}
	w.x, w.lease, w.nc = x, x.lease, x.lease.Conn()
	w.conn.Reset(w.nc)
	return w, nil
}

// uploadRate is the slowest upload that a bound of time allows for, in bytes a second.
const uploadRate = 10 << 10

func (w *wire1) prepare() { w.head = w.x.render(w.conn.Head()) }

// headerTimeout is the client's bound, 0 for none.
func (w *wire1) headerTimeout() time.Duration {
	return limit(w.x.c.HeaderTimeout, defaultHeaderTimeout)
}

func (w *wire1) send() (Phase, error) {
	if w.x.upload != nil {
		return w.upload()
	}
	w.begin()
	head := w.head
	w.head = nil
	n, err := w.conn.Exchange(&w.resp, w.x.method, head, w.x.body)
	return w.answered(n, err)
}

// begin bounds the time until the head is in. It and answered are functions of their own, for send waits.
//
//go:noinline
func (w *wire1) begin() {
	now := time.Now()
	w.x.hop.Times.SendStart = now
	if t := w.headerTimeout(); t > 0 {
		w.x.c.deadlines.set(w, now.Add(t+time.Duration(len(w.x.body))*time.Second/uploadRate))
	}
}

// answered puts into the hop what came of n bytes that were sent.
//
//go:noinline
func (w *wire1) answered(n int, err error) (Phase, error) {
	x, h, timeout := w.x, w.x.hop, w.headerTimeout()
	if isSending(err) {
		// A server that refuses a body answers before it closes.
		if rerr := w.conn.ReadResponse(&w.resp, x.method); !errors.Is(rerr, http1.ErrNoResponse) {
			err = rerr
		}
	}
	x.c.deadlines.clear(w)
	h.SentBytes, h.Times.SendEnd = int64(n), w.resp.SendEnd
	if s, ok := w.conn.Sent(); ok {
		h.SentBytes, h.Times.SendEnd = s.Bytes, s.End
	}
	if h.Times.SendEnd.IsZero() {
		h.Times.SendEnd = time.Now()
	}
	if err != nil {
		h.Times.FirstByte = w.resp.FirstByte
		h.HeadBytes = w.resp.InterimBytes
		if isSending(err) {
			return PhaseSend, w.explain(err, ErrHeaderTimeout, timeout)
		}
		return PhaseWait, w.explain(err, ErrHeaderTimeout, timeout)
	}
	r := &w.resp
	h.Status, h.StatusText = r.Status, statusText(r.Status, r.Reason)
	h.Proto = "http/1.1"
	if r.Proto == "HTTP/1.0" {
		h.Proto = "http/1.0"
	}
	h.Header = x.c.keepHead(r.Header)
	h.HeadBytes = r.HeadBytes + r.InterimBytes
	h.Times.FirstByte, h.Times.HeadEnd = r.FirstByte, r.HeadEnd
	return PhaseReceive, nil
}

// proxyWantsCredentials is the error of a request that the proxy did not pass on.
func (x *Call) proxyWantsCredentials() error {
	h, proxy := x.hop, *x.lease.Proxy()
	proxy.Username, proxy.Password = "", ""
	err := fmt.Errorf("it answered 407 %q: %w", clip(h.StatusText), conn.ErrProxyAuth)
	if c := h.Header.Get("Proxy-Authenticate"); c != "" {
		err = fmt.Errorf("%w; it asks for %q", err, clip(c))
	}
	host, port := x.url.Address()
	return &conn.ProxyError{
		Proxy: proxy, Addr: h.Remote, Target: net.JoinHostPort(host, strconv.Itoa(int(port))), Phase: conn.ProxyRequest,
		Start: h.Times.SendStart, End: h.Times.HeadEnd, Status: 407, Err: err,
	}
}

// clip bounds what a peer says in our errors.
func clip(s string) string { return s[:min(len(s), 80)] }

// isSending reports whether the codec failed while it wrote the request.
func isSending(err error) bool {
	if err == nil {
		return false
	}
	var e *http1.Error
	return errors.As(err, &e) && e.Part == "request"
}

// interim is called by the codec while it reads the head.
func (w *wire1) interim(status int, header http1.Header) {
	if status != 101 {
		w.x.h.Interim(w.x.hop, status, w.x.c.models.keep(header))
	}
}

// discardWhole is the largest body that is dropped without looking at each of its pieces.
const discardWhole = 1 << 20

func (w *wire1) receive(sink func([]byte) error) error {
	x := w.x
	idle := limit(x.c.IdleTimeout, defaultIdleTimeout)
	most := limit(x.c.MaxBodyBytes, defaultMaxBodyBytes)
	known := w.resp.Framing == http1.Length
	if most > 0 && known && w.resp.ContentLength > most {
		return &limitError{ErrBodySize, fmt.Sprintf("Client.MaxBodyBytes %d", most)}
	}
	if sink == nil && known && w.resp.ContentLength <= discardWhole {
		// One bound for all of it, at a kilobyte a second: looking at each piece is what costs.
		w.extend(idle, time.Duration(w.resp.ContentLength)*time.Second>>10)
		return w.finish(w.conn.ReadBody(&w.resp, nil), idle)
	}
	w.extend(idle, 0)
	return w.finish(w.conn.ReadBody(&w.resp, func(p []byte) error {
		x.hop.WireBodyBytes += int64(len(p))
		if most > 0 && x.hop.WireBodyBytes > most {
			return &limitError{ErrBodySize, fmt.Sprintf("Client.MaxBodyBytes %d", most)}
		}
		var err error
		if sink != nil {
			x.c.deadlines.clear(w) // a sink that takes its time is no fault of the server
			err = sink(p)
		}
		if err == nil {
			w.extend(idle, 0)
		}
		return err
	}), idle)
}

// here reports whether all of the body has come.
func (w *wire1) here() bool {
	return w.resp.Framing == http1.Length && int64(w.conn.Buffered()) >= w.resp.ContentLength-w.resp.ContentBytes
}

func (w *wire1) finish(err error, idle time.Duration) error {
	h := w.x.hop
	h.WireBodyBytes = w.resp.ContentBytes
	h.FramingBytes = w.resp.BodyBytes - w.resp.ContentBytes
	if err != nil {
		return w.explain(err, ErrIdleTimeout, idle)
	}
	if w.resp.Trailer.Len() > 0 {
		h.Trailer = w.x.c.models.keep(w.resp.Trailer)
	}
	return nil
}

// extend gives the body idle from now, and more. What has come needs no time.
func (w *wire1) extend(idle, more time.Duration) {
	switch d := w.x.c.deadlines; {
	case w.here():
	case idle > 0:
		d.set(w, time.Now().Add(idle+more))
	default:
		d.clear(w)
	}
}

// past is a deadline that has gone by: setting it ends what waits.
var past = time.Unix(1, 0)

// prioritize does nothing: a request is told its priority once on HTTP/1.1.
func (w *wire1) prioritize(conn.Priority) {}

// interrupt is called by who holds the call's mu while this is its wire, or the deadlines' while it is in their list.
func (w *wire1) interrupt() {
	w.stopped.Store(true)
	w.nc.SetDeadline(past) // nobody sets another one before the end
}

// errNotReusable is why a connection is closed after a good response.
var errNotReusable = errors.New("the response ends the connection")

func (w *wire1) end(err error) {
	c := w.x.c
	c.deadlines.clear(w)
	if w.x.upload != nil {
		w.conn.Release()
		w.sent()
	}
	if err == nil && !w.resp.KeepAlive() {
		err = errNotReusable
	}
	if err != nil {
		w.conn.Reset(nil)
	} else {
		w.conn.Release()                           // the next hop may well get the same connection, for which much is kept
		if w.stopped.Load() || w.x.upload != nil { // after the last byte; or one of writing
			w.nc.SetDeadline(time.Time{})
		}
	}
	switch {
	case err != nil:
		w.lease.Discard(err)
	case w.x.tx == nil && w.x.upload == nil:
		w.lease.ReleaseAt(w.x.hop.Times.End) // a moment ago
	default:
		w.lease.Release()
	}
	w.x, w.lease, w.nc, w.head = nil, nil, nil, nil
	w.resp.Free()
	w.stopped.Store(false)
	c.http1s.Put(w)
}

// explain translates an error of the codec.
func (w *wire1) explain(err error, timeout error, after time.Duration) error {
	var e *http1.Error
	if !errors.As(err, &e) {
		return timedOut(err, timeout, after)
	}
	switch e.Kind {
	case http1.NoResponse:
		if e.Err == nil || e.Err == io.EOF || e.Err == io.ErrUnexpectedEOF {
			return &noResponse{ErrEmptyResponse}
		}
		return &noResponse{e.Err}
	case http1.Syntax:
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	case http1.Limit:
		return &limitError{&codecLimit{headLimit(e), err}, fmt.Sprintf("http1.Limits.%s %d", e.Limit, e.Max)}
	case http1.Truncated:
		return fmt.Errorf("%w: %w", ErrTruncated, err)
	case http1.IO:
		err = timedOut(err, timeout, after)
		if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
			return &noResponse{err}
		}
	}
	return err
}

func headLimit(e *http1.Error) error {
	switch e.Limit {
	case "HeaderBytes", "Fields", "Interim":
		return ErrHeaderSize
	}
	return ErrProtocol
}

// codecLimit is a limit of the codec: in words what was too large, since the name and number of the limit stand beside it.
type codecLimit struct{ what, err error }

func (e *codecLimit) Error() string   { return e.what.Error() }
func (e *codecLimit) Unwrap() []error { return []error{e.what, e.err} }

// noResponse is the error of a connection that ended before a byte of the response.
type noResponse struct{ err error }

func (e *noResponse) Error() string { return e.err.Error() }
func (e *noResponse) Unwrap() error { return e.err }

func (e *noResponse) Is(target error) bool { return target == errNoResponse }
