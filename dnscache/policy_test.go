package dnscache_test

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
)

func TestResolverRootDecides(t *testing.T) {
	at := func(l dnscache.Level, h dnstest.Host) dnscache.Source {
		return &dnstest.Source{At: l, Zone: dnstest.Zone{"a.test": h}}
	}
	none := dnstest.Host{RCode: "NXDOMAIN"}
	found := dnstest.Host{Addrs: dnstest.IPs("192.0.2.1")}
	dead := dnstest.Host{Err: os.ErrDeadlineExceeded}
	tests := []struct {
		name    string
		sources []dnscache.Source
		level   dnscache.Level
		err     error
		steps   int // without the cache's
	}{
		{"root knows better", []dnscache.Source{at(dnscache.Router, none), at(dnscache.ISP, none), at(dnscache.Root, found)}, dnscache.Root, nil, 3},
		{"root agrees", []dnscache.Source{at(dnscache.ISP, none), at(dnscache.Root, none)}, dnscache.Root, dnscache.ErrNotFound, 2},
		{"root's word ends", []dnscache.Source{at(dnscache.Root, none), at(dnscache.ISP, found)}, dnscache.Root, dnscache.ErrNotFound, 1},
		{"root fails", []dnscache.Source{at(dnscache.ISP, none), at(dnscache.Root, dead)}, dnscache.Root, os.ErrDeadlineExceeded, 2},
		{"root passes", []dnscache.Source{at(dnscache.ISP, none), &dnstest.Source{At: dnscache.Root, Pass: true}}, dnscache.ISP, dnscache.ErrNotFound, 2},
		{"no root", []dnscache.Source{at(dnscache.Router, none), at(dnscache.ISP, none)}, dnscache.Router, dnscache.ErrNotFound, 2},
		{"no root, one dead", []dnscache.Source{at(dnscache.Router, none), at(dnscache.ISP, dead)}, dnscache.Router, dnscache.ErrNotFound, 2},
		{"no address ends", []dnscache.Source{at(dnscache.ISP, dnstest.Host{}), at(dnscache.Root, found)}, dnscache.ISP, dnscache.ErrNoAddress, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &dnscache.Resolver{Sources: tt.sources, RootDecides: true}
			a, err := r.Lookup(ctx, "a.test")
			if a.Level != tt.level || !errors.Is(err, tt.err) || len(a.Steps) != 1+tt.steps {
				t.Errorf("Lookup = %v in %d steps, %v, want %v in %d, %v", a.Level, len(a.Steps)-1, err, tt.level, tt.steps, tt.err)
			}
			if tt.err == dnscache.ErrNotFound && (a.TTL != time.Minute || a.RCode != "NXDOMAIN") {
				t.Errorf("%s for %v, want NXDOMAIN for a minute", a.RCode, a.TTL)
			}
		})
	}
}

func TestResolverRefusesPrivate(t *testing.T) {
	tests := []struct {
		name, ip string
		rule     string // empty: allowed
	}{
		{"www.example.com", "192.0.2.1", ""},
		{"www.example.com", "2001:db8::1", ""},
		{"www.example.com", "10.1.2.3", "10.1.2.3 is private (RFC 1918)"},
		{"www.example.com", "172.31.0.1", "private"},
		{"www.example.com", "172.32.0.1", ""},
		{"www.example.com", "192.168.1.1", "private"},
		{"www.example.com", "127.0.0.1", "loopback"},
		{"www.example.com", "0.0.0.0", "this network"},
		{"www.example.com", "169.254.169.254", "link-local"},
		{"www.example.com", "100.64.0.1", "shared"},
		{"www.example.com", "224.0.0.1", "multicast"},
		{"www.example.com", "255.255.255.255", "broadcast"},
		{"www.example.com", "::1", "loopback"},
		{"www.example.com", "::", "unspecified"},
		{"www.example.com", "fd00::1", "unique local"},
		{"www.example.com", "fe80::1", "link-local"},
		{"www.example.com", "ff02::1", "multicast"},
		{"www.example.com", "::ffff:10.0.0.1", "private"},
		{"www.example.com", "::10.0.0.1", "private"},
		{"www.example.com", "64:ff9b::10.0.0.1", "private"},
		{"www.example.com", "64:ff9b::192.0.2.1", ""},
		{"www.example.com", "2002:a00:1::1", "private"},
		{"www.example.com", "2002:c000:201::1", ""},
		{"www.example.com", "64:ff9b:1::1", "local translation"},
		{"printer", "10.1.2.3", ""},
		{"nas.local", "10.1.2.3", ""},
		{"box.home.arpa", "192.168.1.1", ""},
		{"db.internal", "10.1.2.3", ""},
		{"internal.example.com", "10.1.2.3", "private"},
		{"notlocal", "10.1.2.3", ""},
		{"x.notlocal", "10.1.2.3", "private"},
		{"git.corp.example.org", "10.1.2.3", ""},
		{"corp.example.org", "10.1.2.3", ""},
		{"evilcorp.example.org", "10.1.2.3", "private"},
	}
	for _, tt := range tests {
		t.Run(tt.name+" "+tt.ip, func(t *testing.T) {
			r, src := resolver(dnstest.Zone{tt.name: {Addrs: dnstest.IPs("192.0.2.77", tt.ip)}})
			second := &dnstest.Source{Zone: src.Zone}
			r.Sources = append(r.Sources, second)
			r.RefusePrivate, r.PrivateNames = true, []string{".Corp.example.org.", ""}
			a, err := r.Lookup(ctx, tt.name)
			if tt.rule == "" {
				if err != nil || len(a.Addrs) != 2 {
					t.Errorf("Lookup = %+v, %v, want it", a, err)
				}
				return
			}
			if !errors.Is(err, dnscache.ErrRebinding) || !strings.Contains(err.Error(), tt.rule) || len(a.Addrs) != 0 {
				t.Errorf("Lookup = %+v, %v, want ErrRebinding with %q", a, err, tt.rule)
			}
			if last := a.Steps[len(a.Steps)-1]; last.Level != dnscache.ISP || !strings.Contains(last.Err, tt.rule) || second.Asked(tt.name) != 0 {
				t.Errorf("last step %+v, next source asked %d times", last, second.Asked(tt.name))
			}
			r.Lookup(ctx, tt.name)
			if src.Asked(tt.name) != 1 {
				t.Errorf("asked %d times within a second, want once", src.Asked(tt.name))
			}
		})
	}
}

