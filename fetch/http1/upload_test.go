package http1

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func post(n int) (head, body []byte) {
	return fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", n), bytes.Repeat([]byte("p"), n)
}

func TestWriteRequestInOneWrite(t *testing.T) {
	for _, n := range []int{0, 1, 1000, 5000, 60 << 10, 64 << 10} {
		s := &script{end: io.EOF, pieces: []string{"HTTP/1.1 204 N\r\n\r\n"}}
		head, body := post(n)
		c := NewConn(s)
		got, err := c.WriteRequest(head, body)
		if err != nil || got != len(head)+n || len(s.writes) != 1 || s.writes[0] != string(head)+string(body) {
			t.Errorf("%d bytes: %d written, %v, in %d writes", n, got, err, len(s.writes))
		}
		if _, ok := c.Sent(); ok {
			t.Error("Sent answers for a body that no goroutine sent")
		}
	}
}

type badWriter struct {
	script
	n int
}

func (b *badWriter) Write(p []byte) (int, error) { return b.n, errReset }

func TestWriteRequestError(t *testing.T) {
	b := &badWriter{n: 7}
	b.end, b.pieces = io.EOF, []string{"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"}
	c := NewConn(b)
	n, err := c.WriteRequest(post(10))
	var e *Error
	if n != 7 || !errors.Is(err, errReset) || !errors.As(err, &e) || e.Kind != IO {
		t.Errorf("got %d, %v", n, err)
	}
	var r Response // a server that refuses answers first
	if err := c.ReadResponse(&r, "POST"); err != nil || r.Status != 413 {
		t.Errorf("got %d, %v", r.Status, err)
	}
	if r.KeepAlive() {
		t.Error("kept after half a request")
	}
}

// A large body goes out while the response is awaited, and the connection is good afterwards.
func TestUpload(t *testing.T) {
	client, server := pair(t)
	go func() {
		br := bufio.NewReader(server)
		for {
			req, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			n, _ := io.Copy(io.Discard, req.Body)
			fmt.Fprintf(server, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n%10d", n)
		}
	}()
	c := NewConn(client)
	var r Response
	for _, size := range []int{8 << 20, 65 << 10, 100} {
		head, body := post(size)
		if _, err := c.WriteRequest(head, body); err != nil {
			t.Fatal(err)
		}
		if err := c.ReadResponse(&r, "POST"); err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := c.ReadBody(&r, func(p []byte) error { got += string(p); return nil }); err != nil {
			t.Fatal(err)
		}
		if strings.TrimSpace(got) != fmt.Sprint(size) || !r.KeepAlive() {
			t.Errorf("server got %s of %d, keep %v", got, size, r.KeepAlive())
		}
		s, ok := c.Sent()
		if ok != (size > oneWrite) || ok && (!s.Complete || s.Bytes != int64(len(head)+size) || s.Err != nil || s.End.IsZero()) {
			t.Errorf("Sent() = %+v, %v", s, ok)
		}
	}
}

// An answer of 300 or more stops the sending at once, another one when it has been read.
func TestUploadStoppedByResponse(t *testing.T) {
	for _, status := range []int{413, 302, 200} {
		client, server := pair(t)
		go func() {
			io.ReadFull(server, make([]byte, 1000))
			fmt.Fprintf(server, "HTTP/1.1 %d Early\r\nContent-Length: 2\r\n\r\nno", status) // and reads no more
		}()
		c := NewConn(client)
		var r Response
		head, body := post(32 << 20)
		if _, err := c.WriteRequest(head, body); err != nil {
			t.Fatal(err)
		}
		if err := c.ReadResponse(&r, "POST"); err != nil || r.Status != status {
			t.Fatal(r.Status, err)
		}
		if _, ended := c.Sent(); ended != (status >= 300) {
			t.Errorf("%d: sending has ended: %v", status, ended)
		}
		if err := c.ReadBody(&r, nil); err != nil || r.ContentBytes != 2 {
			t.Fatal(err)
		}
		s, ok := c.Sent()
		if !ok || s.Complete || s.Err != nil || s.Bytes >= int64(len(body)) || r.KeepAlive() {
			t.Errorf("%d: Sent() = %+v, %v; keep %v", status, s, ok, r.KeepAlive())
		}
	}
}

// A server may answer while it listens: an answer below 300 does not stop the sending.
func TestUploadEcho(t *testing.T) {
	const size = 4 << 20
	client, server := pair(t)
	go func() {
		req, err := http.ReadRequest(bufio.NewReader(server))
		if err != nil {
			return
		}
		fmt.Fprintf(server, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
		io.Copy(server, req.Body)
	}()
	c := NewConn(client)
	var r Response
	if _, err := c.WriteRequest(post(size)); err != nil {
		t.Fatal(err)
	}
	if err := c.ReadResponse(&r, "POST"); err != nil {
		t.Fatal(err)
	}
	if err := c.ReadBody(&r, nil); err != nil || r.ContentBytes != size || !r.KeepAlive() {
		t.Errorf("%d of %d, keep %v: %v", r.ContentBytes, size, r.KeepAlive(), err)
	}
}

// Release and a failing connection end the goroutine too: these would hang otherwise.
func TestUploadReleased(t *testing.T) {
	client, _ := pair(t)
	c := NewConn(client)
	if _, err := c.WriteRequest(post(32 << 20)); err != nil {
		t.Fatal(err)
	}
	c.Release()
	if s, ok := c.Sent(); !ok || s.Complete {
		t.Errorf("Sent() = %+v, %v", s, ok)
	}

	client, server := pair(t)
	c.Reset(client)
	if _, err := c.WriteRequest(post(32 << 20)); err != nil {
		t.Fatal(err)
	}
	server.Close()
	var r Response
	if err := c.ReadResponse(&r, "POST"); !errors.Is(err, ErrNoResponse) {
		t.Errorf("got %v", err)
	}
	if s, ok := c.Sent(); !ok || s.Complete {
		t.Errorf("Sent() = %+v, %v", s, ok)
	}
}
