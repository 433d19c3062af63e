package kerneltest_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"pageload/conn/conntest/wire"
	"pageload/conn/kernel"
)

const (
	ms = time.Millisecond
	// rtt is the round trip of the wires here, and half of it the delay of each direction.
	rtt = 50 * ms
	// tick is how coarse the kernel's timers may be: CONFIG_HZ is 100 at least.
	tick = 10 * ms
)

// A bench is two hosts and a log of what went between them.
type bench struct {
	*wire.Wire
	t testing.TB

	mu  sync.Mutex
	log []seen
}

// seen is a frame that was sent.
type seen struct {
	From wire.Side
	N    uint64
	Time time.Time
	Due  time.Time
	Fate wire.Fate
	Len  int
	TCP  bool
	Seg  wire.Segment
	ARP  bool
	data []byte
}

// String describes the frame.
func (s seen) String() string {
	f := wire.Frame{From: s.From, N: s.N, Data: s.data}
	return fmt.Sprintf("%s %v %d bytes %v", s.Time.Format("05.000000"), s.Fate, s.Len, &f)
}

// join is strangers for hosts that know each other's link addresses, so that no first
// segment waits until they are asked for.
func join(t testing.TB, a, b wire.End) *bench {
	t.Helper()
	x := strangers(t, a, b)
	for _, s := range []wire.Side{wire.A, wire.B} {
		other := x.End(s.Other())
		for _, p := range other.Addrs {
			if _, err := x.Host(s).IP("neigh", "replace", p.Addr().String(), "lladdr", other.LinkAddr.String(), "dev", "wire", "nud", "permanent"); err != nil {
				t.Fatal(err)
			}
		}
	}
	return x
}

// strangers makes a wire between two ends, whose delay is half of rtt.
func strangers(t testing.TB, a, b wire.End) *bench {
	t.Helper()
	wire.Need(t)
	a.Link.Delay, b.Link.Delay = rtt/2, rtt/2
	w, err := wire.Join(a, b)
	if err != nil {
		t.Fatal(err)
	}
	x := &bench{Wire: w, t: t}
	w.Observe(x.note)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			x.tell()
		}
	})
	return x
}

// withRule is an end whose frames a rule decides about.
func withRule(r wire.Rule) wire.End { return wire.End{Link: wire.Link{Rule: r}} }

func (x *bench) note(s wire.Sighting) {
	e := seen{From: s.From, N: s.N, Time: s.Time, Due: s.Due, Fate: s.Fate, Len: len(s.Data), ARP: wire.ARP(s.Frame)}
	e.data = slices.Clone(s.Data)
	e.Seg, e.TCP = s.Segment()
	x.mu.Lock()
	x.log = append(x.log, e)
	x.mu.Unlock()
}

// frames are those from a side for which is holds, in order.
func (x *bench) frames(from wire.Side, is func(seen) bool) []seen {
	x.mu.Lock()
	defer x.mu.Unlock()
	var list []seen
	for _, s := range x.log {
		if s.From == from && is(s) {
			list = append(list, s)
		}
	}
	return list
}

// tell writes the first frames of a test that failed.
func (x *bench) tell() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, s := range x.log[:min(len(x.log), 30)] {
		x.t.Log(s)
	}
	x.t.Logf("A %+v", x.Counts(wire.A))
	x.t.Logf("B %+v", x.Counts(wire.B))
}

// late is how much the wire may have added to a round trip, with a little for the two
// kernels that answer.
func (x *bench) late() time.Duration {
	return x.Counts(wire.A).Late + x.Counts(wire.B).Late + ms/2
}

// What frames may be.
func syn(s seen) bool   { return s.TCP && s.Seg.Flags&(wire.FlagSYN|wire.FlagACK) == wire.FlagSYN }
func fin(s seen) bool   { return s.TCP && s.Seg.Flags&wire.FlagFIN != 0 }
func rst(s seen) bool   { return s.TCP && s.Seg.Flags&wire.FlagRST != 0 }
func data(s seen) bool  { return s.TCP && s.Seg.Len > 0 }
func isARP(s seen) bool { return s.ARP }

// serve gives each connection to host B at port 80 to f, on a goroutine of its own, and
// closes it when f returns.
func (x *bench) serve(f func(*net.TCPConn)) {
	x.t.Helper()
	for _, addr := range []string{"192.0.2.2:80", "[2001:db8::2]:80"} {
		x.accept(addr, f)
	}
}

func (x *bench) accept(addr string, f func(*net.TCPConn)) {
	x.t.Helper()
	l, err := x.Host(wire.B).Listen("tcp", addr)
	if err != nil {
		x.t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				f(c.(*net.TCPConn))
			})
		}
	})
	x.t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
}

// run has the client do a task, and fails the test where the task could not be done.
func (x *bench) run(t task) result {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), time.Minute)
	defer cancel()
	var r result
	if err := x.Host(wire.A).Run(ctx, "talk", t, &r); err != nil {
		x.t.Fatal(err)
	}
	return r
}

// one is run for a task of one connection: its life.
func (x *bench) one(t task) (life, exchanged) {
	x.t.Helper()
	r := x.run(t)
	if r.Error != "" || len(r.Lives) != 1 || len(r.Exchanges) == 0 {
		x.t.Fatalf("%d connections, %d exchanges, %s", len(r.Lives), len(r.Exchanges), r.Error)
	}
	return r.Lives[0], r.Exchanges[0]
}

// info is what the kernel of host B says of its end.
func (x *bench) info(c *net.TCPConn) kernel.Info {
	raw, err := c.SyscallConn()
	if err != nil {
		x.t.Error(err)
		return kernel.Info{}
	}
	i, err := kernel.Read(raw)
	if err != nil {
		x.t.Error(err)
	}
	return i
}

// within fails the test unless got lies from low to high.
func within(t testing.TB, what string, got, low, high time.Duration) {
	t.Helper()
	if got < low || got > high {
		t.Errorf("%s %v, want %v to %v", what, got, low, high)
	}
}
