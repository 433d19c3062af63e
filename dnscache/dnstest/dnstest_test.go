package dnstest_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
)

var ctx = context.Background()

var zone = dnstest.Zone{
	"a.test":          {Addrs: dnstest.IPs("192.0.2.1", "2001:db8::1"), TTL: 5 * time.Minute},
	"alias.test":      {CNAME: "A.test."},
	"loop.test":       {CNAME: "loop.test"},
	"*.star.test":     {Addrs: dnstest.IPs("192.0.2.2")},
	"x.y.deep.test":   {Addrs: dnstest.IPs("192.0.2.3")},
	"dead.test":       {RCode: "SERVFAIL"},
	"slow.test":       {Addrs: dnstest.IPs("192.0.2.4"), Delay: time.Second},
	"silent.test":     {Silent: true},
	"unwell.test":     {Err: errors.New("unwell")},
	"empty.test":      {},
	"notexist.test":   {RCode: "NXDOMAIN", NegativeTTL: -1},
	"immediate.test.": {Addrs: dnstest.IPs("192.0.2.5")}, // not a clean name: not found
}

func TestSource(t *testing.T) {
	tests := []struct {
		name string
		want string
		err  string
		ttl  time.Duration
	}{
		{"a.test", "192.0.2.1 2001:db8::1 a.test", "", 5 * time.Minute},
		{"alias.test", "192.0.2.1 2001:db8::1 a.test", "", time.Minute},
		{"any.star.test", "192.0.2.2 any.star.test", "", time.Minute},
		{"a.b.star.test", "192.0.2.2 a.b.star.test", "", time.Minute},
		{"star.test", "", "no address", time.Minute},
		{"y.deep.test", "", "no address", time.Minute},
		{"empty.test", "", "no address", time.Minute},
		{"loop.test", "", "no address", time.Minute},
		{"none.test", "", "no such name", time.Minute},
		{"notexist.test", "", "no such name", 0},
		{"dead.test", "", "SERVFAIL", 0},
		{"unwell.test", "", "unwell", 0},
	}
	for _, tt := range tests {
		s := &dnstest.Source{Zone: zone}
		a, err := s.Lookup(ctx, tt.name)
		var got []string
		for _, addr := range a.Addrs {
			got = append(got, addr.IP.String())
		}
		if err == nil {
			got = append(got, a.Canonical)
		}
		if strings.Join(got, " ") != tt.want || a.TTL != tt.ttl || a.Level != dnscache.ISP {
			t.Errorf("Lookup(%q) = %q, TTL %v, level %v, want %q, %v, isp", tt.name, got, a.TTL, a.Level, tt.want, tt.ttl)
		}
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("Lookup(%q) error %v, want %q", tt.name, err, tt.err)
		}
		if s.Asked(tt.name) != 1 {
			t.Errorf("Asked(%q) = %d, want 1", tt.name, s.Asked(tt.name))
		}
	}
}

func TestSourceDelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &dnstest.Source{Zone: zone}
		start := time.Now()
		if _, err := s.Lookup(ctx, "slow.test"); err != nil || time.Since(start) != time.Second {
			t.Errorf("slow name: %v after %v, want none after 1s", err, time.Since(start))
		}
		c, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		start = time.Now()
		if _, err := s.Lookup(c, "silent.test"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("silent name: %v after %v, want context.DeadlineExceeded after 1m", err, time.Since(start))
		}
	})
}

func TestSourceSet(t *testing.T) {
	mine := dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1")}}
	s := &dnstest.Source{Zone: mine, Pass: true, At: dnscache.OS}
	s.Set("B.test.", dnstest.Host{Addrs: dnstest.IPs("192.0.2.2")})
	if a, err := s.Lookup(ctx, "b.test"); err != nil || a.Level != dnscache.OS {
		t.Errorf("Lookup = %+v, %v, want an answer at level os", a, err)
	}
	if len(mine) != 1 {
		t.Error("Set changed the caller's map")
	}
	if _, err := s.Lookup(ctx, "c.test"); !errors.Is(err, dnscache.ErrPass) {
		t.Errorf("error %v, want ErrPass", err)
	}
	var zero dnstest.Source
	zero.Set("a.test", dnstest.Host{Addrs: dnstest.IPs("192.0.2.1")})
	if _, err := zero.Lookup(ctx, "a.test"); err != nil {
		t.Errorf("zero source after Set: %v", err)
	}
}

// exchange asks over a real socket, with a client that is not ours.
func exchange(t *testing.T, s *dnstest.Server, network, name string, qtype uint16) *dns.Msg {
	t.Helper()
	m, _, err := (&dns.Client{Net: network, Timeout: 10 * time.Second}).Exchange(new(dns.Msg).SetQuestion(name, qtype), s.Addr().String())
	if err != nil {
		t.Fatalf("%s over %s: %v", name, network, err)
	}
	return m
}

