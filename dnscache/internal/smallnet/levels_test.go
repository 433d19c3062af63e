//go:build linux

package smallnet_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/internal/smallnet"
	"pageload/dnscache/iterate"
	"pageload/dnscache/system"
)

// second asks a source twice for a name that it was not asked for before, the second time when the TTL has gone down by a
// second at least.
func second(t *testing.T, s dnscache.Source, name string) (first, again dnscache.Answer, between time.Duration) {
	t.Helper()
	ask := func() dnscache.Answer {
		a, err := s.Lookup(t.Context(), name)
		if err != nil {
			t.Fatalf("%v: %s: %v", s.Level(), name, err)
		}
		return a
	}
	first = ask()
	start := time.Now()
	for tick := time.NewTicker(50 * time.Millisecond); ; <-tick.C {
		again, between = ask(), time.Since(start)
		if again.TTL < first.TTL || between > 5*time.Second {
			tick.Stop()
			return first, again, between
		}
	}
}

// Levels count in whole seconds.
func aged(first, again, between time.Duration) bool {
	return again < first && (first-again-between).Abs() < 1100*time.Millisecond
}

func TestSecondAnswerHasWhatWasLeft(t *testing.T) {
	smallnet.Need(t)
	for _, s := range []dnscache.Source{
		&system.Router{CacheFirst: true, Timeout: patience},
		&system.Server{Addrs: []netip.AddrPort{netip.AddrPortFrom(smallnet.ISP, 53)}, CacheFirst: true},
		&iterate.Resolver{Roots: smallnet.Roots()},
	} {
		name := "once-" + s.Level().String() + ".wild.com"
		first, again, between := second(t, s, name)
		if !aged(first.TTL, again.TTL, between) || first.TTL != 600*time.Second {
			t.Errorf("%v: TTL %v, and %v after %v", s.Level(), first.TTL, again.TTL, between)
		}
		cached := func(s dnscache.Step) bool { return s.Cached && s.TTL > 0 }
		if slices.ContainsFunc(first.Steps, cached) || !slices.ContainsFunc(again.Steps, cached) {
			t.Errorf("%v: steps\n%v\nand then\n%v", s.Level(), first.Steps, again.Steps)
		}
	}
}

// What the router has from the ISP's cache lasts no longer than it would have there.
func TestRouterHasWhatTheISPHadLeft(t *testing.T) {
	smallnet.Need(t)
	isp := server(dnscache.ISP, smallnet.ISP)
	first, _, _ := second(t, isp, "passed-on.wild.com")
	start := time.Now()
	a, err := (&system.Router{Timeout: patience}).Lookup(t.Context(), "passed-on.wild.com")
	if err != nil || !aged(first.TTL, a.TTL, time.Second+time.Since(start)) {
		t.Errorf("the ISP said %v, the router a second later %v (%v)", first.TTL, a.TTL, err)
	}
}

// patience is how long a router may take on a busy machine.
const patience = 10 * time.Second

// ip changes the host's network and returns what it says.
func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %v: %v: %s", args, err, out)
	}
}

func TestRouterIsTheDefaultGateway(t *testing.T) {
	smallnet.Need(t)
	for _, tt := range []struct{ family, del, want string }{
		{"-4", "-6", "10.77.0.1:53"},
		{"-6", "-4", "[fe80::1%eth0]:53"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			restore := defaultRoute(t, tt.del)
			defer restore()
			a, err := (&system.Router{Timeout: patience}).Lookup(t.Context(), "www.site01.com")
			if err != nil || a.Level != dnscache.Router || a.Steps[0].Server != tt.want {
				t.Errorf("%v, %v", a, err)
			}
		})
	}
}

// defaultRoute takes the default route of a family away until the function it returns is called.
func defaultRoute(t *testing.T, family string) (restore func()) {
	gateway := []string{"via", smallnet.Router.String()}
	if family == "-6" {
		gateway = []string{"via", "fe80::1", "dev", "eth0"}
	}
	ip(t, append([]string{family, "route", "delete", "default"}, gateway...)...)
	return func() { ip(t, append([]string{family, "route", "add", "default"}, gateway...)...) }
}

