package dnscache_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
)

var ctx = context.Background()

// resolver returns one over a scripted source.
func resolver(zone dnstest.Zone) (*dnscache.Resolver, *dnstest.Source) {
	s := &dnstest.Source{Zone: zone}
	return &dnscache.Resolver{Sources: []dnscache.Source{s}}, s
}

// mustLookup returns an answer that must have addresses.
func mustLookup(t *testing.T, r *dnscache.Resolver, name string) dnscache.Answer {
	t.Helper()
	a, err := r.Lookup(ctx, name)
	if err != nil || len(a.Addrs) == 0 {
		t.Fatalf("Lookup(%q) = %+v, %v, want addresses", name, a, err)
	}
	return a
}

func ips(a dnscache.Answer) string {
	var s []string
	for _, addr := range a.Addrs {
		s = append(s, addr.IP.String())
	}
	return strings.Join(s, " ")
}

func TestResolverZeroValueAnswersLocalhost(t *testing.T) {
	var r dnscache.Resolver
	for _, name := range []string{"localhost", "LOCALHOST.", "a.b.localhost"} {
		a := mustLookup(t, &r, name)
		if got, want := ips(a), "127.0.0.1 ::1"; got != want || a.Level != dnscache.Literal {
			t.Errorf("Lookup(%q) = %s at level %v, want %s at literal", name, got, a.Level, want)
		}
	}
}

func TestResolverAsksNobodyForLiterals(t *testing.T) {
	r, src := resolver(nil)
	tests := []struct{ name, want string }{
		{"192.0.2.1", "192.0.2.1"},
		{"192.0.2.1.", "192.0.2.1"},
		{"2001:db8::1", "2001:db8::1"},
		{"[2001:db8::1]", "2001:db8::1"},
		{"fe80::1%eth0", "fe80::1%eth0"},
		{"127.1", "127.0.0.1"},
		{"0x7f.1", "127.0.0.1"},
		{"0x7F000001", "127.0.0.1"},
		{"0x", "0.0.0.0"},
		{"017700000001", "127.0.0.1"},
		{"4294967295", "255.255.255.255"},
		{"１.2.3.4", "1.2.3.4"},
		{"sub.localhost", "127.0.0.1 ::1"},
	}
	for _, tt := range tests {
		a := mustLookup(t, r, tt.name)
		if got := ips(a); got != tt.want || a.Level != dnscache.Literal || len(a.Steps) != 1 {
			t.Errorf("Lookup(%q) = %s at %v in %d steps, want %s at literal in 1", tt.name, got, a.Level, len(a.Steps), tt.want)
		}
		if n := src.Asked(a.Name); n != 0 {
			t.Errorf("Lookup(%q) asked the source %d times, want 0", tt.name, n)
		}
	}
}

