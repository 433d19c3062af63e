package conn

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"pageload/conn/conntest"
)

func TestAttemptDelay(t *testing.T) {
	a := netip.MustParseAddr("192.0.2.1")
	took := func(d ...time.Duration) []time.Duration { return d }
	tests := []struct {
		name string
		d    Dialer
		took []time.Duration // of earlier connects
		want time.Duration
	}{
		{"default", Dialer{}, took(10 * ms), 250 * ms},
		{"own", Dialer{AttemptDelay: 400 * ms}, took(10 * ms), 400 * ms},
		{"never below 10 ms", Dialer{AttemptDelay: ms}, nil, 10 * ms},
		{"off", Dialer{AttemptDelay: -1, AdaptDelay: true}, took(10 * ms), 0},
		{"nothing known", Dialer{AdaptDelay: true}, nil, 250 * ms},
		{"first sample: three round trips", Dialer{AdaptDelay: true}, took(60 * ms), 180 * ms},
		{"steady: four variations less", Dialer{AdaptDelay: true}, took(60*ms, 60*ms), 150 * ms},
		{"at least 100 ms", Dialer{AdaptDelay: true}, took(ms), 100 * ms},
		{"at most 2 s", Dialer{AdaptDelay: true}, took(900 * ms), 2 * time.Second},
		{"own bounds", Dialer{AdaptDelay: true, MinAttemptDelay: 20 * ms}, took(5 * ms), 20 * ms},
		{"own bound above", Dialer{AdaptDelay: true, MaxAttemptDelay: 300 * ms}, took(200 * ms), 300 * ms},
		{"no lower bound", Dialer{AdaptDelay: true, MinAttemptDelay: -1}, took(ms), 10 * ms},
		{"no upper bound", Dialer{AdaptDelay: true, MaxAttemptDelay: -1}, took(900 * ms), 2700 * ms},
		{"a repeated SYN says nothing", Dialer{AdaptDelay: true}, took(time.Second + 20*ms), 250 * ms},
	}
	for i := range tests {
		test := &tests[i]
		for _, d := range test.took {
			test.d.own.pace.took(a, d)
		}
		if got := test.d.attemptDelay(a); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	var d Dialer
	d.Chromium()
	if d.attemptDelay(a) != 300*ms {
		t.Errorf("Chromium: %v", d.attemptDelay(a))
	}
	d = Dialer{AttemptDelay: 50 * ms}
	d.Chromium()
	if d.attemptDelay(a) != 50*ms {
		t.Errorf("Chromium with an own delay: %v", d.attemptDelay(a))
	}
}

func TestPaceIsBounded(t *testing.T) {
	var p pace
	for i := range 3 * paceKnown {
		p.took(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), ms)
	}
	if len(p.rtt) > paceKnown {
		t.Errorf("%d addresses are known", len(p.rtt))
	}
}

// The race of a host that was connected to before: the second address comes
// into play when the first should have answered.
func TestRaceAdapts(t *testing.T) {
	p := &Pool{Dialer: Dialer{AdaptDelay: true, Resolver: names{"host.test": {"2001:db8::a", "192.0.2.1"}}}}
	inWorld(t, p, func(w *world) {
		v6 := netip.MustParseAddrPort("[2001:db8::a]:80")
		w.serve(v6, func(c *conntest.Conn) { c.Read(make([]byte, 1)) })
		key := Key{Scheme: "http", Host: "host.test", Port: 80}
		w.net.SetRule(v6, conntest.Rule{Latency: 25 * ms})
		w.get(key).Discard(nil) // 50 ms
		w.net.SetRule(v6, conntest.Rule{Blackhole: true})
		start := time.Now()
		l := w.get(key)
		if got := time.Since(start); got != 150*ms+20*ms {
			t.Errorf("connected after %v, want 170ms", got)
		}
		l.Discard(nil)
	})
}

// A loser that connects after all is closed, and the record says so; one that
// did not is only closed.
func TestLateLoserIsRecorded(t *testing.T) {
	p := &Pool{Dialer: Dialer{Resolver: names{"host.test": {"2001:db8::1", "192.0.2.1"}}}}
	p.Dialer.AttemptDelay = 100 * ms
	inWorld(t, p, func(w *world) {
		late := netip.MustParseAddrPort("[2001:db8::1]:80")
		w.serve(late, func(c *conntest.Conn) { c.Read(make([]byte, 1)) })
		dial := w.net.Dial
		p.Dialer.Dial = func(ctx context.Context, network string, a netip.AddrPort) (net.Conn, error) {
			if a == late { // deaf to the end of the race
				time.Sleep(time.Second)
				return dial(ctxBg, network, a)
			}
			return dial(ctx, network, a)
		}
		l := w.get(Key{Scheme: "http", Host: "host.test", Port: 80})
		text := func() (s []string) {
			for _, a := range p.Records()[0].Attempts {
				closed := "-"
				if !a.Closed.IsZero() {
					closed = a.Closed.Sub(w.start).String()
				}
				s = append(s, fmt.Sprintf("%v+%v late %v closed %v local %v err %v", a.Start.Sub(w.start), a.Duration, a.Late, closed, a.Local.IsValid(), a.Err))
			}
			return s
		}
		w.settle()
		lost := "another address was faster"
		want := []string{
			"0s+120ms late false closed - local false err " + lost,
			"100ms+20ms late false closed - local true err <nil>",
		}
		if got := text(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("at the end of the race\n%q\nwant\n%q", got, want)
		}
		w.sleep(2 * time.Second)
		want[0] = "0s+120ms late true closed 1.02s local true err " + lost
		if got := text(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("afterwards\n%q\nwant\n%q", got, want)
		}
		l.Discard(nil)
		w.sleep(time.Second)
		if n := w.net.Open(); n != 0 {
			t.Errorf("%d ends are open", n)
		}
		if got := text(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("after the close\n%q\nwant\n%q", got, want)
		}
	})
	p = &Pool{Dialer: Dialer{Resolver: names{"host.test": {"2001:db8::2", "192.0.2.1"}}}}
	inWorld(t, p, func(w *world) {
		w.net.SetRule(netip.MustParseAddrPort("[2001:db8::2]:80"), conntest.Rule{Blackhole: true})
		l := w.get(Key{Scheme: "http", Host: "host.test", Port: 80})
		w.settle()
		if a := p.Records()[0].Attempts[0]; a.Late || a.Closed.Sub(w.start) != 270*ms || a.Err != ErrLost {
			t.Errorf("loser %+v", a)
		}
		l.Discard(nil)
	})
}
