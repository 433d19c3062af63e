package http1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// Exchange comes to what WriteRequest and ReadResponse come to, over a socket and over anything else, with and without a body.
func TestExchange(t *testing.T) {
	for name, wrap := range map[string]func(net.Conn) net.Conn{
		"tcp":     func(nc net.Conn) net.Conn { return nc },
		"wrapped": func(nc net.Conn) net.Conn { return struct{ net.Conn }{nc} },
	} {
		client, server := pair(t)
		c := NewConn(wrap(client))
		var r Response
		for i, body := range []string{"", "", "name=value", strings.Repeat("b", 100<<10), ""} {
			head := fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", len(body))
			got := make([]byte, len(head)+len(body))
			served := make(chan struct{})
			go func() {
				defer close(served)
				io.ReadFull(server, got)
				fmt.Fprintf(server, "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d", i)
			}()
			n, err := c.Exchange(&r, "POST", head, []byte(body))
			if err != nil || n != len(head)+len(body) && len(body) < oneWrite {
				t.Fatalf("%s: %d, %v", name, n, err)
			}
			answer := ""
			if err := c.ReadBody(&r, func(p []byte) error { answer += string(p); return nil }); err != nil || answer != fmt.Sprint(i) || !r.KeepAlive() {
				t.Fatalf("%s: %q, keep %v: %v", name, answer, r.KeepAlive(), err)
			}
			<-served
			if !bytes.Equal(got, append(head, body...)) {
				t.Errorf("%s: the server got another request", name)
			}
			if len(body) < oneWrite && (r.SendEnd.IsZero() || r.FirstByte.Before(r.SendEnd)) || r.FinalStart.Before(r.FirstByte) {
				t.Errorf("%s: sent at %v, answered at %v, %v", name, r.SendEnd, r.FirstByte, r.FinalStart)
			}
		}
	}
}

// A head that does not fit into the socket's buffer is sent all the same.
// What is done before a request and an answer comes before what is done after them, for the race detector too: a test that asks a server of its own
// looks at what its handler noted.
func TestExchangeOrders(t *testing.T) {
	body := make([]byte, 100<<10)
	for _, drop := range []bool{false, true} {
		client, server := pair(t)
		c := NewConn(client)
		asked, answered, finished := 0, 0, 0
		go func() {
			io.ReadFull(server, make([]byte, len(get)))
			answered = asked + 1
			fmt.Fprintf(server, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body[1:])
			finished = asked + 2
			server.Write(body[:1])
		}()
		asked = 1
		var r Response
		if _, err := c.Exchange(&r, "GET", get, nil); err != nil || answered != 2 {
			t.Fatalf("answered %d, want 2; %v", answered, err)
		}
		sink := func([]byte) error { return nil }
		if drop {
			sink = nil
		}
		if err := c.ReadBody(&r, sink); err != nil || finished != 3 {
			t.Errorf("finished %d, want 3; %v", finished, err)
		}
	}
}

func TestExchangeLargeHead(t *testing.T) {
	client, server := pair(t)
	head := []byte("GET / HTTP/1.1\r\nHost: h\r\nCookie: " + strings.Repeat("c", 16<<20) + "\r\n\r\n")
	go func() {
		io.CopyN(io.Discard, server, int64(len(head)))
		io.WriteString(server, "HTTP/1.1 204 N\r\n\r\n")
	}()
	c := NewConn(client)
	var r Response
	if n, err := c.Exchange(&r, "GET", head, nil); n != len(head) || err != nil || r.Status != 204 || !r.KeepAlive() {
		t.Errorf("%d of %d bytes, status %d, keep %v: %v", n, len(head), r.Status, r.KeepAlive(), err)
	}
}

func TestExchangeErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(client, server *net.TCPConn)
		is   error
		part string
	}{
		{"answered with nothing", func(_, server *net.TCPConn) {
			go func() { io.ReadFull(server, make([]byte, len(get))); server.Close() }()
		}, io.EOF, "response"},
		{"reset", func(_, server *net.TCPConn) {
			go func() { io.ReadFull(server, make([]byte, len(get))); server.SetLinger(0); server.Close() }()
		}, ErrNoResponse, "response"},
		{"closed before it is asked", func(_, server *net.TCPConn) { server.Close() }, ErrNoResponse, "response"},
		{"deadline had passed", func(client, _ *net.TCPConn) { client.SetDeadline(time.Unix(1, 0)) }, os.ErrDeadlineExceeded, "request"},
		{"closed here", func(client, _ *net.TCPConn) { client.Close() }, net.ErrClosed, "request"},
		{"deadline while waiting", func(client, _ *net.TCPConn) {
			time.AfterFunc(20*time.Millisecond, func() { client.SetDeadline(time.Unix(1, 0)) })
		}, os.ErrDeadlineExceeded, "response"},
		{"closed for writing", func(client, _ *net.TCPConn) { client.CloseWrite() }, nil, "request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client, server := pair(t)
			tt.do(client.(*net.TCPConn), server.(*net.TCPConn))
			c := NewConn(client)
			var r Response
			_, err := c.Exchange(&r, "GET", get, nil)
			var e *Error
			if !errors.As(err, &e) || e.Part != tt.part || tt.is != nil && !errors.Is(err, tt.is) || r.KeepAlive() || c.buf != nil {
				t.Errorf("got %v, part %q; want %v in %q", err, e.Part, tt.is, tt.part)
			}
		})
	}
}

// What a server sent before it was asked is taken as the answer, as ReadResponse takes it, and the connection ends with what is too much.
func TestExchangeUnsolicited(t *testing.T) {
	client, server := pair(t)
	c := NewConn(client)
	io.WriteString(server, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	server.Close()
	var r Response
	_, err := c.Exchange(&r, "GET", get, nil)
	if err == nil && (r.Status != 408 || r.KeepAlive()) || err != nil && !errors.Is(err, ErrNoResponse) {
		t.Errorf("status %d, keep %v: %v", r.Status, r.KeepAlive(), err)
	}
}