func TestResolverNames(t *testing.T) {
	label63 := strings.Repeat("a", 63)
	name253 := strings.Join([]string{label63, label63, label63, strings.Repeat("b", 61)}, ".")
	tests := []struct {
		name, in string
		want     string // the name asked; empty: invalid
		why      string // part of the error
	}{
		{"plain", "example.com", "example.com", ""},
		{"capitals", "ExAmple.COM", "example.com", ""},
		{"trailing dot", "example.com.", "example.com", ""},
		{"underscore", "_x.a_b.example", "_x.a_b.example", ""},
		{"hyphens", "-a-.example", "-a-.example", ""},
		{"one label", "intranet", "intranet", ""},
		{"IDNA", "Bücher.example", "xn--bcher-kva.example", ""},
		{"longest", name253, name253, ""},
		{"longest with dot", name253 + ".", name253, ""},
		{"254 octets", name253 + "b", "", "254 octets"},
		{"long label", "a" + label63 + ".example", "", "64 octets"},
		{"empty", "", "", "empty"},
		{"root", ".", "", "empty"},
		{"empty label", "a..example", "", "empty label"},
		{"two dots at the end", "example..", "", "empty label"},
		{"leading dot", ".example", "", "empty label"},
		{"space", "a b.example", "", `' '`},
		{"zero", "a\x00.example", "", `'\x00'`},
		{"slash", "a/b", "", `'/'`},
		{"port", "example.com:80", "", "IPv6"},
		{"open bracket", "[::1", "", "bracket"},
		{"number too large", "256.256.256.256", "", "IPv4"},
		{"five numbers", "1.2.3.4.5", "", "IPv4"},
		{"number at the end", "example.1", "", "IPv4"},
		{"bad octal at the end", "example.09", "", "IPv4"},
		{"bad octal", "1.2.3.08", "", "IPv4"},
		{"past 64 bits", "99999999999999999999999", "", "IPv4"},
		{"bad IDNA", "xn--\u00e9.example", "", "invalid name"},
		{"invalid UTF-8", "\xff.example", "", "invalid name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, src := resolver(dnstest.Zone{tt.want: {Addrs: dnstest.IPs("192.0.2.1")}})
			a, err := r.Lookup(ctx, tt.in)
			if tt.want == "" {
				if !errors.Is(err, dnscache.ErrInvalidName) || !strings.Contains(err.Error(), tt.why) {
					t.Errorf("Lookup(%q) error %v, want ErrInvalidName with %q", tt.in, err, tt.why)
				}
				return
			}
			if err != nil || a.Name != tt.want || src.Asked(tt.want) != 1 {
				t.Errorf("Lookup(%q) = %q, %v, asked %d times, want %q once", tt.in, a.Name, err, src.Asked(tt.want), tt.want)
			}
		})
	}
}

func TestResolverBoundsTTL(t *testing.T) {
	tests := []struct {
		name     string
		ttl      time.Duration // of the answer; 0 becomes -1 in the zone
		min, max time.Duration
		want     time.Duration // how long it is remembered
	}{
		{"within", 10 * time.Minute, 0, 0, 10 * time.Minute},
		{"short", time.Second, 0, 0, 2 * time.Minute},
		{"zero", 0, 0, 0, 2 * time.Minute},
		{"long", 48 * time.Hour, 0, 0, 30 * time.Minute},
		{"own floor", time.Second, time.Minute, 0, time.Minute},
		{"own ceiling", time.Hour, 0, 3 * time.Minute, 3 * time.Minute},
		{"no floor", time.Second, -1, 0, time.Second},
		{"no floor and zero", 0, -1, 0, 0},
		{"ceiling wins", time.Second, time.Hour, time.Minute, time.Minute},
		{"remember nothing", time.Hour, 0, -1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ttl := tt.ttl
				if ttl == 0 {
					ttl = -1
				}
				r, src := resolver(dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1"), TTL: ttl}})
				r.MinTTL, r.MaxTTL = tt.min, tt.max
				a := mustLookup(t, r, "a.test")
				if a.Level != dnscache.ISP || a.TTL != tt.ttl || a.Addrs[0].TTL != tt.ttl {
					t.Errorf("first answer at %v with TTL %v, want isp with %v", a.Level, a.TTL, tt.ttl)
				}
				if tt.want > 0 {
					time.Sleep(tt.want - time.Millisecond)
					a = mustLookup(t, r, "a.test")
					if a.Level != dnscache.Browser || a.TTL != time.Millisecond || !a.Steps[0].Cached {
						t.Errorf("just before the end: level %v, TTL %v, want browser with 1ms", a.Level, a.TTL)
					}
					time.Sleep(time.Millisecond)
				}
				mustLookup(t, r, "a.test")
				if got := src.Asked("a.test"); got != 2 {
					t.Errorf("source asked %d times, want 2", got)
				}
			})
		})
	}
}

