package kerneltest_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"pageload/conn"
	"pageload/conn/conntest/wire"
	"pageload/conn/kernel"
)

// names are the states of a close, each with a question mark where it was not seen.
func names(list []conn.StateSpan) string {
	var all []string
	for _, s := range list {
		name := s.State.String()
		if !s.Seen {
			name += "?"
		}
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

// acks is the first segment of a side that acknowledges a FIN of the other.
func (x *bench) acks(from wire.Side, of seen) (seen, bool) {
	list := x.frames(from, func(s seen) bool {
		return s.TCP && s.Seg.Flags&wire.FlagACK != 0 && s.Seg.Ack == of.Seg.Seq+uint32(of.Seg.Len)+1 && !s.Time.Before(of.Time)
	})
	if len(list) == 0 {
		return seen{}, false
	}
	return list[0], true
}

// lasted fails the test unless the span began and ended when the wire says: within a tenth
// of a round trip, what the wire was late, and what the record itself says of its error.
func (x *bench) lasted(list []conn.StateSpan, i int, from, to time.Time) {
	x.t.Helper()
	s, slack := list[i], rtt/10+x.late()
	ends := slack
	if i+1 < len(list) {
		ends += list[i+1].Error
	}
	slack += s.Error
	if early, late := s.From.Sub(from), s.To.Sub(to); early.Abs() > slack || late.Abs() > ends {
		x.t.Errorf("%v began %v and ended %v after the wire says, want %v and %v at most", s.State, early, late, slack, ends)
	}
}

// Our FIN is acknowledged together with the peer's: FIN_WAIT_1 lasts one round trip, and
// TIME_WAIT comes after it.
func TestFinWait1(t *testing.T) {
	x := join(t, wire.End{}, wire.End{})
	x.serve(greet)
	l, _ := x.one(task{Exchanges: []exchange{{Text: "hello", Read: 5, Keep: true}}, Watch: true})
	// The kernel goes through FIN_WAIT_2 in a moment, in which it may be asked even so.
	if got := strings.ReplaceAll(names(l.CloseStates), "FIN_WAIT_2? ", ""); strings.ReplaceAll(got, "FIN_WAIT_2 ", "") != "FIN_WAIT_1 TIME_WAIT" {
		t.Fatalf("states %s", got)
	}
	ours := x.frames(wire.A, fin)[0]
	answer, ok := x.acks(wire.B, ours)
	if !ok {
		t.Fatal("our FIN was not acknowledged")
	}
	within(t, "from FIN to ACK", answer.Due.Sub(ours.Time), rtt, time.Second)
	x.lasted(l.CloseStates, 0, ours.Time, answer.Due)
	tw := l.CloseStates[len(l.CloseStates)-1]
	within(t, "TIME_WAIT", tw.To.Sub(tw.From), 59*time.Second, 61*time.Second) // net/tcp.h: TCP_TIMEWAIT_LEN
}

// The peer acknowledges our FIN, and its own is late.
func TestFinWait2(t *testing.T) {
	const hold = 3 * rtt
	x := join(t, wire.End{}, withRule(wire.First(1, wire.FIN, wire.Verdict{Hold: hold})))
	acked := make(chan struct{})
	var ours wire.Segment
	x.Observe(func(s wire.Sighting) {
		seg, ok := s.Segment()
		switch {
		case !ok:
		case s.From == wire.A && seg.Flags&wire.FlagFIN != 0:
			ours = seg
		case s.From == wire.B && ours.Seq != 0 && seg.Ack == ours.Seq+1:
			select {
			case <-acked:
			default:
				close(acked)
			}
		}
	})
	x.serve(func(c *net.TCPConn) {
		greet(c)
		<-acked // the kernel waits for some 40 ms: it could go with data
	})
	l, _ := x.one(task{Exchanges: []exchange{{Text: "hello", Read: 5, Keep: true}}, Watch: true})
	if got := names(l.CloseStates); got != "FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT" {
		t.Fatalf("states %s", got)
	}
	first := x.frames(wire.A, fin)[0]
	ack, _ := x.acks(wire.B, first)
	theirs := x.frames(wire.B, fin)[0]
	x.lasted(l.CloseStates, 0, first.Time, ack.Due)
	x.lasted(l.CloseStates, 1, ack.Due, theirs.Due)
}

// The peer's FIN is first: ours is acknowledged after one round trip, which is LAST_ACK.
func TestLastAck(t *testing.T) {
	x := join(t, wire.End{}, wire.End{})
	x.serve(func(c *net.TCPConn) { io.CopyN(c, c, 5) })
	l, _ := x.one(task{Exchanges: []exchange{{Text: "hello", Read: -1}}, Watch: true})
	if got := strings.TrimSuffix(names(l.CloseStates), "?"); got != "CLOSE_WAIT LAST_ACK CLOSED" {
		t.Fatalf("states %s", got)
	}
	theirs, ours := x.frames(wire.B, fin)[0], x.frames(wire.A, fin)[0]
	ack, ok := x.acks(wire.B, ours)
	if !ok {
		t.Fatal("our FIN was not acknowledged")
	}
	x.lasted(l.CloseStates, 0, theirs.Due, ours.Time)
	x.lasted(l.CloseStates, 1, ours.Time, ack.Due)
	if l.FirstFIN != conn.ByPeer {
		t.Errorf("first FIN of %v", l.FirstFIN)
	}
}

// Our FIN is lost: the kernel sends it again, and FIN_WAIT_1 lasts as much longer.
func TestFINLost(t *testing.T) {
	x := join(t, withRule(wire.First(1, wire.FIN, wire.Verdict{Drop: true})), wire.End{})
	x.serve(greet)
	l, _ := x.one(task{Exchanges: []exchange{{Text: "hello", Read: 5, Keep: true}}, Watch: true})
	ours := x.frames(wire.A, fin)
	if len(ours) < 2 || len(l.CloseStates) == 0 || l.CloseStates[0].State != kernel.FinWait1 {
		t.Fatalf("%d FINs, states %s", len(ours), names(l.CloseStates))
	}
	answer, ok := x.acks(wire.B, ours[0])
	if !ok {
		t.Fatal("our FIN was not acknowledged")
	}
	x.lasted(l.CloseStates, 0, ours[0].Time, answer.Due)
}
