package kerneltest_test

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"pageload/conn"
	"pageload/conn/conntest/wire"
	"pageload/conn/kernel"
)

// hello is the least exchange: a few bytes there and back.
var hello = []exchange{{Text: "hello", Read: 5}}

// greet answers as hello expects.
func greet(c *net.TCPConn) {
	if _, err := io.CopyN(c, c, 5); err == nil {
		io.Copy(io.Discard, c) // until the client's end
	}
}

func TestRoundTrip(t *testing.T) {
	x := join(t, wire.End{}, wire.End{})
	x.serve(greet)
	l, _ := x.one(task{Exchanges: hello})
	if l.AtOpen == nil || l.AtClose == nil {
		t.Fatalf("no facts: %+v", l)
	}
	within(t, "RTT at the open", l.AtOpen.RTT, rtt, rtt+rtt/10+x.late())
	within(t, "least RTT at the close", l.AtClose.MinRTT, rtt, rtt+rtt/10+x.late())
	within(t, "connect", l.ConnectEnd.Sub(l.ConnectStart), rtt, time.Minute)
	if l.AtOpen.State != kernel.Established || l.SYNRetransmits != 0 || l.AtClose.Retransmits != 0 {
		t.Errorf("%v, %d SYNs and %d segments again", l.AtOpen.State, l.SYNRetransmits, l.AtClose.Retransmits)
	}
	if l.Sent != 5 || l.Received != 5 {
		t.Errorf("%d sent, %d received, want 5 and 5", l.Sent, l.Received)
	}
	var got []kernel.State
	for _, s := range l.OpenStates {
		got = append(got, s.State)
	}
	if fmt.Sprint(got) != "[SYN_SENT ESTABLISHED]" {
		t.Errorf("states %v", got)
	}
}

// The kernel repeats a SYN after a second; the record says so, and takes as long as the
// wire saw it take.
func TestFirstSYNLost(t *testing.T) {
	x := join(t, withRule(wire.First(1, wire.SYN, wire.Verdict{Drop: true})), wire.End{})
	x.serve(greet)
	l, _ := x.one(task{Exchanges: hello})
	syns := x.frames(wire.A, syn)
	if len(syns) != 2 || syns[0].Fate != wire.Dropped || syns[0].Seg.Seq != syns[1].Seg.Seq {
		t.Fatalf("%d SYNs", len(syns))
	}
	apart := syns[1].Time.Sub(syns[0].Time)
	within(t, "between the SYNs", apart, time.Second-tick, 1500*ms)
	within(t, "connect", l.ConnectEnd.Sub(l.ConnectStart), apart+rtt, time.Minute)
	if l.SYNRetransmits != 1 || l.AtOpen.Retransmits != 1 || l.AtOpen.SYNRetransmits != 1 || l.AtClose.Retransmits != 1 {
		t.Errorf("%d SYNs again, at the open %d of %d, at the close %d: want 1 each",
			l.SYNRetransmits, l.AtOpen.SYNRetransmits, l.AtOpen.Retransmits, l.AtClose.Retransmits)
	}
}

// With a backup connect nobody waits that second: the pool's second SYN is 250 ms behind
// the first.
func TestFirstSYNLostBackup(t *testing.T) {
	x := join(t, withRule(wire.First(1, wire.SYN, wire.Verdict{Drop: true})), wire.End{})
	x.serve(greet)
	r := x.run(task{Exchanges: hello, Backup: true})
	syns := x.frames(wire.A, syn)
	if len(syns) < 2 || syns[0].Seg.Src == syns[1].Seg.Src || len(r.Exchanges) != 1 || r.Exchanges[0].ID != 2 {
		t.Fatalf("%d SYNs, %+v", len(syns), r.Exchanges)
	}
	if len(r.Lives) != 2 {
		t.Fatalf("%d connections", len(r.Lives))
	}
	// The first SYN comes later than its connect was begun, the busier the machine is.
	within(t, "until the second connect", r.Lives[1].Started.Sub(r.Exchanges[0].Began), 250*ms, time.Second)
	within(t, "between the SYNs", syns[1].Time.Sub(syns[0].Time), 0, time.Second-tick)
}

// A SYN that is answered, but whose answer is lost, is sent again too, and the server
// repeats its answer: the client cannot tell which was lost.
func TestFirstSYNACKLost(t *testing.T) {
	x := join(t, wire.End{}, withRule(wire.First(1, wire.SYNACK, wire.Verdict{Drop: true})))
	x.serve(greet)
	l, _ := x.one(task{Exchanges: hello})
	if n := len(x.frames(wire.A, syn)); n > 2 || l.SYNRetransmits != n-1 {
		t.Errorf("%d SYNs, the record says %d again", n, l.SYNRetransmits)
	}
	within(t, "connect", l.ConnectEnd.Sub(l.ConnectStart), time.Second-tick, time.Minute)
}

