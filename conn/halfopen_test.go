package conn

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"pageload/conn/conntest"
)

// No more than MaxHalfOpen connects to an address are under way, whatever the
// names and ports; the others wait in order and say so.
func TestMaxHalfOpen(t *testing.T) {
	p := &Pool{Dialer: Dialer{MaxHalfOpen: 2}}
	inWorld(t, p, func(w *world) {
		other := netip.MustParseAddrPort("192.0.2.1:81")
		w.serve(other, func(c *conntest.Conn) { c.Read(make([]byte, 1)) })
		w.serve(netip.MustParseAddrPort("192.0.2.2:80"), func(c *conntest.Conn) { c.Read(make([]byte, 1)) })
		var mu sync.Mutex
		var steps []string
		trace := &Trace{ConnectWait: func(a netip.AddrPort, reason string) {
			mu.Lock()
			defer mu.Unlock()
			steps = append(steps, fmt.Sprintf("%v: %s", a, reason))
		}}
		keys := []Key{keyA, keyB, keyC, {Scheme: "http", Host: "192.0.2.1", Port: 81}, keyA, {Scheme: "http", Host: "192.0.2.2", Port: 80}}
		leases := make(chan *Lease, len(keys))
		for _, k := range keys {
			p.Enqueue(ctxBg, Request{Key: k, Trace: trace}, func(l *Lease, err error) {
				if err != nil {
					t.Error(err)
				}
				leases <- l
			})
			w.settle()
		}
		var got []string
		for range keys {
			l := <-leases
			got = append(got, fmt.Sprint(l.Info().Ready.Sub(w.start)))
			defer l.Discard(nil)
		}
		if want := []string{"20ms", "20ms", "20ms", "40ms", "40ms", "60ms"}; !slices.Equal(got, want) {
			t.Errorf("ready after %v, want %v", got, want)
		}
		want := []string{
			"192.0.2.1:80: 2 of 2 connects to 192.0.2.1 under way",
			"192.0.2.1:81: 2 of 2 connects to 192.0.2.1 under way",
			"192.0.2.1:80: 2 of 2 connects to 192.0.2.1 under way",
		}
		if !slices.Equal(steps, want) {
			t.Errorf("trace %q, want %q", steps, want)
		}
		var waits []string
		for _, r := range p.Records() {
			a := r.Attempts[0]
			waits = append(waits, fmt.Sprintf("%v of %v %v", a.Waited, a.Duration, a.Reason != ""))
		}
		want = []string{"0s of 20ms false", "0s of 20ms false", "20ms of 40ms true", "20ms of 40ms true", "40ms of 60ms true", "0s of 20ms false"}
		if !slices.Equal(waits, want) {
			t.Errorf("waits %q, want %q", waits, want)
		}
	})
}

// Those that give up while they wait leave no hole in the count.
func TestMaxHalfOpenGivenUp(t *testing.T) {
	inWorld(t, &Pool{Dialer: Dialer{MaxHalfOpen: 1, Resolver: names{}}}, func(w *world) {
		d := &w.pool.Dialer
		w.net.SetRule(addr1, conntest.Rule{Blackhole: true})
		ctx, cancel := context.WithCancel(ctxBg)
		done := make(chan error, 20)
		for i := range 20 {
			c := ctx
			if i == 0 {
				var end context.CancelFunc
				c, end = context.WithTimeout(ctxBg, 2*time.Second)
				defer end()
			}
			go func() {
				_, err := d.DialContext(c, "tcp", addr1.String())
				done <- err
			}()
			w.settle()
		}
		w.sleep(time.Second)
		if n := len(w.net.Dials()); n != 1 {
			t.Errorf("%d dials, want 1", n)
		}
		cancel()
		w.settle()
		for range 19 {
			if err := <-done; err == nil {
				t.Error("a wait was not given up")
			}
		}
		w.net.SetRule(addr1, conntest.Rule{})
		c, err := d.DialContext(ctxBg, "tcp", addr1.String()) // waits for the first, which gives up at 2 s
		if err != nil || time.Since(w.start) != 2020*ms {
			t.Fatalf("%v after %v", err, time.Since(w.start))
		}
		c.Close()
		<-done
		if g := &d.own.gates; len(g.gates) != 0 {
			t.Errorf("%d gates are left", len(g.gates))
		}
	})
}

func TestMaxHalfOpenUnbounded(t *testing.T) {
	for most, want := range map[int]int{0: 64, -1: 100, 7: 7} {
		inWorld(t, &Pool{MaxPerHost: -1, Dialer: Dialer{MaxHalfOpen: most}}, func(w *world) {
			w.net.SetRule(addr1, conntest.Rule{Blackhole: true})
			for range 100 {
				w.enqueue(ctxBg, "", keyA, 0)
			}
			w.sleep(100 * ms) // before backup jobs
			if n := len(w.net.Dials()); n != want {
				t.Errorf("MaxHalfOpen %d: %d dials, want %d", most, n, want)
			}
		})
	}
}

// under returns how many connects to addr are under way.
func (g *gatekeeper) under(addr netip.Addr) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.gates[addr]; t != nil {
		return t.open
	}
	return 0
}
