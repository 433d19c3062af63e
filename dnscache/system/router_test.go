package system_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
	"pageload/dnscache/system"
)

// home is a network whose gateways are servers in memory; nil ones are silent.
type home map[string]*dnstest.Server

func (h home) dial(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
	d, ok := h[addr.Addr().String()]
	switch {
	case !ok:
		return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("connection refused")}
	case d == nil:
		d = &dnstest.Server{Zone: dnstest.Zone{"a.test": {Silent: true}}}
	}
	return d.Dial(ctx, network, addr)
}

// router returns a source whose gateways are ips of the home.
func (h home) router(ips ...string) *system.Router {
	return &system.Router{Dial: h.dial, Gateways: func() ([]netip.Addr, error) { return dnstest.IPs(ips...), nil }}
}

func serves(delay time.Duration) *dnstest.Server {
	return &dnstest.Server{Zone: dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.80"), Delay: delay}}}
}

func TestRouter(t *testing.T) {
	refuses := &dnstest.Server{Zone: dnstest.Zone{"a.test": {RCode: "REFUSED"}}}
	none := &dnstest.Server{}
	h := home{
		"192.0.2.1": serves(20 * time.Millisecond), "192.0.2.2": nil, "192.0.2.3": refuses, "192.0.2.4": none,
		"192.0.2.5": serves(600 * time.Millisecond), "fe80::1%eth0": serves(0),
	}
	tests := []struct {
		name     string
		gateways string
		want     string // empty: an error
		err      error
		takes    time.Duration
	}{
		{"answers", "192.0.2.1", "192.0.2.80/60 a.test", nil, 20 * time.Millisecond},
		{"link-local", "fe80::1%eth0", "192.0.2.80/60 a.test", nil, 0},
		{"no such name", "192.0.2.4 192.0.2.1", "", dnscache.ErrNotFound, 0},
		{"silent", "192.0.2.2", "", context.DeadlineExceeded, 500 * time.Millisecond},
		{"too slow", "192.0.2.5", "", context.DeadlineExceeded, 500 * time.Millisecond},
		{"refuses", "192.0.2.3", "", nil, 0},
		{"absent", "192.0.2.9", "", nil, 0},
		{"second answers after silence", "192.0.2.2 192.0.2.1", "192.0.2.80/60 a.test", nil, 270 * time.Millisecond},
		{"second answers after refusal", "192.0.2.3 192.0.2.1", "192.0.2.80/60 a.test", nil, 20 * time.Millisecond},
		{"two silent", "192.0.2.2 192.0.2.5", "", context.DeadlineExceeded, 500 * time.Millisecond},
		{"no gateway", "", "", dnscache.ErrPass, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				a, err := h.router(strings.Fields(tt.gateways)...).Lookup(ctx, "a.test")
				if a.Level != dnscache.Router || time.Since(start) != tt.takes || len(a.Steps) == 0 {
					t.Errorf("took %v at %v with %d steps, want %v", time.Since(start), a.Level, len(a.Steps), tt.takes)
				}
				if tt.want != "" {
					if err != nil || text(a) != tt.want {
						t.Errorf("Lookup = %q, %v, want %q", text(a), err, tt.want)
					}
				} else if err == nil || tt.err != nil && !errors.Is(err, tt.err) || tt.err != dnscache.ErrNotFound && errors.Is(err, dnscache.ErrNotFound) {
					t.Errorf("error %v, want %v", err, tt.err)
				}
			})
		})
	}
}

func TestRouterRemembersSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := home{"192.0.2.1": nil}
		r := h.router("192.0.2.1")
		lookup := func() time.Duration {
			t.Helper()
			start := time.Now()
			if a, err := r.Lookup(ctx, "a.test"); (err == nil) != (h["192.0.2.1"] != nil && len(a.Addrs) > 0) || len(a.Steps) == 0 {
				t.Errorf("Lookup: %v with %+v", err, a.Steps)
			}
			return time.Since(start)
		}
		const patience = 500 * time.Millisecond
		for i, want := range []time.Duration{patience, 0, 0} {
			if d := lookup(); d != want {
				t.Errorf("lookup %d took %v, want %v", i, d, want)
			}
		}
		time.Sleep(30 * time.Second)
		if d := lookup(); d != patience {
			t.Errorf("after its rest: %v, want %v", d, patience)
		}
		time.Sleep(30 * time.Second)
		h["192.0.2.1"] = serves(0)
		for range 3 {
			if d := lookup(); d != 0 {
				t.Errorf("when it serves: %v", d)
			}
		}
		// Silent once may be a name that is slow to be found out; twice is not.
		h["192.0.2.1"] = nil
		for i, want := range []time.Duration{patience, patience, 0} {
			if d := lookup(); d != want {
				t.Errorf("silent again, lookup %d took %v, want %v", i, d, want)
			}
		}
	})
}

// A lookup that its caller gives up says nothing about the gateway.
func TestRouterCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := home{"192.0.2.1": nil}
		r := h.router("192.0.2.1")
		for range 3 {
			ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
			start := time.Now()
			if _, err := r.Lookup(ctx, "a.test"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 100*time.Millisecond {
				t.Errorf("error %v after %v, want the caller's after 100ms", err, time.Since(start))
			}
			cancel()
		}
	})
}

func TestRouterLooksForRoutesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := home{"192.0.2.1": serves(0), "192.0.2.2": serves(0)}
		found := 0
		r := h.router()
		r.Gateways = func() ([]netip.Addr, error) {
			found++
			return dnstest.IPs([]string{"192.0.2.1", "192.0.2.2"}[min(found-1, 1)]), nil
		}
		want := []string{"192.0.2.1:53", "192.0.2.1:53", "192.0.2.2:53"}
		for i, w := range want {
			a, err := r.Lookup(ctx, "a.test")
			if err != nil || a.Steps[0].Server != w {
				t.Errorf("lookup %d: asked %s, %v, want %s", i, a.Steps[0].Server, err, w)
			}
			time.Sleep(3 * time.Second)
		}
		if found != 2 {
			t.Errorf("looked for routes %d times, want 2", found)
		}
		broken := errors.New("no netlink")
		r = &system.Router{Gateways: func() ([]netip.Addr, error) { return nil, broken }}
		if _, err := r.Lookup(ctx, "a.test"); !errors.Is(err, broken) {
			t.Errorf("error %v, want %v", err, broken)
		}
	})
}

func TestRouterNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := home{"192.0.2.1": nil}
		r := &system.Router{Dial: h.dial, Addrs: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:5353")}, Timeout: time.Second, Rest: -1}
		for range 2 {
			start := time.Now()
			a, err := r.Lookup(ctx, "a.test")
			if err == nil || time.Since(start) != time.Second || a.Steps[0].Server != "192.0.2.1:5353" {
				t.Errorf("error %v after %v at %s", err, time.Since(start), a.Steps[0].Server)
			}
		}
	})
}
