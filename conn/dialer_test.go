package conn

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
	"pageload/dnscache"
)

func TestTimeoutsPerPhase(t *testing.T) {
	hole := conntest.Rule{Blackhole: true}
	tests := []struct {
		name string
		edit func(*Dialer)
		rule conntest.Rule
		took time.Duration
		text string
	}{
		{"resolve", func(d *Dialer) { d.ResolveTimeout = 3 * time.Second }, conntest.Rule{}, 3 * time.Second,
			"conn: resolve a.test: resolve timeout after 3s (after 3s)"},
		{"resolve default", func(*Dialer) {}, conntest.Rule{}, 30 * time.Second, "resolve timeout after 30s"},
		{"connect", func(d *Dialer) { d.Resolver, d.ConnectTimeout = nil, 4*time.Second }, hole, 4 * time.Second,
			"conn: connect to a.test: 192.0.2.1:80: connect timeout after 4s (after 4s)"},
		{"connect default", func(d *Dialer) { d.Resolver = nil }, hole, 30 * time.Second, "connect timeout after 30s"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := &Pool{Dialer: Dialer{Resolver: slow{names{}, time.Hour}}}
			test.edit(&p.Dialer)
			inWorld(t, p, func(w *world) {
				w.net.SetRule(addr1, test.rule)
				_, err := w.pool.Get(ctxBg, Request{Key: keyA})
				if err == nil || !strings.Contains(err.Error(), test.text) {
					t.Errorf("error %v, want %q", err, test.text)
				}
				var timeout interface{ Timeout() bool }
				if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
					t.Errorf("error %v is no timeout", err)
				}
				if got := time.Since(w.start); got != test.took {
					t.Errorf("took %v, want %v", got, test.took)
				}
			})
		})
	}
}

func TestConnectTo(t *testing.T) {
	tests := []struct {
		name, target string
		want         string
	}{
		{"IP: no name is resolved", "192.0.2.9:8080", "192.0.2.9:8080"},
		{"IPv6", "[2001:db8::9]:8080", "[2001:db8::9]:8080"},
		{"name", "target.test:81", "192.0.2.7:81"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := &Pool{Dialer: Dialer{
				Resolver:  names{"target.test": {"192.0.2.7"}},
				ConnectTo: []ConnectTo{{"other.test", "192.0.2.66:1"}, {"*.test:80", test.target}, {"*", "192.0.2.66:1"}},
			}}
			inWorld(t, p, func(w *world) {
				_, err := w.pool.Get(ctxBg, Request{Key: keyA})
				if err == nil || w.net.Dials()[0].String() != test.want {
					t.Errorf("dialled %v, error %v, want %v refused", w.net.Dials(), err, test.want)
				}
			})
		})
	}
	t.Run("TLS name stays", func(t *testing.T) {
		d := Dialer{TLS: clientTLS(), ConnectTo: []ConnectTo{{"*", "127.0.0.1:1"}}}
		config := d.tlsConfig("a.test", nil)
		if config.ServerName != "a.test" {
			t.Errorf("server name %q", config.ServerName)
		}
	})
	t.Run("bad rules", func(t *testing.T) {
		for _, c := range []ConnectTo{{"a:b", "192.0.2.1:80"}, {"*", "192.0.2.1"}} {
			d := Dialer{ConnectTo: []ConnectTo{c}}
			if _, err := d.DialContext(ctxBg, "tcp", "x.test:80"); err == nil || !strings.Contains(err.Error(), "connect-to") {
				t.Errorf("%v: error %v", c, err)
			}
		}
	})
}

func TestPolicySeesTheAddressDialled(t *testing.T) {
	tests := []struct{ name, resolved, to, want string }{
		{"rebinding", "169.254.1.1", "", "169.254.1.1:80"},
		{"IPv4 in IPv6", "::ffff:10.0.0.1", "", "10.0.0.1:80"},
		{"target of connect-to", "192.0.2.1", "[::ffff:0.0.0.0]:9", "0.0.0.0:9"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var saw netip.AddrPort
			p := &Pool{Dialer: Dialer{
				Resolver: names{"a.test": {test.resolved}},
				Policy:   func(a netip.AddrPort) error { saw = a; return errOop },
			}}
			if test.to != "" {
				p.Dialer.ConnectTo = []ConnectTo{{"*", test.to}}
			}
			inWorld(t, p, func(w *world) {
				_, err := w.pool.Get(ctxBg, Request{Key: keyA})
				var pe *PolicyError
				if !errors.As(err, &pe) || !errors.Is(err, errOop) || pe.Addr.String() != test.want || saw != pe.Addr {
					t.Errorf("error %v for %v, want %s refused", err, saw, test.want)
				}
				if len(w.net.Dials()) > 0 {
					t.Errorf("dialled %v", w.net.Dials())
				}
			})
		})
	}
}

func TestResolveError(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		_, err := w.pool.Get(ctxBg, Request{Key: Key{Scheme: "http", Host: "nope.test", Port: 80}})
		var re *ResolveError
		if !errors.As(err, &re) || !errors.Is(err, dnscache.ErrNotFound) || re.Host != "nope.test" {
			t.Errorf("error %v, want ErrNotFound of nope.test", err)
		}
		w.pool.Dialer.Resolver = names{"empty.test": nil}
		if _, err = w.pool.Get(ctxBg, Request{Key: Key{Scheme: "http", Host: "empty.test", Port: 80}}); !errors.As(err, &re) {
			t.Errorf("no addresses: %v", err)
		}
	})
}

func TestDialContextNetworks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &conntest.Network{}
		d := &Dialer{Resolver: names{"a.test": {"2001:db8::1", "192.0.2.1"}}, Dial: n.Dial}
		for network, want := range map[string]string{"tcp": "[2001:db8::1]:80 192.0.2.1:80", "tcp4": "192.0.2.1:80", "tcp6": "[2001:db8::1]:80"} {
			before := len(n.Dials())
			d.DialContext(ctxBg, network, "a.test:80")
			var got []string
			for _, a := range n.Dials()[before:] {
				got = append(got, a.String())
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s dialled %v, want %s", network, got, want)
			}
		}
		for _, bad := range [][2]string{{"udp", "a.test:80"}, {"tcp", "a.test"}, {"tcp", "a.test:http"}, {"tcp", ":80"}, {"tcp", "a.test:0"}} {
			if _, err := d.DialContext(ctxBg, bad[0], bad[1]); err == nil {
				t.Errorf("DialContext(%q, %q) succeeded", bad[0], bad[1])
			}
		}
	})
}

func TestDialHookForUnixSockets(t *testing.T) {
	l, err := net.Listen("unix", t.TempDir()+"/sock")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := &Pool{Dialer: Dialer{
		ConnectTo: []ConnectTo{{"*", "127.0.0.1:80"}},
		Dial: func(ctx context.Context, _ string, _ netip.AddrPort) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", l.Addr().String())
		},
	}}
	lease, err := p.Get(ctxBg, Request{Key: keyA})
	if err != nil {
		t.Fatal(err)
	}
	lease.Release()
	if lease, err = p.Get(ctxBg, Request{Key: keyA}); err != nil || !lease.Reused() {
		t.Errorf("second: %v", err)
	}
	lease.Release()
	p.Close(ctxBg)
}
