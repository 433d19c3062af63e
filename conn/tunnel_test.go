package conn

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"pageload/conn/conntest"
)

// What proxies answer to CONNECT, whole and byte by byte.
func TestConnectAnswers(t *testing.T) {
	tests := []struct {
		name, answer string
		close        bool // the proxy closes after it
		rest         string
		status       int
		err          string // "" is a tunnel that begins with rest
		auth         bool
		took         time.Duration // 0: any
	}{
		{name: "plain", answer: "HTTP/1.1 200 OK\r\n\r\n"},
		{name: "the tunnel's bytes follow at once", answer: "HTTP/1.1 200 OK\r\n\r\nhello\r\n\r\n", rest: "hello\r\n\r\n"},
		{name: "a body of a 2xx is the tunnel", answer: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", rest: "abc"},
		{name: "other 2xx", answer: "HTTP/1.0 204\r\nX: y\r\n\r\n"},
		{name: "interim answers", answer: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx", rest: "x"},
		{name: "lines end with LF", answer: "HTTP/1.1 200 OK\nA: b\n\n\n", rest: "\n"},
		{name: "407", answer: "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"x\"\r\nContent-Length: 99\r\n\r\n",
			status: 407, auth: true, err: `it answered 407 "Proxy Authentication Required": the proxy asks for valid credentials; it asks for "Basic realm=\"x\""`},
		{name: "401 is the proxy's", answer: "HTTP/1.1 401 Unauthorized\r\n\r\n", status: 401, auth: true, err: `it answered 401 "Unauthorized": the proxy`},
		{name: "403", answer: "HTTP/1.1 403 Forbidden\r\n\r\nno", status: 403, err: `it answered 403 "Forbidden"`},
		{name: "502 without a reason", answer: "HTTP/1.1 502\r\n\r\n", status: 502, err: "it answered 502"},
		{name: "redirects are not followed", answer: "HTTP/1.1 302 Found\r\nLocation: http://evil.test/\r\n\r\n", status: 302, err: "302"},
		{name: "closes at once", close: true, err: "it closed the connection after 0 bytes of an answer"},
		{name: "closes in the head", answer: "HTTP/1.1 200 OK\r\nA:", close: true, err: "after 19 bytes of an answer"},
		{name: "another protocol", answer: "SSH-2.0-OpenSSH_9.2\r\n", err: `it does not speak HTTP/1: "S`},
		{name: "HTTP/2", answer: "HTTP/2 200\r\n\r\n", err: "it does not speak HTTP/1"},
		{name: "TLS", answer: "\x15\x03\x01\x00\x02\x02\x46", err: `it does not speak HTTP/1: "\x15`},
		{name: "no status", answer: "HTTP/1.1 OK\r\n\r\n", err: `its answer has no status: "HTTP/1.1 OK"`},
		{name: "status too long", answer: "HTTP/1.1 2000 OK\r\n\r\n", err: "its answer has no status"},
		{name: "status with a sign", answer: "HTTP/1.1 2+0 OK\r\n\r\n", err: "its answer has no status"},
		{name: "head without end", answer: "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 4000), err: "longer than 16384 bytes"},
		{name: "interim answers without end", answer: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 4000), err: "longer than 16384 bytes"},
		{name: "silence", err: "proxy timeout after 30s", took: 30 * time.Second},
		{name: "half an answer and silence", answer: "HTTP/1.1 200", err: "proxy timeout after 30s", took: 30 * time.Second},
	}
	for _, test := range tests {
		for _, piece := range []int{1 << 20, 1} {
			t.Run(fmt.Sprintf("%s by %d", test.name, piece), func(t *testing.T) {
				p := throughProxy(httpProxy)
				inWorld(t, p, func(w *world) {
					w.serve(proxyAddr, func(c *conntest.Conn) {
						readHead(c)
						for b := range slices.Chunk([]byte(test.answer), piece) {
							if _, err := c.Write(b); err != nil {
								break
							}
						}
						if !test.close {
							io.Copy(io.Discard, c)
						}
					})
					l, err := p.Get(ctxBg, Request{Key: keyTLS})
					if test.err == "" {
						if err != nil {
							t.Fatal(err)
						}
						w.say(l.Conn(), "x", test.rest)
						w.settle()
						if n, err := newProbe(l.Conn()).ready0(); n != 0 || err != nil {
							t.Errorf("%d bytes and %v after the tunnel's", n, err)
						}
						l.Discard(nil)
						return
					}
					w.wantProxyError(err, ProxyRequest, test.err)
					var pe *ProxyError
					errors.As(err, &pe)
					if pe.Status != test.status || errors.Is(err, ErrProxyAuth) != test.auth {
						t.Errorf("status %d, want %d; auth %v", pe.Status, test.status, errors.Is(err, ErrProxyAuth))
					}
					if took := pe.End.Sub(pe.Start); test.took != 0 && (took != test.took || !pe.Timeout()) {
						t.Errorf("took %v, want %v; timeout %v", took, test.took, pe.Timeout())
					}
				})
			})
		}
	}
}

// ready0 is look without what is known.
func (p *probe) ready0() (int, error) {
	n, err, _ := p.look()
	return n, err
}

func FuzzConnectAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\n\r\nrest"), uint8(1))
	f.Add([]byte("HTTP/1.1 100 C\n\nHTTP/1.0 407 X\r\nProxy-Authenticate: Basic\r\n\r\n"), uint8(3))
	f.Add([]byte("HTTP/1.1 OK\r\n\r\n"), uint8(2))
	f.Fuzz(func(t *testing.T, in []byte, piece uint8) {
		r, r2 := &pieces{in, 1 << 20}, &pieces{in, int(piece) + 1}
		whole, rest, err := readAnswer(r)
		again, rest2, err2 := readAnswer(r2)
		if (err == nil) != (err2 == nil) || whole.status != again.status || string(whole.reason) != string(again.reason) {
			t.Fatalf("whole: %+v, %v; in pieces: %+v, %v", whole, err, again, err2)
		}
		if err != nil {
			return
		}
		if whole.status < 200 || whole.status > 599 {
			t.Errorf("status %d", whole.status)
		}
		// What was read ahead and what was not read yet is the tunnel.
		tunnel, tunnel2 := string(rest)+string(r.rest), string(rest2)+string(r2.rest)
		if tunnel != tunnel2 || !strings.HasSuffix(string(in), tunnel) {
			t.Errorf("tunnel %q and %q of %q", tunnel, tunnel2, in)
		}
		// Of a connection that is used on the body has been read, and no more.
		if again.drain(pieceConn{r: r2}, rest2) && !again.chunked && len(tunnel)-len(r2.rest) != int(max(again.length, int64(len(rest2)))) {
			t.Errorf("%d bytes of %q are left behind a body of %d", len(r2.rest), tunnel, again.length)
		}
		whole.drain(pieceConn{r: r}, rest)
	})
}

// A pieceConn is a connection that can only be read.
type pieceConn struct {
	net.Conn
	r io.Reader
}

func (c pieceConn) Read(p []byte) (int, error) { return c.r.Read(p) }

// pieces reads at most n bytes at a time.
type pieces struct {
	rest []byte
	n    int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.n)], p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// A connection whose first bytes came with the proxy's answer is not taken for
