package conntest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
)

func TestMain(m *testing.M) { os.Exit(conntest.VerifyNoLeaks(m)) }

var server = netip.MustParseAddrPort("192.0.2.1:80")

// pair returns both ends of a connection.
func pair(t *testing.T, n *conntest.Network) (client, srv *conntest.Conn) {
	t.Helper()
	l, err := n.Listen(server)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan net.Conn, 1)
	go func() {
		c, _ := l.Accept()
		got <- c
	}()
	c, err := n.Dial(t.Context(), "tcp", server)
	if err != nil {
		t.Fatal(err)
	}
	return c.(*conntest.Conn), (<-got).(*conntest.Conn)
}

func TestDialTakesTwoLatencies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c, s := pair(t, &conntest.Network{Latency: 20 * time.Millisecond})
		defer c.Close()
		defer s.Close()
		if got := time.Since(start); got != 40*time.Millisecond {
			t.Errorf("dial took %v, want 40ms", got)
		}
		if got, want := c.RemoteAddr().String(), server.String(); got != want {
			t.Errorf("RemoteAddr = %v, want %v", got, want)
		}
		if got, want := c.LocalAddr().String(), s.RemoteAddr().String(); got != want {
			t.Errorf("client is %v, server sees %v", got, want)
		}
	})
}

func TestDataTakesLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := pair(t, &conntest.Network{Latency: 20 * time.Millisecond})
		defer s.Close()
		start := time.Now()
		c.Write([]byte("hello "))
		c.Write([]byte("world"))
		c.Close()
		if n, err := s.ReadReady(); n != 0 || err != nil {
			t.Errorf("ReadReady at once = %d, %v, want 0, nil", n, err)
		}
		b, err := io.ReadAll(s)
		if string(b) != "hello world" || err != nil {
			t.Errorf("read %q, %v", b, err)
		}
		if got := time.Since(start); got != 20*time.Millisecond {
			t.Errorf("took %v, want 20ms", got)
		}
		if _, err := s.ReadReady(); err != io.EOF {
			t.Errorf("ReadReady after the end: %v, want EOF", err)
		}
	})
}

func TestHalfClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := pair(t, &conntest.Network{})
		c.Write([]byte("q"))
		c.CloseWrite()
		if b, err := io.ReadAll(s); string(b) != "q" || err != nil {
			t.Fatalf("server read %q, %v", b, err)
		}
		s.Write([]byte("answer"))
		s.Close()
		if b, err := io.ReadAll(c); string(b) != "answer" || err != nil {
			t.Errorf("client read %q, %v", b, err)
		}
		if _, err := c.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("write after CloseWrite: %v, want EPIPE", err)
		}
		c.Close()
	})
}

func TestWindowBoundsWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := pair(t, &conntest.Network{Window: 10})
		defer c.Close()
		defer s.Close()
		c.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := c.Write(make([]byte, 25))
		if n != 10 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write = %d, %v, want 10 and a deadline", n, err)
		}
		c.SetWriteDeadline(time.Time{})
		data := bytes.Repeat([]byte("abc"), 100)
		go c.Write(data)
		io.ReadFull(s, make([]byte, 10))
		got := make([]byte, 300)
		if _, err := io.ReadFull(s, got); err != nil || !bytes.Equal(got, data) {
			t.Errorf("read %q, %v", got, err)
		}
	})
}

func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := pair(t, &conntest.Network{})
		defer c.Close()
		defer s.Close()
		start := time.Now()
		c.SetReadDeadline(start.Add(time.Second))
		_, err := c.Read(make([]byte, 1))
		var ne net.Error
		if !errors.As(err, &ne) || !ne.Timeout() || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read: %v, want a timeout", err)
		}
		if got := time.Since(start); got != time.Second {
			t.Errorf("Read waited %v, want 1s", got)
		}
		c.SetReadDeadline(time.Time{})
		go func() {
			time.Sleep(time.Second)
			c.SetDeadline(time.Unix(1, 0))
		}()
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read: %v, want a deadline set meanwhile", err)
		}
	})
}

