package http1

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// script is a connection in memory: each Read returns (at most) one of pieces, then end. What is written is kept.
type script struct {
	net.Conn // nil: what is not defined below is not to be called
	pieces   []string
	end      error
	writes   []string
}

func (s *script) Read(p []byte) (int, error) {
	for len(s.pieces) > 0 && s.pieces[0] == "" {
		s.pieces = s.pieces[1:]
	}
	if len(s.pieces) == 0 {
		return 0, s.end
	}
	n := copy(p, s.pieces[0])
	s.pieces[0] = s.pieces[0][n:]
	return n, nil
}

func (s *script) Write(p []byte) (int, error) {
	s.writes = append(s.writes, string(p))
	return len(p), nil
}

func (s *script) SetWriteDeadline(time.Time) error { return nil }

// outcome is all that a response came to, with its error, so that two can be compared.
type outcome struct {
	head    string // "HTTP/1.1 200 OK"
	fields  string // "Name=value;" each
	interim string // status and fields of each
	body    string
	trailer string
	framing Framing
	length  int64
	counts  [4]int64
	keep    bool
	err     error
}

// String makes the short form that the tables compare: status, framing, content, whether the connection is kept; or the error.
func (o outcome) String() string {
	s := ""
	if o.head != "" {
		s = fmt.Sprintf("%s, %s %q", o.head, o.framing, o.body)
	}
	if o.trailer != "" {
		s += ", " + o.trailer
	}
	if o.keep {
		s += ", keep"
	}
	if o.err != nil {
		s = strings.TrimPrefix(s+": ", ": ") + o.err.Error()
	}
	return s
}

// complete has what String leaves out too.
func (o outcome) complete() string {
	return fmt.Sprintf("%v | %s | %s | %d %v", o, o.fields, o.interim, o.length, o.counts)
}

// exchange reads one response that comes in pieces.
func exchange(method string, l Limits, end error, pieces ...string) (o outcome) {
	return exchangeOn(NewConn(&script{pieces: pieces, end: end}), method, l)
}

func exchangeOn(c *Conn, method string, l Limits) (o outcome) {
	c.Limits = l
	var r Response
	r.Interim = func(status int, h Header) { o.interim += fmt.Sprintf("%d %s", status, list(h)) }
	defer func() {
		o.keep = r.KeepAlive()
		o.counts = [4]int64{r.HeadBytes, r.InterimBytes, r.BodyBytes, r.ContentBytes}
		if c.buf != nil {
			panic("a buffer is held after the exchange")
		}
	}()
	if o.err = c.ReadResponse(&r, method); o.err != nil {
		return o
	}
	o.head = strings.TrimSpace(fmt.Sprintf("%s %d %s", r.Proto, r.Status, r.Reason))
	o.fields = list(r.Header)
	o.framing, o.length = r.Framing, r.ContentLength
	o.err = c.ReadBody(&r, func(p []byte) error { o.body += string(p); return nil })
	o.trailer = list(r.Trailer)
	return o
}

func list(h Header) string {
	var s strings.Builder
	for n, v := range h.All() {
		fmt.Fprintf(&s, "%s=%s;", n, v)
	}
	return s.String()
}

// everySplit calls f with in whole, byte by byte, and cut in two at every place.
func everySplit(in string, f func(how string, pieces []string)) {
	f("whole", []string{in})
	f("byte by byte", strings.Split(in, ""))
	if len(in) > 4096 {
		return
	}
	for i := 1; i < len(in); i++ {
		f(fmt.Sprintf("cut at %d", i), []string{in[:i], in[i:]})
	}
}

// unlines makes wire text of a text with "|" for CRLF.
func unlines(s string) string { return strings.ReplaceAll(s, "|", "\r\n") }

var errReset = errors.New("connection reset by peer")
