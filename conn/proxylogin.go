package conn

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// A ProxyLogin is what is said about credentials to an HTTP proxy that is asked
// for one tunnel (RFC 9110 section 11.7). Its methods are called one after the
// other, on the goroutine that opens the connection; target is the host:port of
// CONNECT. fetch.ProxyLogin makes them.
type ProxyLogin interface {
	// Ahead returns the value of Proxy-Authorization for the first request; ""
	// is [Proxy.Authorization], so none where the Proxy has no credentials.
	Ahead(target string) string
	// Challenged takes the Proxy-Authenticate fields of a 407, and reports
	// whether there is an answer to them.
	Challenged(ctx context.Context, challenges []string) bool
	// Field returns that answer; it is asked for again where the request has to
	// be repeated because the proxy closed the connection.
	Field(target string) string
	// Accepted says that the proxy answered something else than 407.
	Accepted()
}

// A proxyLogin is how far the login of a passage is.
type proxyLogin struct {
	by         ProxyLogin // nil: nobody answers challenges
	field      string     // sent last, or to be sent
	challenged bool       // once, which is all
	anew       bool       // to be gone on with on another connection
}

// errAnew ends a connection on which a login cannot go on.
var errAnew = errors.New("the proxy closed the connection on which it asked for credentials")

// begin says what is sent before the proxy has asked.
func (l *proxyLogin) begin(d *Dialer, p Proxy, target string) {
	if d.ProxyLogin != nil {
		l.by = d.ProxyLogin(p)
	}
	if l.by != nil {
		l.field = l.by.Ahead(target)
	}
	if l.field == "" {
		l.field = p.Authorization()
	}
}

// answer reports whether there is an answer to a 407, in l.field: once, and
// not what was said already.
func (l *proxyLogin) answer(ctx context.Context, target string, a connectAnswer) bool {
	if l.by == nil || a.status != 407 {
		return false
	}
	known := l.by.Challenged(ctx, a.challenges) // of the last one it learns what to forget
	if l.challenged || !known {
		return false
	}
	sent := l.field
	l.field, l.challenged = l.by.Field(target), true
	return l.field != sent && !strings.ContainsAny(l.field, "\r\n\x00") // what the proxy says stands in it
}

// connect asks the HTTP proxy at the other end of c for a tunnel to target (RFC
// 9110 section 9.3.6). The connection that it returns begins with the first
// byte of the tunnel. A 407 is answered on the same connection where the proxy
// keeps it, as Chromium does.
func (t *passage) connect(ctx context.Context, c net.Conn, target string) (net.Conn, error) {
	l := &t.login
	second := l.challenged // connection
	if !second {
		l.begin(t.d, t.proxy, target)
	}
	for {
		answer, rest, err := askTunnel(c, target, l.field)
		if err != nil {
			if l.challenged && !second && isClosedByPeer(err) { // without having said so
				l.field, l.anew = l.by.Field(target), true // it may have seen the one before
				err = errAnew
			}
			return c, err
		}
		if l.by != nil && answer.status != 407 && answer.status != 401 {
			l.by.Accepted()
		}
		err = answer.refusal()
		switch {
		case err == nil && len(rest) > 0:
			return &tailConn{Conn: c, rest: rest}, nil
		case err == nil, !l.answer(ctx, target, answer):
			return c, err
		case !answer.drain(c, rest):
			l.anew = ctx.Err() == nil
			return c, errAnew
		}
	}
}

// askTunnel sends a CONNECT and reads the head of its final answer; what came
// after that is in rest.
func askTunnel(c net.Conn, target, authorization string) (a connectAnswer, rest []byte, err error) {
	request := "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n"
	if authorization != "" {
		request += "Proxy-Authorization: " + authorization + "\r\n"
	}
	request += "Proxy-Connection: keep-alive\r\n\r\n"
	if _, err := io.WriteString(c, request); err != nil {
		return a, nil, err
	}
	return readAnswer(c)
}

// maxRefusal bounds the body of a 407 that is read so that the connection can
// be used on: what a proxy says to people is a few KB, and a new connection
// costs less than more would.
const maxRefusal = 64 << 10

// drain reads the body of an answer that opened no tunnel, of which rest was
// read with the head, and reports whether c can be asked again (RFC 9112
// sections 6.3 and 9.3).
func (a *connectAnswer) drain(c net.Conn, rest []byte) bool {
	if !a.keep || !a.chunked && (a.length < 0 || a.length > maxRefusal) {
		return false
	}
	if !a.chunked {
		n := a.length - int64(len(rest))
		if n < 0 {
			return false // more than the body
		}
		_, err := io.CopyN(io.Discard, c, n)
		return err == nil
	}
	r := bufio.NewReader(io.LimitReader(io.MultiReader(bytes.NewReader(rest), c), maxRefusal))
	return skipChunks(r) == nil && r.Buffered() == 0
}

// skipChunks reads a chunked body to its end (RFC 9112 section 7.1).
func skipChunks(r *bufio.Reader) error {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		digits, _, _ := bytes.Cut(bytes.TrimSpace(line), []byte(";"))
		n, err := strconv.ParseUint(string(bytes.TrimSpace(digits)), 16, 31)
		if err != nil {
			return fmt.Errorf("no size of a chunk: %q", excerpt(line))
		}
		if n == 0 {
			break
		}
		if _, err := r.Discard(int(n) + len("\r\n")); err != nil {
			return err
		}
	}
	for {
		line, err := r.ReadSlice('\n')
		if err != nil || len(bytes.TrimRight(line, "\r\n")) == 0 {
			return err
		}
	}
}
