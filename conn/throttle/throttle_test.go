package throttle_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
	"pageload/conn/throttle"
)

func TestMain(m *testing.M) { os.Exit(conntest.VerifyNoLeaks(m)) }

const ms = time.Millisecond

var addr = netip.MustParseAddrPort("192.0.2.1:80")

// A world has a server behind a link in virtual time.
type world struct {
	*testing.T
	net   *conntest.Network
	link  *throttle.Link
	start time.Time
}

// inWorld runs f in a bubble with a server that runs serve for each connection.
func inWorld(t *testing.T, link *throttle.Link, serve func(*conntest.Conn), f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, net: &conntest.Network{Window: 1 << 20}, link: link, start: time.Now()}
		stop, err := w.net.Serve(addr, serve)
		if err != nil {
			t.Fatal(err)
		}
		f(w)
		stop()
		synctest.Wait()
		if n := w.net.Open(); n != 0 {
			t.Errorf("%d ends are open", n)
		}
	})
}

func (w *world) dial() net.Conn {
	w.Helper()
	c, err := w.link.Dial(w.net.Dial)(w.Context(), "tcp", addr)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// at checks that it is this long since the world began, or a nanosecond for
// each slice longer or shorter.
func (w *world) at(what string, want time.Duration) {
	w.Helper()
	if got := time.Since(w.start); (got - want).Abs() > 20*time.Microsecond {
		w.Errorf("%s at %v, want %v", what, got, want)
	}
}

// answering reads requests of n bytes and answers each with m bytes.
func answering(n, m int) func(*conntest.Conn) {
	return func(c *conntest.Conn) {
		buf := make([]byte, n)
		for {
			if _, err := io.ReadFull(c, buf); err != nil {
				return
			}
			if _, err := c.Write(make([]byte, m)); err != nil {
				return
			}
		}
	}
}

func discard(c *conntest.Conn) { io.Copy(io.Discard, c) }

func (w *world) exchange(c net.Conn, n, m int) {
	w.Helper()
	if _, err := c.Write(make([]byte, n)); err != nil {
		w.Error(err)
	}
	if _, err := io.ReadFull(c, make([]byte, m)); err != nil {
		w.Error(err)
	}
}

func TestExchange(t *testing.T) {
	for _, test := range []struct {
		name    string
		link    *throttle.Link
		n, m    int
		connect time.Duration
		first   time.Duration // exchange, after the connect
	}{
		{"latency", &throttle.Link{Latency: 100 * ms}, 500, 1 << 20, 100 * ms, 100 * ms},
		{"down", &throttle.Link{Down: 8_000_000}, 500, 1_000_000, 0, time.Second},
		{"up", &throttle.Link{Up: 800_000}, 1_000_000, 500, 0, 10 * time.Second},
		{"all", &throttle.Link{Latency: 100 * ms, Down: 8_000_000, Up: 800_000}, 1000, 1_000_000, 100 * ms, 100*ms + 10*ms + time.Second},
		{"slower than a segment a second", &throttle.Link{Down: 8000}, 1, 3000, 0, 3 * time.Second},
		{"fast", &throttle.Link{Down: 8_000_000_000, Up: 8_000_000_000}, 1_000_000, 1_000_000, 0, 2 * ms},
		{"negative", &throttle.Link{Latency: -1, Down: -1, Up: -1, Loss: -1}, 1000, 1000, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, test.link, answering(test.n, test.m), func(w *world) {
				c := w.dial()
				defer c.Close()
				w.at("connected", test.connect)
				w.exchange(c, test.n, test.m)
				w.at("answer", test.connect+test.first)
				time.Sleep(time.Minute) // nothing is saved up
				w.exchange(c, test.n, test.m)
				w.at("second answer", test.connect+2*test.first+time.Minute)
			})
		})
	}
}

