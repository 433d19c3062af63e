package http1

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

const chunkedPost = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"

// A body that is read while it is sent arrives whole, however its reader cuts it, and the connection is good afterwards.
func TestSource(t *testing.T) {
	client, server := pair(t)
	go func() {
		br := bufio.NewReader(server)
		for {
			req, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			b, _ := io.ReadAll(req.Body)
			fmt.Fprintf(server, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n%10d%10d", len(b), bytes.Count(b, []byte("p")))
		}
	}()
	c := NewConn(client)
	var r Response
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"the end comes later": func(r io.Reader) io.Reader { return r }, "the end comes with data": iotest.DataErrReader, "small pieces": iotest.HalfReader,
	} {
		for _, size := range []int{0, 1, 15, 16, 65 << 10, 300 << 10} {
			for _, chunks := range []bool{false, true} {
				head, body := post(size)
				length := int64(size)
				if chunks {
					head, length = []byte(chunkedPost), -1
				}
				told := make(chan bool, 1)
				s := Source{Reader: wrap(bytes.NewReader(body)), Length: length, Stall: time.Minute, Ended: func() { told <- true }}
				if n, err := c.WriteFrom(head, s); err != nil || n != len(head) {
					t.Fatal(n, err)
				}
				if err := c.ReadResponse(&r, "POST"); err != nil {
					t.Fatal(err)
				}
				got := ""
				if err := c.ReadBody(&r, func(p []byte) error { got += string(p); return nil }); err != nil {
					t.Fatal(err)
				}
				if got != fmt.Sprintf("%10d%10d", size, size) || !r.KeepAlive() {
					t.Fatalf("%s, %d bytes, chunked %v: server got %s, keep %v", name, size, chunks, got, r.KeepAlive())
				}
				if s, ok := c.Sent(); !ok || !s.Complete || s.Bytes < int64(len(head)+size) || !chunks && s.Bytes > int64(len(head)+size) || s.End.IsZero() || len(told) != 1 {
					t.Errorf("%d bytes: Sent() = %+v, %v; told %d times", size, s, ok, len(told))
				}
			}
		}
	}
}

// What the server sees of a body in chunks, to the byte.
func TestSourceChunks(t *testing.T) {
	from, to := io.Pipe()
	client, server := pair(t)
	c := NewConn(client)
	if _, err := c.WriteFrom([]byte(chunkedPost), Source{Reader: from, Length: -1}); err != nil {
		t.Fatal(err)
	}
	expect := func(want string) {
		t.Helper()
		b := make([]byte, len(want))
		server.SetReadDeadline(time.Now().Add(5 * time.Second))
		if n, err := io.ReadFull(server, b); string(b) != want {
			t.Fatalf("got %q, %v, want %q", b[:n], err, want)
		}
	}
	expect(chunkedPost)
	for _, p := range []string{"a", strings.Repeat("x", 0x123)} {
		io.WriteString(to, p)
		expect(fmt.Sprintf("%x\r\n%s\r\n", len(p), p))
	}
	to.Close()
	expect("0\r\n\r\n")
}

// silent is a reader that does not come back before it is let go.
type silent struct{ in, out chan struct{} }

func newSilent() *silent { return &silent{make(chan struct{}), make(chan struct{})} }

func (s *silent) Read(p []byte) (int, error) {
	close(s.in)
	<-s.out
	return copy(p, "too late"), io.EOF
}

// A reader that does not come back holds up nothing, and what it brings later does not go out.
func TestSourceIsLeft(t *testing.T) {
	for name, tt := range map[string]struct {
		answer string
		leave  func(c *Conn, client net.Conn)
	}{
		"answered early": {answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
		"refused":        {answer: "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n"},
		"released":       {leave: func(c *Conn, _ net.Conn) { c.Release() }},
		"interrupted":    {leave: func(c *Conn, client net.Conn) { client.SetDeadline(past) }},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := pair(t)
			c, s := NewConn(client), newSilent()
			if _, err := c.WriteFrom([]byte(chunkedPost), Source{Reader: s, Length: -1, Ended: func() { t.Error("it was left in Read") }}); err != nil {
				t.Fatal(err)
			}
			<-s.in
			io.WriteString(server, tt.answer)
			if tt.leave != nil {
				tt.leave(c, client)
			}
			var r Response
			if err := c.ReadResponse(&r, "POST"); (err == nil) != (tt.answer != "") {
				t.Fatal(err)
			}
			if tt.answer != "" {
				if err := c.ReadBody(&r, nil); err != nil && r.Framing != NoBody && r.ContentLength > 0 {
					t.Fatal(err)
				}
			}
			if r.KeepAlive() {
				t.Error("kept with half a request")
			}
			if sent, ok := c.Sent(); !ok || sent.Complete || sent.Bytes != int64(len(chunkedPost)) {
				t.Errorf("Sent() = %+v, %v", sent, ok)
			}
			close(s.out)
			client.(*net.TCPConn).CloseWrite()
			if b, _ := io.ReadAll(server); string(b) != chunkedPost {
				t.Errorf("the server saw %q", b)
			}
		})
	}
}

