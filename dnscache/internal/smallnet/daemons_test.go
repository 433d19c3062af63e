//go:build linux

package smallnet_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/internal/smallnet"
	"pageload/dnscache/system"
)

// daemon runs a caching daemon on the host until the test ends, and returns its answer for name when it has started.
func daemon(t *testing.T, s dnscache.Source, name, program string, args ...string) dnscache.Answer {
	t.Helper()
	smallnet.Need(t)
	path := smallnet.Program(program)
	switch {
	case path == "" && smallnet.Must():
		t.Fatalf("there is no %s", program)
	case path == "":
		t.Skipf("there is no %s", program)
	}
	_, before := s.Lookup(t.Context(), name)
	if e, ok := before.(*dnscache.Error); !ok || !strings.Contains(e.Error(), dnscache.ErrPass.Error()) {
		t.Errorf("before it runs: %v, want that it passes on", before)
	}
	c := exec.Command(path, args...)
	var log strings.Builder
	c.Stdout, c.Stderr = &log, &log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	t.Cleanup(func() {
		c.Process.Kill()
		<-ended
	})
	deadline := time.After(20 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
		_, err := s.Lookup(t.Context(), name)
		if err == nil {
			tick.Stop()
			a, _ := s.Lookup(t.Context(), name) // the first may lack what was asked a moment too early
			return a
		}
		select {
		case why := <-ended:
			ended <- why
			t.Fatalf("%s ended: %v\n%s", program, why, log.String())
		case <-deadline:
			t.Fatalf("%s does not answer: %v", program, err)
		default:
		}
	}
}

func TestSystemdResolved(t *testing.T) {
	smallnet.Need(t)
	t.Cleanup(func() { os.RemoveAll("/run/systemd/resolve") })
	if err := os.MkdirAll("/run/systemd", 0o755); err != nil {
		t.Fatal(err)
	}
	conf := "[Resolve]\nDNS=" + smallnet.ISP.String() + "\nDNSSEC=no\nLLMNR=no\nMulticastDNS=no\n"
	if err := os.WriteFile("/etc/systemd/resolved.conf", []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	s := new(system.Resolved)
	a := daemon(t, s, "www.site01.com", "systemd-resolved")
	want, _ := expected("www.site01.com")
	if got := outcomeOf(a, nil); got.addrs != want.addrs || a.Level != dnscache.OS || !strings.Contains(a.Steps[0].Server, "resolved") {
		t.Errorf("%+v, want %v", a, want)
	}
	first, again, between := second(t, s, "resolved.wild.com")
	if !aged(first.TTL, again.TTL, between) {
		t.Errorf("TTL %v, and %v after %v", first.TTL, again.TTL, between)
	}
	_, err := s.Lookup(t.Context(), "none.site01.com")
	if got := outcomeOf(dnscache.Answer{}, err); got.kind != "no such name" {
		t.Errorf("none.site01.com: %v", err)
	}
}

func TestNSCD(t *testing.T) {
	smallnet.Need(t)
	t.Cleanup(func() { os.RemoveAll("/run/nscd") })
	conf := filepath.Join(t.TempDir(), "nscd.conf")
	text := "enable-cache hosts yes\npersistent hosts no\nshared hosts no\n"
	if err := os.MkdirAll("/run/nscd", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s := new(system.NSCD)
	a := daemon(t, s, "www.site02.net", "nscd", "-F", "-f", conf)
	want, _ := expected("www.site02.net")
	if got := outcomeOf(a, nil); got.addrs != want.addrs || a.Level != dnscache.OS || !strings.Contains(a.Steps[0].Server, "nscd") {
		t.Errorf("%+v, want %v", a, want)
	}
	// nscd does not tell a name that does not exist from one that it could not find out.
	if a, err := s.Lookup(t.Context(), "none.site02.net"); err == nil {
		t.Errorf("none.site02.net: %v", a)
	}
	if a, err := s.Lookup(t.Context(), "host.lan"); err != nil || a.Addrs[0].IP != smallnet.Host {
		t.Errorf("host.lan: %v, %v; want what the hosts file has", a, err)
	}
}