// one that can be reused, or that ended, before they are read.
func TestTailConn(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		raw, err := w.net.Dial(ctxBg, "tcp", addr1)
		if err != nil {
			t.Fatal(err)
		}
		c := &tailConn{Conn: raw, rest: []byte("ab")}
		want := func(n int, err error) {
			t.Helper()
			if got, gotErr := c.ReadReady(); got != n || !errors.Is(gotErr, err) {
				t.Errorf("ready %d, %v, want %d, %v", got, gotErr, n, err)
			}
		}
		want(2, nil)
		if err := newProbe(c).stale(c, nil); err != errUnasked {
			t.Errorf("stale: %v, want %v", err, errUnasked)
		}
		b := make([]byte, 1)
		c.Read(b)
		want(1, nil)
		c.Read(b)
		want(0, nil)
		if err := newProbe(c).stale(c, nil); err != nil {
			t.Errorf("stale: %v", err)
		}
		if c.NetConn() != raw {
			t.Error("NetConn is another")
		}
		if err := c.CloseWrite(); err != nil {
			t.Errorf("CloseWrite: %v", err)
		}
		w.sleep(time.Second) // the server closes too
		want(0, io.EOF)
		c.Close()
	})
	if err := (&tailConn{Conn: struct{ net.Conn }{}}).CloseWrite(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("CloseWrite without one below: %v", err)
	}
}
