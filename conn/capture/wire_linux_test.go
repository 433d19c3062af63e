package capture_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pageload/conn/capture"
	"pageload/conn/conntest/wire"
	"pageload/conn/kernel"
)

const (
	roundTrip = 50 * time.Millisecond
	sloppy    = 10 * time.Millisecond // of times on a busy machine
)

// A rig is a capture on one of two hosts that a wire joins, and what the wire saw.
type rig struct {
	*capture.Capture
	t        testing.TB
	wire     *wire.Wire
	listener net.Listener
	file     string

	mu   sync.Mutex
	seen []sighting
}

// A sighting is a segment that the wire got, and when it was to arrive.
type sighting struct {
	wire.Segment
	sent, due time.Time
}

// newRig joins hosts A, which captures, and B, which listens at the address.
func newRig(t testing.TB, address string, a, b wire.Link) *rig {
	t.Helper()
	wire.Need(t)
	a.Delay, b.Delay = roundTrip/2, roundTrip/2
	w, err := wire.Join(wire.End{Link: a}, wire.End{Link: b})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	r := &rig{t: t, wire: w}
	w.Observe(func(s wire.Sighting) {
		if seg, ok := s.Segment(); ok {
			r.mu.Lock()
			r.seen = append(r.seen, sighting{seg, s.Time, s.Due})
			r.mu.Unlock()
		}
	})
	if r.listener, err = w.Host(wire.B).Listen("tcp", address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.listener.Close() })
	f := temporary(t)
	r.file = f.Name()
	err = w.Host(wire.A).Do(func() error {
		r.Capture, err = capture.Start(capture.Options{Writer: f, Interfaces: []string{"wire"}, MaxSegments: 4096})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// sloppy is how exact the wire's times are, as far as it knows.
func (r *rig) sloppy() time.Duration {
	return sloppy + r.wire.Counts(wire.A).Late + r.wire.Counts(wire.B).Late
}

func (r *rig) connect() pair {
	r.t.Helper()
	c, err := r.wire.Host(wire.A).Dial(r.t.Context(), "tcp", r.listener.Addr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	s, err := r.listener.Accept()
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close(); s.Close() })
	p := pair{c.(*net.TCPConn), s.(*net.TCPConn), c.LocalAddr().(*net.TCPAddr).AddrPort(), c.RemoteAddr().(*net.TCPAddr).AddrPort()}
	r.Follow(p.local, p.remote, "b.test")
	return p
}

// done closes the connection from our end, waits for the last segment, and
// checks the ladder against tcpdump's reading of the file.
func (r *rig) done(p pair) capture.Ladder {
	r.t.Helper()
	p.client.CloseWrite()
	io.Copy(io.Discard, p.server)
	p.server.Close()
	io.Copy(io.Discard, p.client)
	p.client.Close()
	settle(r.t, r.Capture)
	l := r.Ladder(p.local, p.remote)
	if err := r.Close(); err != nil {
		r.t.Fatal(err)
	}
	if n := r.Counts(); n.Dropped != 0 || n.Forgotten != 0 || n.Supers != 0 {
		r.t.Errorf("%+v", n)
	}
	agrees(r.t, l, r.file)
	return l
}

// is finds the segments that have a property.
func is(l capture.Ladder, f func(capture.Segment) bool) []capture.Segment {
	var list []capture.Segment
	for _, s := range l.Segments {
		if f(s) {
			list = append(list, s)
		}
	}
	return list
}

func retransmitted(s capture.Segment) bool { return s.Retransmitted }
func outOfOrder(s capture.Segment) bool    { return s.OutOfOrder }
func duplicate(s capture.Segment) bool     { return s.Duplicate }

// The whole life of a connection over a wire that does nothing wrong: link
// addresses, handshake, close, and the times of all.
func TestWire(t *testing.T) {
	for _, address := range []string{"192.0.2.2:80", "[2001:db8::2]:80"} {
		t.Run(address, func(t *testing.T) {
			r := newRig(t, address, wire.Link{}, wire.Link{})
			p := r.connect()
			send(t, p.client, p.server, 100)
			send(t, p.server, p.client, 5000)
			l := r.done(p)
			r.checkDiscovery(l)
			if got := whats(l.Opening()); got != ">SYN, <SYN+ACK, >ACK" || !within(l.RoundTrip(), roundTrip, r.sloppy()) {
				t.Errorf("handshake %s, round trip %v", got, l.RoundTrip())
			}
			// A busy machine may make a host impatient.
			once := slices.DeleteFunc(l.Closing(), func(s capture.Segment) bool { return s.Retransmitted || s.What == capture.DuplicateACK })
			if got := whats(once); got != ">FIN, <FIN, >ACK" && got != ">FIN, <ACK, <FIN, >ACK" {
				t.Errorf("close %s\n%v", got, l)
			}
			if n := len(is(l, func(s capture.Segment) bool { return s.OutOfOrder || s.Duplicate || s.Gap > 0 })); n > 0 {
				t.Errorf("%d segments are unusual:\n%v", n, l)
			}
			if got, want := len(is(l, retransmitted)), r.repeated(); got != want {
				t.Errorf("%d segments were sent again, %d on the wire:\n%v", got, want, l)
			}
			for _, s := range l.Segments {
				own, other := capture.MAC{2, 0, 0, 0, 0, 1}, capture.MAC{2, 0, 0, 0, 0, 2}
				if s.Out && (s.Link.Src != own || s.Link.Dst != other) || !s.Out && (s.Link.Src != other || s.Link.Dst != own) {
					t.Errorf("link %+v", s.Link)
				}
			}
			r.checkSeen(l)
		})
	}
}

// repeated counts the segments with something in them that the wire got once more.
func (r *rig) repeated() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := map[string]bool{}
	for _, s := range r.seen {
		key := fmt.Sprint(s.Src, s.Seq, s.Flags&(wire.FlagSYN|wire.FlagFIN), s.Len)
		if s.Len > 0 || s.Flags&(wire.FlagSYN|wire.FlagFIN) != 0 {
			if seen[key] {
				n++
			}
			seen[key] = true
		}
	}
	return n
}