func TestResets(t *testing.T) {
	tests := []struct {
		name string
		do   func(c, s *conntest.Conn)
	}{
		{"Reset", func(c, s *conntest.Conn) { c.Reset() }},
		{"close with unread data", func(c, s *conntest.Conn) {
			s.Write([]byte("x"))
			time.Sleep(time.Second)
			c.Close()
		}},
		{"Reset with data in flight", func(c, s *conntest.Conn) {
			s.Write([]byte("x"))
			s.CloseWrite()
			c.Reset()
		}},
		{"write to a closed end", func(c, s *conntest.Conn) {
			c.Reset()
			s.Write([]byte("x"))
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := pair(t, &conntest.Network{Latency: 10 * time.Millisecond})
				test.do(c, s)
				time.Sleep(time.Second)
				if _, err := s.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("Read: %v, want ECONNRESET", err)
				}
				if _, err := s.Write([]byte("y")); err == nil {
					t.Error("Write after a reset succeeded")
				}
				c.Close()
				s.Close()
			})
		})
	}
}

func TestWriteAfterPeerClosedIsReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := pair(t, &conntest.Network{Latency: 10 * time.Millisecond})
		defer c.Close()
		s.Close()
		time.Sleep(time.Second)
		if _, err := c.Write([]byte("x")); err != nil {
			t.Errorf("first write: %v, want none: the RST is still to come", err)
		}
		time.Sleep(20 * time.Millisecond)
		if _, err := c.Write([]byte("x")); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("second write: %v, want ECONNRESET", err)
		}
	})
}

func TestRules(t *testing.T) {
	tests := []struct {
		name string
		rule conntest.Rule
		err  error
		took time.Duration
	}{
		{"refuse", conntest.Rule{Refuse: true}, syscall.ECONNREFUSED, 20 * time.Millisecond},
		{"blackhole", conntest.Rule{Blackhole: true}, context.DeadlineExceeded, time.Minute},
		{"error", conntest.Rule{Err: syscall.EMFILE}, syscall.EMFILE, 0},
		{"latency", conntest.Rule{Latency: time.Second}, nil, 2 * time.Second},
		{"none", conntest.Rule{}, nil, 20 * time.Millisecond},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &conntest.Network{Latency: 10 * time.Millisecond}
				stop, err := n.Serve(server, func(c *conntest.Conn) { io.Copy(io.Discard, c) })
				if err != nil {
					t.Fatal(err)
				}
				defer stop()
				n.SetRule(server, test.rule)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				start := time.Now()
				c, err := n.Dial(ctx, "tcp", server)
				if !errors.Is(err, test.err) {
					t.Errorf("Dial: %v, want %v", err, test.err)
				}
				if got := time.Since(start); got != test.took {
					t.Errorf("took %v, want %v", got, test.took)
				}
				if c != nil {
					c.Close()
				}
			})
		})
	}
}

func TestNobodyListens(t *testing.T) {
	var n conntest.Network
	if _, err := n.Dial(t.Context(), "tcp", server); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("Dial: %v, want ECONNREFUSED", err)
	}
	if n.Open() != 0 {
		t.Errorf("%d ends open", n.Open())
	}
}

func TestLeakedNames(t *testing.T) {
	before := conntest.Goroutines()
	stop := make(chan struct{})
	started := make(chan struct{})
	go waitHere(started, stop)
	<-started
	found := false
	for id, stack := range conntest.Goroutines() {
		if _, ok := before[id]; !ok && strings.Contains(stack, "waitHere") {
			found = true
		}
	}
	if !found {
		t.Error("the new goroutine is not among Goroutines")
	}
	close(stop)
	if left := conntest.Leaked(before); len(left) > 0 {
		t.Errorf("leaked: %v", left)
	}
}

func waitHere(started, stop chan struct{}) {
	close(started)
	<-stop
}