// 1 MB over each preset, on one connection and shared by six, is a round trip
// for the connect, one for the exchange, and the bytes.
func TestPresets(t *testing.T) {
	for _, test := range []struct {
		name     string
		latency  time.Duration
		down, up float64
	}{
		{"Slow 3G", 400 * ms, 400e3, 400e3},
		{"fast 3g", 150 * ms, 1.44e6, 675e3},
		{"Slow 4G", 150 * ms, 1.44e6, 675e3},
		{"Fast 4G", 60 * ms, 8.1e6, 1.35e6},
	} {
		for _, conns := range []int{1, 6} {
			t.Run(fmt.Sprintf("%s on %d", test.name, conns), func(t *testing.T) {
				link, ok := throttle.Preset(test.name)
				if !ok {
					t.Fatal("no such preset")
				}
				const all, request = 1_000_000, 500
				part := all / conns
				inWorld(t, &link, answering(request, part), func(w *world) {
					var wg sync.WaitGroup
					for range conns {
						wg.Go(func() {
							c := w.dial()
							defer c.Close()
							w.exchange(c, request, part)
						})
					}
					wg.Wait()
					// The first request's time on the line counts; the others go up while its answer comes down.
					up, down := request*8/test.up, float64(part*conns)*8/test.down
					want := 2*test.latency + time.Duration((up+down)*1e9)
					w.at("all", want)
				})
			})
		}
	}
	if l, ok := throttle.Preset("No throttling"); !ok || l.Down != 0 || l.Latency != 0 {
		t.Errorf("No throttling: %v", ok)
	}
	if _, ok := throttle.Preset("5G"); ok {
		t.Error("a preset 5G")
	}
	for _, name := range throttle.Names() {
		if _, ok := throttle.Preset(name); !ok {
			t.Errorf("Names has %q, Preset has not", name)
		}
	}
}

// Connections that move much and one that moves little get their parts.
func TestFair(t *testing.T) {
	const part = 200_000
	inWorld(t, &throttle.Link{Down: 8_000_000}, func(c *conntest.Conn) {
		b := make([]byte, 1)
		c.Read(b)
		c.Write(make([]byte, int(b[0])*1000))
		io.Copy(io.Discard, c)
	}, func(w *world) {
		var wg sync.WaitGroup
		ends := make([]time.Duration, 6)
		for i := range ends {
			wg.Go(func() {
				c := w.dial()
				defer c.Close()
				if i == 5 { // comes later, with less, and reads it in crumbs
					time.Sleep(100 * ms)
					c.Write([]byte{20})
					for n := 0; n < 20_000; {
						m, err := c.Read(make([]byte, 100))
						if n += m; err != nil {
							t.Error(err)
							return
						}
					}
				} else {
					c.Write([]byte{200})
					io.ReadFull(c, make([]byte, part))
				}
				ends[i] = time.Since(w.start)
			})
		}
		wg.Wait()
		w.at("all", 1020*ms)
		// A sixth of the line: 20 KB behind five times as much of the others.
		if ends[5] < 200*ms || ends[5] > 240*ms {
			t.Errorf("the small one took until %v, want 220ms", ends[5])
		}
		for i, end := range ends[:5] {
			if end < 990*ms {
				t.Errorf("connection %d was done at %v, long before the others", i, end)
			}
		}
	})
}

func TestFairUp(t *testing.T) {
	var mu sync.Mutex
	var got [2]time.Duration
	link := &throttle.Link{Up: 800_000}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		network := &conntest.Network{}
		stop, _ := network.Serve(addr, func(c *conntest.Conn) {
			n, _ := io.Copy(io.Discard, c)
			mu.Lock()
			defer mu.Unlock()
			if n > 50_000 {
				got[0] = time.Since(start)
			} else {
				got[1] = time.Since(start)
			}
		})
		for _, n := range []int{100_000, 10_000} {
			c, err := link.Dial(network.Dial)(t.Context(), "tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				c.Write(make([]byte, n))
				c.(interface{ CloseWrite() error }).CloseWrite()
				io.Copy(io.Discard, c)
				c.Close()
			}()
		}
		time.Sleep(time.Minute)
		stop()
	})
	if got[0].Round(ms) != 1100*ms || got[1] < 180*ms || got[1] > 220*ms {
		t.Errorf("100 KB took %v, want 1.1s; 10 KB beside it %v, want 200ms", got[0], got[1])
	}
}

// What a reader leaves to the kernel goes on arriving, up to a window.
func TestReaderIsBusy(t *testing.T) {
	inWorld(t, &throttle.Link{Down: 8_000_000}, answering(1, 300_000), func(w *world) {
		c := w.dial()
		defer c.Close()
		c.Write(make([]byte, 1))
		io.ReadFull(c, make([]byte, 100_000))
		w.at("100 KB", 100*ms)
		time.Sleep(30 * ms)
		io.ReadFull(c, make([]byte, 100_000))
		w.at("200 KB", 200*ms)
		time.Sleep(time.Second)
		io.ReadFull(c, make([]byte, 100_000))
		w.at("300 KB", 1200*ms+34464*time.Microsecond)
	})
}