// checkDiscovery expects a question to all and an answer to us, before the SYN.
func (r *rig) checkDiscovery(l capture.Ladder) {
	r.t.Helper()
	if len(l.Discovery) < 2 {
		r.t.Fatalf("no exchange for the next hop:\n%v", l)
	}
	q, a := l.Discovery[0], l.Discovery[1]
	hop := l.Remote.Addr()
	if !q.Out || !q.Request || q.Target != hop || !q.Link.Dst.Group() || q.Link.Dst.Broadcast() != hop.Is4() {
		r.t.Errorf("question %+v", q)
	}
	if a.Out || a.Request || a.Sender != hop || a.SenderMAC != (capture.MAC{2, 0, 0, 0, 0, 2}) || a.Link.Dst != (capture.MAC{2, 0, 0, 0, 0, 1}) {
		r.t.Errorf("answer %+v", a)
	}
	if hop.Is4() && (q.Link.Type != capture.EtherTypeARP || a.Link.Type != capture.EtherTypeARP) {
		r.t.Errorf("types %#x and %#x", q.Link.Type, a.Link.Type)
	}
	if !within(a.Time.Sub(q.Time), roundTrip, r.sloppy()) || a.Time.After(l.Segments[0].Time) {
		r.t.Errorf("asked at %v, answered at %v, SYN at %v", q.Time, a.Time, l.Segments[0].Time)
	}
}

// checkSeen compares the ladder with what the wire has carried.
func (r *rig) checkSeen(l capture.Ladder) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	of := func(out bool) (list []string) {
		for _, s := range l.Segments {
			if s.Out == out {
				list = append(list, fmt.Sprint(s.Seq, s.Ack, s.Length))
			}
		}
		return list
	}
	var sent, received []string
	for _, s := range r.seen {
		text := fmt.Sprint(s.Seq, s.Ack, s.Len)
		if s.Src == l.Local {
			sent = append(sent, text)
		} else if s.Dst == l.Local {
			received = append(received, text)
		}
	}
	if !slices.Equal(of(true), sent) || !slices.Equal(of(false), received) {
		r.t.Errorf("the wire carried %v and %v, the ladder has\n%v", sent, received, l)
	}
}

