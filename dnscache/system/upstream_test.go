package system_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"pageload/dnscache/dnstest"
	"pageload/dnscache/system"
)

var upstreamTests = []struct{ text, want string }{
	{"192.0.2.1", "192.0.2.1:53"},
	{"192.0.2.1:5353", "192.0.2.1:5353"},
	{"2001:db8::1", "[2001:db8::1]:53"},
	{"[2001:db8::1]", "[2001:db8::1]:53"},
	{"[2001:db8::1]:5353", "[2001:db8::1]:5353"},
	{"fe80::1%eth0", "[fe80::1%eth0]:53"},
	{"::ffff:192.0.2.1", "192.0.2.1:53"},
	{"udp://192.0.2.1", "192.0.2.1:53"},
	{"tcp://192.0.2.1", "tcp://192.0.2.1:53"},
	{"tls://192.0.2.1", "tls://192.0.2.1:853"},
	{"tls://192.0.2.1#dns.test", "tls://192.0.2.1:853#dns.test"},
	{"tls://[2001:db8::1]:8853#dns.test", "tls://[2001:db8::1]:8853#dns.test"},
	{"", ""},
	{"dns.test", ""},
	{"192.0.2.1:0", ""},
	{"192.0.2.1:65536", ""},
	{"192.0.2.1:", ""},
	{"192.0.2", ""},
	{"192.0.2.1#dns.test", ""},
	{"tls://192.0.2.1#", ""},
	{"tls://dns.test", ""},
	{"https://192.0.2.1", ""},
}

func TestParseUpstream(t *testing.T) {
	for _, tt := range upstreamTests {
		u, err := system.ParseUpstream(tt.text)
		if (err == nil) != (tt.want != "") || err == nil && u.String() != tt.want {
			t.Errorf("ParseUpstream(%q) = %v, %v, want %q", tt.text, u, err, tt.want)
		}
	}
}

// FuzzParseUpstream checks that what is read is written as text that reads the same.
func FuzzParseUpstream(f *testing.F) {
	for _, tt := range upstreamTests {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := system.ParseUpstream(text)
		if err != nil {
			return
		}
		if again, err := system.ParseUpstream(u.String()); err != nil || again != u || !u.Addr.IsValid() || u.Addr.Port() == 0 {
			t.Errorf("ParseUpstream(%q) = %+v; again %+v, %v", text, u, again, err)
		}
	})
}

// overTLS puts TLS in front of a name server until the test ends. It returns the address, the roots that trust it for
// dns.test, and the number of connections.
func overTLS(t *testing.T, d *dnstest.Server) (netip.AddrPort, *x509.CertPool, *atomic.Int32) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IsCA: true, BasicConstraintsValid: true,
		DNSNames: []string{"dns.test"}, IPAddresses: []net.IP{{127, 0, 0, 1}},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	conns := new(atomic.Int32)
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			conns.Add(1)
			far, err := d.Dial(context.Background(), "tcp", netip.AddrPort{})
			if err != nil {
				near.Close()
				continue
			}
			go func() { defer far.Close(); io.Copy(far, near) }()
			go func() { defer near.Close(); io.Copy(near, far) }()
		}
	}()
	return l.Addr().(*net.TCPAddr).AddrPort(), roots, conns
}

func TestServerOverTLS(t *testing.T) {
	d := &dnstest.Server{Zone: dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1", "2001:db8::1")}}}
	addr, roots, conns := overTLS(t, d)
	s := &system.Server{
		Upstreams: []system.Upstream{{Addr: addr, Transport: "tls", Name: "dns.test"}},
		TLS:       &tls.Config{RootCAs: roots},
	}
	defer s.CloseIdle()
	for range 5 {
		a, err := s.Lookup(ctx, "a.test")
		if err != nil || text(a) != "2001:db8::1/60 192.0.2.1/60 a.test" {
			t.Fatalf("Lookup = %q, %v", text(a), err)
		}
		for _, st := range a.Steps {
			if st.Transport != "tls" || st.Server != addr.String()+"#dns.test" {
				t.Errorf("step %+v", st)
			}
		}
	}
	if n := conns.Load(); n > 2 {
		t.Errorf("%d connections for five lookups, want 2 at most", n)
	}
	byAddress := &system.Server{Upstreams: []system.Upstream{{Addr: addr, Transport: "tls"}}, TLS: &tls.Config{RootCAs: roots}}
	defer byAddress.CloseIdle()
	if _, err := byAddress.Lookup(ctx, "a.test"); err != nil {
		t.Errorf("certificate for the address: %v", err)
	}
	other := &system.Server{Upstreams: []system.Upstream{{Addr: addr, Transport: "tls", Name: "other.test"}}, TLS: &tls.Config{RootCAs: roots}}
	if _, err := other.Lookup(ctx, "a.test"); err == nil {
		t.Error("certificate for another name: no error")
	}
}