func TestSilentRouterCostsLittle(t *testing.T) {
	smallnet.Need(t)
	defer defaultRoute(t, "-6")()
	// The rest of the world stays where it is, and beside the router nobody is.
	for _, args := range []string{"198.51.100.0/24 via 10.77.0.1", "203.0.113.0/24 via 10.77.0.1"} {
		ip(t, append([]string{"route", "add"}, strings.Fields(args)...)...)
		defer ip(t, append([]string{"route", "delete"}, strings.Fields(args)...)...)
	}
	defer defaultRoute(t, "-4")()
	ip(t, "route", "add", "default", "via", "10.77.0.99")
	defer ip(t, "route", "delete", "default", "via", "10.77.0.99")

	r := dnscache.Resolver{Sources: []dnscache.Source{&system.Router{}, &system.ISP{}}}
	for i, limit := range []time.Duration{time.Second, 100 * time.Millisecond} {
		start := time.Now()
		a, err := r.Lookup(t.Context(), []string{"www.site03.org", "www.site04.com"}[i])
		took := time.Since(start)
		if err != nil || a.Level != dnscache.ISP || a.Steps[1].Level != dnscache.Router {
			t.Errorf("%v, %v", a, err)
		}
		var waited time.Duration
		for _, s := range a.Steps {
			if s.Level == dnscache.Router {
				waited = max(waited, s.Duration)
			}
		}
		if waited > limit {
			t.Errorf("lookup %d took %v, the router cost %v", i+1, took, waited)
		}
	}
}

func TestOverTLS(t *testing.T) {
	smallnet.Need(t)
	trust := trust(t)
	for _, tt := range []struct {
		upstream string
		roots    *x509.CertPool
		fails    string
	}{
		{"tls://" + smallnet.ISP.String() + "#" + smallnet.ISPName, trust, ""},
		{"tls://" + smallnet.ISP.String(), trust, ""},
		{"tls://" + smallnet.ISP.String() + "#other.isp.net", trust, "other.isp.net"},
		{"tls://" + smallnet.ISP.String() + "#" + smallnet.ISPName, x509.NewCertPool(), "unknown authority"},
	} {
		u, err := system.ParseUpstream(tt.upstream)
		if err != nil {
			t.Fatal(err)
		}
		s := &system.Server{Upstreams: []system.Upstream{u}, TLS: &tls.Config{RootCAs: tt.roots}}
		a, err := s.Lookup(t.Context(), "www.site01.com")
		s.CloseIdle()
		switch {
		case tt.fails != "":
			if err == nil || !strings.Contains(err.Error(), tt.fails) {
				t.Errorf("%s: %v, want an error with %q", tt.upstream, err, tt.fails)
			}
		case err != nil || len(a.Addrs) != 2 || a.Steps[0].Transport != "tls":
			t.Errorf("%s: %v, %v", tt.upstream, a, err)
		}
	}
}

func TestTruncatedAnswersComeOverTCP(t *testing.T) {
	smallnet.Need(t)
	a, err := server(dnscache.ISP, smallnet.ISP).Lookup(t.Context(), "many.large.com")
	if err != nil || len(a.Addrs) != 90 || !slices.ContainsFunc(a.Steps, func(s dnscache.Step) bool { return s.Transport == "tcp" }) {
		t.Errorf("%d addresses, %v, steps %v", len(a.Addrs), err, a.Steps)
	}
}

func TestHTTPSRecords(t *testing.T) {
	smallnet.Need(t)
	s := &system.ISP{HTTPS: true}
	a, err := s.Lookup(t.Context(), "service.com")
	for try := 0; try < 20 && err == nil && len(a.HTTPS) == 0; try++ { // 50 ms are not always enough for unbound to find out
		a, err = s.Lookup(t.Context(), "service.com")
	}
	if err != nil || len(a.HTTPS) != 1 {
		t.Fatalf("%v, %v", a, err)
	}
	h := a.HTTPS[0]
	if h.Priority != 1 || h.Port != 8443 || !slices.Equal(h.ALPN, []string{"h2"}) || len(h.IPv4Hint) != 1 || h.TTL > 300*time.Second {
		t.Errorf("%+v", h)
	}
}
