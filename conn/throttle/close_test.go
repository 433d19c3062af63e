package throttle_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
	"pageload/conn/throttle"
)

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
