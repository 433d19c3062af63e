package fetch

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"pageload/conn"
	"pageload/fetch/http2"
)

// wire2 is a stream of an HTTP/2 connection.
type wire2 struct {
	x       *Call
	lease   *conn.Lease
	session *http2.Conn
	stream  http2.Stream
	req     http2.Request
	resp    http2.Response
	own     []http2.Field // memory for the fields of a request that has no template
}

func (x *Call) openHTTP2() (wire, error) {
	l := x.lease
	s, ok := l.Session().(*http2.Conn)
	if !ok {
		pool, id := x.c.pool(), l.ID()
		s = http2.NewConn(l.Conn(), http2.Config{Profile: x.c.profile.HTTP2, Ended: func(err error) { pool.Retire(id, err) }})
		l.Share(s)
	}
	w, _ := x.c.http2s.Get().(*wire2)
	if w == nil {
		w = new(wire2)
		w.stream.Interim = w.interim
	}
	w.x, w.lease, w.session = x, l, s
	w.stream.Bind(s)
	return w, nil
}

func (w *wire2) interrupt() { w.stream.Cancel(errInterrupted) }

// errInterrupted is what a wire that is given up ends with; the call knows why.
var errInterrupted = errors.New("interrupted")

func (w *wire2) prioritize(p conn.Priority) { w.stream.SetLevel(level(p)) }

// level is the place of a priority among HTTP/2's.
func level(p conn.Priority) http2.Level {
	return http2.Level(min(max(conn.VeryHigh-p, 0), http2.Levels-1))
}

// prepare does nothing: what is sent depends on what others have sent.
func (w *wire2) prepare() {}

func (w *wire2) send() (Phase, error) {
	x, h := w.x, w.x.hop
	if t := x.template(true); t != nil {
		h.RequestHeader, w.req.Fields = t.fields, t.sent
	} else {
		w.ownFields()
	}
	w.request()
	h.Times.SendStart = time.Now()
	var by time.Time
	timeout := limit(x.c.HeaderTimeout, defaultHeaderTimeout)
	if timeout > 0 {
		by = h.Times.SendStart.Add(timeout + time.Duration(len(x.body))*time.Second/uploadRate)
	}
	err := w.stream.Send(&w.req, by, errLate)
	h.Times.SendEnd = time.Now()
	if err == nil {
		err = w.stream.ReadHead(&w.resp)
		w.account()
	}
	if w.session.Grown() {
		w.lease.Share(w.session) // others may be waiting for a stream
	}
	if err != nil {
		return PhaseWait, w.explain(err, ErrHeaderTimeout, timeout)
	}
	r := &w.resp
	h.Times.HeadEnd = r.HeadEnd
	h.Status, h.Proto = r.Status, "h2"
	h.Header = keepFields(r.Header)
	return PhaseReceive, nil
}

// errLate is replaced by the timeout of the step that it ends.
var errLate = errors.New("too late")

// ownFields makes the header without a template. It is a function of its own so that the others need less stack.
//
//go:noinline
func (w *wire2) ownFields() {
	var m message
	w.x.message(&m, true)
	w.x.hop.RequestHeader = m.fields()
	w.own = appendSent(w.own[:0], w.x.hop.RequestHeader)
	w.req.Fields = w.own
}

// appendSent appends fields as package http2 has them.
func appendSent(to []http2.Field, fields []Field) []http2.Field {
	to = slices.Grow(to, len(fields))
	for _, f := range fields {
		to = append(to, http2.Field(f))
	}
	return to
}

// request fills in the rest of what is sent.
func (w *wire2) request() {
	x, r := w.x, &w.req
	r.Method, r.Scheme, r.Authority, r.Path = x.method, x.url.Scheme(), x.url.Host(), x.url.RequestTarget()
	for _, f := range x.r.Header {
		if f.Value != "" && !x.abroad && strings.EqualFold(f.Name, "Host") {
			r.Authority = f.Value
		}
	}
	r.Body, r.Source = x.body, x.source()
	r.Level = level(x.queuePriority())
	r.Drop = x.r.Discard
	r.MaxBody = limit(x.c.MaxBodyBytes, defaultMaxBodyBytes)
}

