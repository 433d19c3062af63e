//go:build !386

package conn

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tcpPair returns both ends of a connection.
func tcpPair(t *testing.T) (ours, theirs *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); s.Close() })
	return c.(*net.TCPConn), s.(*net.TCPConn)
}

// arrived waits until n bytes lie at c.
func arrived(t *testing.T, c net.Conn, n int) {
	t.Helper()
	rc, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, n)
	err = rc.Read(func(fd uintptr) bool {
		got, _, err := syscall.Recvfrom(int(fd), b, syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return got == n || err != nil && err != syscall.EAGAIN
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadAheadRecordByRecord(t *testing.T) {
	for _, size := range []int{1, 4, 5, 517, 4 << 10, 17 << 10, 100 << 10} {
		ours, theirs := tcpPair(t)
		sizes := []int{0, 1, 700, 16 << 10, 1, 16<<10 + 256, 9000, 3}
		var sent []byte
		var ends []int
		for _, n := range sizes {
			sent = append(sent, tlsRecord(23, n)...)
			ends = append(ends, len(sent))
		}
		go func() {
			theirs.Write(sent)
			theirs.CloseWrite()
		}()
		a := newReadAhead(ours)
		var got []byte
		for p := make([]byte, size); ; {
			n, err := a.Read(p)
			before := len(got)
			got = append(got, p[:n]...)
			for _, end := range ends {
				if before < end && end < len(got) {
					t.Errorf("reads of %d: one goes from %d to %d, beyond a record's end at %d", size, before, len(got), end)
				}
			}
			if err != nil {
				if err != io.EOF {
					t.Errorf("reads of %d: %v at the end, want EOF", size, err)
				}
				break
			}
		}
		if !bytes.Equal(got, sent) {
			t.Errorf("reads of %d: %d bytes came, %d were sent, or they differ", size, len(got), len(sent))
		}
		if a.buf != nil {
			t.Errorf("reads of %d: the buffer is kept", size)
		}
	}
}

func TestReadAheadHoldsNothingWhileItWaits(t *testing.T) {
	ours, theirs := tcpPair(t)
	a := newReadAhead(ours)
	two := append(tlsRecord(23, 10), tlsRecord(23, 20)...)
	theirs.Write(two)
	arrived(t, ours, len(two))
	p := make([]byte, 100)
	if n, err := a.Read(p); n != 15 || err != nil {
		t.Fatalf("Read = %d, %v, want the first record's 15 bytes", n, err)
	}
	if !a.whole() || a.buf == nil {
		t.Errorf("whole is %v after one of two records", a.whole())
	}
	a.settle()
	if a.buf != nil || len(a.kept) != 25 || !a.whole() {
		t.Errorf("after settle: buffer kept: %v, %d bytes, whole: %v; want the second record's 25 alone", a.buf != nil, len(a.kept), a.whole())
	}
	if n, err := a.Read(p); n != 25 || err != nil || !bytes.Equal(p[:n], two[15:]) {
		t.Errorf("Read = %d, %v, want the second record's 25 bytes", n, err)
	}
	if a.whole() || len(a.held()) != 0 || a.kept != nil {
		t.Errorf("%d bytes are held after all was read", len(a.held()))
	}
	ours.SetReadDeadline(time.Unix(1, 0))
	_, err := a.Read(p)
	if !errors.Is(err, os.ErrDeadlineExceeded) || !isTimeout(err) || !strings.HasPrefix(err.Error(), "read tcp ") {
		t.Errorf("past the deadline: %v, want what net.Conn says", err)
	}
	if a.buf != nil {
		t.Error("a buffer is kept although nothing came")
	}
	ours.SetReadDeadline(time.Time{})
	abort(theirs)
	_, err = a.Read(p)
	if !errors.Is(err, syscall.ECONNRESET) || !isClosedByPeer(err) || !strings.HasPrefix(err.Error(), "read tcp ") {
		t.Errorf("after a reset: %v, want what net.Conn says", err)
	}
	ours.Close()
	if _, err = a.Read(p); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v, want net.ErrClosed", err)
	}
}

// What has come with a record is read with it, and nothing else is waited for; also where what came is no data.
func TestTransportReadAhead(t *testing.T) {
	ours, theirs := tcpPair(t)
	config := &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}, SessionTicketsDisabled: true}
	server := tls.Server(theirs, config)
	trans := newTransport(ours)
	client := tls.Client(trans, &tls.Config{InsecureSkipVerify: true})
	shook := make(chan error, 1)
	go func() { shook <- server.Handshake() }()
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-shook; err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two", "three"} {
		server.Write([]byte(text))
	}
	arrived(t, ours, 3*(5+1+16)+3+3+5) // a head, the content's type and a tag each
	p := make([]byte, 100)
	if n, err := client.Read(p); string(p[:n]) != "one" || err != nil {
		t.Fatalf("Read = %q, %v", p[:n], err)
	}
	for _, want := range []string{"two", "three", "", ""} {
		if n, err := trans.ReadAhead(client, p); string(p[:n]) != want || err != nil {
			t.Errorf("ReadAhead = %q, %v, want %q", p[:n], err, want)
		}
	}
	// Half a record is not waited for.
	theirs.Write([]byte{23, 3, 3, 0, 100, 1, 2, 3})
	arrived(t, ours, 8)
	if n, err := trans.ReadAhead(client, p); n != 0 || err != nil {
		t.Errorf("ReadAhead = %q, %v of half a record", p[:n], err)
	}
}
