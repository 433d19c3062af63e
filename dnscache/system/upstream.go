package system

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"pageload/dnscache/internal/exchange"
)

// Upstream is a recursing name server that the caller names.
type Upstream struct {
	Addr netip.AddrPort

	// Transport is "tcp" or "tls" (RFC 7858) where only that is to be used. Empty means UDP, and TCP where an answer
	// is truncated.
	Transport string

	// Name is what the certificate of a server over TLS must be for. Empty means its address.
	Name string
}

// ParseUpstream reads "IP[:PORT]", "tcp://IP[:PORT]" or "tls://IP[:PORT][#NAME]". The port is 53 by default, and 853 over
// TLS. An IPv6 address with a port stands in brackets.
func ParseUpstream(s string) (Upstream, error) {
	bad := func(why string) (Upstream, error) { return Upstream{}, fmt.Errorf("system: upstream %q: %s", s, why) }
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "udp", s
	}
	var u Upstream
	port := uint16(53)
	switch scheme {
	case "udp":
	case "tcp":
		u.Transport = exchange.TCP
	case "tls":
		u.Transport, port = exchange.TLS, 853
	default:
		return bad("not udp, tcp or tls")
	}
	rest, name, named := strings.Cut(rest, "#")
	if named && (name == "" || scheme != "tls") {
		return bad("a name belongs to tls, and is not empty")
	}
	u.Name = name
	addr, err := netip.ParseAddrPort(rest)
	if err != nil {
		bare := rest
		if strings.HasPrefix(rest, "[") && strings.HasSuffix(rest, "]") {
			bare = rest[1 : len(rest)-1]
		}
		var ip netip.Addr
		if ip, err = netip.ParseAddr(bare); err == nil {
			addr = netip.AddrPortFrom(ip, port)
		}
	}
	u.Addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	// A zone can be any text, also one that an address with port cannot be told from.
	if again, e := netip.ParseAddrPort(u.Addr.String()); err != nil || e != nil || again != u.Addr || addr.Port() == 0 {
		return bad("not IP[:PORT]")
	}
	return u, nil
}

// String returns the text that ParseUpstream reads, with the port, and without "udp://".
func (u Upstream) String() string {
	s := u.Addr.String()
	if u.Transport != "" {
		s = u.Transport + "://" + s
	}
	if u.Name != "" {
		s += "#" + u.Name
	}
	return s
}

// secrets has one TLS configuration for each name, so that sessions are resumed and connections used again. The zero
// value is ready; it is safe for concurrent use.
type secrets struct {
	mu     sync.Mutex
	byName map[string]*tls.Config
}

// config returns base, which may be nil, for a server of that name.
func (s *secrets) config(base *tls.Config, name string) *tls.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.byName[name]; c != nil {
		return c
	}
	c := base.Clone()
	if c == nil {
		c = new(tls.Config)
	}
	c.ServerName = name
	if c.ClientSessionCache == nil {
		c.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	}
	if s.byName == nil {
		s.byName = make(map[string]*tls.Config)
	}
	s.byName[name] = c
	return c
}

// servers returns what to ask for the plain addresses, then the upstreams.
func (s *secrets) servers(addrs []netip.AddrPort, upstreams []Upstream, base *tls.Config, timeout time.Duration) []exchange.To {
	to := make([]exchange.To, 0, len(addrs)+len(upstreams))
	for _, a := range addrs {
		to = append(to, exchange.To{Addr: a, Timeout: timeout})
	}
	for _, u := range upstreams {
		t := exchange.To{Addr: u.Addr, TCP: u.Transport == exchange.TCP, Timeout: timeout}
		if u.Transport == exchange.TLS {
			t.TLS = s.config(base, cmp.Or(u.Name, u.Addr.Addr().WithZone("").String()))
		}
		to = append(to, t)
	}
	return to
}

// plainLabel names a server in steps by its address, and over TLS its name.
func plainLabel(to exchange.To) string {
	if to.TLS != nil {
		return to.Addr.String() + "#" + to.TLS.ServerName
	}
	return to.Addr.String()
}