func TestResolverGuardOfHintsAndHosts(t *testing.T) {
	private := netip.MustParseAddr("10.0.0.1")
	hint := dnscache.SourceFunc(dnscache.ISP, func(context.Context, string) (dnscache.Answer, error) {
		return dnscache.Answer{
			Addrs: []dnscache.Addr{{IP: netip.MustParseAddr("192.0.2.1")}},
			HTTPS: []dnscache.HTTPS{{Priority: 1, IPv4Hint: []netip.Addr{private}}},
		}, nil
	})
	r := &dnscache.Resolver{Sources: []dnscache.Source{hint}, RefusePrivate: true}
	if _, err := r.Lookup(ctx, "a.example"); !errors.Is(err, dnscache.ErrRebinding) {
		t.Errorf("private hint: %v", err)
	}
	hintOnly := dnscache.SourceFunc(dnscache.ISP, func(context.Context, string) (dnscache.Answer, error) {
		return dnscache.Answer{HTTPS: []dnscache.HTTPS{{Priority: 1, IPv4Hint: []netip.Addr{private}}}}, dnscache.ErrNoAddress
	})
	r = &dnscache.Resolver{Sources: []dnscache.Source{hintOnly}, RefusePrivate: true}
	if a, err := r.Lookup(ctx, "a.example"); !errors.Is(err, dnscache.ErrRebinding) || len(a.HTTPS) != 0 {
		t.Errorf("private hint and no address: %v, %+v", err, a)
	}
	hosts := &dnstest.Source{At: dnscache.OS, Zone: dnstest.Zone{"a.example": {Addrs: []netip.Addr{private}}}}
	r = &dnscache.Resolver{Sources: []dnscache.Source{hosts}, RefusePrivate: true}
	mustLookup(t, r, "a.example")
	r, _ = resolver(dnstest.Zone{"a.example": {Addrs: []netip.Addr{private}}})
	mustLookup(t, r, "a.example") // it is an option
}

func TestResolverNameCollision(t *testing.T) {
	r, _ := resolver(dnstest.Zone{"a.example": {Addrs: dnstest.IPs("127.0.53.53")}, "b.example": {Addrs: dnstest.IPs("::ffff:127.0.53.53")}})
	for _, name := range []string{"a.example", "b.example"} {
		a, err := r.Lookup(ctx, name)
		var e *dnscache.Error
		if !errors.Is(err, dnscache.ErrNameCollision) || !errors.As(err, &e) || e.Level != dnscache.ISP || len(a.Addrs) != 0 {
			t.Errorf("Lookup(%q) = %+v, %v, want ErrNameCollision", name, a, err)
		}
	}
}

func TestResolverOrdersAddresses(t *testing.T) {
	zone := dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1", "2001:db8::1")}}
	six := func(ip netip.Addr) netip.Addr {
		if ip.Is6() {
			return netip.MustParseAddr("2001:db8:1::7")
		}
		return netip.MustParseAddr("198.51.100.7")
	}
	tests := []struct {
		name string
		r    *dnscache.Resolver
		at   dnscache.Level
		want string
	}{
		{"both families", &dnscache.Resolver{SourceAddr: six}, 0, "2001:db8::1 192.0.2.1"},
		{"no way at all", &dnscache.Resolver{SourceAddr: func(netip.Addr) netip.Addr { return netip.Addr{} }}, 0, "2001:db8::1 192.0.2.1"},
		{"as the source has it", &dnscache.Resolver{SourceAddr: six, KeepOrder: true}, 0, "192.0.2.1 2001:db8::1"},
		{"the system has ordered them", &dnscache.Resolver{SourceAddr: six}, dnscache.System, "192.0.2.1 2001:db8::1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := tt.r
			r.Sources = []dnscache.Source{&dnstest.Source{At: tt.at, Zone: zone}}
			for range 2 {
				if got := ips(mustLookup(t, r, "a.test")); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
			}
		})
	}
}

