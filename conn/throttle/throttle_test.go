package throttle_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"pageload/conn/throttle"
)

func TestExchange(t *testing.T) {
	for _, test := range []struct {
		name    string
		link    *throttle.Link
		n, m    int
		connect time.Duration
		first   time.Duration // exchange, after the connect
	}{
		{"latency", &throttle.Link{Latency: 100 * ms}, 500, 1 << 20, 100 * ms, 100 * ms},
		{"down", &throttle.Link{Down: 8_000_000}, 500, 1_000_000, 0, time.Second},
		{"up", &throttle.Link{Up: 800_000}, 1_000_000, 500, 0, 10 * time.Second},
		{"all", &throttle.Link{Latency: 100 * ms, Down: 8_000_000, Up: 800_000}, 1000, 1_000_000, 100 * ms, 100*ms + 10*ms + time.Second},
		{"slower than a segment a second", &throttle.Link{Down: 8000}, 1, 3000, 0, 3 * time.Second},
		{"fast", &throttle.Link{Down: 8_000_000_000, Up: 8_000_000_000}, 1_000_000, 1_000_000, 0, 2 * ms},
		{"negative", &throttle.Link{Latency: -1, Down: -1, Up: -1, Loss: -1}, 1000, 1000, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, test.link, answering(test.n, test.m), func(w *world) {
				c := w.dial()
				defer c.Close()
				w.at("connected", test.connect)
				w.exchange(c, test.n, test.m)
				w.at("answer", test.connect+test.first)
				time.Sleep(time.Minute) // nothing is saved up
				w.exchange(c, test.n, test.m)
				w.at("second answer", test.connect+2*test.first+time.Minute)
			})
		})
	}
}

// 1 MB over each preset, on one connection and shared by six, is a round trip
// for the connect, one for the exchange, and the bytes.
func TestPresets(t *testing.T) {
	for _, test := range []struct {
		name     string
		latency  time.Duration
		down, up float64
	}{
		{"Slow 3G", 400 * ms, 400e3, 400e3},
		{"fast 3g", 150 * ms, 1.44e6, 675e3},
		{"Slow 4G", 150 * ms, 1.44e6, 675e3},
		{"Fast 4G", 60 * ms, 8.1e6, 1.35e6},
	} {
		for _, conns := range []int{1, 6} {
			t.Run(fmt.Sprintf("%s on %d", test.name, conns), func(t *testing.T) {
				link, ok := throttle.Preset(test.name)
				if !ok {
					t.Fatal("no such preset")
				}
				const all, request = 1_000_000, 500
				part := all / conns
				inWorld(t, &link, answering(request, part), func(w *world) {
					var wg sync.WaitGroup
					for range conns {
						wg.Go(func() {
							c := w.dial()
							defer c.Close()
							w.exchange(c, request, part)
						})
					}
					wg.Wait()
					// The first request's time on the line counts; the others go up while its answer comes down.
					up, down := request*8/test.up, float64(part*conns)*8/test.down
					want := 2*test.latency + time.Duration((up+down)*1e9)
					w.at("all", want)
				})
			})
		}
	}
	if l, ok := throttle.Preset("No throttling"); !ok || l.Down != 0 || l.Latency != 0 {
		t.Errorf("No throttling: %v", ok)
	}
	if _, ok := throttle.Preset("5G"); ok {
		t.Error("a preset 5G")
	}
	for _, name := range throttle.Names() {
		if _, ok := throttle.Preset(name); !ok {
			t.Errorf("Names has %q, Preset has not", name)
		}
	}
}

func TestZeroLinkDoesNothing(t *testing.T) {
	var l throttle.Link
	a, b := net.Pipe()
	defer b.Close()
	defer a.Close()
	if l.Wrap(a) != a || (*throttle.Link)(nil).Wrap(a) != a {
		t.Error("Wrap of a zero Link wraps")
	}
	if err := l.Connect(t.Context()); err != nil {
		t.Error(err)
	}
	dial := l.Dial(func(context.Context, string, netip.AddrPort) (net.Conn, error) { return a, nil })
	if c, err := dial(t.Context(), "tcp", addr); c != a || err != nil {
		t.Errorf("Dial: %v, %v", c, err)
	}
}