func TestResolverRemembersAbsence(t *testing.T) {
	tests := []struct {
		name string
		host dnstest.Host
		max  time.Duration
		err  error
		want time.Duration
	}{
		{"no name", dnstest.Host{RCode: "NXDOMAIN", NegativeTTL: time.Minute}, 0, dnscache.ErrNotFound, time.Minute},
		{"no address", dnstest.Host{NegativeTTL: time.Minute}, 0, dnscache.ErrNoAddress, time.Minute},
		{"no floor", dnstest.Host{NegativeTTL: time.Second}, 0, dnscache.ErrNoAddress, time.Second},
		{"five minutes at most", dnstest.Host{RCode: "NXDOMAIN", NegativeTTL: time.Hour}, 0, dnscache.ErrNotFound, 5 * time.Minute},
		{"own ceiling", dnstest.Host{RCode: "NXDOMAIN", NegativeTTL: time.Hour}, time.Second, dnscache.ErrNotFound, time.Second},
		{"without SOA", dnstest.Host{RCode: "NXDOMAIN", NegativeTTL: -1}, 0, dnscache.ErrNotFound, 0},
		{"remember none", dnstest.Host{RCode: "NXDOMAIN"}, -1, dnscache.ErrNotFound, 0},
		{"failures are not", dnstest.Host{RCode: "SERVFAIL"}, 0, nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, src := resolver(dnstest.Zone{"a.test": tt.host})
				r.MaxNegativeTTL = tt.max
				ask := func() dnscache.Answer {
					a, err := r.Lookup(ctx, "a.test")
					var e *dnscache.Error
					if !errors.As(err, &e) || tt.err != nil && !errors.Is(err, tt.err) {
						t.Fatalf("Lookup error %v, want %v", err, tt.err)
					}
					if e.RCode != a.RCode || len(e.Steps) == 0 || len(a.Steps) != len(e.Steps) || e.Level != a.Level {
						t.Errorf("Error %+v and Answer %+v differ", e, a)
					}
					return a
				}
				ask()
				if tt.want > 0 {
					time.Sleep(tt.want - time.Nanosecond)
					if a := ask(); a.Level != dnscache.Browser || a.TTL != 1 {
						t.Errorf("just before the end: %+v, want level browser and 1 ns left", a)
					}
					time.Sleep(time.Nanosecond)
				}
				ask()
				if got := src.Asked("a.test"); got != 2 {
					t.Errorf("source asked %d times, want 2", got)
				}
			})
		})
	}
}

func TestResolverEvicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := resolver(dnstest.Zone{
			"*.test":     {Addrs: dnstest.IPs("192.0.2.1"), TTL: 20 * time.Minute},
			"brief.test": {Addrs: dnstest.IPs("192.0.2.1"), TTL: 2 * time.Minute},
		})
		r.MaxEntries = 4
		kept := func(name string, want bool) {
			t.Helper()
			before := src.Asked(name)
			a := mustLookup(t, r, name)
			if got := src.Asked(name) == before; got != want {
				t.Errorf("%s kept: %v, want %v (level %v)", name, got, want, a.Level)
			}
		}
		for _, name := range []string{"hot.test", "cold.test", "brief.test", "warm.test"} {
			mustLookup(t, r, name)
		}
		kept("hot.test", true)
		kept("warm.test", true)
		kept("brief.test", true)
		mustLookup(t, r, "new1.test") // drops cold, the only one not used since it came
		kept("hot.test", true)
		kept("warm.test", true)
		kept("brief.test", true)
		time.Sleep(3 * time.Minute)
		mustLookup(t, r, "new2.test") // drops brief, which has expired
		kept("hot.test", true)
		kept("warm.test", true)
		kept("new1.test", true)
		kept("new2.test", true)
		kept("cold.test", false)
	})
}

