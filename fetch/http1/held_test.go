package http1

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"weak"
)

// While the answer is awaited nothing is held of the request, and nothing yet of the response.
func TestWaitingHoldsNothing(t *testing.T) {
	for name, wrap := range map[string]func(net.Conn) net.Conn{
		"tcp":     func(nc net.Conn) net.Conn { return nc },
		"wrapped": func(nc net.Conn) net.Conn { return struct{ net.Conn }{nc} },
	} {
		client, server := pair(t)
		c := NewConn(wrap(client))
		var r Response
		interims := 0
		r.Interim = func(int, Header) {
			if interims++; c.head != nil {
				t.Errorf("%s: the head's buffer is held while the answer is awaited", name)
			}
		}
		// Heads within the buffer and beyond it, and one answer that outgrows what a Response has for it.
		for i, long := range []int{1, smallSize, 1} {
			field := strings.Repeat("x", 1+i*6<<10)
			head := append(c.Head(), fmt.Sprintf("GET / HTTP/1.1\r\nHost: h\r\nCookie: %s\r\n\r\n", strings.Repeat("c", long))...)
			want := string(head)
			go func() {
				got := make([]byte, len(want))
				if io.ReadFull(server, got); string(got) != want {
					t.Errorf("%s: the server got another request", name)
				}
				fmt.Fprintf(server, "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 Fine\r\nX: %s\r\nContent-Length: 1\r\n\r\n1", field)
			}()
			if _, err := c.Exchange(&r, "GET", head, nil); err != nil {
				t.Fatal(err)
			}
			if err := c.ReadBody(&r, nil); err != nil || string(r.Header.Get("X")) != field || string(r.Reason) != "Fine" {
				t.Errorf("%s: %q, %d bytes of a field, want %d: %v", name, r.Reason, len(r.Header.Get("X")), len(field), err)
			}
			r.Free()
			if r.Free(); r.kept != nil || r.buf != nil || r.fields != nil || r.Header.Len() != 0 || r.Reason != nil || c.head != nil || c.buf != nil || !r.KeepAlive() {
				t.Errorf("%s: something is held after the exchange", name)
			}
		}
		if interims != 3 {
			t.Errorf("%s: %d interim responses", name, interims)
		}
	}
}

// The buffer of a head is not kept alive by who waits either, so that the collector can have it where the pool does not need it.
func TestWaitingKeepsNoHeadAlive(t *testing.T) {
	if !canArm {
		t.Skip("the wait has another form on this system")
	}
	client, server := pair(t)
	c := NewConn(client)
	begun, done := make(chan weak.Pointer[byte], 1), make(chan error)
	var r Response
	go func() {
		head := append(c.Head(), get...)
		begun <- weak.Make(&head[0])
		_, err := c.Exchange(&r, "GET", head, nil)
		done <- err
	}()
	io.ReadFull(server, make([]byte, len(get)))
	head := <-begun
	for i := 0; head.Value() != nil; i++ { // it may not be waiting yet
		if i == 1000 {
			t.Fatal("the buffer is still there")
		}
		runtime.GC()
	}
	io.WriteString(server, "HTTP/1.1 204 N\r\n\r\n")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A head whose request is not sent, or fails, is taken back too.
func TestHeadIsTakenBack(t *testing.T) {
	for name, do := range map[string]func(c *Conn, head []byte, client, server net.Conn){
		"given up": func(c *Conn, _ []byte, _, _ net.Conn) { c.Release() },
		"reset":    func(c *Conn, _ []byte, _, _ net.Conn) { c.Reset(nil) },
		"closed": func(c *Conn, head []byte, client, _ net.Conn) {
			client.Close()
			c.Exchange(new(Response), "GET", head, nil)
			c.Release()
		},
		"no answer": func(c *Conn, head []byte, _, server net.Conn) {
			server.Close()
			c.Exchange(new(Response), "GET", head, nil)
		},
		"upload": func(c *Conn, head []byte, _, server net.Conn) {
			go func() {
				io.ReadFull(server, make([]byte, len(head)+100<<10))
				io.WriteString(server, "HTTP/1.1 204 N\r\n\r\n")
			}()
			if _, err := c.Exchange(new(Response), "POST", head, make([]byte, 100<<10)); err != nil {
				t.Error(err)
			}
		},
	} {
		client, server := pair(t)
		c := NewConn(client)
		do(c, append(c.Head(), get...), client, server)
		if c.head != nil {
			t.Errorf("%s: the buffer was not taken back", name)
		}
	}
}