// A page with a thousand references to a host whose servers are dead.
func TestResolverAsksDeadServersOnce(t *testing.T) {
	for name, h := range map[string]dnstest.Host{
		"silent":   {Err: os.ErrDeadlineExceeded, Delay: 5 * time.Second},
		"servfail": {RCode: "SERVFAIL", Delay: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, src := resolver(dnstest.Zone{"dead.test": h})
				var wg sync.WaitGroup
				for range 500 {
					wg.Go(func() { r.Lookup(ctx, "dead.test") })
				}
				wg.Wait()
				for range 500 {
					a, err := r.Lookup(ctx, "dead.test")
					var e *dnscache.Error
					if !errors.As(err, &e) || e.Level != dnscache.ISP || e.Level != a.Level || e.RCode != h.RCode || h.Err != nil && !errors.Is(err, h.Err) {
						t.Fatalf("error %v of level %v, want the reason and isp", err, e.Level)
					}
					if s := a.Steps; len(s) != 1 || s[0].Level != dnscache.Browser || !s[0].Cached || s[0].Err == "" || s[0].Note == "" {
						t.Fatalf("steps %+v", s)
					}
				}
				if got := src.Asked("dead.test"); got != 1 {
					t.Errorf("asked %d times, want once", got)
				}
			})
		})
	}
}

// Each failure is remembered for twice as long, and a long time afterwards all begins anew.
func TestResolverBacksOff(t *testing.T) {
	tests := []struct {
		name string
		max  time.Duration
		want []time.Duration
	}{
		{"default", 0, []time.Duration{1, 2, 4, 5, 5}},
		{"longer", 10 * time.Second, []time.Duration{1, 2, 4, 8, 10, 10}},
		{"at most five minutes", time.Hour, []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, src := resolver(dnstest.Zone{"dead.test": {RCode: "SERVFAIL"}})
				r.MaxFailureTTL = tt.max
				for i, seconds := range tt.want {
					r.Lookup(ctx, "dead.test")
					time.Sleep(seconds*time.Second - 1)
					r.Lookup(ctx, "dead.test")
					if got := src.Asked("dead.test"); got != i+1 {
						t.Fatalf("asked %d times after failure %d and %d seconds", got, i+1, seconds)
					}
					time.Sleep(time.Nanosecond)
				}
				time.Sleep(time.Hour)
				before := src.Asked("dead.test")
				r.Lookup(ctx, "dead.test")
				time.Sleep(time.Second)
				src.Set("dead.test", dnstest.Host{Addrs: dnstest.IPs("192.0.2.1")})
				mustLookup(t, r, "dead.test")
				if got := src.Asked("dead.test") - before; got != 2 {
					t.Errorf("asked %d times, want 2", got)
				}
			})
		})
	}
}

func TestResolverForgetsFailuresThatAreNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := resolver(dnstest.Zone{"dead.test": {RCode: "SERVFAIL"}, "slow.test": {Addrs: dnstest.IPs("192.0.2.1"), Delay: time.Second}})
		r.MaxFailureTTL = -1
		r.Lookup(ctx, "dead.test")
		r.Lookup(ctx, "dead.test")
		if got := src.Asked("dead.test"); got != 2 {
			t.Errorf("asked %d times, want 2: failures are not remembered", got)
		}
		r, src = resolver(src.Zone)
		hurried, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		if _, err := r.Lookup(hurried, "slow.test"); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("error %v", err)
		}
		synctest.Wait()
		mustLookup(t, r, "slow.test") // that somebody had no time is no failure of the name
		r = dnscache.Chromium()
		r.Sources = []dnscache.Source{src}
		src.Set("brief.test", dnstest.Host{Addrs: dnstest.IPs("192.0.2.1"), TTL: time.Second})
		mustLookup(t, r, "brief.test")
		if a := mustLookup(t, r, "brief.test"); a.TTL != time.Minute {
			t.Errorf("Chromium remembers a second's record for %v, want a minute", a.TTL)
		}
	})
}

func TestResolverFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := resolver(dnstest.Zone{"*.test": {Addrs: dnstest.IPs("192.0.2.1")}, "slow.test": {Addrs: dnstest.IPs("192.0.2.1"), Delay: time.Second}})
		r.Flush() // nothing yet
		mustLookup(t, r, "a.test")
		var wg sync.WaitGroup
		wg.Go(func() { mustLookup(t, r, "slow.test") })
		synctest.Wait()
		r.Flush()
		if mustLookup(t, r, "a.test"); src.Asked("a.test") != 2 {
			t.Errorf("asked %d times, want 2", src.Asked("a.test"))
		}
		if a := mustLookup(t, r, "slow.test"); a.Shared || src.Asked("slow.test") != 2 {
			t.Errorf("joined a question from before Flush")
		}
		wg.Wait()
		mustLookup(t, r, "slow.test")
		if got := src.Asked("slow.test"); got != 2 {
			t.Errorf("asked %d times, want 2", got)
		}
	})
}