func TestResolverRemembersNothingWithoutEntries(t *testing.T) {
	r, src := resolver(dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1")}})
	r.MaxEntries = -1
	mustLookup(t, r, "a.test")
	mustLookup(t, r, "a.test")
	if got := src.Asked("a.test"); got != 2 {
		t.Errorf("source asked %d times, want 2", got)
	}
}

func TestResolverAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := resolver(dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1"), Delay: time.Second}})
		var wg sync.WaitGroup
		var shared int
		var mu sync.Mutex
		for i := range 50 {
			name := "a.test"
			if i%2 == 1 {
				name = "A.TEST."
			}
			wg.Go(func() {
				a := mustLookup(t, r, name)
				a.Addrs[0].IP = netip.Addr{} // the slices are the caller's
				a.Steps[1].Level = dnscache.Root
				mu.Lock()
				defer mu.Unlock()
				if a.Shared {
					shared++
				}
			})
		}
		wg.Wait()
		if got := src.Asked("a.test"); got != 1 || shared != 49 {
			t.Errorf("asked %d times, %d answers shared, want 1 and 49", got, shared)
		}
		a := mustLookup(t, r, "a.test")
		a.Addrs[0].IP = netip.Addr{}
		a = mustLookup(t, r, "a.test")
		if ips(a) != "192.0.2.1" || a.Shared {
			t.Errorf("from the cache: %s, shared %v, want 192.0.2.1 and false", ips(a), a.Shared)
		}
	})
}

func TestResolversNeverShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, src1 := resolver(dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1"), Delay: time.Second}})
		two, src2 := resolver(dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.2"), Delay: time.Second}})
		var wg sync.WaitGroup
		for want, r := range map[string]*dnscache.Resolver{"192.0.2.1": one, "192.0.2.2": two} {
			for range 2 {
				wg.Go(func() {
					if got := ips(mustLookup(t, r, "a.test")); got != want {
						t.Errorf("got %s, want %s", got, want)
					}
				})
			}
		}
		wg.Wait()
		if src1.Asked("a.test") != 1 || src2.Asked("a.test") != 1 {
			t.Errorf("asked %d and %d times, want 1 each", src1.Asked("a.test"), src2.Asked("a.test"))
		}
	})
}

func TestResolverCancelsOneCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := resolver(dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1"), Delay: time.Second}})
		why := errors.New("page closed")
		first, cancel := context.WithCancelCause(ctx)
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := r.Lookup(first, "a.test")
			var e *dnscache.Error
			if !errors.Is(err, context.Canceled) || !errors.Is(err, why) || !errors.As(err, &e) || e.Level != 0 {
				t.Errorf("canceled caller got %v, want context.Canceled with its cause and no level", err)
			}
			if d := time.Since(e.Steps[0].Start); d != 100*time.Millisecond {
				t.Errorf("canceled caller waited %v, want 100ms", d)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if a := mustLookup(t, r, "a.test"); !a.Shared || ips(a) != "192.0.2.1" {
				t.Errorf("the other caller got %+v", a)
			}
		})
		time.Sleep(100 * time.Millisecond)
		cancel(why)
		wg.Wait()
		if got := src.Asked("a.test"); got != 1 {
			t.Errorf("asked %d times, want 1", got)
		}
	})
}

func TestResolverDeadlineOfCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := resolver(dnstest.Zone{"a.test": {Silent: true}})
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if _, err := r.Lookup(ctx, "a.test"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want context.DeadlineExceeded", err)
		}
	})
}

func TestResolverEndsWorkNobodyWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		calls := 0
		r := &dnscache.Resolver{Sources: []dnscache.Source{
			dnscache.SourceFunc(dnscache.ISP, func(ctx context.Context, name string) (dnscache.Answer, error) {
				if calls++; calls == 2 {
					return dnscache.Answer{Addrs: []dnscache.Addr{{IP: netip.MustParseAddr("192.0.2.1")}}}, nil
				}
				<-ctx.Done()
				ended <- ctx.Err()
				time.Sleep(time.Hour) // a source that is slow to end must not hold up who comes next
				return dnscache.Answer{}, ctx.Err()
			}),
		}}
		var wg sync.WaitGroup
		ctx1, cancel1 := context.WithCancel(ctx)
		ctx2, cancel2 := context.WithCancel(ctx)
		for _, c := range []context.Context{ctx1, ctx2} {
			wg.Go(func() { r.Lookup(c, "a.test") })
		}
		synctest.Wait()
		cancel1()
		synctest.Wait()
		select {
		case <-ended:
			t.Error("work ended while one caller waits")
		default:
		}
		cancel2()
		wg.Wait()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("source's context ended with %v", err)
		}
		if a := mustLookup(t, r, "a.test"); a.Shared {
			t.Error("joined a question that had been given up")
		}
		time.Sleep(2 * time.Hour)
	})
}