func TestHalfClose(t *testing.T) {
	inWorld(t, &throttle.Link{Latency: 100 * ms, Down: 8_000_000, Up: 800_000}, func(c *conntest.Conn) {
		b, _ := io.ReadAll(c)
		fmt.Fprintf(c, "%d bytes", len(b))
		c.CloseWrite()
	}, func(w *world) {
		c := w.dial()
		defer c.Close()
		c.Write(make([]byte, 10_000))
		if err := c.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
			t.Error(err)
		}
		if _, err := c.Write([]byte("more")); err == nil {
			t.Error("Write after CloseWrite")
		}
		b, err := io.ReadAll(c)
		if string(b) != "10000 bytes" || err != nil {
			t.Errorf("read %q, %v", b, err)
		}
		w.at("answer", 100*ms+100*ms+100*ms+11*time.Microsecond)
	})
}

// Close sends what is on its way and waits for nothing.
func TestCloseSends(t *testing.T) {
	var got atomic.Int64
	inWorld(t, &throttle.Link{Latency: time.Second, Up: 8000}, func(c *conntest.Conn) {
		b, _ := io.ReadAll(c)
		got.Store(int64(len(b)))
	}, func(w *world) {
		c := w.dial()
		c.Write(make([]byte, 50_000))
		c.Close()
		w.at("closed", time.Second)
		synctest.Wait()
		if n := got.Load(); n != 50_000 {
			t.Errorf("the peer got %d bytes", n)
		}
		for _, err := range []error{c.Close(), second(c.Write([]byte("x"))), second(c.Read(make([]byte, 1)))} {
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("after Close: %v", err)
			}
		}
	})
}

// Close does not wait long for a peer that takes nothing.
func TestCloseGivesUp(t *testing.T) {
	inWorld(t, &throttle.Link{Latency: 10 * ms}, func(c *conntest.Conn) { time.Sleep(time.Minute) }, func(w *world) {
		c := w.dial()
		c.Write(make([]byte, 3<<20)) // the window is 1 MB
		time.Sleep(time.Second)
		start := time.Now()
		c.Close()
		if d := time.Since(start); d > 100*ms {
			t.Errorf("Close took %v", d)
		}
	})
}

func second(_ int, err error) error { return err }

func TestDeadlines(t *testing.T) {
	past := func() time.Time { return time.Now().Add(-time.Second) }
	inWorld(t, &throttle.Link{Latency: 100 * ms, Down: 80_000, Up: 80_000}, answering(1, 10_000), func(w *world) {
		c := w.dial()
		defer c.Close()
		// Before anything comes.
		c.SetReadDeadline(time.Now().Add(50 * ms))
		_, err := c.Read(make([]byte, 1))
		w.at("deadline", 150*ms)
		wantTimeout(t, err)
		c.SetReadDeadline(time.Time{})
		// While a slice is on its way: it is not lost.
		c.Write(make([]byte, 1))
		c.SetReadDeadline(time.Now().Add(150 * ms))
		n, err := io.ReadFull(c, make([]byte, 10_000))
		wantTimeout(t, err)
		w.at("second deadline", 300*ms)
		if got := second(c.Read(make([]byte, 1))); !errors.Is(got, os.ErrDeadlineExceeded) {
			t.Errorf("Read after the deadline: %v", got)
		}
		c.SetReadDeadline(time.Time{})
		if _, err := io.ReadFull(c, make([]byte, 10_000-n)); err != nil {
			t.Error(err)
		}
		w.at("all", 250*ms+100*time.Microsecond+time.Second)
		// A deadline that is set while a read waits.
		go func() {
			time.Sleep(ms)
			c.SetDeadline(past())
		}()
		_, err = c.Read(make([]byte, 1))
		wantTimeout(t, err)
		// Writes wait only for room.
		if _, err := c.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write: %v", err)
		}
		c.SetDeadline(time.Time{})
		c.SetWriteDeadline(time.Now().Add(time.Second))
		start := time.Now()
		n, err = c.Write(make([]byte, 1<<20))
		wantTimeout(t, err)
		if d := time.Since(start); d != time.Second || n < 64<<10 {
			t.Errorf("Write gave up after %v with %d bytes", d, n)
		}
	})
}

func wantTimeout(t *testing.T, err error) {
	t.Helper()
	var ne net.Error
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &ne) || !ne.Timeout() {
		t.Errorf("error %v, want a timeout", err)
	}
}