// A SYN that gets lost is sent again after a second.
func TestWireLostSYN(t *testing.T) {
	r := newRig(t, "192.0.2.2:80", wire.Link{Rule: wire.First(1, wire.SYN, wire.Verdict{Drop: true})}, wire.Link{})
	l := r.done(r.connect())
	open := l.Opening()
	if got := whats(open); got != ">SYN, >SYN, <SYN+ACK, >ACK" || !open[1].Retransmitted || open[0].Retransmitted {
		t.Fatalf("handshake %s\n%v", got, l)
	}
	if d := open[1].Time.Sub(open[0].Time); !within(d, time.Second, 150*time.Millisecond) { // the kernel's timers are coarse
		t.Errorf("sent again after %v", d)
	}
	if !within(l.RoundTrip(), roundTrip, r.sloppy()) {
		t.Errorf("round trip %v", l.RoundTrip())
	}
}

// Its answer, too.
func TestWireLostSYNACK(t *testing.T) {
	r := newRig(t, "192.0.2.2:80", wire.Link{}, wire.Link{Rule: wire.First(1, wire.SYNACK, wire.Verdict{Drop: true})})
	l := r.done(r.connect())
	open := l.Opening()
	i := slices.IndexFunc(open, func(s capture.Segment) bool { return s.What == capture.OpeningReply })
	// Whether the SYN or the answer is sent again first is a matter of microseconds.
	if i < 1 || !open[i].AcksSYN || open[i].Time.Sub(open[0].Time) < 900*time.Millisecond || i == 2 && !open[1].Retransmitted {
		t.Errorf("handshake %s\n%v", whats(open), l)
	}
}

// What the wire does to data that comes to us.
func TestWireData(t *testing.T) {
	const n = 14480 // ten segments: the first window
	tests := []struct {
		name    string
		verdict wire.Verdict
		check   func(l capture.Ladder) bool
	}{
		{"doubled", wire.Verdict{Copies: 1}, func(l capture.Ladder) bool {
			d := is(l, duplicate)
			return len(d) == 1 && !d[0].Out && d[0].RelSeq == 1 && len(is(l, retransmitted)) == 0 && len(is(l, outOfOrder)) == 0
		}},
		{"passed by others", wire.Verdict{Hold: 5 * time.Millisecond}, func(l capture.Ladder) bool {
			d := is(l, outOfOrder)
			// The sender may have taken it for lost, and sent it again.
			return len(d) == 1 && !d[0].Out && d[0].RelSeq == 1 && len(is(l, duplicate)) == 0
		}},
		{"lost", wire.Verdict{Drop: true}, func(l capture.Ladder) bool {
			d := is(l, retransmitted)
			asks := is(l, func(s capture.Segment) bool { return s.Out && s.What == capture.DuplicateACK && s.Options.SACK })
			gaps := is(l, func(s capture.Segment) bool { return !s.Out && s.Gap > 0 })
			return len(d) == 1 && !d[0].Out && d[0].RelSeq == 1 && !d[0].Needless && len(asks) > 0 && len(gaps) == 1
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, "192.0.2.2:80", wire.Link{}, wire.Link{Rule: wire.First(1, wire.Data, tt.verdict)})
			p := r.connect()
			send(t, p.server, p.client, n)
			l := r.done(p)
			if !tt.check(l) {
				t.Errorf("%v", l)
			}
			seen := map[int64]bool{}
			for _, s := range l.Bytes(false, 0, n) {
				for at := s.RelSeq; at < s.RelSeq+int64(s.Length); at++ {
					seen[at] = true
				}
			}
			if len(seen) != n {
				t.Errorf("%d bytes of %d are in the ladder", len(seen), n)
			}
		})
	}
}

// Data of ours that is lost behind us is seen twice.
func TestWireLostData(t *testing.T) {
	r := newRig(t, "192.0.2.2:80", wire.Link{Rule: wire.First(1, wire.Data, wire.Verdict{Drop: true})}, wire.Link{})
	p := r.connect()
	send(t, p.client, p.server, 100)
	l := r.done(p)
	again := l.Bytes(true, 0, 100)
	if len(again) != 2 || again[0].Retransmitted || !again[1].Retransmitted || again[1].Needless || again[0].RelSeq != 1 || again[1].RelSeq != 1 {
		t.Errorf("%v", l)
	}
}

