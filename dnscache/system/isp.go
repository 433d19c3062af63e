package system

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/internal/exchange"
	"pageload/dnscache/internal/local"
	"pageload/dnscache/internal/resolvconf"
)

// resolvConf is where the machine's name servers are configured; resolvedConf is where they are on machines whose
// resolv.conf names only the stub of systemd-resolved.
const (
	resolvConf   = "/etc/resolv.conf"
	resolvedConf = "/run/systemd/resolve/resolv.conf"
)

// stubs are the addresses that systemd-resolved listens on.
var stubs = [...]netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 53}), netip.AddrFrom4([4]byte{127, 0, 0, 54})}

// ISP is a source that asks the name servers that the machine is configured with, as resolv.conf(5) has them, in the way
// that the file says: nameserver (three at most), search and domain, options ndots, timeout, attempts, rotate, use-vc,
// no-aaaa and no-tld-query. EDNS(0) is always used, so that edns0 has no effect; trust-ad has none either. The file is
// read again when it has changed. Where it names only the stub of systemd-resolved, which is a cache of the operating
// system ([Resolved]), the servers are those that systemd-resolved asks, if it says which they are.
//
// A name with few dots (ndots) is looked up within the search domains first, and any name there last; Answer.Canonical
// then says which name had the addresses. A trailing dot keeps a name out of that.
//
// The zero value is ready. An ISP is safe for concurrent use; its fields must not change meanwhile. It remembers no answers.
// Where there is no resolv.conf, as on Windows, it passes every name on; Upstreams work everywhere.
type ISP struct {
	// Path of resolv.conf. Empty means the system's.
	Path string

	// Upstreams are asked instead of the servers in the file. The search domains and options still hold.
	Upstreams []Upstream

	// Timeout and Attempts replace those of the file where they are not zero.
	Timeout  time.Duration
	Attempts int

	CacheFirst bool        // as in [Server]
	HTTPS      bool        // as in [Server]
	TLS        *tls.Config // as in [Server]

	// Dial opens connections, as in [Server].
	Dial func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error)

	file, behind local.File[resolvconf.Config]
	behindStub   string // replaces resolvedConf in tests
	turn         atomic.Uint32
	line         line
	secrets      secrets
}

// Level returns [dnscache.ISP].
func (s *ISP) Level() dnscache.Level { return dnscache.ISP }

// Searches returns true: see [ISP] for when search domains count.
func (s *ISP) Searches() bool { return true }

// Lookup returns the addresses of name, IPv6 first. Every exchange of messages is a step of the answer.
func (s *ISP) Lookup(ctx context.Context, name string) (dnscache.Answer, error) {
	path := cmp.Or(s.Path, resolvConf)
	c, there, err := s.file.Load(path, resolvconf.Parse)
	if err == nil && !there && len(s.Upstreams) == 0 {
		err = passBecause("no such file, so no server is known")
	}
	if err != nil {
		st := dnscache.Step{Level: dnscache.ISP, Server: path, Question: bothFamilies + name, Transport: "file", Start: time.Now()}
		return st.Failed(name, err)
	}
	if !there {
		c = resolvconf.Default()
	}
	k := asker{
		level: dnscache.ISP, label: plainLabel, client: s.line.to(s.Dial), ttls: &s.line.ttls,
		to: s.servers(c), attempts: cmp.Or(s.Attempts, c.Attempts), first: s.CacheFirst, https: s.HTTPS, noAAAA: c.NoAAAA,
	}
	return k.search(ctx, name, c.Candidates(name))
}

// servers returns what to ask, in the order of this lookup.
func (s *ISP) servers(c resolvconf.Config) []exchange.To {
	timeout := cmp.Or(s.Timeout, c.Timeout)
	var to []exchange.To
	if len(s.Upstreams) > 0 {
		to = s.secrets.servers(nil, s.Upstreams, s.TLS, timeout)
	} else {
		to = s.secrets.servers(s.upstreamsOf(c), nil, nil, timeout)
	}
	if c.TCP {
		for i := range to {
			to[i].TCP = true
		}
	}
	if c.Rotate {
		n := int(s.turn.Add(1)-1) % len(to)
		to = slices.Concat(to[n:], to[:n])
	}
	return to
}

// upstreamsOf returns the servers in the file, or those behind systemd-resolved.
func (s *ISP) upstreamsOf(c resolvconf.Config) []netip.AddrPort {
	if len(c.Servers) == 0 {
		return []netip.AddrPort{resolvconf.Local()}
	}
	if slices.ContainsFunc(c.Servers, func(a netip.AddrPort) bool { return !slices.Contains(stubs[:], a.Addr()) }) {
		return c.Servers
	}
	behind, _, err := s.behind.Load(cmp.Or(s.behindStub, resolvedConf), resolvconf.Parse)
	if err != nil || len(behind.Servers) == 0 {
		return c.Servers
	}
	return behind.Servers
}

// CloseIdle closes the connections over TLS that are kept for the next questions.
func (s *ISP) CloseIdle() { s.line.client.CloseIdle() }
