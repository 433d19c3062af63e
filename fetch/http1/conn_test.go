package http1

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

var get = []byte("GET / HTTP/1.1\r\nHost: h\r\n\r\n")

func TestConnExchangesInTurn(t *testing.T) {
	s := &script{end: io.EOF}
	c := NewConn(s)
	var r Response
	for i := range 3 {
		s.pieces = []string{fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nN: %d\r\n\r\n%d", i, i)}
		if n, err := c.WriteRequest(get, nil); n != len(get) || err != nil {
			t.Fatal(n, err)
		}
		if err := c.ReadResponse(&r, "GET"); err != nil {
			t.Fatal(err)
		}
		if r.KeepAlive() {
			t.Error("kept before the body was read")
		}
		body := ""
		if err := c.ReadBody(&r, func(p []byte) error { body += string(p); return nil }); err != nil || body != fmt.Sprint(i) {
			t.Fatal(body, err)
		}
		if !r.KeepAlive() || string(r.Header.Get("n")) != body {
			t.Errorf("kept %v, N = %s", r.KeepAlive(), r.Header.Get("n"))
		}
		if r.FirstByte.IsZero() || r.HeadEnd.Before(r.FirstByte) || !r.FinalStart.Equal(r.FirstByte) {
			t.Errorf("times: %v %v %v", r.FirstByte, r.FinalStart, r.HeadEnd)
		}
	}
	if len(s.writes) != 3 {
		t.Errorf("%d writes, want 3", len(s.writes))
	}
}

func TestConnMisuse(t *testing.T) {
	s := &script{end: io.EOF, pieces: []string{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"}}
	c := NewConn(s)
	var r Response
	misused := func(err error) {
		t.Helper()
		var e *Error
		if !errors.As(err, &e) || e.Kind != Misuse {
			t.Errorf("got %v, want misuse", err)
		}
	}
	c.WriteRequest(get, nil)
	_, err := c.WriteRequest(get, nil)
	misused(err)
	misused(c.ReadBody(&r, nil))
	if err := c.ReadResponse(&r, "GET"); err != nil {
		t.Fatal(err)
	}
	misused(c.ReadResponse(new(Response), "GET"))
	if err := c.ReadBody(&r, nil); err != nil || r.ContentBytes != 1 {
		t.Fatal(err, r.ContentBytes)
	}
	_, err = c.WriteRequest(get, nil) // after Connection: close
	misused(err)
	c.Reset(&script{end: io.EOF})
	if _, err := c.WriteRequest(get, nil); err != nil {
		t.Error(err)
	}
	if err := c.ReadResponse(&r, "GET"); !errors.Is(err, ErrNoResponse) {
		t.Error(err)
	}
	misused(c.ReadBody(&r, nil))
}

func TestConnSinkError(t *testing.T) {
	c := NewConn(&script{end: io.EOF, pieces: []string{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd"}})
	var r Response
	c.WriteRequest(get, nil)
	if err := c.ReadResponse(&r, "GET"); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("enough")
	if err := c.ReadBody(&r, func([]byte) error { return stop }); err != stop || r.KeepAlive() || c.buf != nil {
		t.Errorf("got %v, keep %v, buffer %v", err, r.KeepAlive(), c.buf != nil)
	}
}

func TestConnRelease(t *testing.T) {
	c := NewConn(&script{end: io.EOF, pieces: []string{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab"}})
	var r Response
	c.WriteRequest(get, nil)
	if err := c.ReadResponse(&r, "GET"); err != nil {
		t.Fatal(err)
	}
	if c.buf == nil {
		t.Fatal("no buffer while a body has begun")
	}
	c.Release()
	if c.buf != nil || r.KeepAlive() || r.Header.Len() != 1 {
		t.Errorf("buffer %v, keep %v, header %d", c.buf != nil, r.KeepAlive(), r.Header.Len())
	}
}

// endWith is a connection that returns its error together with the last bytes, as io.Reader allows.
type endWith struct{ script }

func (e *endWith) Read(p []byte) (int, error) {
	n, err := e.script.Read(p)
	if n > 0 && len(e.pieces) == 1 && e.pieces[0] == "" {
		err = e.end
	}
	return n, err
}

func TestConnErrorWithBytes(t *testing.T) {
	o := exchangeOn(NewConn(&endWith{script{end: io.EOF, pieces: []string{"HTTP/1.1 200 OK\r\n\r\nabc"}}}), "GET", Limits{})
	if got, want := o.String(), `HTTP/1.1 200 OK, close "abc"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	o = exchangeOn(NewConn(&endWith{script{end: io.EOF, pieces: []string{"HTTP/1.1 204 N\r\n\r\n"}}}), "GET", Limits{})
	if got, want := o.String(), `HTTP/1.1 204 N, none ""`; got != want {
		t.Errorf("a connection that has ended is kept: got %s, want %s", got, want)
	}
}

// pair returns two ends of a TCP connection over loopback.
func pair(t *testing.T) (client, server net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

func TestConnOverTCP(t *testing.T) {
	big := make([]byte, 3<<20)
	rand.Read(big)
	for name, wrap := range map[string]func(net.Conn) net.Conn{
		"tcp":     func(nc net.Conn) net.Conn { return nc },
		"wrapped": func(nc net.Conn) net.Conn { return struct{ net.Conn }{nc} },
	} {
		for _, drop := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/drop=%v", name, drop), func(t *testing.T) {
				client, server := pair(t)
				c := NewConn(wrap(client))
				var r Response
				for _, chunked := range []bool{false, true} {
					go func() {
						io.ReadFull(server, make([]byte, len(get)))
						if chunked {
							fmt.Fprintf(server, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(big), big)
						} else {
							fmt.Fprintf(server, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(big), big)
						}
					}()
					if _, err := c.WriteRequest(get, nil); err != nil {
						t.Fatal(err)
					}
					if err := c.ReadResponse(&r, "GET"); err != nil {
						t.Fatal(err)
					}
					var got bytes.Buffer
					sink := func(p []byte) error { got.Write(p); return nil }
					if drop {
						sink = nil
					}
					if err := c.ReadBody(&r, sink); err != nil {
						t.Fatal(err)
					}
					if r.ContentBytes != int64(len(big)) || !drop && !bytes.Equal(got.Bytes(), big) || !r.KeepAlive() {
						t.Errorf("chunked %v: %d bytes, equal %v, keep %v", chunked, r.ContentBytes, bytes.Equal(got.Bytes(), big), r.KeepAlive())
					}
				}
			})
		}
	}
}

// Dropping leaves the next response where it is, sees bytes too many, and says how much of a body came.
func TestConnDrop(t *testing.T) {
	const size = 300 << 10
	response := func(n int) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", n, strings.Repeat("d", n))
	}
	for _, tt := range []struct{ name, in, want string }{
		{"small", response(10), "10 keep=true <nil>"},
		{"middle", response(30 << 10), "30720 keep=true <nil>"},
		{"large", response(size), "307200 keep=true <nil>"},
		{"large, with more", response(size) + "x", "307200 keep=false <nil>"},
		{"short", response(size)[:size], "307157 keep=false http1: response body: ended after 307157 of 307200 bytes: unexpected EOF"},
		{"close", "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("d", size), "307200 keep=false <nil>"},
		{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4b000\r\n" + strings.Repeat("d", size) + "\r\n1\r\nx\r\n0\r\n\r\n", "307201 keep=true <nil>"},
	} {
		for _, announced := range []bool{false, true} {
			client, server := pair(t)
			c := NewConn(client)
			r := Response{Drop: announced}
			go func() {
				io.ReadFull(server, make([]byte, len(get)))
				io.WriteString(server, tt.in)
				if !strings.Contains(tt.want, "keep=true") {
					server.Close()
				}
			}()
			_, err := c.Exchange(&r, "GET", get, nil)
			if err == nil {
				err = c.ReadBody(&r, nil)
			}
			if got := fmt.Sprintf("%d keep=%v %v", r.ContentBytes, r.KeepAlive(), err); got != tt.want {
				// What was sent apart from the response may come after it has been read.
				if tt.name != "large, with more" || got != "307200 keep=true <nil>" {
					t.Errorf("%s, announced %v: got %s, want %s", tt.name, announced, got, tt.want)
				}
			}
			if c.buf != nil {
				t.Errorf("%s: a buffer is held", tt.name)
			}
		}
	}
}

// A deadline in the past, set from elsewhere, ends a wait; the error is recognisable and no buffer is held after it.
func TestConnDeadline(t *testing.T) {
	for _, sent := range []string{"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"} {
		client, server := pair(t)
		c := NewConn(client)
		io.WriteString(server, sent)
		var r Response
		c.WriteRequest(get, nil)
		time.AfterFunc(20*time.Millisecond, func() { client.SetReadDeadline(time.Unix(1, 0)) })
		err := c.ReadResponse(&r, "GET")
		if err == nil {
			err = c.ReadBody(&r, nil)
		}
		var e *Error
		if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &e) || e.Kind != IO || c.buf != nil {
			t.Errorf("after %q: got %v", sent, err)
		}
	}
}

// A reset is an error with its cause, and before the first byte one that allows another try.
func TestConnReset(t *testing.T) {
	client, server := pair(t)
	c := NewConn(client)
	c.WriteRequest(get, nil)
	io.ReadFull(server, make([]byte, len(get)))
	server.(*net.TCPConn).SetLinger(0)
	server.Close()
	var r Response
	err := c.ReadResponse(&r, "GET")
	if !errors.Is(err, ErrNoResponse) || !strings.Contains(err.Error(), "reset") {
		t.Errorf("got %v", err)
	}
}

func TestConnClosedHere(t *testing.T) {
	client, _ := pair(t)
	c := NewConn(client)
	c.WriteRequest(get, nil)
	client.Close()
	var r Response
	if err := c.ReadResponse(&r, "GET"); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}
