package system_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
	"pageload/dnscache/system"
)

func TestHosts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(path, []byte("192.0.2.1 main.test alias.test\n2001:db8::1 alias.test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &system.Hosts{Path: path}
	a, err := h.Lookup(ctx, "alias.test")
	if err != nil || text(a) != "2001:db8::1/0 192.0.2.1/0 main.test" || a.Level != dnscache.OS {
		t.Errorf("Lookup = %q at %v, %v", text(a), a.Level, err)
	}
	if s := a.Steps[0]; len(a.Steps) != 1 || s.Server != path || s.Transport != "file" || s.Question != "A+AAAA alias.test" {
		t.Errorf("steps %+v", a.Steps)
	}
	if _, err := h.Lookup(ctx, "none.test"); !errors.Is(err, dnscache.ErrPass) {
		t.Errorf("error %v, want ErrPass", err)
	}
	if _, err := (&system.Hosts{Path: path + ".none"}).Lookup(ctx, "a.test"); !errors.Is(err, dnscache.ErrPass) {
		t.Errorf("without file: error %v, want ErrPass", err)
	}
}

func TestSystem(t *testing.T) {
	d := &dnstest.Server{Zone: dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1"), TTL: time.Hour}}}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s := &system.System{Resolver: &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, d.Addr().String())
	}}}
	a, err := s.Lookup(ctx, "a.test")
	if err != nil || text(a) != "192.0.2.1/60 a.test" || a.Level != dnscache.System {
		t.Errorf("Lookup = %q at %v, %v, want 192.0.2.1/60 at system", text(a), a.Level, err)
	}
	if step := a.Steps[0]; step.Transport != "getaddrinfo" || step.TTL != time.Minute || step.Note == "" {
		t.Errorf("step %+v, want a TTL of a minute and a note", step)
	}
	if a, err := s.Lookup(ctx, "none.test"); !errors.Is(err, dnscache.ErrNotFound) || a.TTL != 0 {
		t.Errorf("error %v with TTL %v, want ErrNotFound with none", err, a.TTL)
	}
}

func TestSystemZeroValue(t *testing.T) {
	var s system.System
	a, err := s.Lookup(ctx, "localhost")
	if err != nil || len(a.Addrs) == 0 || !a.Addrs[0].IP.IsLoopback() {
		t.Errorf("Lookup(localhost) = %q, %v", text(a), err)
	}
}
