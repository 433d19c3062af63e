package throttle_test

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"pageload/conn/throttle"
)

// sizes serves loopback connections until the test ends: each byte that comes
// is answered with n.
func sizes(t testing.TB, n int) netip.AddrPort {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				body, b := make([]byte, n), make([]byte, 1)
				for {
					if _, err := io.ReadFull(c, b); err != nil {
						return
					}
					c.Write(body)
				}
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func dialTCP(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, addr.String())
}

// 1 MB shared by six connections between real sockets takes what the
// arithmetic says, within a tenth.
func TestLoopback(t *testing.T) {
	const conns, part = 6, 1_000_000 / 6
	addr := sizes(t, part)
	link, _ := throttle.Preset("Fast 4G")
	start := time.Now()
	var wg sync.WaitGroup
	var ends [conns]time.Duration
	for i := range conns {
		wg.Go(func() {
			c, err := link.Dial(dialTCP)(t.Context(), "tcp", addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			c.Write([]byte("x"))
			if _, err := io.ReadFull(c, make([]byte, part)); err != nil {
				t.Error(err)
			}
			ends[i] = time.Since(start)
		})
	}
	wg.Wait()
	got, want := time.Since(start), 2*link.Latency+time.Duration(conns*part*8*int64(time.Second)/link.Down)
	if got < want*9/10 || got > want*11/10 {
		t.Errorf("took %v, want %v", got, want)
	}
	for _, end := range ends {
		if end < got*8/10 {
			t.Errorf("one was done at %v of %v", end, got)
		}
	}
}

// An idle connection has no goroutine, and its peer's close is seen without
// a read.
func TestLoopbackReadReady(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	link := &throttle.Link{Latency: time.Millisecond, Down: 8_000_000}
	c, err := link.Dial(dialTCP)(t.Context(), "tcp", l.Addr().(*net.TCPAddr).AddrPort())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	ready := c.(interface{ ReadReady() (int, error) })
	if n, err := ready.ReadReady(); n != 0 || err != nil {
		t.Errorf("ReadReady of an idle connection: %d, %v", n, err)
	}
	s.Write([]byte("hello"))
	s.Close()
	until := time.Now().Add(10 * time.Second)
	for n := 0; n == 0 && time.Now().Before(until); {
		if n, err = ready.ReadReady(); n != 0 && (n != 5 || err != nil) {
			t.Errorf("ReadReady: %d, %v", n, err)
		}
	}
	if n, err := c.Read(make([]byte, 10)); n != 5 || err != nil {
		t.Errorf("Read: %d, %v", n, err)
	}
	for err = nil; err == nil && time.Now().Before(until); {
		_, err = ready.ReadReady()
	}
	if err != io.EOF {
		t.Errorf("ReadReady after the peer's FIN: %v", err)
	}
}

// BenchmarkExchange is one byte out and 16 KB back: on a bare connection, and
// on links that are no bottleneck.
func BenchmarkExchange(b *testing.B) {
	for _, bench := range []struct {
		name string
		link *throttle.Link
	}{
		{"bare", &throttle.Link{}},
		{"down", &throttle.Link{Down: 1e12}},
		{"down and up", &throttle.Link{Down: 1e12, Up: 1e12}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			c, err := bench.link.Dial(dialTCP)(b.Context(), "tcp", sizes(b, 16<<10))
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			buf, x := make([]byte, 16<<10), []byte("x")
			b.ReportAllocs()
			b.SetBytes(16 << 10)
			for b.Loop() {
				c.Write(x)
				if _, err := io.ReadFull(c, buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