// account puts the counts and times of the stream into the hop.
func (w *wire2) account() {
	h, r := w.x.hop, &w.resp
	h.SentBytes, h.HeadBytes, h.FramingBytes = r.SentBytes, r.HeadBytes, r.FrameBytes
	h.WireBodyBytes = r.ContentBytes
	h.Times.FirstByte = r.FirstByte
	if !r.SendEnd.IsZero() {
		h.Times.SendEnd = r.SendEnd
	}
}

// interim is called while the head is awaited.
func (w *wire2) interim(status int, fields []http2.Field) {
	w.x.h.Interim(w.x.hop, status, keepFields(fields))
}

func (w *wire2) receive(sink func([]byte) error) error {
	x, h := w.x, w.x.hop
	most := limit(x.c.MaxBodyBytes, defaultMaxBodyBytes)
	if most > 0 && w.resp.ContentLength > most && x.method != "HEAD" {
		return &limitError{ErrBodySize, fmt.Sprintf("Client.MaxBodyBytes %d", most)}
	}
	idle := limit(x.c.IdleTimeout, defaultIdleTimeout)
	take := sink
	if sink != nil {
		h.WireBodyBytes = 0
		take = func(p []byte) error {
			h.WireBodyBytes += int64(len(p))
			return sink(p)
		}
	}
	err := w.stream.ReadBody(&w.resp, take, idle, errLate)
	w.account()
	if err != nil {
		return w.explain(err, ErrIdleTimeout, idle)
	}
	if len(w.resp.Trailer) > 0 {
		h.Trailer = keepFields(w.resp.Trailer)
	}
	return nil
}

// rest counts what has come of a body that nobody wants, and does not wait for more: a stream can be given up for itself.
func (w *wire2) rest() {
	if w.stream.Buffered() {
		w.receive(nil)
	}
}

func (w *wire2) end(error) {
	w.stream.Close()
	if err := w.session.Err(); err != nil { // a stream's failure is not the connection's
		w.lease.Discard(err)
	} else {
		w.lease.Release()
	}
	c := w.x.c
	clear(w.own)
	w.x, w.lease, w.session = nil, nil, nil
	w.own, w.req, w.resp = w.own[:0], http2.Request{}, http2.Response{}
	c.http2s.Put(w)
}

// explain translates an error of the session.
func (w *wire2) explain(err error, timeout error, after time.Duration) error {
	if err == errLate {
		return &timeoutError{timeout, after}
	}
	var e *http2.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case errors.Is(err, http2.ErrUnprocessed):
		return fmt.Errorf("%w: %w", errRefused, err)
	case errors.Is(err, http2.ErrNoResponse):
		if e.Err == nil || errors.Is(e.Err, io.EOF) {
			return &noResponse{ErrEmptyResponse}
		}
		return &noResponse{err}
	}
	switch e.Kind {
	case http2.Closed, http2.Ping:
		return fmt.Errorf("%w: %w", ErrTruncated, err)
	case http2.Limit:
		switch e.Limit {
		case "MaxBody":
			return &limitError{ErrBodySize, fmt.Sprintf("Client.MaxBodyBytes %d", e.Max)}
		case "HeaderBytes", "Fields", "Interim":
			return &limitError{&codecLimit{ErrHeaderSize, err}, fmt.Sprintf("http2.Limits.%s %d", e.Limit, e.Max)}
		}
		return &limitError{&codecLimit{ErrProtocol, err}, fmt.Sprintf("http2.Limits.%s %d", e.Limit, e.Max)}
	}
	return fmt.Errorf("%w: %w", ErrProtocol, err)
}

// keepFields makes a Header of the fields, whose strings stay.
func keepFields(fields []http2.Field) Header {
	if len(fields) == 0 {
		return nil
	}
	h := make(Header, len(fields))
	for i, f := range fields {
		h[i] = Field(f)
	}
	return h
}
