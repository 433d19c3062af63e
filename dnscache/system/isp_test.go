package system_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
	"pageload/dnscache/system"
)

// conf writes a resolv.conf and returns its path.
func conf(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "resolv.conf")
	writeConf(t, path, lines...)
	return path
}

func writeConf(t *testing.T, path string, lines ...string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// asked lists servers and names in the order of the questions. One for IPv6 addresses counts where the other was given up
// before it was put, since the name does not exist.
func asked(a dnscache.Answer) string {
	var out []string
	for _, s := range a.Steps {
		qtype, name, _ := strings.Cut(s.Question, " ")
		to := strings.TrimSuffix(s.Server, ":53") + " " + name
		if qtype == "A" || !slices.ContainsFunc(a.Steps, func(s dnscache.Step) bool { return s.Question == "A "+name }) {
			out = append(out, to)
		}
	}
	return strings.Join(out, ", ")
}

func TestISPAsksAsConfigured(t *testing.T) {
	zone := dnstest.Zone{
		"a.test":         {Addrs: dnstest.IPs("192.0.2.1", "2001:db8::1")},
		"wiki.corp.test": {Addrs: dnstest.IPs("192.0.2.2")},
		"a.b.corp.test":  {Addrs: dnstest.IPs("192.0.2.3")},
		"empty.b.test":   {NegativeTTL: 10 * time.Second},
		"empty":          {RCode: "NXDOMAIN", NegativeTTL: 30 * time.Second},
		"fail.corp.test": {RCode: "SERVFAIL"},
		"fail":           {RCode: "NXDOMAIN"},
		"dead.corp.test": {Silent: true},
		"fail.test":      {RCode: "SERVFAIL"},
	}
	const two = "nameserver 192.0.2.53\nnameserver 192.0.2.54"
	const corp = "nameserver 192.0.2.53\nsearch corp.test b.test"
	tests := []struct {
		name, conf, ask string
		want            string // addresses and canonical name; empty: an error
		asked           string
		err             error
		ttl, takes      time.Duration
	}{
		{"first server", two, "a.test", "2001:db8::1/60 192.0.2.1/60 a.test", "192.0.2.53 a.test", nil, time.Minute, 0},
		{"failure goes to the second", two, "fail.test", "", "192.0.2.53 fail.test, 192.0.2.54 fail.test", nil, 0, 0},
		{"no server named", "", "a.test", "2001:db8::1/60 192.0.2.1/60 a.test", "127.0.0.1 a.test", nil, time.Minute, 0},
		{"no-aaaa", two + "\noptions no-aaaa", "a.test", "192.0.2.1/60 a.test", "192.0.2.53 a.test", nil, time.Minute, 0},
		{"search domain", corp, "wiki", "192.0.2.2/60 wiki.corp.test", "192.0.2.53 wiki.corp.test", nil, time.Minute, 0},
		{"as it is first", corp, "a.b", "192.0.2.3/60 a.b.corp.test", "192.0.2.53 a.b, 192.0.2.53 a.b.corp.test", nil, time.Minute, 0},
		{"no address in the second domain", corp, "empty", "", "192.0.2.53 empty.corp.test, 192.0.2.53 empty.b.test, 192.0.2.53 empty", dnscache.ErrNoAddress, 10 * time.Second, 0},
		{"ndots", corp + "\noptions ndots:2", "a.b", "192.0.2.3/60 a.b.corp.test", "192.0.2.53 a.b.corp.test", nil, time.Minute, 0},
		{"trailing dot", corp, "wiki.", "", "192.0.2.53 wiki", dnscache.ErrNotFound, time.Minute, 0},
		{"nowhere", corp, "none", "", "192.0.2.53 none.corp.test, 192.0.2.53 none.b.test, 192.0.2.53 none", dnscache.ErrNotFound, time.Minute, 0},
		{"failure in one domain", corp, "fail", "", "192.0.2.53 fail.corp.test, 192.0.2.53 fail.b.test, 192.0.2.53 fail", nil, 0, 0},
		{"silence ends the search", corp + "\noptions timeout:3 attempts:1", "dead", "", "192.0.2.53 dead.corp.test", nil, 0, 3 * time.Second},
		{"timeout and attempts", two + "\nsearch corp.test\noptions timeout:2 attempts:3", "dead", "",
			"192.0.2.53 dead.corp.test, 192.0.2.54 dead.corp.test, 192.0.2.53 dead.corp.test, 192.0.2.54 dead.corp.test, 192.0.2.53 dead.corp.test, 192.0.2.54 dead.corp.test",
			nil, 0, 12 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := conf(t, tt.conf)
			synctest.Test(t, func(t *testing.T) {
				d := &dnstest.Server{Zone: zone}
				s := &system.ISP{Path: path, Dial: d.Dial}
				start := time.Now()
				a, err := s.Lookup(ctx, tt.ask)
				if asked(a) != tt.asked || a.TTL != tt.ttl || time.Since(start) != tt.takes || a.Level != dnscache.ISP {
					t.Errorf("asked %q, TTL %v after %v, want %q, %v after %v", asked(a), a.TTL, time.Since(start), tt.asked, tt.ttl, tt.takes)
				}
				if tt.want != "" {
					if err != nil || text(a) != tt.want || a.Name != strings.TrimSuffix(tt.ask, ".") {
						t.Errorf("Lookup = %q, %v, want %q", text(a), err, tt.want)
					}
					return
				}
				negative := errors.Is(err, dnscache.ErrNotFound) || errors.Is(err, dnscache.ErrNoAddress)
				if err == nil || tt.err != nil && !errors.Is(err, tt.err) || tt.err == nil && negative {
					t.Errorf("error %v, want %v", err, tt.err)
				}
			})
		})
	}
}

