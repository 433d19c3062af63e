package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"time"

	"pageload/conn"
)

// session2 is an HTTP/2 connection of the standard library over a connection of the pool. It cannot keep the order of fields and counts no bytes
// of heads; wire is the interface behind which another implementation can stand.
type session2 struct {
	cc *http.ClientConn
}

// Available implements conn.Session.
func (s *session2) Available() int { return s.cc.Available() }

// poolConn is what the standard library is given: a connection that it cannot close, since that is the pool's. It ends the
// library's reading instead, which is what closing is for there.
type poolConn struct{ net.Conn }

func (c poolConn) Close() error { return c.SetDeadline(past) }

type poolConnKey struct{}

// newTransport2 returns a transport that only makes client connections out of connections that exist. To it they are
// plain: the handshake was done, by whomever.
func newTransport2() *http.Transport {
	t := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			nc, ok := ctx.Value(poolConnKey{}).(net.Conn)
			if !ok {
				return nil, errors.New("fetch: no connection given")
			}
			return poolConn{nc}, nil
		},
		DisableCompression: true,
		Protocols:          new(http.Protocols),
	}
	t.Protocols.SetUnencryptedHTTP2(true)
	return t
}

// wire2 is a stream of an HTTP/2 connection.
type wire2 struct {
	x       *Call
	lease   *conn.Lease
	session *session2
	ctx     context.Context
	cancel  context.CancelCauseFunc
	resp    *http.Response

	mu   sync.Mutex // the library calls hooks on goroutines of its own
	over bool       // they have no say any more
}

func (x *Call) openHTTP2() (wire, error) {
	l := x.lease
	s, ok := l.Session().(*session2)
	if !ok {
		ctx := context.WithValue(context.WithoutCancel(x.ctx), poolConnKey{}, l.Conn())
		cc, err := x.c.http2.NewClientConn(ctx, "http", x.url.Hostname()+":443") // the address is not used
		if err != nil {
			l.Discard(err)
			return nil, fmt.Errorf("http2: %w", err)
		}
		s = &session2{cc}
		pool, id := x.c.pool(), l.ID()
		cc.SetStateHook(func(cc *http.ClientConn) { // holds no lock
			if err := cc.Err(); err != nil {
				pool.Retire(id, err)
			}
		})
		l.Share(s)
	}
	w := &wire2{x: x, lease: l, session: s}
	w.ctx, w.cancel = context.WithCancelCause(context.WithoutCancel(x.ctx))
	return w, nil
}

func (w *wire2) interrupt() { w.cancel(context.Canceled) }

// guard makes the wire fail with a timeout, after more than its bound, unless the returned timer is stopped or reset in time. It is
// nil without a bound.
func (w *wire2) guard(sentinel error, after, more time.Duration) *time.Timer {
	if after <= 0 {
		return nil
	}
	return time.AfterFunc(after+more, func() { w.cancel(&timeoutError{sentinel, after}) })
}

func stopTimer(t *time.Timer) {
	if t != nil {
		t.Stop()
	}
}

func (w *wire2) send() (Phase, error) {
	x, h := w.x, w.x.hop
	var m message
	x.message(&m, true)
	h.RequestHeader = m.fields()
	req := w.request()
	h.Times.SendStart = time.Now()
	timeout := limit(x.c.HeaderTimeout, defaultHeaderTimeout)
	t := w.guard(ErrHeaderTimeout, timeout, time.Duration(len(x.body))*time.Second/uploadRate)
	resp, err := w.session.cc.RoundTrip(req)
	stopTimer(t)
	w.mu.Lock()
	w.over = true
	w.mu.Unlock()
	if h.Times.SendEnd.IsZero() {
		h.Times.SendEnd = h.Times.SendStart
	}
	if err != nil {
		return PhaseWait, w.explain(err)
	}
	h.Times.HeadEnd = time.Now()
	if h.Times.FirstByte.IsZero() {
		h.Times.FirstByte = h.Times.HeadEnd
	}
	w.resp = resp
	h.Status, h.Proto = resp.StatusCode, "h2"
	h.Header = fromHTTP(resp.Header)
	return PhaseReceive, nil
}

