package system_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
	"pageload/dnscache/system"
)

var (
	ctx    = context.Background()
	server = netip.MustParseAddrPort("192.0.2.53:53")
	second = netip.MustParseAddrPort("192.0.2.54:53")
)

// ask looks name up at a zone in memory.
func ask(zone dnstest.Zone, name string) (dnscache.Answer, error) {
	d := &dnstest.Server{Zone: zone}
	s := &system.Server{Addrs: []netip.AddrPort{server}, Dial: d.Dial}
	return s.Lookup(ctx, name)
}

// text writes an answer as its addresses with TTL in seconds, and its canonical name.
func text(a dnscache.Answer) string {
	var s []string
	for _, addr := range a.Addrs {
		s = append(s, fmt.Sprintf("%v/%.0f", addr.IP, addr.TTL.Seconds()))
	}
	return strings.Join(append(s, a.Canonical), " ")
}

func TestServerAnswers(t *testing.T) {
	many := make([]netip.Addr, 200)
	for i := range many {
		many[i] = netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})
	}
	zone := dnstest.Zone{
		"v4.test":     {Addrs: dnstest.IPs("192.0.2.1", "192.0.2.2"), TTL: 30 * time.Second},
		"v6.test":     {Addrs: dnstest.IPs("2001:db8::1")},
		"both.test":   {Addrs: dnstest.IPs("192.0.2.1", "2001:db8::1"), TTL: time.Hour},
		"alias.test":  {CNAME: "second.test", TTL: 10 * time.Second},
		"second.test": {CNAME: "BOTH.test"},
		"loop.test":   {CNAME: "pool.test"},
		"pool.test":   {CNAME: "loop.test"},
		"dangle.test": {CNAME: "nowhere.invalid"},
		"bare.test":   {CNAME: "empty.test"},
		"empty.test":  {NegativeTTL: 20 * time.Second},
		"gone.test":   {RCode: "NXDOMAIN", NegativeTTL: 40 * time.Second},
		"nosoa.test":  {RCode: "NXDOMAIN", NegativeTTL: -1},
		"dead.test":   {RCode: "SERVFAIL"},
		"no.test":     {RCode: "REFUSED"},
		"century":     {Addrs: dnstest.IPs("192.0.2.1"), TTL: 100 * 365 * 24 * time.Hour},
		"many.test":   {Addrs: many},
	}
	tests := []struct {
		name  string
		want  string
		ttl   time.Duration
		rcode string
		err   error // nil with an empty want: any
	}{
		{"v4.test", "192.0.2.1/30 192.0.2.2/30 v4.test", 30 * time.Second, "NOERROR", nil},
		{"v6.test", "2001:db8::1/60 v6.test", time.Minute, "NOERROR", nil},
		{"both.test", "2001:db8::1/3600 192.0.2.1/3600 both.test", time.Hour, "NOERROR", nil},
		{"alias.test", "2001:db8::1/3600 192.0.2.1/3600 both.test", 10 * time.Second, "NOERROR", nil},
		{"century", "192.0.2.1/0 century", 0, "NOERROR", nil}, // the top bit is set
		{"loop.test", "", 0, "NOERROR", nil},
		{"dangle.test", "", time.Minute, "NXDOMAIN", dnscache.ErrNotFound},
		{"bare.test", "", 20 * time.Second, "NOERROR", dnscache.ErrNoAddress},
		{"empty.test", "", 20 * time.Second, "NOERROR", dnscache.ErrNoAddress},
		{"gone.test", "", 40 * time.Second, "NXDOMAIN", dnscache.ErrNotFound},
		{"nosoa.test", "", 0, "NXDOMAIN", dnscache.ErrNotFound},
		{"dead.test", "", 0, "SERVFAIL", nil},
		{"no.test", "", 0, "REFUSED", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := ask(zone, tt.name)
			if tt.want != "" {
				if err != nil || text(a) != tt.want {
					t.Errorf("Lookup = %q, %v, want %q", text(a), err, tt.want)
				}
			} else {
				var e *dnscache.Error
				if !errors.As(err, &e) || tt.err != nil && !errors.Is(err, tt.err) || tt.err == nil && (errors.Is(err, dnscache.ErrNotFound) || errors.Is(err, dnscache.ErrNoAddress)) {
					t.Errorf("Lookup error %v, want %v", err, tt.err)
				}
			}
			if a.TTL != tt.ttl || a.RCode != tt.rcode || a.Level != dnscache.ISP {
				t.Errorf("TTL %v, rcode %s, level %v, want %v, %s, isp", a.TTL, a.RCode, a.Level, tt.ttl, tt.rcode)
			}
		})
	}
	t.Run("many.test", func(t *testing.T) {
		a, err := ask(zone, "many.test")
		var how []string
		for _, s := range a.Steps {
			if strings.HasPrefix(s.Question, "A ") {
				how = append(how, s.Transport)
			}
		}
		if err != nil || len(a.Addrs) != 100 || strings.Join(how, " ") != "udp tcp" {
			t.Errorf("%d addresses, %v, over %v, want 100 over udp, then tcp", len(a.Addrs), err, how)
		}
	})
}

func TestServerSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		a, err := ask(dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1"), Delay: 30 * time.Millisecond}}, "a.test")
		if err != nil || len(a.Steps) != 2 {
			t.Fatalf("Lookup = %+v, %v, want two steps", a, err)
		}
		for _, s := range a.Steps {
			if s.Level != dnscache.ISP || s.Server != "192.0.2.53:53" || s.Transport != "udp" || s.RCode != "NOERROR" ||
				!s.Start.Equal(start) || s.Duration != 30*time.Millisecond || s.TTL != time.Minute {
				t.Errorf("step %+v", s)
			}
		}
	})
}

func TestServerNextServerOnFailure(t *testing.T) {
	good := &dnstest.Server{Zone: dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1")}}}
	tests := []struct {
		name  string
		host  dnstest.Host // at the first server
		steps int          // for each family
		takes time.Duration
	}{
		{"SERVFAIL", dnstest.Host{RCode: "SERVFAIL"}, 2, 0},
		{"REFUSED", dnstest.Host{RCode: "REFUSED"}, 2, 0},
		{"silent", dnstest.Host{Silent: true}, 2, 5 * time.Second},
		{"too late", dnstest.Host{Delay: 6 * time.Second}, 2, 5 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bad := &dnstest.Server{Zone: dnstest.Zone{"a.test": tt.host}}
				s := &system.Server{
					Addrs: []netip.AddrPort{server, second},
					Dial: func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
						if addr == server {
							return bad.Dial(ctx, network, addr)
						}
						return good.Dial(ctx, network, addr)
					},
				}
				start := time.Now()
				a, err := s.Lookup(ctx, "a.test")
				if err != nil || text(a) != "192.0.2.1/60 a.test" || len(a.Steps) != 2*tt.steps {
					t.Errorf("Lookup = %q, %v in %d steps, want 192.0.2.1/60 in %d", text(a), err, len(a.Steps), 2*tt.steps)
				}
				if d := time.Since(start); d != tt.takes {
					t.Errorf("took %v, want %v", d, tt.takes)
				}
			})
		})
	}
}

func TestServerTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &dnstest.Server{Zone: dnstest.Zone{"a.test": {Silent: true}}}
		s := &system.Server{Addrs: []netip.AddrPort{server, second}, Dial: d.Dial, Timeout: time.Second, Attempts: 3, At: dnscache.Router}
		start := time.Now()
		a, err := s.Lookup(ctx, "a.test")
		if !errors.Is(err, os.ErrDeadlineExceeded) || a.Level != dnscache.Router {
			t.Errorf("Lookup error %v at %v, want os.ErrDeadlineExceeded at router", err, a.Level)
		}
		if d := time.Since(start); d != 6*time.Second || len(a.Steps) != 12 {
			t.Errorf("took %v and %d steps, want 6s and 12", d, len(a.Steps))
		}
	})
}

func TestServerCancellation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &dnstest.Server{Zone: dnstest.Zone{"a.test": {Silent: true}}}
		s := &system.Server{Addrs: []netip.AddrPort{server}, Dial: d.Dial}
		ctx, cancel := context.WithCancel(ctx)
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		_, err := s.Lookup(ctx, "a.test")
		if !errors.Is(err, context.Canceled) || errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("error %v after %v, want context.Canceled alone after 1s", err, time.Since(start))
		}
	})
}