// What is sent to the IPv6 address of a host is never heard of again: IPv4 is tried when
// the attempt delay is over, and wins.
func TestBlackHoledIPv6(t *testing.T) {
	v6, v4 := netip.MustParseAddr("2001:db8::2"), peer
	for _, row := range []struct {
		name  string
		match wire.Match
	}{
		{"packets", func(f *wire.Frame) bool { return wire.TCP(f) && wire.To(v6)(f) }},
		{"all", wire.To(v6)},
	} {
		t.Run(row.name, func(t *testing.T) {
			x := join(t, withRule(wire.Each(row.match, wire.Verdict{Drop: true})), wire.End{})
			x.serve(greet)
			l, got := x.one(task{Exchanges: hello, Addrs: []netip.Addr{v6, v4}})
			if len(l.Attempts) != 2 || l.Attempts[0].Addr.Addr() != v6 || l.Attempts[1].Addr.Addr() != v4 || l.Remote.Addr() != v4 {
				t.Fatalf("attempts %+v, remote %v", l.Attempts, l.Remote)
			}
			if l.Attempts[0].Error != conn.ErrLost.Error() || l.Attempts[1].Error != "" || got.Error != "" {
				t.Errorf("errors %q, %q, %q", l.Attempts[0].Error, l.Attempts[1].Error, got.Error)
			}
			// Before a second is over nothing else can have started the attempt: no answer came.
			within(t, "attempt delay", l.Attempts[1].Start.Sub(l.Attempts[0].Start), 250*ms, time.Second)
			within(t, "race", l.ConnectEnd.Sub(l.ConnectStart), 250*ms+rtt, time.Minute)
			if n := len(x.frames(wire.B, func(s seen) bool { return s.TCP && s.Seg.Src.Addr() == v6 })); n > 0 {
				t.Errorf("%d segments came from the black hole", n)
			}
		})
	}
}

// Nobody listens: the RST takes a round trip, and is the error.
func TestRefused(t *testing.T) {
	x := join(t, wire.End{}, wire.End{})
	r := x.run(task{Exchanges: hello})
	if len(r.Lives) != 1 || len(r.Lives[0].Attempts) != 1 || r.Lives[0].Attempts[0].Error != "connect: connection refused" {
		t.Fatalf("%+v", r)
	}
	within(t, "attempt", r.Lives[0].Attempts[0].Duration, rtt, time.Minute)
	if n := len(x.frames(wire.B, rst)); n != 1 {
		t.Errorf("%d RSTs", n)
	}
}

// The first question for the link address is lost: the kernel puts it again after a
// second, and the SYN waits for the answer.
func TestFirstARPLost(t *testing.T) {
	x := strangers(t, withRule(wire.First(1, wire.ARP, wire.Verdict{Drop: true})), wire.End{})
	x.serve(greet)
	l, _ := x.one(task{Exchanges: hello})
	asked, syns := x.frames(wire.A, isARP), x.frames(wire.A, syn)
	if len(asked) < 2 || len(syns) == 0 {
		t.Fatalf("%d requests, %d SYNs", len(asked), len(syns))
	}
	apart := asked[1].Time.Sub(asked[0].Time)
	within(t, "between the requests", apart, time.Second-tick, 1500*ms)
	// One round trip of ARP, then one of TCP.
	within(t, "connect", l.ConnectEnd.Sub(l.ConnectStart), apart+2*rtt, time.Minute)
	if syns[0].Time.Before(asked[1].Due.Add(rtt / 2)) {
		t.Error("a SYN was sent before the link address was known")
	}
}

// The same with IPv6's questions.
func TestFirstNDPLost(t *testing.T) {
	x := strangers(t, withRule(wire.First(1, wire.NDP, wire.Verdict{Drop: true})), wire.End{})
	x.serve(greet)
	l, got := x.one(task{Exchanges: hello, Addrs: []netip.Addr{netip.MustParseAddr("2001:db8::2")}})
	if got.Error != "" || x.Counts(wire.A).Dropped != 1 {
		t.Errorf("%d dropped, %s", x.Counts(wire.A).Dropped, got.Error)
	}
	within(t, "connect", l.ConnectEnd.Sub(l.ConnectStart), time.Second-tick+2*rtt, time.Minute)
}

// Both hosts believe in 1500 bytes, and something between them swallows what is longer
// than 1280 and says nothing. The server's kernel finds out, since it is told to
// (tcp_mtu_probing), and the client gets all.
func TestBlackHoledMTU(t *testing.T) {
	x := join(t, wire.End{}, wire.End{Link: wire.Link{MTU: 1280}})
	if err := x.Host(wire.B).Sysctl("net/ipv4/tcp_mtu_probing", "1"); err != nil {
		t.Fatal(err)
	}
	infos := make(chan kernel.Info, 1)
	x.serve(func(c *net.TCPConn) {
		send(50_000)(c)
		infos <- x.info(c)
	})
	_, got := x.one(task{Exchanges: []exchange{{Read: 50_000}}})
	if got.Error != "" || got.Sum != sum(50_000) {
		t.Errorf("%d bytes, %s", got.Read, got.Error)
	}
	if i := <-infos; x.Counts(wire.B).TooLong == 0 || i.MSS > 1280-40-12 || i.Retransmits == 0 {
		t.Errorf("%d were too long; MSS %d, %d sent again", x.Counts(wire.B).TooLong, i.MSS, i.Retransmits)
	}
}

func TestMTU(t *testing.T) {
	small := wire.End{MTU: 1280, Link: wire.Link{MTU: 1280}}
	for _, row := range []struct {
		addr string
		mss  int // without the 12 bytes of the timestamps
	}{{"192.0.2.2", 1280 - 20 - 20 - 12}, {"2001:db8::2", 1280 - 40 - 20 - 12}} {
		x := join(t, small, small)
		x.serve(send(200_000))
		l, got := x.one(task{Exchanges: []exchange{{Send: 100_000, Read: 200_000}}, Addrs: []netip.Addr{netip.MustParseAddr(row.addr)}})
		if got.Error != "" || got.Read != 200_000 || got.Sum != sum(200_000) {
			t.Errorf("%d bytes, %s", got.Read, got.Error)
		}
		if l.AtOpen.PMTU != 1280 || l.AtOpen.MSS != row.mss {
			t.Errorf("PMTU %d, MSS %d, want 1280 and %d", l.AtOpen.PMTU, l.AtOpen.MSS, row.mss)
		}
		for _, s := range []wire.Side{wire.A, wire.B} {
			for _, f := range x.frames(s, func(s seen) bool { return s.Len > 14+1280 }) {
				t.Errorf("too long: %v", f)
			}
		}
	}
}
