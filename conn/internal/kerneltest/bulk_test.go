package kerneltest_test

import (
	"crypto/sha256"
	"io"
	"net"
	"testing"
	"time"

	"pageload/conn/conntest/wire"
	"pageload/conn/kernel"
)

// send reads all that comes, to its end, while it sends n bytes. The client's end comes
// when it has all of them, so that the kernel knows of no more to do then.
func send(n int) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			c.Write(pattern(n))
		}()
		io.Copy(io.Discard, c)
		<-sent
	}
}

// trade sends n bytes while it reads get, and then all to the end. The last byte is sent
// when it has read get: who has all of them has nothing more on its way.
func trade(n, get int) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		b := pattern(n)
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			c.Write(b[:n-1])
		}()
		io.CopyN(io.Discard, c, int64(get))
		<-sent
		c.Write(b[n-1:])
		io.Copy(io.Discard, c)
	}
}

func sum(n int) [sha256.Size]byte { return sha256.Sum256(pattern(n)) }

// Whatever the wire does to the frames, every byte arrives once and in its place, and the
// kernels count what was done.
func TestBulkOverBadWire(t *testing.T) {
	const n = 1 << 20
	for _, row := range []struct {
		name  string
		link  wire.Link
		check func(t *testing.T, x *bench, l life, server kernel.Info)
	}{
		{"loss", wire.Link{Loss: 0.02, Seed: 1}, func(t *testing.T, x *bench, l life, server kernel.Info) {
			lost := len(x.frames(wire.B, func(s seen) bool { return data(s) && s.Fate == wire.Lost }))
			if lost == 0 || server.Retransmits < lost {
				t.Errorf("%d of the server's segments were lost, and %d sent again", lost, server.Retransmits)
			}
			if l.AtClose.OutOfOrder == 0 {
				t.Error("no segment came out of order, though some were lost")
			}
		}},
		{"duplicates", wire.Link{Duplicate: 0.2, Seed: 1}, func(t *testing.T, x *bench, l life, server kernel.Info) {
			if x.Counts(wire.B).Duplicated == 0 || server.DSACKs == 0 {
				t.Errorf("%d frames were duplicated, the client reported %d", x.Counts(wire.B).Duplicated, server.DSACKs)
			}
			if l.AtClose.OutOfOrder != 0 {
				t.Errorf("%d out of order", l.AtClose.OutOfOrder)
			}
		}},
		{"reordered", wire.Link{Reorder: 0.05, Seed: 1}, func(t *testing.T, x *bench, l life, server kernel.Info) {
			if x.Counts(wire.B).Held == 0 || l.AtClose.OutOfOrder == 0 {
				t.Errorf("%d frames were held back, %d came out of order", x.Counts(wire.B).Held, l.AtClose.OutOfOrder)
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			x := join(t, wire.End{Link: row.link}, wire.End{Link: row.link})
			infos := make(chan kernel.Info, 1)
			x.serve(func(c *net.TCPConn) {
				trade(n, n/4)(c)
				infos <- x.info(c)
			})
			l, got := x.one(task{Exchanges: []exchange{{Send: n / 4, Read: n}}})
			if got.Error != "" || got.Read != n || got.Sum != sum(n) {
				t.Fatalf("%d bytes of %d, or others: %s", got.Read, n, got.Error)
			}
			server := <-infos
			if l.Received != n || l.Sent != n/4 {
				t.Errorf("received %d, sent %d", l.Received, l.Sent)
			}
			row.check(t, x, l, server)
		})
	}
}

// A link of 10 Mbit/s carries no more, and the kernel's delivery rate is near it.
func TestRate(t *testing.T) {
	const n, rate = 2 << 20, 10_000_000
	x := join(t, wire.End{}, wire.End{Link: wire.Link{Rate: rate}})
	infos := make(chan kernel.Info, 1)
	x.serve(func(c *net.TCPConn) {
		send(n)(c)
		infos <- x.info(c)
	})
	start := time.Now()
	_, got := x.one(task{Exchanges: []exchange{{Read: n}}})
	took := time.Since(start)
	if got.Sum != sum(n) {
		t.Errorf("%d bytes: %s", got.Read, got.Error)
	}
	within(t, "2 MB", took, time.Duration(n*8*float64(time.Second)/rate), time.Minute)
	// The newest measurement is of the last round trip, in which a wire that was late has
	// carried less, and then more.
	if r := (<-infos).DeliveryRate; x.late() < 2*ms && (r < rate/8*8/10 || r > rate/8*11/10) {
		t.Errorf("delivery rate %d bytes/s, the link has %d", r, rate/8)
	}
}
