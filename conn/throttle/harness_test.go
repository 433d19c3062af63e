package throttle_test

import (
	"io"
	"net"
	"net/netip"
	"os"
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
