package dnscache

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestSortAddrs(t *testing.T) {
	// What a host with the addresses 198.51.100.7 and 2001:db8:1::7 would be told by its system.
	dual := map[string]string{"4": "198.51.100.7", "6": "2001:db8:1::7"}
	tests := []struct {
		name    string
		sources map[string]string // by destination, else by family "4" or "6"; "" is no way
		in      string
		want    string
	}{
		{"nothing", dual, "", ""},
		{"one", dual, "192.0.2.1", "192.0.2.1"},
		{"rule 1: no IPv6", map[string]string{"4": "198.51.100.7"}, "2001:db8::1 192.0.2.1", "192.0.2.1 2001:db8::1"},
		{"rule 1: no IPv4", map[string]string{"6": "2001:db8:1::7"}, "192.0.2.1 2001:db8::1", "2001:db8::1 192.0.2.1"},
		{"rule 1: one network without route", map[string]string{"4": "198.51.100.7", "192.0.2.1": ""}, "192.0.2.1 192.0.2.2", "192.0.2.2 192.0.2.1"},
		{"nothing is reached: by precedence", nil, "192.0.2.1 fc00::1 2001:db8::1 ::1", "::1 2001:db8::1 192.0.2.1 fc00::1"},

		// The examples of RFC 6724 section 10.2.
		{"rfc: prefer matching scope", map[string]string{"6": "2001:db8:1::2", "4": "169.254.13.78"}, "198.51.100.121 2001:db8:1::1", "2001:db8:1::1 198.51.100.121"},
		{"rfc: prefer matching scope, IPv4", map[string]string{"6": "fe80::1", "4": "198.51.100.117"}, "2001:db8:1::1 198.51.100.121", "198.51.100.121 2001:db8:1::1"},
		{"rfc: prefer higher precedence", map[string]string{"6": "2001:db8:1::2", "4": "10.1.2.4"}, "10.1.2.3 2001:db8:1::1", "2001:db8:1::1 10.1.2.3"},
		{"rfc: prefer smaller scope", map[string]string{"2001:db8:1::1": "2001:db8:1::2", "fe80::1": "fe80::2"}, "2001:db8:1::1 fe80::1", "fe80::1 2001:db8:1::1"},
		{"rfc: prefer longest matching prefix", map[string]string{"2001:db8:1::1": "2001:db8:1::2", "2001:db8:3ffe::1": "2001:db8:3f44::2"}, "2001:db8:3ffe::1 2001:db8:1::1", "2001:db8:1::1 2001:db8:3ffe::1"},
		{"rfc: prefer matching label", map[string]string{"2002:c633:6401::1": "2002:c633:6401::2", "2001:db8:1::1": "2002:c633:6401::2"}, "2001:db8:1::1 2002:c633:6401::1", "2002:c633:6401::1 2001:db8:1::1"},
		{"rfc: prefer higher precedence, both labels match", map[string]string{"2002:c633:6401::1": "2002:c633:6401::2", "2001:db8:1::1": "2001:db8:1::2"}, "2002:c633:6401::1 2001:db8:1::1", "2001:db8:1::1 2002:c633:6401::1"},

		{"rule 5: Teredo loses to IPv4", map[string]string{"6": "2001:0:4136:e378:8000:63bf:3fff:fdd2", "4": "192.168.1.2"}, "2001:db8::1 192.0.2.1", "192.0.2.1 2001:db8::1"},
		{"rule 5: unique local source", map[string]string{"6": "fd00::2", "4": "192.168.1.2"}, "2001:db8::1 192.0.2.1", "192.0.2.1 2001:db8::1"},
		{"rule 5: unique local to its like, but IPv4 has precedence", map[string]string{"6": "fd00::2", "4": "192.168.1.2"}, "fd00::1 192.0.2.1", "192.0.2.1 fd00::1"},
		{"rule 6: IPv6 before IPv4", dual, "192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2", "2001:db8::1 2001:db8::2 192.0.2.1 192.0.2.2"},
		{"rule 6: 6to4 after IPv4", map[string]string{"4": "198.51.100.7", "6": "2002:c633:6407::7"}, "2002:c000:201::1 192.0.2.1", "192.0.2.1 2002:c000:201::1"},
		{"rule 6: loopback first", map[string]string{"4": "198.51.100.7", "6": "2001:db8:1::7", "::1": "::1"}, "2001:db8::1 ::1", "::1 2001:db8::1"},
		{"rule 8: site-local", map[string]string{"fec0::1": "fec0::7", "fec0::2": "fec0::7"}, "fec0::2 fec0::1", "fec0::2 fec0::1"},
		{"rule 8: link-local IPv4 first", map[string]string{"169.254.1.1": "169.254.1.7", "4": "198.51.100.7"}, "192.0.2.1 169.254.1.1", "169.254.1.1 192.0.2.1"},
		{"rule 9: the nearer network", dual, "2001:db8:ff::1 2001:db8:1:0:1::1 2001:db8:1::1", "2001:db8:1:0:1::1 2001:db8:1::1 2001:db8:ff::1"},
		{"rule 9: IPv4 in the source's subnet", dual, "203.0.113.1 198.51.100.130 198.51.100.9 198.51.100.8", "198.51.100.9 198.51.100.8 198.51.100.130 203.0.113.1"},
		{"rule 9 is not for other IPv4", dual, "203.0.113.1 198.51.101.7 198.0.0.1", "203.0.113.1 198.51.101.7 198.0.0.1"},
		{"rule 9: the subnet of another source", map[string]string{"4": "198.51.100.77"}, "203.0.113.1 198.51.100.9", "203.0.113.1 198.51.100.9"},
		{"rule 10: the order of the source", dual, "2001:db8:2::3 2001:db8:2::1 2001:db8:2::2", "2001:db8:2::3 2001:db8:2::1 2001:db8:2::2"},
		{"mapped is IPv4", dual, "::ffff:192.0.2.1 2001:db8::1", "2001:db8::1 ::ffff:192.0.2.1"},
		{"zone", map[string]string{"fe80::1%eth0": "fe80::7%eth0", "6": "2001:db8:1::7"}, "2001:db8::1 fe80::1%eth0", "fe80::1%eth0 2001:db8::1"},
	}
	subnets := func() []netip.Prefix {
		return []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8"), netip.MustParsePrefix("198.51.100.7/24")}
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			source := func(ip netip.Addr) netip.Addr {
				s, ok := tt.sources[ip.String()]
				switch {
				case ok:
				case ip.Unmap().Is4():
					s = tt.sources["4"]
				default:
					s = tt.sources["6"]
				}
				src, _ := netip.ParseAddr(s)
				return src
			}
			addrs := parseAddrs(tt.in)
			sortAddrs(addrs, source, subnets)
			if got := formatAddrs(addrs); got != tt.want {
				t.Errorf("sortAddrs(%s) = %s, want %s", tt.in, got, tt.want)
			}
			// What comes last may come first: but for equal ones the order does not depend on that of the input.
			slices.Reverse(addrs)
			sortAddrs(addrs, source, subnets)
			again := slices.Clone(addrs)
			sortAddrs(again, source, subnets)
			if formatAddrs(again) != formatAddrs(addrs) {
				t.Errorf("sorted again: %s, before: %s", formatAddrs(again), formatAddrs(addrs))
			}
		})
	}
}