func TestServerOverSockets(t *testing.T) {
	s := &dnstest.Server{Zone: zone}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tests := []struct {
		name   string
		qtype  uint16
		rcode  int
		answer int
		soa    bool
	}{
		{"a.test.", dns.TypeA, dns.RcodeSuccess, 1, false},
		{"A.TEST.", dns.TypeAAAA, dns.RcodeSuccess, 1, false},
		{"a.test.", dns.TypeTXT, dns.RcodeSuccess, 0, true},
		{"alias.test.", dns.TypeA, dns.RcodeSuccess, 2, false},
		{"empty.test.", dns.TypeA, dns.RcodeSuccess, 0, true},
		{"none.test.", dns.TypeA, dns.RcodeNameError, 0, true},
		{"notexist.test.", dns.TypeA, dns.RcodeNameError, 0, false},
		{"dead.test.", dns.TypeA, dns.RcodeServerFailure, 0, false},
		{"unwell.test.", dns.TypeA, dns.RcodeServerFailure, 0, false},
	}
	for _, network := range []string{"udp", "tcp"} {
		for _, tt := range tests {
			m := exchange(t, s, network, tt.name, tt.qtype)
			if m.Rcode != tt.rcode || len(m.Answer) != tt.answer || (len(m.Ns) == 1) != tt.soa || !m.RecursionAvailable {
				t.Errorf("%s %s over %s: %v", tt.name, dns.TypeToString[tt.qtype], network, m)
			}
		}
	}
	if got := s.Asked("dead.test"); got != 2 {
		t.Errorf("Asked = %d, want 2", got)
	}
}

func TestServerTruncates(t *testing.T) {
	many := make([]netip.Addr, 60)
	for i := range many {
		many[i] = netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})
	}
	s := &dnstest.Server{Zone: dnstest.Zone{"many.test": {Addrs: many}}}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if m := exchange(t, s, "udp", "many.test.", dns.TypeA); !m.Truncated {
		t.Errorf("%d records of 512 octets over UDP are not truncated", len(m.Answer))
	}
	if m := exchange(t, s, "tcp", "many.test.", dns.TypeA); m.Truncated || len(m.Answer) != 60 {
		t.Errorf("%d records over TCP, truncated %v, want 60", len(m.Answer), m.Truncated)
	}
}

func TestServerLifeCycle(t *testing.T) {
	s := &dnstest.Server{Zone: zone}
	if err := s.Close(); err != nil || s.Addr().IsValid() {
		t.Errorf("before Start: Close %v, Addr %v", err, s.Addr())
	}
	for range 2 {
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		if err := s.Start(); err == nil {
			t.Error("a second Start succeeds")
		}
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		udp, err := net.Dial("udp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		q, _ := new(dns.Msg).SetQuestion("silent.test.", dns.TypeA).Pack()
		udp.Write(q)
		udp.Write([]byte("no message"))
		if err := s.Close(); err != nil { // does not wait for the open connection nor the question
			t.Errorf("Close: %v", err)
		}
		c.Close()
		udp.Close()
	}
	other := &dnstest.Server{}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	taken := &dnstest.Server{Listen: other.Addr()}
	if err := taken.Start(); err == nil || taken.Addr().IsValid() {
		t.Errorf("Start on a taken address: %v", err)
	}
}

func TestServerInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &dnstest.Server{Zone: zone}
		var wg sync.WaitGroup
		for _, network := range []string{"udp", "tcp"} {
			wg.Go(func() {
				c, err := s.Dial(ctx, network, netip.AddrPort{})
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
				co := &dns.Conn{Conn: c}
				if network == "udp" {
					co.Conn = packets{c}
				}
				start := time.Now()
				if err := co.WriteMsg(new(dns.Msg).SetQuestion("slow.test.", dns.TypeA)); err != nil {
					t.Error(err)
				}
				m, err := co.ReadMsg()
				if err != nil || len(m.Answer) != 1 || time.Since(start) != time.Second {
					t.Errorf("over %s: %v, %v after %v, want an address after 1s", network, m, err, time.Since(start))
				}
			})
		}
		wg.Wait()
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := s.Dial(ended, "udp", netip.AddrPort{}); !errors.Is(err, context.Canceled) {
			t.Errorf("Dial with an ended context: %v", err)
		}
		c, err := s.Dial(ctx, "udp", netip.AddrPort{})
		if err != nil {
			t.Fatal(err)
		}
		q, _ := new(dns.Msg).SetQuestion("silent.test.", dns.TypeA).Pack()
		c.Write(q)
		c.Close() // ends the server's goroutines, or the bubble would not end
	})
}

// packets makes a connection look like a datagram socket, for dns.Conn.
type packets struct{ net.Conn }

func (p packets) ReadFrom(b []byte) (int, net.Addr, error)  { n, err := p.Read(b); return n, nil, err }
func (p packets) WriteTo(b []byte, _ net.Addr) (int, error) { return p.Write(b) }