func TestISPRotates(t *testing.T) {
	d := &dnstest.Server{Zone: dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1")}}}
	s := &system.ISP{Path: conf(t, "nameserver 192.0.2.51", "nameserver 192.0.2.52", "nameserver 192.0.2.53", "options rotate"), Dial: d.Dial}
	var got []string
	for range 4 {
		a, err := s.Lookup(ctx, "a.test")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, asked(a))
	}
	if s := strings.Join(got, ", "); s != "192.0.2.51 a.test, 192.0.2.52 a.test, 192.0.2.53 a.test, 192.0.2.51 a.test" {
		t.Errorf("asked %s", s)
	}
}

func TestISPUsesTCP(t *testing.T) {
	d := &dnstest.Server{Zone: dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1")}}}
	s := &system.ISP{Path: conf(t, "nameserver 192.0.2.51", "options use-vc"), Dial: d.Dial}
	a, err := s.Lookup(ctx, "a.test")
	if err != nil || a.Steps[0].Transport != "tcp" || a.Steps[1].Transport != "tcp" {
		t.Errorf("Lookup: %+v, %v, want TCP", a.Steps, err)
	}
}

func TestISPSeesChanges(t *testing.T) {
	d := &dnstest.Server{Zone: dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1")}}}
	path := conf(t, "nameserver 192.0.2.51")
	s := &system.ISP{Path: path, Dial: d.Dial}
	for i, server := range []string{"192.0.2.51", "192.0.2.52", "192.0.2.53"} {
		writeConf(t, path, "nameserver "+server)
		if a, err := s.Lookup(ctx, "a.test"); err != nil || asked(a) != server+" a.test" {
			t.Errorf("version %d: asked %q, %v, want %s", i, asked(a), err, server)
		}
	}
	os.Remove(path)
	a, err := s.Lookup(ctx, "a.test")
	if !errors.Is(err, dnscache.ErrPass) || len(a.Steps) != 1 || a.Steps[0].Server != path {
		t.Errorf("without file: %v in %+v, want ErrPass", err, a.Steps)
	}
}

func TestISPUpstreams(t *testing.T) {
	d := &dnstest.Server{Zone: dnstest.Zone{"wiki.corp.test": {Addrs: dnstest.IPs("192.0.2.1")}}}
	upstreams := []system.Upstream{{Addr: second}}
	s := &system.ISP{Path: conf(t, "nameserver 192.0.2.51", "search corp.test"), Upstreams: upstreams, Dial: d.Dial}
	if a, err := s.Lookup(ctx, "wiki"); err != nil || asked(a) != "192.0.2.54 wiki.corp.test" {
		t.Errorf("asked %q, %v", asked(a), err)
	}
	s = &system.ISP{Path: filepath.Join(t.TempDir(), "none"), Upstreams: upstreams, Dial: d.Dial}
	if a, err := s.Lookup(ctx, "wiki.corp.test"); err != nil || asked(a) != "192.0.2.54 wiki.corp.test" {
		t.Errorf("without file: asked %q, %v", asked(a), err)
	}
}

func TestISPBehindResolved(t *testing.T) {
	d := &dnstest.Server{Zone: dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1")}}}
	tests := []struct{ name, conf, behind, want string }{
		{"the servers behind", "nameserver 127.0.0.53", "nameserver 192.0.2.51", "192.0.2.51"},
		{"proxy address", "nameserver 127.0.0.54", "nameserver 192.0.2.51", "192.0.2.51"},
		{"none behind", "nameserver 127.0.0.53", "", "127.0.0.53"},
		{"not only the stub", "nameserver 192.0.2.52\nnameserver 127.0.0.53", "nameserver 192.0.2.51", "192.0.2.52"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &system.ISP{Path: conf(t, tt.conf), Dial: d.Dial}
			system.SetBehindStub(s, conf(t, tt.behind))
			if a, err := s.Lookup(ctx, "a.test"); err != nil || asked(a) != tt.want+" a.test" {
				t.Errorf("asked %q, %v, want %s", asked(a), err, tt.want)
			}
		})
	}
}

// A file that cannot be read is the level's failure, not an answer.
func TestISPBrokenFile(t *testing.T) {
	s := &system.ISP{Path: t.TempDir()}
	_, err := s.Lookup(ctx, "a.test")
	if err == nil || errors.Is(err, dnscache.ErrNotFound) || errors.Is(err, dnscache.ErrPass) {
		t.Errorf("error %v, want one about the file", err)
	}
}

// Over sockets, with the address mapped by the hook.
func TestISPOverSockets(t *testing.T) {
	d := &dnstest.Server{Zone: dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1", "2001:db8::1")}}}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s := &system.ISP{Path: conf(t, "nameserver 203.0.113.1"), Dial: func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
		if addr != netip.MustParseAddrPort("203.0.113.1:53") {
			t.Errorf("dials %v", addr)
		}
		return new(net.Dialer).DialContext(ctx, network, d.Addr().String())
	}}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if a, err := s.Lookup(ctx, "a.test"); err != nil || text(a) != "2001:db8::1/60 192.0.2.1/60 a.test" {
				t.Errorf("Lookup = %q, %v", text(a), err)
			}
		})
	}
	wg.Wait()
}