func TestResolverEndedContext(t *testing.T) {
	r, src := resolver(dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1")}})
	mustLookup(t, r, "a.test")
	done, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := r.Lookup(done, "b.test"); !errors.Is(err, context.Canceled) || src.Asked("b.test") != 0 {
		t.Errorf("error %v after %d questions, want context.Canceled after none", err, src.Asked("b.test"))
	}
	if a, err := r.Lookup(done, "a.test"); err != nil {
		t.Errorf("Lookup of a cached name = %v, %v, want its addresses", a, err)
	}
}

func TestResolverSurvivesSourceThatEndsItsGoroutine(t *testing.T) {
	r := &dnscache.Resolver{Sources: []dnscache.Source{
		dnscache.SourceFunc(dnscache.ISP, func(context.Context, string) (dnscache.Answer, error) {
			runtime.Goexit()
			return dnscache.Answer{}, nil
		}),
	}}
	if _, err := r.Lookup(ctx, "a.test"); err == nil {
		t.Error("no error")
	}
}

func TestResolverChain(t *testing.T) {
	found := func(at dnscache.Level, ip string) *dnstest.Source {
		return &dnstest.Source{At: at, Zone: dnstest.Zone{"a.test": {Addrs: dnstest.IPs(ip)}}}
	}
	with := func(at dnscache.Level, h dnstest.Host) *dnstest.Source {
		return &dnstest.Source{At: at, Zone: dnstest.Zone{"a.test": h}}
	}
	pass := &dnstest.Source{At: dnscache.OS, Pass: true}
	tests := []struct {
		name    string
		sources []dnscache.Source
		want    string // level and addresses
		err     error
		steps   string
	}{
		{"first knows", []dnscache.Source{found(dnscache.OS, "192.0.2.1"), found(dnscache.ISP, "192.0.2.2")},
			"os 192.0.2.1", nil, "browser os"},
		{"first passes", []dnscache.Source{pass, found(dnscache.ISP, "192.0.2.2")},
			"isp 192.0.2.2", nil, "browser os isp"},
		{"server failure passes", []dnscache.Source{with(dnscache.Router, dnstest.Host{RCode: "SERVFAIL"}), found(dnscache.ISP, "192.0.2.2")},
			"isp 192.0.2.2", nil, "browser router isp"},
		{"timeout passes", []dnscache.Source{with(dnscache.Router, dnstest.Host{Err: os.ErrDeadlineExceeded}), found(dnscache.ISP, "192.0.2.2")},
			"isp 192.0.2.2", nil, "browser router isp"},
		{"no such name ends", []dnscache.Source{with(dnscache.Router, dnstest.Host{RCode: "NXDOMAIN"}), found(dnscache.ISP, "192.0.2.2")},
			"router ", dnscache.ErrNotFound, "browser router"},
		{"no address ends", []dnscache.Source{with(dnscache.Router, dnstest.Host{}), found(dnscache.ISP, "192.0.2.2")},
			"router ", dnscache.ErrNoAddress, "browser router"},
		{"all pass", []dnscache.Source{pass, pass},
			"none ", dnscache.ErrNotFound, "browser os os"},
		{"failure and pass", []dnscache.Source{with(dnscache.ISP, dnstest.Host{Err: os.ErrDeadlineExceeded}), pass},
			"isp ", os.ErrDeadlineExceeded, "browser isp os"},
		{"no sources", []dnscache.Source{}, "none ", dnscache.ErrNotFound, "browser"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &dnscache.Resolver{Sources: tt.sources}
			a, err := r.Lookup(ctx, "a.test")
			var steps []string
			for _, s := range a.Steps {
				steps = append(steps, s.Level.String())
			}
			if got := a.Level.String() + " " + ips(a); got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("Lookup = %q, %v, want %q, %v", got, err, tt.want, tt.err)
			}
			if got := strings.Join(steps, " "); got != tt.steps {
				t.Errorf("steps %q, want %q", got, tt.steps)
			}
		})
	}
}

