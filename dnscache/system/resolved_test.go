package system_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
	"pageload/dnscache/system"
)

func TestResolved(t *testing.T) {
	d := &dnstest.Server{Zone: dnstest.Zone{
		"a.test":         {Addrs: dnstest.IPs("192.0.2.1"), TTL: 7 * time.Second},
		"wiki.corp.test": {Addrs: dnstest.IPs("192.0.2.2")},
	}}
	none := filepath.Join(t.TempDir(), "none")
	tests := []struct {
		name, conf, dir string
		ask, want       string // empty: passed on
	}{
		{"runs", conf(t, "nameserver 192.0.2.9"), t.TempDir(), "a.test", "192.0.2.1/7 a.test"},
		{"runs, no file", none, t.TempDir(), "a.test", "192.0.2.1/7 a.test"},
		{"the file names it", conf(t, "nameserver 127.0.0.53"), none, "a.test", "192.0.2.1/7 a.test"},
		{"search domain", conf(t, "nameserver 127.0.0.53", "search corp.test"), none, "wiki", "192.0.2.2/60 wiki.corp.test"},
		{"does not run", conf(t, "nameserver 192.0.2.9"), none, "a.test", ""},
		{"neither", none, none, "a.test", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &system.Resolved{Path: tt.conf, Dial: d.Dial}
			system.SetDir(s, tt.dir)
			a, err := s.Lookup(ctx, tt.ask)
			if a.Level != dnscache.OS {
				t.Errorf("level %v", a.Level)
			}
			if tt.want == "" {
				if !errors.Is(err, dnscache.ErrPass) || len(a.Steps) != 1 || a.Steps[0].Server != "systemd-resolved" {
					t.Errorf("Lookup: %v in %+v, want ErrPass", err, a.Steps)
				}
				return
			}
			if err != nil || text(a) != tt.want || a.Steps[0].Server != "systemd-resolved 127.0.0.53:53" {
				t.Errorf("Lookup = %q, %v in %+v, want %q", text(a), err, a.Steps, tt.want)
			}
		})
	}
}

// Its folder is there, but nobody listens: the next level is asked at once.
func TestResolvedGone(t *testing.T) {
	d := &dnstest.Server{}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	closed := d.Addr()
	d.Close()
	s := &system.Resolved{Addr: closed, Path: filepath.Join(t.TempDir(), "none")}
	if _, err := s.Lookup(ctx, "a.test"); err == nil || errors.Is(err, dnscache.ErrNotFound) {
		t.Errorf("error %v, want that nobody listens", err)
	}
}
