package dnscache

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// admit refuses an answer with addresses that are not to be used; else it returns a and err. The answer of a refusal keeps
// its steps, the last of which says why.
func (r *Resolver) admit(a Answer, err error) (Answer, error) {
	if a.Level == OS && !fromDaemon(a.Steps) {
		return a, err // what the owner of this machine wrote
	}
	why := r.check(a)
	if why == nil {
		return a, err
	}
	steps := slices.Clone(a.Steps)
	last := &steps[len(steps)-1]
	last.Err, last.TTL = why.Error(), 0
	e := &Error{Name: a.Name, Level: a.Level, RCode: a.RCode, Steps: steps, Err: why}
	return Answer{Name: a.Name, Level: a.Level, RCode: a.RCode, Steps: steps}, e
}

// fromDaemon reports whether an answer of the operating system is a caching daemon's, who has it from elsewhere.
func fromDaemon(steps []Step) bool {
	switch steps[len(steps)-1].Transport {
	case "udp", "tcp", "tls", "unix":
		return true
	}
	return false
}

func (r *Resolver) check(a Answer) error {
	guarded := r.RefusePrivate && !r.private(a.Name)
	for ip := range a.everyIP {
		if ip.Unmap() == collision {
			return ErrNameCollision
		}
		if !guarded {
			continue
		}
		if rule := notPublic(ip); rule != "" {
			return fmt.Errorf("%w: %v is %s", ErrRebinding, ip, rule)
		}
	}
	return nil
}

// everyIP yields all addresses that somebody could connect to.
func (a *Answer) everyIP(yield func(netip.Addr) bool) {
	for _, addr := range a.Addrs {
		if !yield(addr.IP) {
			return
		}
	}
	for _, h := range a.HTTPS {
		for _, hints := range [][]netip.Addr{h.IPv4Hint, h.IPv6Hint} {
			for _, ip := range hints {
				if !yield(ip) {
					return
				}
			}
		}
	}
}

var collision = netip.AddrFrom4([4]byte{127, 0, 53, 53})

// privateSuffixes are the names that are for use within a network: RFC 6761 (localhost, test), RFC 6762 section 3 and
// appendix G (local and those that networks have used), RFC 8375 (home.arpa), ICANN's reservation of 2024 (internal).
var privateSuffixes = []string{
	"local", "localhost", "home.arpa", "internal", "lan", "home", "corp", "intranet", "private", "test",
}

// private reports whether a clean name may have addresses that are not public.
func (r *Resolver) private(name string) bool {
	if !strings.Contains(name, ".") {
		return true
	}
	return slices.ContainsFunc(privateSuffixes, func(s string) bool { return beneath(name, s) }) ||
		slices.ContainsFunc(r.PrivateNames, func(s string) bool {
			return beneath(name, strings.ToLower(strings.Trim(s, ".")))
		})
}

// beneath reports whether name is top or ends in it.
func beneath(name, top string) bool {
	rest, ok := strings.CutSuffix(name, top)
	return ok && top != "" && (rest == "" || rest[len(rest)-1] == '.')
}

// A block is a range of addresses that are not reached through the public internet, or are on the machine itself.
type block struct {
	prefix netip.Prefix
	rule   string
}

// blocks is from IANA's registries of special-purpose addresses (RFC 6890), without those for documentation: nobody has
// them.
var blocks = []block{
	{netip.MustParsePrefix("0.0.0.0/8"), "this network (RFC 791)"},
	{netip.MustParsePrefix("10.0.0.0/8"), "private (RFC 1918)"},
	{netip.MustParsePrefix("100.64.0.0/10"), "shared (RFC 6598)"},
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback (RFC 1122)"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local (RFC 3927)"},
	{netip.MustParsePrefix("172.16.0.0/12"), "private (RFC 1918)"},
	{netip.MustParsePrefix("192.0.0.0/24"), "for protocols (RFC 6890)"},
	{netip.MustParsePrefix("192.168.0.0/16"), "private (RFC 1918)"},
	{netip.MustParsePrefix("198.18.0.0/15"), "for benchmarks (RFC 2544)"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast (RFC 5771)"},
	{netip.MustParsePrefix("255.255.255.255/32"), "broadcast (RFC 919)"},
	{netip.MustParsePrefix("::/128"), "unspecified (RFC 4291)"},
	{netip.MustParsePrefix("::1/128"), "loopback (RFC 4291)"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "for local translation (RFC 8215)"},
	{netip.MustParsePrefix("fc00::/7"), "unique local (RFC 4193)"},
	{netip.MustParsePrefix("fe80::/10"), "link-local (RFC 4291)"},
	{netip.MustParsePrefix("fec0::/10"), "site-local (RFC 3879)"},
	{netip.MustParsePrefix("ff00::/8"), "multicast (RFC 4291)"},
}

// notPublic says why ip is no public address; it returns an empty string where it is one.
func notPublic(ip netip.Addr) string {
	ip = embedded(ip.WithZone(""))
	for _, b := range blocks {
		if b.prefix.Contains(ip) {
			return b.rule
		}
	}
	return ""
}

var (
	translated = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052 section 2.1
	compatible = netip.MustParsePrefix("::/96")        // RFC 4291 section 2.5.5.1
	sixToFour  = netip.MustParsePrefix("2002::/16")    // RFC 3056 section 2
)

// embedded returns the IPv4 address that an IPv6 address leads to, else ip.
func embedded(ip netip.Addr) netip.Addr {
	b := ip.As16()
	switch {
	case ip.Is4In6():
		return ip.Unmap()
	case ip == netip.IPv6Loopback() || ip == netip.IPv6Unspecified():
		return ip
	case translated.Contains(ip), compatible.Contains(ip):
		return netip.AddrFrom4([4]byte(b[12:]))
	case sixToFour.Contains(ip):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return ip
}