// Any three targets are in a consistent order: a comparison that is none would make the result depend on the sort.
func TestCompareTargetsIsAnOrder(t *testing.T) {
	var all []target
	for _, ip := range parseAddrs("192.0.2.1 169.254.1.1 127.0.0.1 2001:db8::1 2001:db8:1::1 fe80::1 fec0::1 fd00::1 2002:c000:201::1 2001::1 ::1 ::192.0.2.1 3ffe::1 ff02::1") {
		for _, src := range []string{"", "198.51.100.7", "2001:db8:1::7", "fe80::7", "fd00::7", "::1", "2002:c633:6407::7"} {
			s, _ := netip.ParseAddr(src)
			all = append(all, newTarget(ip, s))
		}
	}
	for _, a := range all {
		for _, b := range all {
			ab := compareTargets(a, b)
			if ab != -compareTargets(b, a) {
				t.Fatalf("%v and %v are each before the other", a, b)
			}
			for _, c := range all {
				if bc := compareTargets(b, c); ab <= 0 && bc <= 0 && compareTargets(a, c) > 0 {
					t.Fatalf("%v, %v, %v: no order", a, b, c)
				}
			}
		}
	}
}

func TestSystemSource(t *testing.T) {
	for _, ip := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1"} {
		to := netip.MustParseAddr(ip)
		if to.Is6() && !to.Is4In6() && !hasIPv6Loopback() {
			continue // a machine without IPv6
		}
		if got := systemSource(to); got != to.Unmap() {
			t.Errorf("systemSource(%s) = %v, want itself", ip, got)
		}
	}
	if got := systemSource(netip.MustParseAddr("ff02::1%no-such-interface")); got.Is4() {
		t.Errorf("systemSource of a multicast address is %v", got)
	}
	if got := systemSource(netip.Addr{}); got.IsValid() {
		t.Errorf("systemSource of no address is %v", got)
	}
}

func TestSystemSubnets(t *testing.T) {
	if own := systemSubnets(); !slices.Contains(own, netip.MustParsePrefix("127.0.0.1/8")) {
		t.Errorf("systemSubnets = %v, want loopback's among them", own)
	}
}

func hasIPv6Loopback() bool {
	addrs, _ := net.InterfaceAddrs()
	return slices.ContainsFunc(addrs, func(a net.Addr) bool { return strings.HasPrefix(a.String(), "::1/") })
}

func BenchmarkSystemSource(b *testing.B) {
	ip := netip.MustParseAddr("127.0.0.1")
	b.ReportAllocs()
	for b.Loop() {
		systemSource(ip)
	}
}

func parseAddrs(s string) []Addr {
	var addrs []Addr
	for _, f := range strings.Fields(s) {
		addrs = append(addrs, Addr{IP: netip.MustParseAddr(f)})
	}
	return addrs
}

func formatAddrs(addrs []Addr) string {
	var s []string
	for _, a := range addrs {
		s = append(s, a.IP.String())
	}
	return strings.Join(s, " ")
}