// Through a resolver too: who asks for "wiki." does not get what "wiki" is within a search domain.
func TestTrailingDotKeepsOutOfTheSearchList(t *testing.T) {
	d := &dnstest.Server{Zone: dnstest.Zone{
		"wiki.corp.test": {Addrs: dnstest.IPs("192.0.2.2")}, "wiki": {Addrs: dnstest.IPs("192.0.2.3")}, "a.b.corp.test": {Addrs: dnstest.IPs("192.0.2.4")},
	}}
	path := conf(t, "nameserver 192.0.2.53", "search corp.test", "options ndots:2")
	for _, s := range []dnscache.Source{
		&system.ISP{Path: path, Dial: d.Dial},
		&system.Resolved{Path: path, Dial: d.Dial, Addr: netip.MustParseAddrPort("127.0.0.53:53")},
	} {
		r := &dnscache.Resolver{Sources: []dnscache.Source{s}}
		for _, tt := range []struct{ ask, want string }{
			{"wiki", "192.0.2.2/60 wiki.corp.test"},
			{"wiki.", "192.0.2.3/60 wiki"},
			{"a.b", "192.0.2.4/60 a.b.corp.test"},
			{"a.b.", "no such name"},
		} {
			a, err := r.Lookup(ctx, tt.ask)
			got := text(a)
			if errors.Is(err, dnscache.ErrNotFound) {
				got = "no such name"
			}
			if got != tt.want || a.Name != strings.TrimSuffix(tt.ask, ".") {
				t.Errorf("%v: %q = %q, %v (name %q), want %q", s.Level(), tt.ask, got, err, a.Name, tt.want)
			}
		}
	}
}