// A refused connection has no end of ours that anybody could follow, until it
// is tried from a port that is known.
func TestWireRefused(t *testing.T) {
	r := newRig(t, "192.0.2.2:80", wire.Link{}, wire.Link{})
	local, remote := netip.MustParseAddrPort("192.0.2.1:50000"), netip.MustParseAddrPort("192.0.2.2:81")
	err := r.wire.Host(wire.A).Do(func() error {
		d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(local)}
		_, err := d.Dial("tcp", remote.String())
		return err
	})
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatal(err)
	}
	r.Follow(local, remote, "")
	settle(t, r.Capture)
	if l := r.Ladder(local, remote); whats(l.Segments) != ">SYN, <RST" || len(l.Discovery) < 2 {
		t.Errorf("%v", l)
	}
}

// The states of the close take as long as the segments say: FIN_WAIT_1 until
// our FIN is confirmed, which takes a round trip and as long as the other end
// takes its time, FIN_WAIT_2 until the other's FIN comes. A busy machine may not
// be on time, but not each time.
func TestWireStates(t *testing.T) {
	r := newRig(t, "192.0.2.2:80", wire.Link{}, wire.Link{})
	var took [3]string
	for i := range took {
		p := r.connect()
		left := leaveStates(t, p)
		settle(t, r.Capture)
		l := r.Ladder(p.local, p.remote)
		if got := whats(l.Closing()); got != ">FIN, <ACK, <FIN, >ACK" {
			t.Fatalf("close %s\n%v", got, l)
		}
		c := l.Closing()
		if !c[1].AcksFIN || !c[3].AcksFIN || left[kernel.FinWait1].Before(c[1].Time) || left[kernel.FinWait2].Before(c[2].Time) {
			t.Fatalf("the kernel left FIN_WAIT_1 at %v and FIN_WAIT_2 at %v\n%v", left[kernel.FinWait1], left[kernel.FinWait2], l)
		}
		first, late1, late2 := c[1].Time.Sub(c[0].Time), left[kernel.FinWait1].Sub(c[1].Time), left[kernel.FinWait2].Sub(c[2].Time)
		first -= r.confirming(c[0])
		if within(first, roundTrip, roundTrip/10) && late1 < sloppy && late2 < sloppy {
			return
		}
		took[i] = fmt.Sprintf("FIN_WAIT_1 lasted %v on the wire; it was left %v after the ACK, FIN_WAIT_2 %v after the FIN", first, late1, late2)
	}
	t.Error(strings.Join(took[:], "\n"))
}

// confirming returns how long the other host took to confirm our FIN.
func (r *rig) confirming(fin capture.Segment) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	var due time.Time
	for _, s := range r.seen {
		if s.Flags&wire.FlagFIN != 0 && s.Seq == fin.Seq && due.IsZero() {
			due = s.due
		} else if !due.IsZero() && s.Ack == fin.Seq+1 {
			return s.sent.Sub(due)
		}
	}
	return 0
}

// leaveStates closes a connection, the other side 30 ms later, and returns when
// the kernel was seen to be past each state.
func leaveStates(t *testing.T, p pair) map[kernel.State]time.Time {
	raw, err := p.client.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	left := map[kernel.State]time.Time{}
	p.client.CloseWrite()
	go func() {
		io.Copy(io.Discard, p.server)
		time.AfterFunc(30*time.Millisecond, func() { p.server.Close() })
	}()
	tick := time.NewTicker(200 * time.Microsecond)
	defer tick.Stop()
	for last := kernel.FinWait1; ; <-tick.C {
		info, err := kernel.Read(raw)
		if err != nil {
			t.Fatal(err)
		}
		if info.State == last {
			continue
		}
		left[last], last = time.Now(), info.State
		if last != kernel.FinWait2 { // in TIME_WAIT it is CLOSE to whoever has the descriptor
			p.client.Close()
			return left
		}
	}
}
