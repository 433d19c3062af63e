package throttle_test

import (
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
	"pageload/conn/throttle"
)

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
