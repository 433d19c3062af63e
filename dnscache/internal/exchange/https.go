package exchange

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"pageload/dnscache"
)

// MaxHTTPS is how many HTTPS records of a name are taken, and maxHints how many addresses of each.
const (
	MaxHTTPS = 16
	maxHints = 16
)

// HTTPS returns the HTTPS record that rr is. ok is false where it is of another type or class, and where it must be
// ignored: a key is mandatory that is not known here (RFC 9460 section 8), or the record contradicts itself.
func HTTPS(rr dns.RR) (h dnscache.HTTPS, ok bool) {
	r, ok := rr.(*dns.HTTPS)
	if !ok || r.Hdr.Class != dns.ClassINET {
		return h, false
	}
	h = dnscache.HTTPS{Priority: r.Priority, Target: cleanTarget(r), TTL: TTL(r)}
	if h.Priority == 0 {
		return h, true // an alias; its parameters are ignored (section 2.4.2)
	}
	for _, v := range r.Value {
		switch v := v.(type) {
		case *dns.SVCBMandatory:
			if slices.ContainsFunc(v.Code, func(k dns.SVCBKey) bool { return k > dns.SVCB_IPV6HINT }) {
				return h, false
			}
		case *dns.SVCBAlpn:
			h.ALPN = slices.Clone(v.Alpn)
		case *dns.SVCBNoDefaultAlpn:
			h.NoDefaultALPN = true
		case *dns.SVCBPort:
			h.Port = v.Port
		case *dns.SVCBIPv4Hint:
			h.IPv4Hint = hints(v.Hint)
		case *dns.SVCBIPv6Hint:
			h.IPv6Hint = hints(v.Hint)
		case *dns.SVCBECHConfig:
			h.ECH = slices.Clone(v.ECH)
		}
	}
	return h, !h.NoDefaultALPN || len(h.ALPN) > 0 // section 7.1.2
}

// cleanTarget returns the target as dnscache writes names. "." stands for the owner, and in an alias for no service at all.
func cleanTarget(r *dns.HTTPS) string {
	target := r.Target
	if target == "." && r.Priority != 0 {
		target = r.Hdr.Name
	}
	return strings.ToLower(strings.TrimSuffix(target, "."))
}

func hints(ips []net.IP) []netip.Addr {
	var out []netip.Addr
	for _, ip := range ips[:min(len(ips), maxHints)] {
		if a, ok := netip.AddrFromSlice(ip); ok {
			out = append(out, a.Unmap())
		}
	}
	return out
}
