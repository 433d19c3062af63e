package kerneltest_test

import (
	"io"
	"net"
	"testing"

	"pageload/conn"
	"pageload/conn/conntest/wire"
)

// firstFIN is the side whose FIN was sent first.
func (x *bench) firstFIN() (wire.Side, bool) {
	a, b := x.frames(wire.A, fin), x.frames(wire.B, fin)
	switch {
	case len(a) == 0 && len(b) == 0:
		return 0, false
	case len(b) == 0 || len(a) > 0 && a[0].Time.Before(b[0].Time):
		return wire.A, true
	}
	return wire.B, true
}

func TestWeCloseFirst(t *testing.T) {
	x := join(t, wire.End{}, wire.End{})
	x.serve(greet)
	l, _ := x.one(task{Exchanges: []exchange{{Text: "hello", Read: 5, Keep: true}}, Watch: true})
	if side, ok := x.firstFIN(); !ok || side != wire.A || l.FirstFIN != conn.ByUs || l.By != conn.ByUs || l.Reset != conn.ByNobody {
		t.Errorf("first FIN of %v; the record has %v, closed by %v, reset by %v", side, l.FirstFIN, l.By, l.Reset)
	}
	if n := len(x.frames(wire.A, rst)) + len(x.frames(wire.B, rst)); n > 0 {
		t.Errorf("%d RSTs", n)
	}
}

// The peer sends its FIN right after the response.
func TestPeerClosesFirst(t *testing.T) {
	x := join(t, wire.End{}, wire.End{})
	x.serve(func(c *net.TCPConn) { io.CopyN(c, c, 5) })
	l, got := x.one(task{Exchanges: []exchange{{Text: "hello", Read: -1}}, Watch: true})
	if got.Read != 5 || got.Error != "" {
		t.Errorf("%d bytes, %s", got.Read, got.Error)
	}
	if side, ok := x.firstFIN(); !ok || side != wire.B || l.FirstFIN != conn.ByPeer || l.Reset != conn.ByNobody {
		t.Errorf("first FIN of %v; the record has %v, reset by %v", side, l.FirstFIN, l.Reset)
	}
	if n := len(x.frames(wire.A, fin)); n != 1 {
		t.Errorf("%d FINs of ours", n)
	}
}

func TestPeerResets(t *testing.T) {
	x := join(t, wire.End{}, wire.End{})
	x.serve(func(c *net.TCPConn) {
		io.CopyN(c, c, 5)
		c.SetLinger(0)
	})
	l, got := x.one(task{Exchanges: []exchange{{Text: "hello", Read: 6}}, Watch: true})
	if got.Error == "" {
		t.Error("reading went well")
	}
	if l.Reset != conn.ByPeer || l.FirstFIN != conn.ByNobody || l.By != conn.ByPeer {
		t.Errorf("reset by %v (%s), first FIN of %v, closed by %v: %s", l.Reset, l.ResetWhy, l.FirstFIN, l.By, l.Reason)
	}
	if n := len(x.frames(wire.B, rst)); n == 0 { // there are two if the RST meets our ACK of the data
		t.Error("no RST of the peer")
	}
	if n := len(x.frames(wire.A, fin)) + len(x.frames(wire.A, rst)); n > 0 {
		t.Errorf("%d FINs and RSTs of ours, after the peer's", n)
	}
}

// We close while there is something that nobody has read: the kernel makes a RST of it,
// and the record says whose it is and why.
func TestWeReset(t *testing.T) {
	x := join(t, wire.End{}, wire.End{})
	all := make(chan error, 1)
	x.serve(func(c *net.TCPConn) {
		c.Write(pattern(1000)) // in one segment
		_, err := io.Copy(io.Discard, c)
		all <- err
	})
	l, got := x.one(task{Exchanges: []exchange{{Read: 5}}, Watch: true})
	if got.Error != "" {
		t.Error(got.Error)
	}
	if l.Reset != conn.ByUs || l.ResetWhy == "" || l.FirstFIN != conn.ByNobody {
		t.Errorf("reset by %v (%s), first FIN of %v", l.Reset, l.ResetWhy, l.FirstFIN)
	}
	if err := <-all; err == nil {
		t.Error("the peer has read to an end")
	}
	if n := len(x.frames(wire.A, rst)); n == 0 {
		t.Error("no RST was sent")
	}
}