// A body that waits goes out when the server wants it, or says nothing for that long, and not where it has answered.
func TestSourceWaits(t *testing.T) {
	const length = 4
	for name, tt := range map[string]struct {
		wait   time.Duration
		answer string // to the head
		sent   bool
	}{
		"asked for":         {time.Hour, "HTTP/1.1 100 Continue\r\n\r\n", true},
		"asked for twice":   {time.Hour, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n", true},
		"other interim":     {20 * time.Millisecond, "HTTP/1.1 103 Early\r\n\r\n", true},
		"no answer":         {20 * time.Millisecond, "", true},
		"refused":           {time.Hour, "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n", false},
		"answered all same": {time.Hour, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := pair(t)
			c, from := NewConn(client), strings.NewReader("body")
			head, _ := post(length)
			if _, err := c.WriteFrom(head, Source{Reader: from, Length: length, Wait: tt.wait}); err != nil {
				t.Fatal(err)
			}
			io.ReadFull(server, make([]byte, len(head)))
			io.WriteString(server, tt.answer)
			if tt.sent {
				go func() {
					io.ReadFull(server, make([]byte, length))
					io.WriteString(server, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				}()
			}
			var r Response
			if err := c.ReadResponse(&r, "POST"); err != nil {
				t.Fatal(err)
			}
			if (from.Len() == 0) != tt.sent || r.KeepAlive() != tt.sent {
				t.Errorf("%d bytes are left, keep %v", from.Len(), r.KeepAlive())
			}
		})
	}
}

// A server that takes nothing has a bound, and a reader that fails ends the sending.
func TestSourceEnds(t *testing.T) {
	client, _ := pair(t)
	c := NewConn(client)
	head, body := post(32 << 20)
	ended := make(chan bool, 1)
	if _, err := c.WriteFrom(head, Source{Reader: bytes.NewReader(body), Length: 32 << 20, Stall: 20 * time.Millisecond, Ended: func() { ended <- true }}); err != nil {
		t.Fatal(err)
	}
	<-ended
	<-c.up.done
	if s, ok := c.Sent(); !ok || s.Complete || s.Err == nil || s.Bytes >= 32<<20 {
		t.Errorf("Sent() = %+v, %v", s, ok)
	}

	client, _ = pair(t)
	c.Reset(client)
	failed := errors.New("no more")
	if _, err := c.WriteFrom(head, Source{Reader: io.MultiReader(strings.NewReader("some"), iotest.ErrReader(failed)), Length: 5}); err != nil {
		t.Fatal(err)
	}
	<-c.up.done
	if s, ok := c.Sent(); !ok || s.Complete || s.Err != failed || s.Bytes != int64(len(head)+4) {
		t.Errorf("Sent() = %+v, %v", s, ok)
	}
	if _, err := c.WriteFrom(head, Source{}); err == nil {
		t.Error("two requests at a time")
	}
	for length, want := range map[int64]error{3: nil, 5: io.ErrUnexpectedEOF} { // of four
		client, _ = pair(t)
		c.Reset(client)
		if _, err := c.WriteFrom(head, Source{Reader: strings.NewReader("four"), Length: length}); err != nil {
			t.Fatal(err)
		}
		<-c.up.done
		if s, ok := c.Sent(); !ok || s.Complete != (want == nil) || s.Err != want || s.Bytes != int64(len(head))+min(length, 4) {
			t.Errorf("%d: Sent() = %+v, %v", length, s, ok)
		}
	}
}