func TestServerOneFamilyIsEnough(t *testing.T) {
	tests := []struct {
		name  string
		aaaa  func(*dns.Msg) *dns.Msg // the response to AAAA
		takes time.Duration
		note  string
	}{
		{"failure", func(m *dns.Msg) *dns.Msg { m.Rcode = dns.RcodeServerFailure; return m }, 0, "SERVFAIL"},
		{"silence", func(*dns.Msg) *dns.Msg { return nil }, 500 * time.Millisecond, "given up"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(func(_ string, q *dns.Msg) []*dns.Msg {
					m := reply(q)
					if q.Question[0].Qtype == dns.TypeAAAA {
						m = tt.aaaa(m)
					} else {
						m.Answer = records("a.test. 60 IN A 192.0.2.1")
					}
					return []*dns.Msg{m}
				})
				start := time.Now()
				a, err := s.Lookup(ctx, "a.test")
				if err != nil || text(a) != "192.0.2.1/60 a.test" || time.Since(start) != tt.takes {
					t.Errorf("Lookup = %q, %v after %v, want 192.0.2.1/60 after %v", text(a), err, time.Since(start), tt.takes)
				}
				if got := fmt.Sprint(a.Steps); !strings.Contains(got, tt.note) {
					t.Errorf("steps %s, want %q in them", got, tt.note)
				}
			})
		})
	}
}

func TestServerWaitsForIPv4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scripted(func(_ string, q *dns.Msg) []*dns.Msg {
			m := reply(q)
			if q.Question[0].Qtype == dns.TypeA {
				time.Sleep(3 * time.Second)
				m.Answer = records("a.test. 60 IN A 192.0.2.1")
			} else {
				m.Answer = records("a.test. 60 IN AAAA 2001:db8::1")
			}
			return []*dns.Msg{m}
		})
		if a, err := s.Lookup(ctx, "a.test"); err != nil || text(a) != "2001:db8::1/60 192.0.2.1/60 a.test" {
			t.Errorf("Lookup = %q, %v, want both families", text(a), err)
		}
	})
}

func TestServerNoSuchNameNeedsOneFamily(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scripted(func(_ string, q *dns.Msg) []*dns.Msg {
			if q.Question[0].Qtype == dns.TypeAAAA {
				return nil
			}
			m := reply(q)
			m.Rcode = dns.RcodeNameError
			return []*dns.Msg{m}
		})
		start := time.Now()
		if _, err := s.Lookup(ctx, "a.test"); !errors.Is(err, dnscache.ErrNotFound) || time.Since(start) != 0 {
			t.Errorf("error %v after %v, want ErrNotFound at once", err, time.Since(start))
		}
	})
}

func TestServerWithoutServers(t *testing.T) {
	var s system.Server
	if _, err := s.Lookup(ctx, "a.test"); err == nil || errors.Is(err, dnscache.ErrNotFound) {
		t.Errorf("error %v, want one that says nobody was asked", err)
	}
}

func TestServerOverSockets(t *testing.T) {
	many := make([]netip.Addr, 90)
	for i := range many {
		many[i] = netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})
	}
	d := &dnstest.Server{Zone: dnstest.Zone{
		"a.test":    {Addrs: dnstest.IPs("192.0.2.1", "2001:db8::1")},
		"many.test": {Addrs: many},
	}}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s := &system.Server{Addrs: []netip.AddrPort{d.Addr()}}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if a, err := s.Lookup(ctx, "a.test"); err != nil || text(a) != "2001:db8::1/60 192.0.2.1/60 a.test" {
				t.Errorf("Lookup = %q, %v", text(a), err)
			}
			if a, err := s.Lookup(ctx, "many.test"); err != nil || len(a.Addrs) != 90 {
				t.Errorf("Lookup = %q, %v, want 90 addresses", text(a), err)
			}
		})
	}
	wg.Wait()
}

// Nobody listens on the port: the kernel says so, and no timeout is waited for.
func TestServerRefusedPort(t *testing.T) {
	d := &dnstest.Server{}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	closed := d.Addr()
	d.Close()
	s := &system.Server{Addrs: []netip.AddrPort{closed}, Timeout: time.Minute}
	if _, err := s.Lookup(ctx, "a.test"); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("error %v, want connection refused", err)
	}
}

func BenchmarkServer(b *testing.B) {
	d := &dnstest.Server{Zone: dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1", "2001:db8::1")}}}
	if err := d.Start(); err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	s := &system.Server{Addrs: []netip.AddrPort{d.Addr()}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Lookup(ctx, "a.test"); err != nil {
			b.Fatal(err)
		}
	}
}
