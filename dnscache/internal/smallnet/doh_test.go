//go:build linux

package smallnet_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/internal/smallnet"
	"pageload/fetch/doh"
)

// trust returns the authority of the small internet's certificate.
func trust(t *testing.T) *x509.CertPool {
	t.Helper()
	pem, err := os.ReadFile(smallnet.File("cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return pool
}

const dohURL = "https://" + smallnet.ISPName + "/dns-query"

// overHTTPS is the ISP's unbound, asked over HTTPS by this project's own fetcher.
func overHTTPS(t *testing.T, url string, bootstrap ...netip.Addr) *doh.Source {
	t.Helper()
	s := &doh.Source{URL: url, Bootstrap: bootstrap, TLS: &tls.Config{RootCAs: trust(t)}, Timeout: patience}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s.Close(ctx)
	})
	return s
}

func TestOverHTTPS(t *testing.T) {
	smallnet.Need(t)
	s := overHTTPS(t, dohURL, smallnet.ISP)
	asked := 0
	for name, got := range lookupAll(t.Context(), s, sound()) {
		want, ok := expected(name)
		if !ok {
			continue
		}
		asked++
		if !got.same(want) || got.ttl > want.ttl {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if asked < 200 {
		t.Errorf("%d names asked", asked)
	}
	a, err := s.Lookup(t.Context(), "many.large.com")
	if err != nil || len(a.Addrs) != 90 {
		t.Errorf("many.large.com: %d addresses, %v", len(a.Addrs), err)
	}
	if slices.ContainsFunc(a.Steps, func(s dnscache.Step) bool { return s.Transport != "https" || s.Server != dohURL }) {
		t.Errorf("steps %+v", a.Steps)
	}
}

func TestOverHTTPSInTheChain(t *testing.T) {
	smallnet.Need(t)
	first, again, between := second(t, overHTTPS(t, dohURL, smallnet.ISP), "once-https.wild.com")
	if !aged(first.TTL, again.TTL, between) {
		t.Errorf("TTL %v, and %v after %v", first.TTL, again.TTL, between)
	}
	r := dnscache.Resolver{Sources: []dnscache.Source{
		overHTTPS(t, dohURL, netip.MustParseAddr("203.0.113.240")), // nobody listens there
		overHTTPS(t, dohURL, smallnet.ISP),
	}}
	a, err := r.Lookup(t.Context(), "www.site20.net")
	want, _ := expected("www.site20.net")
	if got := outcomeOf(a, err); got.addrs != want.addrs || a.Level != dnscache.ISP || a.Steps[1].Err == "" {
		t.Errorf("%+v, %v, want %v after a failure", a, err, want)
	}
}

func TestOverHTTPSGoesWrong(t *testing.T) {
	smallnet.Need(t)
	dead, closed := smallnet.Silent, netip.MustParseAddr("203.0.113.240")
	for _, tt := range []struct {
		what, url string
		bootstrap []netip.Addr
		name      string
		fails     string // part of the error; empty: addresses
	}{
		{"one of two addresses is dead", dohURL, []netip.Addr{dead, smallnet.ISP}, "www.site01.com", ""},
		{"one of two refuses", dohURL, []netip.Addr{closed, smallnet.ISP}, "www.site01.com", ""},
		{"an address as host", "https://" + smallnet.ISP.String() + "/dns-query", nil, "www.site01.com", ""},
		{"nobody listens", dohURL, []netip.Addr{closed}, "www.site01.com", "connection refused"},
		{"other path", "https://" + smallnet.ISPName + "/other", []netip.Addr{smallnet.ISP}, "www.site01.com", "status 404"},
		{"other name", "https://other.isp.net/dns-query", []netip.Addr{smallnet.ISP}, "www.site01.com", "other.isp.net"},
		{"does not exist", dohURL, []netip.Addr{smallnet.ISP}, "none.site01.com", "no such name"},
		{"no address", dohURL, []netip.Addr{smallnet.ISP}, "mail.site01.com", "no address"},
		{"fails", dohURL, []netip.Addr{smallnet.ISP}, "www.refused.org", "SERVFAIL"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			s := overHTTPS(t, tt.url, tt.bootstrap...)
			start := time.Now()
			a, err := s.Lookup(t.Context(), tt.name)
			switch {
			case tt.fails != "":
				if err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(tt.fails)) || len(a.Addrs) > 0 {
					t.Errorf("%v, want an error with %q", err, tt.fails)
				}
				t.Log(err)
			case err != nil || len(a.Addrs) != 2:
				t.Errorf("%v after %v: %+v", err, time.Since(start), a)
			}
		})
	}
	for what, silent := range map[string]*doh.Source{
		"a dead server":      overHTTPS(t, dohURL, dead),
		"DNS over TLS there": overHTTPS(t, "https://"+smallnet.ISPName+":853/dns-query", smallnet.ISP), // waits for 20,559 bytes: "PO"
	} {
		silent.Timeout = 300 * time.Millisecond
		start := time.Now()
		if _, err := silent.Lookup(t.Context(), "www.site01.com"); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) > 3*time.Second {
			t.Errorf("%s: %v after %v, want a timeout after %v", what, err, time.Since(start), silent.Timeout)
		}
	}
	untrusted := &doh.Source{URL: dohURL, Bootstrap: []netip.Addr{smallnet.ISP}, TLS: &tls.Config{RootCAs: x509.NewCertPool()}}
	defer untrusted.Close(context.Background())
	if _, err := untrusted.Lookup(t.Context(), "www.site01.com"); err == nil || !strings.Contains(err.Error(), "authority") {
		t.Errorf("an authority that is not known: %v", err)
	}
}
