package conn

import (
	"fmt"
	"net/netip"
)

// An AddressRule is why [PublicOnly] or [Deny] refuse an address.
type AddressRule struct {
	Prefix netip.Prefix // that the address lies in
	Name   string       // what the prefix is for, such as "link-local"
	// Embedded is the IPv4 address inside an address of Prefix, and Inner
	// the rule that refuses it; nil where Prefix itself is refused.
	Embedded netip.Addr
	Inner    *AddressRule
}

// Error returns text such as "169.254.0.0/16: link-local".
func (r *AddressRule) Error() string {
	if r.Inner != nil {
		return fmt.Sprintf("%v: %s of %v: %v", r.Prefix, r.Name, r.Embedded, r.Inner)
	}
	return fmt.Sprintf("%v: %s", r.Prefix, r.Name)
}

// PublicOnly returns a Dialer.Policy that lets only addresses pass that the
// public Internet has: nothing of IANA's special-purpose registries (RFC 6890)
// that is not globally reachable, no multicast, and of IPv6 only 2000::/3.
// Addresses with an IPv4 address inside (IPv4-mapped, NAT64's 64:ff9b::/96,
// 6to4, Teredo, SIIT) are judged by that too; a NAT64 prefix of a network's
// own is not known here. The error is an *[AddressRule].
//
// With a Dialer.Proxy it is asked about the proxy's address (see ProxyPolicy),
// and about a target that is an address. What a name is for the proxy is not
// known here: a proxy that must not reach private addresses has to see to it
// itself, unless its scheme is "socks5", with which names are resolved here.
func PublicOnly() func(netip.AddrPort) error {
	return func(a netip.AddrPort) error {
		if r := special(a.Addr()); r != nil {
			return r
		}
		return nil
	}
}

// Deny returns a Dialer.Policy that refuses the addresses of some prefixes
// with an *[AddressRule]. IPv4 addresses inside IPv6 ones count as in [PublicOnly].
func Deny(prefixes ...netip.Prefix) func(netip.AddrPort) error {
	rules := make([]AddressRule, len(prefixes))
	for i, p := range prefixes {
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		rules[i] = AddressRule{Prefix: p.Masked(), Name: "denied"}
	}
	return func(a netip.AddrPort) error {
		if r := judge(a.Addr(), func(a netip.Addr) *AddressRule { return find(rules, a) }); r != nil {
			return r
		}
		return nil
	}
}

// AllOf returns a Dialer.Policy that asks the others in turn; the first
// refusal counts.
func AllOf(policies ...func(netip.AddrPort) error) func(netip.AddrPort) error {
	return func(a netip.AddrPort) error {
		for _, p := range policies {
			if err := p(a); err != nil {
				return err
			}
		}
		return nil
	}
}

// rule makes a rule of the tables below.
func rule(prefix, name string) AddressRule {
	return AddressRule{Prefix: netip.MustParsePrefix(prefix), Name: name}
}

// specialRules are IANA's registries of special-purpose addresses (as of
// 2025-10) without those that are globally reachable, and multicast.
var specialRules = []AddressRule{
	rule("0.0.0.0/8", "this network"),
	rule("10.0.0.0/8", "private use"),
	rule("100.64.0.0/10", "shared by carrier-grade NAT"),
	rule("127.0.0.0/8", "loopback"),
	rule("169.254.0.0/16", "link-local"),
	rule("172.16.0.0/12", "private use"),
	rule("192.0.0.0/24", "IETF protocol assignments"),
	rule("192.0.2.0/24", "documentation"),
	rule("192.88.99.0/24", "deprecated 6to4 relays"),
	rule("192.168.0.0/16", "private use"),
	rule("198.18.0.0/15", "benchmarking"),
	rule("198.51.100.0/24", "documentation"),
	rule("203.0.113.0/24", "documentation"),
	rule("224.0.0.0/4", "multicast"),
	rule("255.255.255.255/32", "broadcast"),
	rule("240.0.0.0/4", "reserved"),

	rule("::/128", "unspecified"),
	rule("::1/128", "loopback"),
	rule("::/96", "deprecated IPv4-compatible addresses"),
	rule("64:ff9b:1::/48", "local-use NAT64"),
	rule("100::/64", "discard-only"),
	rule("100:0:0:1::/64", "dummy prefix"),
	rule("2001:2::/48", "benchmarking"),
	rule("2001:10::/28", "deprecated ORCHID"),
	rule("2001:db8::/32", "documentation"),
	rule("3fff::/20", "documentation"),
	rule("5f00::/16", "segment routing"),
	rule("fc00::/7", "unique local"),
	rule("fe80::/10", "link-local"),
	rule("fec0::/10", "deprecated site-local"),
	rule("ff00::/8", "multicast"),
}

// embeddings are the prefixes with an IPv4 address inside, and where.
var embeddings = []struct {
	AddressRule
	at  int
	xor byte
}{
	{rule("::ffff:0:0/96", "IPv4-mapped form"), 12, 0},
	{rule("::ffff:0:0:0/96", "SIIT form"), 12, 0}, // RFC 2765 section 2.1
	{rule("64:ff9b::/96", "NAT64 form"), 12, 0},   // RFC 6052 section 2.1
	{rule("2002::/16", "6to4 form"), 2, 0},        // RFC 3056 section 2
	{rule("2001::/32", "Teredo server"), 4, 0},    // RFC 4380 section 4
	{rule("2001::/32", "Teredo form"), 12, 0xff},
}

var (
	globalUnicast  = netip.MustParsePrefix("2000::/3")
	nat64          = netip.MustParsePrefix("64:ff9b::/96")
	outsideUnicast = AddressRule{Prefix: netip.MustParsePrefix("::/0"), Name: "not of 2000::/3, global unicast"}
)

// special returns the rule that refuses an address, or nil if it is public.
func special(a netip.Addr) *AddressRule {
	return judge(a, func(a netip.Addr) *AddressRule {
		if r := find(specialRules, a); r != nil || a.Is4() {
			return r
		}
		if !globalUnicast.Contains(a) && !nat64.Contains(a) {
			return &outsideUnicast
		}
		return nil
	})
}

// judge asks f about an address and the IPv4 addresses inside of it.
func judge(a netip.Addr, f func(netip.Addr) *AddressRule) *AddressRule {
	if !a.IsValid() {
		return &AddressRule{Name: "no address"}
	}
	a = a.WithZone("") // a prefix contains no address with a zone
	if a.Is6() {
		b := a.As16()
		for _, e := range embeddings {
			if !contains(e.Prefix, a) {
				continue
			}
			v4 := netip.AddrFrom4([4]byte{b[e.at] ^ e.xor, b[e.at+1] ^ e.xor, b[e.at+2] ^ e.xor, b[e.at+3] ^ e.xor})
			if inner := f(v4); inner != nil {
				return &AddressRule{Prefix: e.Prefix, Name: e.Name, Embedded: v4, Inner: inner}
			}
		}
	}
	return f(a.Unmap())
}

func find(rules []AddressRule, a netip.Addr) *AddressRule {
	for i := range rules {
		if rules[i].Prefix.Contains(a) {
			return &rules[i]
		}
	}
	return nil
}

// contains is Prefix.Contains, which holds no IPv4-mapped address to be in an
// IPv6 prefix.
func contains(p netip.Prefix, a netip.Addr) bool {
	if a.Is4In6() {
		return p.Addr().Is4In6()
	}
	return p.Contains(a)
}
