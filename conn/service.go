package conn

import (
	"context"
	"net/netip"
	"slices"

	"pageload/dnscache"
	"pageload/parse/weburl"
)

// maxServices bounds the HTTPS records that are considered: each may have a
// target to look up.
const maxServices = 8

// A service is where an HTTPS record sends the connections for a name (RFC
// 9460), and what may be spoken there.
type service struct {
	addrs  []netip.AddrPort
	protos []string // those of the TLS configuration that are served
	ech    []byte   // an ECHConfigList; empty: none
}

// at reports whether addr is the service's. A nil *service is nowhere.
func (s *service) at(addr netip.AddrPort) bool {
	return s != nil && slices.ContainsFunc(s.addrs, func(a netip.AddrPort) bool {
		return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) == addr
	})
}

// findService returns the service of the best of the answer's HTTPS records
// that can be used: one that serves a protocol that is spoken here (section
// 7.1.2), at a port that browsers connect to, and has addresses; or else the
// target of an alias, which a dnscache.Resolver has followed (section 3: the
// final name at the URL's port, without parameters). It is nil where there is
// none: the name is connected to as if it had no records.
func (d *Dialer) findService(ctx context.Context, key Key, answer *dnscache.Answer) *service {
	for _, h := range answer.HTTPS[:min(len(answer.HTTPS), maxServices)] {
		if h.Priority == 0 {
			if hints := slices.Concat(h.IPv6Hint, h.IPv4Hint); len(hints) > 0 {
				return &service{addrs: withPort(hints, key.Port), protos: d.protos()}
			}
			continue
		}
		protos := d.spoken(h)
		if len(protos) == 0 || h.Port != 0 && h.Port != key.Port && weburl.BlockedPort(h.Port) {
			continue
		}
		port := key.Port
		if h.Port != 0 {
			port = h.Port
		}
		if ips := d.serviceAddrs(ctx, key, h, answer); len(ips) > 0 {
			return &service{withPort(ips, port), protos, h.ECH}
		}
	}
	return nil
}

// spoken returns the protocols of the TLS configuration that a record offers.
func (d *Dialer) spoken(h dnscache.HTTPS) []string {
	return slices.DeleteFunc(slices.Clone(d.protos()), func(p string) bool {
		return !slices.Contains(h.ALPN, p) && (p != "http/1.1" || h.NoDefaultALPN)
	})
}

// serviceAddrs returns the addresses of a record's target. Hints stand in for
// those that the answer does not have (section 7.3); a target that has neither
// is looked up, and the steps of that become the answer's.
func (d *Dialer) serviceAddrs(ctx context.Context, key Key, h dnscache.HTTPS, answer *dnscache.Answer) []netip.Addr {
	own := h.Target == "" || h.Target == key.Host || h.Target == answer.Name || h.Target == answer.Canonical
	if own && len(answer.Addrs) > 0 {
		return onlyIPs(answer.Addrs)
	}
	if hints := slices.Concat(h.IPv6Hint, h.IPv4Hint); len(hints) > 0 || own {
		return hints
	}
	target, _ := d.resolver().Lookup(ctx, h.Target)
	answer.Steps = append(answer.Steps, target.Steps...)
	return onlyIPs(target.Addrs)
}

func onlyIPs(addrs []dnscache.Addr) []netip.Addr {
	ips := make([]netip.Addr, len(addrs))
	for i, a := range addrs {
		ips[i] = a.IP
	}
	return ips
}
