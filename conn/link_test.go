package conn

import (
	"crypto/tls"
	"io"
	"testing"
	"time"

	"pageload/conn/conntest"
	"pageload/conn/throttle"
)

// On a link with a round trip of 100 ms, on a network with one of 20 ms, the
// connect, TLS 1.3 and an exchange take one of both each.
func TestDialerLink(t *testing.T) {
	link := &throttle.Link{Latency: 100 * ms}
	inWorld(t, &Pool{Dialer: Dialer{TLS: clientTLS(), Link: link}}, func(w *world) {
		w.serveTLS(&tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}}, echo)
		l := w.get(keyTLS)
		i := l.Info()
		if c, h := i.ConnectEnd.Sub(i.ConnectStart), i.TLSEnd.Sub(i.TLSStart); c != 120*ms || h != 120*ms {
			t.Errorf("connect took %v, TLS %v, want 120ms each", c, h)
		}
		start := time.Now()
		io.WriteString(l.Conn(), "hello")
		io.ReadFull(l.Conn(), make([]byte, 5))
		if d := time.Since(start); d != 120*ms {
			t.Errorf("the exchange took %v, want 120ms", d)
		}
		l.Release()
		w.sleep(time.Second)
		if again := w.get(keyTLS); again.ID() != l.ID() {
			t.Errorf("connection %d, want the first again", again.ID())
		}
	})
}

// A connection that the peer closed while it was idle is seen through a link.
func TestLinkStale(t *testing.T) {
	for _, link := range []*throttle.Link{{Latency: 100 * ms}, {Latency: 100 * ms, Down: 80_000, Up: 80_000}} {
		inWorld(t, &Pool{Dialer: Dialer{TLS: clientTLS(), Link: link}}, func(w *world) {
			closed := false
			w.serve(tlsAddr, func(c *conntest.Conn) {
				tc := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}})
				tc.Handshake()
				if !closed {
					closed = true
					time.Sleep(time.Second)
					tc.Close()
				}
				io.Copy(io.Discard, c)
			})
			w.get(keyTLS).Release()
			w.sleep(2 * time.Second)
			l := w.get(keyTLS)
			if l.ID() != 2 {
				t.Errorf("connection %d, want a new one", l.ID())
			}
			if r, _ := w.pool.Record(1); r.By != ByPeer || r.Reason != io.EOF || r.Received == 0 || r.Sent == 0 {
				t.Errorf("closed by %v: %v; sent %d, received %d", r.By, r.Reason, r.Sent, r.Received)
			}
		})
	}
}

// A connect that waits for the link ends with its timeout.
func TestLinkGivenUp(t *testing.T) {
	inWorld(t, &Pool{Dialer: Dialer{Link: &throttle.Link{Latency: time.Minute}, ConnectTimeout: time.Second}}, func(w *world) {
		_, err := w.pool.Get(ctxBg, Request{Key: keyA})
		want := "conn: connect to a.test: 192.0.2.1:80: connect timeout after 1s (after 1s)"
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	})
}
