package conn

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// maxAnswer bounds the head of a proxy's answer to CONNECT, interim answers
// included: what Go's and Chromium's parsers would take is far more than any
// proxy sends.
const maxAnswer = 16 << 10

// An answerError is a refusal that the proxy put into words.
type answerError struct {
	status int
	reply  byte
	text   string
	err    error // nil, or ErrProxyAuth
}

func (e *answerError) Error() string { return e.text }
func (e *answerError) Unwrap() error { return e.err }

// A connectAnswer is the head of the final answer to CONNECT.
type connectAnswer struct {
	status     int
	reason     []byte
	challenges []string // the Proxy-Authenticate fields, at most maxChallenges
	// For an answer that opens no tunnel: how its body ends.
	keep    bool  // the connection stays
	closes  bool  // a field says that it does not
	chunked bool  // the body is
	length  int64 // of the body, -1 if it ends with the connection
}

// maxChallenges bounds the fields of challenges: there are a handful of schemes.
const maxChallenges = 16

// readAnswer reads up to the end of the final answer's head. What came after
// it is in rest. Nothing in the head changes where the tunnel begins: a
// Content-Length or Transfer-Encoding of a 2xx answer is to be ignored.
func readAnswer(r io.Reader) (a connectAnswer, rest []byte, err error) {
	buf := make([]byte, 0, 1<<10)
	used := 0 // bytes of interim answers
	for {
		if len(buf) > used && !startsHTTP(buf[used:]) {
			return a, nil, fmt.Errorf("it does not speak HTTP/1: %q", excerpt(buf[used:]))
		}
		n, ok := headEnd(buf[used:])
		if ok {
			if a, err = parseAnswer(buf[used : used+n]); err != nil {
				return a, nil, err
			}
			used += n
			if a.status/100 != 1 {
				return a, bytes.Clone(buf[used:]), nil
			}
			continue
		}
		if len(buf) >= maxAnswer {
			return a, nil, fmt.Errorf("the head of its answer is longer than %d bytes", maxAnswer)
		}
		if len(buf) == cap(buf) {
			buf = append(make([]byte, 0, min(2*cap(buf), maxAnswer)), buf...)
		}
		m, rerr := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+m]
		if m == 0 && rerr != nil {
			if rerr == io.EOF {
				rerr = fmt.Errorf("it closed the connection after %d bytes of an answer: %w", len(buf)-used, io.ErrUnexpectedEOF)
			}
			return a, nil, rerr
		}
	}
}

// headEnd returns the length of a head with its empty line. Lines may end
// with LF alone (RFC 9112 section 2.2).
func headEnd(b []byte) (int, bool) {
	for i := 0; i < len(b); {
		j := bytes.IndexByte(b[i:], '\n')
		if j < 0 {
			return 0, false
		}
		line := bytes.TrimSuffix(b[i:i+j], []byte("\r"))
		i += j + 1
		if len(line) == 0 {
			return i, true
		}
	}
	return 0, false
}

func startsHTTP(b []byte) bool {
	const want = "HTTP/1."
	n := min(len(b), len(want))
	return string(b[:n]) == want[:n]
}

// parseAnswer reads a status line and the fields that matter.
func parseAnswer(head []byte) (a connectAnswer, err error) {
	line, fields, _ := bytes.Cut(head, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	bad := fmt.Errorf("its answer has no status: %q", excerpt(line))
	if len(line) < len("HTTP/1.1 200") || line[7] < '0' || line[7] > '9' || line[8] != ' ' {
		return a, bad
	}
	code, reason, _ := bytes.Cut(line[9:], []byte(" "))
	if len(code) != 3 || code[0] < '1' || code[0] > '5' {
		return a, bad
	}
	if a.status, err = strconv.Atoi(string(code)); err != nil {
		return a, bad
	}
	a.reason, a.keep, a.length = reason, line[7] != '0', -1
	for len(fields) > 0 {
		line, fields, _ = bytes.Cut(fields, []byte("\n"))
		if name, value, ok := bytes.Cut(line, []byte(":")); ok {
			a.field(string(name), string(bytes.TrimSpace(value)))
		}
	}
	a.keep = a.keep && !a.closes
	return a, nil
}

// field takes a field of the head.
func (a *connectAnswer) field(name, value string) {
	switch {
	case strings.EqualFold(name, "Proxy-Authenticate"):
		if len(a.challenges) < maxChallenges {
			a.challenges = append(a.challenges, value)
		}
	case strings.EqualFold(name, "Connection"), strings.EqualFold(name, "Proxy-Connection"):
		for token := range strings.SplitSeq(strings.ToLower(value), ",") {
			switch strings.TrimSpace(token) {
			case "close":
				a.closes = true
			case "keep-alive":
				a.keep = true
			}
		}
	case strings.EqualFold(name, "Transfer-Encoding"):
		a.closes = a.closes || a.chunked || !strings.EqualFold(value, "chunked")
		a.chunked = true
	case strings.EqualFold(name, "Content-Length"):
		n, err := strconv.ParseUint(value, 10, 62)
		a.closes = a.closes || err != nil || a.length >= 0
		a.length = int64(n)
	}
}

// refusal is the error of an answer that opens no tunnel.
func (a connectAnswer) refusal() error {
	if a.status/100 == 2 {
		return nil
	}
	e := &answerError{status: a.status, text: fmt.Sprintf("it answered %d", a.status)}
	if len(a.reason) > 0 {
		e.text += fmt.Sprintf(" %q", excerpt(a.reason))
	}
	if a.status == 407 || a.status == 401 { // tinyproxy says 401 to a wrong password
		e.err = ErrProxyAuth
		e.text += ": " + ErrProxyAuth.Error()
		if len(a.challenges) > 0 {
			e.text += fmt.Sprintf("; it asks for %q", excerpt([]byte(a.challenges[0])))
		}
	}
	return e
}

// excerpt bounds what a peer says in our errors.
func excerpt(b []byte) []byte { return b[:min(len(b), 80)] }

// A tailConn is a connection some of whose bytes have been read already.
type tailConn struct {
	net.Conn
	rest []byte
}

// Read returns what was read ahead first.
func (c *tailConn) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// ReadReady is the ReadyReader's.
func (c *tailConn) ReadReady() (int, error) {
	if len(c.rest) > 0 {
		return len(c.rest), nil
	}
	n, err, _ := newProbe(c.Conn).look()
	return n, err
}

// CloseWrite half-closes the connection below, where it can.
func (c *tailConn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return errors.ErrUnsupported
}

// NetConn returns the connection below.
func (c *tailConn) NetConn() net.Conn { return c.Conn }