func TestReadReady(t *testing.T) {
	type reader interface{ ReadReady() (int, error) }
	for _, link := range []*throttle.Link{{Latency: 100 * ms}, {Latency: 100 * ms, Down: 80_000}} {
		inWorld(t, link, func(c *conntest.Conn) {
			c.Read(make([]byte, 1))
			c.Write(make([]byte, 1000))
			c.Read(make([]byte, 1))
			c.CloseWrite()
			io.Copy(io.Discard, c)
		}, func(w *world) {
			c := w.dial()
			defer c.Close()
			want := func(n int, err error) {
				t.Helper()
				synctest.Wait()
				if got, goterr := c.(reader).ReadReady(); got != n || goterr != err {
					t.Errorf("%v: ReadReady = %d, %v, want %d, %v", time.Since(w.start), got, goterr, n, err)
				}
			}
			want(0, nil)
			c.Write([]byte("x"))
			want(0, nil)
			time.Sleep(100 * ms)
			if link.Down > 0 {
				want(0, nil) // they take 100 ms
				time.Sleep(100 * ms)
			}
			want(1000, nil)
			want(1000, nil)
			start := time.Now()
			if n, err := c.Read(make([]byte, 2000)); n != 1000 || err != nil || time.Since(start) != 0 {
				t.Errorf("Read: %d, %v after %v", n, err, time.Since(start))
			}
			want(0, nil)
			c.Write([]byte("x"))
			time.Sleep(101 * ms)
			want(0, io.EOF)
			want(0, io.EOF)
			if _, err := c.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("Read: %v", err)
			}
		})
	}
}

func TestPeerResets(t *testing.T) {
	inWorld(t, &throttle.Link{Latency: 100 * ms, Down: 8_000_000}, func(c *conntest.Conn) {
		c.Read(make([]byte, 1))
		c.Reset()
	}, func(w *world) {
		c := w.dial()
		defer c.Close()
		c.Write([]byte("x"))
		_, err := c.Read(make([]byte, 1))
		if err == nil || !strings.Contains(err.Error(), "reset") {
			t.Errorf("Read: %v", err)
		}
		w.at("reset", 200*ms)
		c.Write([]byte("x"))
		time.Sleep(time.Second)
		if _, err := c.Write([]byte("x")); err == nil {
			t.Error("Write after the reset")
		}
	})
}

func TestDialIsCancelled(t *testing.T) {
	inWorld(t, &throttle.Link{Latency: time.Second}, discard, func(w *world) {
		ctx, cancel := context.WithTimeoutCause(w.Context(), 300*ms, errors.New("enough"))
		defer cancel()
		c, err := w.link.Dial(w.net.Dial)(ctx, "tcp", addr)
		if c != nil || err == nil || !strings.Contains(err.Error(), "enough") {
			t.Errorf("Dial: %v, %v", c, err)
		}
		w.at("given up", 300*ms)
	})
}

// Losses delay, keep the order, lose nothing, and are the same each time.
func TestLoss(t *testing.T) {
	run := func(seed uint64) (took time.Duration) {
		data := make([]byte, 500_000)
		for i := range data {
			data[i] = byte(i * 7 >> 3)
		}
		link := &throttle.Link{Latency: 50 * ms, Down: 8_000_000, Up: 8_000_000, Loss: 0.02, Seed: seed}
		inWorld(t, link, func(c *conntest.Conn) { io.Copy(c, c) }, func(w *world) {
			c := w.dial()
			defer c.Close()
			go func() {
				c.Write(data)
				c.(interface{ CloseWrite() error }).CloseWrite()
			}()
			var got bytes.Buffer
			buf := make([]byte, len(data))
			for got.Len() < len(data) {
				n, err := c.Read(buf)
				if err != nil {
					t.Fatal(err)
				}
				got.Write(buf[:n])
			}
			if !bytes.Equal(got.Bytes(), data) {
				t.Error("other bytes came")
			}
			took = time.Since(w.start)
		})
		return took
	}
	a, b, c := run(1), run(1), run(2)
	if a != b || a == c {
		t.Errorf("took %v and %v with one seed, %v with another", a, b, c)
	}
	if a < 700*ms { // without losses it is 100 ms and 500 ms
		t.Errorf("took %v: no losses", a)
	}
}

func TestLostSYN(t *testing.T) {
	inWorld(t, &throttle.Link{Loss: 1}, discard, func(w *world) {
		c := w.dial()
		defer c.Close()
		w.at("connected", 63*time.Second)
	})
}

func TestZeroLinkDoesNothing(t *testing.T) {
	var l throttle.Link
	a, b := net.Pipe()
	defer b.Close()
	defer a.Close()
	if l.Wrap(a) != a || (*throttle.Link)(nil).Wrap(a) != a {
		t.Error("Wrap of a zero Link wraps")
	}
	if err := l.Connect(t.Context()); err != nil {
		t.Error(err)
	}
	dial := l.Dial(func(context.Context, string, netip.AddrPort) (net.Conn, error) { return a, nil })
	if c, err := dial(t.Context(), "tcp", addr); c != a || err != nil {
		t.Errorf("Dial: %v, %v", c, err)
	}
}
