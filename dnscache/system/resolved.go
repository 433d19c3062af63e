package system

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/internal/exchange"
	"pageload/dnscache/internal/local"
	"pageload/dnscache/internal/resolvconf"
)

// resolvedDir is where systemd-resolved keeps its state while it runs.
const resolvedDir = "/run/systemd/resolve"

// Resolved is systemd-resolved, the caching resolver of many Linux systems, as a source of level OS. It is asked over DNS
// at its stub, 127.0.0.53; steps name it. Where it does not run (there is no /run/systemd/resolve, and resolv.conf does not
// name the stub) or nobody listens there, the name is passed on.
//
// The search domains and options of resolv.conf hold as in [ISP]. systemd-resolved does not say whether it had an answer
// in its cache, and refuses questions without recursion.
//
// The zero value is ready. A Resolved is safe for concurrent use; its fields must not change meanwhile.
type Resolved struct {
	// Addr of the stub. Zero means 127.0.0.53:53, if systemd-resolved runs; one that is named is asked in any case.
	Addr netip.AddrPort

	// Path of resolv.conf. Empty means the system's.
	Path string

	// Timeout is how long one try may last. Zero means 5 seconds. There is one try.
	Timeout time.Duration

	HTTPS bool // as in [Server]

	// Dial opens connections, as in [Server].
	Dial func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error)

	dir  string // replaces resolvedDir in tests
	file local.File[resolvconf.Config]
	line line
}

// Level returns [dnscache.OS].
func (s *Resolved) Level() dnscache.Level { return dnscache.OS }

// Searches returns true: the search domains of resolv.conf count unless the name has a trailing dot.
func (s *Resolved) Searches() bool { return true }

// Lookup returns the addresses of name, IPv6 first.
func (s *Resolved) Lookup(ctx context.Context, name string) (dnscache.Answer, error) {
	st := dnscache.Step{Level: dnscache.OS, Server: "systemd-resolved", Question: bothFamilies + name, Start: time.Now()}
	c, there, err := s.file.Load(cmp.Or(s.Path, resolvConf), resolvconf.Parse)
	if err != nil || !there {
		c = resolvconf.Default() // the stub may serve all the same
	}
	if !s.runs(c) {
		return st.Failed(name, passBecause("systemd-resolved does not run here"))
	}
	addr := s.Addr
	if !addr.IsValid() {
		addr = netip.AddrPortFrom(stubs[0], 53)
	}
	k := asker{
		level: dnscache.OS, label: resolvedLabel, client: s.line.to(s.Dial), ttls: &s.line.ttls,
		to: []exchange.To{{Addr: addr, Timeout: s.Timeout}}, attempts: 1, https: s.HTTPS, noAAAA: c.NoAAAA,
	}
	return k.search(ctx, name, c.Candidates(name))
}

// runs reports whether systemd-resolved is to be expected at its stub.
func (s *Resolved) runs(c resolvconf.Config) bool {
	if s.Addr.IsValid() || slices.ContainsFunc(c.Servers, func(a netip.AddrPort) bool { return a.Addr() == stubs[0] }) {
		return true
	}
	_, err := os.Stat(cmp.Or(s.dir, resolvedDir))
	return err == nil
}

func resolvedLabel(to exchange.To) string { return "systemd-resolved " + to.Addr.String() }