func TestResolverFillsInWhatSourcesLeaveOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &dnscache.Resolver{Sources: []dnscache.Source{
			dnscache.SourceFunc(dnscache.Router, func(context.Context, string) (dnscache.Answer, error) {
				time.Sleep(time.Second)
				return dnscache.Answer{}, fmt.Errorf("no route")
			}),
			dnscache.SourceFunc(dnscache.ISP, func(context.Context, string) (dnscache.Answer, error) {
				time.Sleep(time.Second)
				return dnscache.Answer{Addrs: []dnscache.Addr{
					{netip.MustParseAddr("192.0.2.1"), 5 * time.Minute}, {netip.MustParseAddr("192.0.2.2"), 4 * time.Minute},
				}}, nil
			}),
		}}
		start := time.Now()
		a := mustLookup(t, r, "a.test")
		want := []dnscache.Step{
			{Level: dnscache.Browser, Question: "A+AAAA a.test", Transport: "cache", Start: start},
			{Level: dnscache.Router, Question: "A+AAAA a.test", Start: start, Duration: time.Second, Err: "no route"},
			{Level: dnscache.ISP, Question: "A+AAAA a.test", RCode: "NOERROR", Start: start.Add(time.Second), Duration: time.Second, TTL: 4 * time.Minute},
		}
		if !slices.Equal(a.Steps, want) {
			t.Errorf("steps\n%+v\nwant\n%+v", a.Steps, want)
		}
		if a.TTL != 4*time.Minute || a.RCode != "NOERROR" || a.Canonical != "a.test" || a.Level != dnscache.ISP {
			t.Errorf("answer %+v", a)
		}
	})
}

func TestResolverErrorText(t *testing.T) {
	r, _ := resolver(dnstest.Zone{"dead.test": {RCode: "SERVFAIL"}})
	tests := []struct{ name, want string }{
		{"none.test", "dnscache: none.test: isp: no such name"},
		{"dead.test", "dnscache: dead.test: isp: responded SERVFAIL"},
		{"a..b", "dnscache: a..b: invalid name: empty label"},
	}
	for _, tt := range tests {
		if _, err := r.Lookup(ctx, tt.name); err == nil || err.Error() != tt.want {
			t.Errorf("Lookup(%q) error %q, want %q", tt.name, err, tt.want)
		}
	}
}

// Many callers, names and evictions at once: for the race detector.
func TestResolverConcurrentUse(t *testing.T) {
	r, _ := resolver(dnstest.Zone{
		"*.test":   {Addrs: dnstest.IPs("192.0.2.1", "2001:db8::1")},
		"*.none":   {RCode: "NXDOMAIN"},
		"*.broken": {RCode: "SERVFAIL"},
	})
	r.MaxEntries, r.MinTTL = 20, time.Millisecond
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				zone := []string{"test", "none", "broken"}[i%3]
				c, cancel := context.WithCancel(ctx)
				if i%7 == 0 {
					go cancel()
				}
				a, err := r.Lookup(c, fmt.Sprintf("n%d.%s", (i*g)%50, zone))
				if err == nil && (zone != "test" || ips(a) != "192.0.2.1 2001:db8::1") {
					t.Errorf("answer %+v", a)
				}
				for i := range a.Addrs {
					a.Addrs[i] = dnscache.Addr{}
				}
				cancel()
			}
		})
	}
	wg.Wait()
}
