package dnscache

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"net"
	"net/netip"
	"slices"
)

// maxOrdered bounds the addresses that the system is asked about: an answer may have thousands.
const maxOrdered = 64

// order puts the addresses of an answer into the order of RFC 6724.
func (r *Resolver) order(a Answer) {
	if r.KeepOrder || a.Level == System || len(a.Addrs) < 2 {
		return
	}
	source, subnets := r.SourceAddr, noSubnets
	if source == nil {
		source, subnets = systemSource, systemSubnets
	}
	sortAddrs(a.Addrs[:min(len(a.Addrs), maxOrdered)], source, subnets)
}

// sortAddrs orders addresses by RFC 6724 section 6, best first. source is called once for each, and returns the address that
// would be sent from; the zero Addr where there is none. subnets is called at most once, where it matters, and returns this
// machine's IPv4 addresses with the lengths of their networks.
//
// Rules 3, 4 and 7 are left out: they need to know which source addresses are deprecated, at home or tunnelled, and the
// system has already weighed that in choosing the source. Rule 9 is for IPv4 only within the source's own subnet, as in the
// C library: elsewhere a common prefix of IPv4 addresses means nothing, and the rule would undo the rotation by which
// servers spread their load (RFC 6724 section 6 lets an implementation supersede it).
func sortAddrs(addrs []Addr, source func(netip.Addr) netip.Addr, subnets func() []netip.Prefix) {
	list := make([]target, len(addrs))
	near := false
	for i, a := range addrs {
		list[i] = newTarget(a, source(a.IP))
		near = near || list[i].near()
	}
	if near && len(list) > 1 {
		own := subnets()
		for i := range list {
			list[i].measure(own)
		}
	}
	slices.SortStableFunc(list, compareTargets)
	for i, t := range list {
		addrs[i] = t.addr
	}
}

// target is a destination with what the rules need to know of it.
type target struct {
	addr       Addr
	ip         netip.Addr // unmapped, without zone
	source     netip.Addr // likewise; the zero Addr where there is none
	usable     bool       // there is a source
	sameScope  bool       // as the source
	sameLabel  bool       // as the source
	precedence int
	scope      int
	common     int // bits shared with the source; for IPv4 zero outside its subnet
}

func newTarget(a Addr, src netip.Addr) target {
	t := target{addr: a, ip: a.IP.Unmap().WithZone("")}
	t.scope = scope(t.ip)
	p := policyOf(t.ip)
	t.precedence = p.precedence
	if !src.IsValid() {
		return t
	}
	src = src.Unmap().WithZone("")
	t.usable, t.source = true, src
	t.sameScope = scope(src) == t.scope
	t.sameLabel = policyOf(src).label == p.label
	if t.ip.Is6() && src.Is6() {
		t.common = commonPrefix(src, t.ip)
	}
	return t
}

// near reports whether t may be in its source's IPv4 subnet: there is none with a shorter prefix than a class A network's.
func (t *target) near() bool {
	return t.ip.Is4() && t.source.Is4() && t.ip.As4()[0] == t.source.As4()[0]
}

// measure counts the bits that an IPv4 address shares with its source, where they are in one subnet.
func (t *target) measure(own []netip.Prefix) {
	if !t.near() {
		return
	}
	for _, p := range own {
		if p.Addr() == t.source && p.Contains(t.ip) {
			a, b := t.ip.As4(), t.source.As4()
			t.common = bits.LeadingZeros32(binary.BigEndian.Uint32(a[:]) ^ binary.BigEndian.Uint32(b[:]))
			return
		}
	}
}

func noSubnets() []netip.Prefix { return nil }

// systemSubnets asks the system for its addresses and their networks.
func systemSubnets() []netip.Prefix {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var own []netip.Prefix
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			ip, _ := netip.AddrFromSlice(n.IP)
			if ones, size := n.Mask.Size(); ip.Unmap().Is4() && size == 32 {
				own = append(own, netip.PrefixFrom(ip.Unmap(), ones))
			}
		}
	}
	return own
}

// compareTargets is negative where a is better. The rules are those of RFC 6724 section 6.
func compareTargets(a, b target) int {
	if c := truth(a.usable, b.usable); c != 0 { // rule 1
		return c
	}
	if a.usable { // else there are no sources to compare
		if c := truth(a.sameScope, b.sameScope); c != 0 { // rule 2
			return c
		}
		if c := truth(a.sameLabel, b.sameLabel); c != 0 { // rule 5
			return c
		}
	}
	if c := cmp.Compare(b.precedence, a.precedence); c != 0 { // rule 6
		return c
	}
	if c := cmp.Compare(a.scope, b.scope); c != 0 { // rule 8
		return c
	}
	return cmp.Compare(b.common, a.common) // rule 9; what is equal stays in order (rule 10)
}

// truth puts true before false.
func truth(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// policy is a row of the table of RFC 6724 section 2.1.
type policy struct {
	prefix            netip.Prefix
	precedence, label int
}

// policies has the longest prefixes first. IPv4 is ::ffff:0:0/96.
var policies = []policy{
	{netip.MustParsePrefix("::1/128"), 50, 0},
	{netip.MustParsePrefix("::/96"), 1, 3},
	{netip.MustParsePrefix("2001::/32"), 5, 5},
	{netip.MustParsePrefix("2002::/16"), 30, 2},
	{netip.MustParsePrefix("3ffe::/16"), 1, 12},
	{netip.MustParsePrefix("fec0::/10"), 1, 11},
	{netip.MustParsePrefix("fc00::/7"), 3, 13},
	{netip.MustParsePrefix("::/0"), 40, 1},
}

func policyOf(ip netip.Addr) policy {
	if ip.Is4() {
		return policy{precedence: 35, label: 4}
	}
	for _, p := range policies {
		if p.prefix.Contains(ip) {
			return p
		}
	}
	return policy{}
}

// Scopes as in multicast addresses (RFC 4291 section 2.7).
const (
	linkLocal = 0x2
	siteLocal = 0x5
	global    = 0xe
)

// scope is that of RFC 6724 section 3.1; for IPv4 see section 3.2.
func scope(ip netip.Addr) int {
	switch {
	case ip.Is6() && ip.IsMulticast():
		return int(ip.As16()[1] & 0xf)
	case ip.IsLoopback(), ip.IsLinkLocalUnicast():
		return linkLocal
	case ip.Is6() && siteLocalPrefix.Contains(ip):
		return siteLocal
	}
	return global
}

var siteLocalPrefix = netip.MustParsePrefix("fec0::/10")

// commonPrefix counts the leading bits that two IPv6 addresses share, up to 64: the rest is the interface's (RFC 6724
// section 2.2).
func commonPrefix(a, b netip.Addr) int {
	x, y := a.As16(), b.As16()
	for i := range 8 {
		if d := x[i] ^ y[i]; d != 0 {
			n := 8 * i
			for d&0x80 == 0 {
				d <<= 1
				n++
			}
			return n
		}
	}
	return 64
}