// The peer has said its last word but listens on: what we send after its FIN arrives.
func TestPeerHalfCloses(t *testing.T) {
	x := join(t, wire.End{}, wire.End{})
	type ending struct {
		n   int64
		err error
	}
	rest := make(chan ending, 1)
	x.serve(func(c *net.TCPConn) {
		io.CopyN(c, c, 5)
		c.CloseWrite()
		n, err := io.Copy(io.Discard, c)
		rest <- ending{n, err}
	})
	l, got := x.one(task{Exchanges: []exchange{{Text: "hello", Read: -1, Then: "and one thing more"}}, Watch: true})
	if got.Read != 5 || got.Error != "" || !got.Ended {
		t.Errorf("%d bytes, ended %v, %s", got.Read, got.Ended, got.Error)
	}
	if e := <-rest; e.n != 18 || e.err != nil {
		t.Errorf("the peer got %d bytes after its FIN, %v", e.n, e.err)
	}
	if l.FirstFIN != conn.ByPeer || l.Reset != conn.ByNobody || l.Sent != 23 || l.Received != 5 {
		t.Errorf("first FIN of %v, reset by %v, sent %d, received %d", l.FirstFIN, l.Reset, l.Sent, l.Received)
	}
}

// We half-close, and what the peer sends after our FIN is read to its end.
func TestWeHalfClose(t *testing.T) {
	x := join(t, wire.End{}, wire.End{})
	x.serve(func(c *net.TCPConn) {
		if n, err := io.Copy(io.Discard, c); n == 5 && err == nil { // to our FIN
			c.Write(pattern(100_000))
		}
	})
	l, got := x.one(task{Exchanges: []exchange{{Text: "hello", Finish: true, Read: -1}}, Watch: true})
	if got.Read != 100_000 || got.Sum != sum(100_000) || got.Error != "" {
		t.Errorf("%d bytes, %s", got.Read, got.Error)
	}
	if side, ok := x.firstFIN(); !ok || side != wire.A || l.FirstFIN != conn.ByUs || l.Reset != conn.ByNobody {
		t.Errorf("first FIN of %v; the record has %v, reset by %v", side, l.FirstFIN, l.Reset)
	}
	if n := len(x.frames(wire.A, rst)); n > 0 {
		t.Errorf("%d RSTs of ours", n)
	}
}

// The response is held back and the FIN behind it overtakes it: it counts as data that is
// out of order, and nothing is missed.
func TestFINOvertakesData(t *testing.T) {
	x := join(t, wire.End{}, withRule(wire.First(1, wire.Data, wire.Verdict{Hold: rtt})))
	x.serve(func(c *net.TCPConn) {
		if _, err := io.CopyN(io.Discard, c, 5); err == nil {
			c.Write(pattern(1000))
		}
	})
	l, got := x.one(task{Exchanges: []exchange{{Text: "hello", Read: -1}}, Watch: true})
	if got.Read != 1000 || got.Sum != sum(1000) || got.Error != "" || !got.Ended {
		t.Errorf("%d bytes, ended %v, %s", got.Read, got.Ended, got.Error)
	}
	if l.FirstFIN != conn.ByPeer || l.Reset != conn.ByNobody || l.Received != 1000 {
		t.Errorf("first FIN of %v, reset by %v, received %d", l.FirstFIN, l.Reset, l.Received)
	}
}

// Every segment comes twice, SYNs and FINs too: nobody notices.
func TestEverythingTwice(t *testing.T) {
	twice := func() wire.End { return withRule(wire.Each(wire.TCP, wire.Verdict{Copies: 1})) }
	x := join(t, twice(), twice())
	x.serve(greet)
	l, got := x.one(task{Exchanges: []exchange{{Text: "hello", Read: 5, Keep: true}}, Watch: true})
	if got.Read != 5 || got.Error != "" {
		t.Errorf("%d bytes, %s", got.Read, got.Error)
	}
	if l.SYNRetransmits != 0 || l.AtClose.Retransmits != 0 || l.FirstFIN != conn.ByUs || l.Reset != conn.ByNobody || l.Received != 5 || l.Sent != 5 {
		t.Errorf("%d SYNs, %d segments again, first FIN of %v, reset by %v, sent %d, received %d",
			l.SYNRetransmits, l.AtClose.Retransmits, l.FirstFIN, l.Reset, l.Sent, l.Received)
	}
}

// A connection that is kept after a response is closed by the peer meanwhile: the next
// exchange has another, and nobody wrote to the dead one.
func TestPeerClosesIdle(t *testing.T) {
	x := join(t, wire.End{}, wire.End{})
	x.serve(func(c *net.TCPConn) { io.CopyN(c, c, 5) })
	r := x.run(task{Exchanges: []exchange{
		{Text: "hello", Read: 5, Keep: true},
		{Text: "hello", Read: 5, Keep: true, After: closed},
	}})
	if len(r.Exchanges) != 2 || r.Exchanges[1].ID != 2 || r.Exchanges[1].Error != "" || len(r.Lives) != 2 {
		t.Fatalf("%+v", r)
	}
	if l := r.Lives[0]; l.FirstFIN != conn.ByPeer || l.By != conn.ByPeer || l.Reason != "EOF" {
		t.Errorf("first FIN of %v, closed by %v: %s", l.FirstFIN, l.By, l.Reason)
	}
}