// request makes the library's request. The path is given as it is, since net/url would change some.
func (w *wire2) request() *http.Request {
	x := w.x
	host := x.url.Host()
	header := make(http.Header, len(x.hop.RequestHeader))
	for _, f := range x.hop.RequestHeader {
		header.Add(f.Name, f.Value)
	}
	for _, f := range x.r.Header {
		if strings.EqualFold(f.Name, "Host") && f.Value != "" && !x.abroad {
			host = f.Value
		}
	}
	if _, ok := header["User-Agent"]; !ok {
		header["User-Agent"] = nil // else the library's name is sent
	}
	header.Del("Content-Length") // from ContentLength
	req := &http.Request{
		Method: x.method,
		URL:    &url.URL{Scheme: "https", Host: host, Opaque: "//" + host + x.url.RequestTarget()},
		Host:   host,
		Header: header,
		Proto:  "HTTP/2.0", ProtoMajor: 2,
	}
	if len(x.body) > 0 {
		req.Body = io.NopCloser(bytes.NewReader(x.body))
		req.ContentLength = int64(len(x.body))
	}
	return req.WithContext(httptrace.WithClientTrace(w.ctx, w.trace()))
}

// trace returns hooks that take the times. They run on the library's goroutines, and not after RoundTrip has returned.
func (w *wire2) trace() *httptrace.ClientTrace {
	times := &w.x.hop.Times
	note := func(t *time.Time) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.over && t.IsZero() {
			*t = time.Now()
		}
	}
	return &httptrace.ClientTrace{
		WroteRequest:         func(httptrace.WroteRequestInfo) { note(&times.SendEnd) },
		GotFirstResponseByte: func() { note(&times.FirstByte) },
		Got1xxResponse: func(status int, header textproto.MIMEHeader) error {
			note(&times.FirstByte)
			w.mu.Lock()
			defer w.mu.Unlock()
			if !w.over && status != 101 {
				w.x.h.Interim(w.x.hop, status, fromHTTP(header))
			}
			return nil
		},
	}
}

func (w *wire2) receive(sink func([]byte) error) error {
	x, h := w.x, w.x.hop
	most := limit(x.c.MaxBodyBytes, defaultMaxBodyBytes)
	idle := limit(x.c.IdleTimeout, defaultIdleTimeout)
	t := w.guard(ErrIdleTimeout, idle, 0)
	defer stopTimer(t)
	buf := x.c.buffer()
	defer x.c.buffers.Put(buf)
	for {
		n, err := w.resp.Body.Read(*buf)
		h.WireBodyBytes += int64(n)
		if most > 0 && h.WireBodyBytes > most {
			return &limitError{ErrBodySize, fmt.Sprintf("Client.MaxBodyBytes %d", most)}
		}
		if n > 0 && sink != nil {
			stopTimer(t) // the sink takes its time
			if err := sink((*buf)[:n]); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF:
			if len(w.resp.Trailer) > 0 {
				h.Trailer = fromHTTP(w.resp.Trailer)
			}
			return nil
		case err != nil:
			return w.explain(err)
		}
		if t != nil {
			t.Reset(idle)
		}
	}
}

func (w *wire2) end(err error) {
	w.mu.Lock()
	w.over = true
	w.mu.Unlock()
	w.cancel(context.Canceled)
	if w.resp != nil {
		w.resp.Body.Close()
	}
	endLease(w.lease, w.session.cc.Err()) // a stream's failure is not the connection's
}

// streamError is what the library's stream errors convert themselves to.
type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (e streamError) Error() string { return fmt.Sprintf("stream %d: code %d", e.StreamID, e.Code) }

// refusedStream is REFUSED_STREAM: nothing was done with the request (RFC 9113 section 8.7).
const refusedStream = 7

func (w *wire2) explain(err error) error {
	if cause := context.Cause(w.ctx); cause != nil {
		return cause
	}
	var s streamError
	switch {
	case errors.As(err, &s):
		if s.Code == refusedStream {
			return fmt.Errorf("%w: %w", ErrProtocol, errRefused)
		}
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	case w.resp != nil:
		return fmt.Errorf("%w: %w", ErrTruncated, err)
	case w.session.cc.Err() != nil:
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return &noResponse{ErrEmptyResponse}
		}
		return &noResponse{err}
	}
	return err
}

// fromHTTP makes a Header of one whose order is lost.
func fromHTTP(m map[string][]string) Header {
	h := make(Header, 0, len(m))
	for name, values := range m {
		for _, v := range values {
			h = append(h, Field{strings.ToLower(name), v})
		}
	}
	return h
}
