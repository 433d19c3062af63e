//go:build linux

package smallnet_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"testing"
	"time"

	"pageload/conn"
	"pageload/dnscache"
	"pageload/dnscache/internal/smallnet"
	"pageload/dnscache/iterate"
	"pageload/dnscache/system"
)

// listen accepts TLS connections at an address of the host until the test ends. Names may be hidden from listeners.
func listen(t *testing.T, addr netip.AddrPort) {
	t.Helper()
	cert, err := tls.LoadX509KeyPair(smallnet.File("cert.pem"), smallnet.File("key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	key, _ := smallnet.ECH()
	config := &tls.Config{
		Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}, EncryptedClientHelloKeys: []tls.EncryptedClientHelloKey{key},
	}
	l, err := tls.Listen("tcp", addr.String(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func(c net.Conn) {
				defer c.Close()
				c.Read(make([]byte, 1)) // the handshake, and until the other side closes
			}(c)
		}
	}()
}

// HTTPS records, as nsd serves them and unbound passes them on or the walk from the root finds them, say where a
// connection goes and what is spoken on it.
func TestHTTPSRecordsChangeTheConnection(t *testing.T) {
	smallnet.Need(t)
	web := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(smallnet.Host, port) }
	other := netip.AddrPortFrom(smallnet.Host6, 8443)
	for _, a := range []netip.AddrPort{web(443), web(8443), other} {
		listen(t, a)
	}
	tests := []struct {
		name  string
		want  netip.AddrPort
		proto string
	}{
		{"none", web(443), "h2"},
		{"port", web(8443), "h2"},
		{"old", web(8443), "http/1.1"}, // its record does not say h2
		{"hint", web(8443), "h2"},      // it has no address
		{"hint6", other, "h2"},
		{"target", web(8443), "h2"},
		{"second", web(8443), "h2"}, // the first record is for h3 alone
		{"alias", web(8443), "h2"},
		{"plain", web(443), "h2"}, // alias of a name without HTTPS records
		{"bare", web(8443), "h2"}, // alias of an alias, without an address
		{"loop1", web(443), "h2"},
		{"lost", web(443), "h2"},
		{"hidden", web(8443), "h2"},
	}
	over := overHTTPS(t, dohURL, smallnet.ISP)
	over.HTTPS = true
	sources := map[string]dnscache.Source{
		"isp":    &system.ISP{HTTPS: true},
		"router": &system.Router{HTTPS: true, Timeout: patience},
		"root":   &iterate.Resolver{Roots: smallnet.Roots(), HTTPS: true},
		"https":  over,
	}
	for level, source := range sources {
		for _, tt := range tests {
			t.Run(level+"/"+tt.name, func(t *testing.T) {
				name := tt.name + ".svc.com"
				warm(t, source, name)
				p := &conn.Pool{Dialer: conn.Dialer{
					Resolver: &dnscache.Resolver{Sources: []dnscache.Source{source}}, TLS: &tls.Config{RootCAs: trust(t)},
				}}
				defer p.Close(context.Background())
				l, err := p.Get(t.Context(), conn.Request{Key: conn.Key{Scheme: "https", Host: name, Port: 443}})
				if err != nil {
					t.Fatal(err)
				}
				defer l.Discard(nil)
				if l.TLS().ECHAccepted != (tt.name == "hidden") {
					t.Errorf("ECH accepted: %v", l.TLS().ECHAccepted)
				}
				if l.RemoteAddr() != tt.want || l.Proto() != tt.proto || l.TLS().ServerName != name {
					t.Errorf("connected to %v with %s as %s, want %v with %s; records %+v",
						l.RemoteAddr(), l.Proto(), l.TLS().ServerName, tt.want, tt.proto, l.Info().DNS.HTTPS)
				}
			})
		}
	}
}

// warm asks until HTTPS records do not come too late, which 50 ms can be for a resolver that has to find them out on a busy
// machine, or the name turns out to have none.
func warm(t *testing.T, s dnscache.Source, name string) {
	t.Helper()
	r := &dnscache.Resolver{Sources: []dnscache.Source{s}, MaxEntries: -1}
	for range 20 {
		a, _ := r.Lookup(t.Context(), name)
		late := false
		for _, s := range a.Steps {
			late = late || s.RCode == "" && s.Level != dnscache.Browser
		}
		if !late {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}
