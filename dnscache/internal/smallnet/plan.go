//go:build linux

package smallnet

import (
	"net/netip"
	"slices"
)

// The addresses of the small internet that a test needs to know.
var (
	Host   = netip.MustParseAddr("10.77.0.2")
	Host6  = netip.MustParseAddr("fd77::2")
	Router = netip.MustParseAddr("10.77.0.1")     // the host's default gateway: dnsmasq
	ISP    = netip.MustParseAddr("198.51.100.53") // unbound; for the name ISPName on port 853 over TLS, and on port 443 over HTTPS

	Fresh = netip.MustParseAddr("198.51.100.54") // unbound that no test asks before TestColdWalk

	// Silent is routed into the world, where nobody has it: packets to it are lost.
	Silent = netip.MustParseAddr("203.0.113.250")
)

// ISPName is the name in the certificate of the ISP's resolver, cert.pem. It is also for the names beneath svc.com.
const ISPName = "resolver.isp.net"

// Roots are the root servers' addresses.
func Roots() []netip.AddrPort {
	var roots []netip.AddrPort
	for _, a := range servers[0].addrs {
		roots = append(roots, netip.AddrPortFrom(netip.MustParseAddr(a), 53))
	}
	return roots
}

// plan is what ip is told, line by line. Addresses are without detection of duplicates, so that they can be used at once.
const plan = `
netns add host
netns add router
netns add isp
netns add world
link add eth0 netns host type veth peer name lan netns router
link add wan netns router type veth peer name customer netns isp
link add north netns isp type veth peer name south netns world

-n host link set lo up
-n router link set lo up
-n isp link set lo up
-n world link set lo up

-n host address add 10.77.0.2/24 dev eth0
-n host address add fd77::2/64 dev eth0 nodad
-n host address add 2001:db8:77::2/64 dev eth0 nodad
-n router address add 10.77.0.1/24 dev lan
-n router address add fe80::1/64 dev lan nodad
-n router address add fd77::1/64 dev lan nodad
-n router address add 2001:db8:77::1/64 dev lan nodad
-n router address add 198.51.100.2/30 dev wan
-n router address add 2001:db8:1::2/64 dev wan nodad
-n isp address add 198.51.100.1/30 dev customer
-n isp address add 2001:db8:1::1/64 dev customer nodad
-n isp address add 198.51.100.53/32 dev lo
-n isp address add 198.51.100.54/32 dev lo
-n isp address add 2001:db8:53::53/128 dev lo
-n isp address add 198.18.0.1/30 dev north
-n isp address add 2001:db8:2::1/64 dev north nodad
-n world address add 198.18.0.2/30 dev south
-n world address add 2001:db8:2::2/64 dev south nodad

-n world address add 203.0.113.240/32 dev lo

-n host link set eth0 up
-n router link set lan up
-n router link set wan up
-n isp link set customer up
-n isp link set north up
-n world link set south up

-n host route add default via 10.77.0.1
-n host route add default via fe80::1 dev eth0
-n host route add unreachable 198.18.99.0/24
-n host route add unreachable 2001:db8:dead::/48
-n router route add default via 198.51.100.1
-n router route add default via 2001:db8:1::1
-n isp route add 10.77.0.0/24 via 198.51.100.2
-n isp route add 203.0.113.0/24 via 198.18.0.2
-n isp route add 2001:db8:77::/64 via 2001:db8:1::2
-n isp route add 2001:db8:a::/64 via 2001:db8:2::2
-n world route add default via 198.18.0.1
-n world route add default via 2001:db8:2::1
`

// server is one nsd.
type server struct {
	name  string
	addrs []string
}

// servers are the nsd of the world, the root servers first. Each has the zones that zones.go gives it.
var servers = []server{
	{"root", []string{"203.0.113.1", "203.0.113.2", "2001:db8:a::1"}},
	{"tld", []string{"203.0.113.11", "203.0.113.12", "2001:db8:a::11"}},
	{"alpha", []string{"203.0.113.21", "203.0.113.22", "2001:db8:a::21"}},
	{"beta", []string{"203.0.113.31", "203.0.113.32"}},
	{"gamma", []string{"203.0.113.41", "2001:db8:a::41"}},
}

// worldAddrs are all addresses that somebody in the world has.
func worldAddrs() []netip.Addr {
	var all []netip.Addr
	for _, s := range servers {
		for _, a := range s.addrs {
			all = append(all, netip.MustParseAddr(a))
		}
	}
	for _, f := range faults {
		all = append(all, f.addr())
	}
	return slices.Clip(all)
}
