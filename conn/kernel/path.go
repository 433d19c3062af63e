package kernel

import (
	"net"
	"net/netip"
	"time"
)

// A Path is the way of packets to an address, as far as this machine knows it.
type Path struct {
	Dst   netip.Addr
	Route Route
	// Neighbour is the entry of the next hop, or of Dst itself where it is on
	// the link. Its LinkAddr is empty while the kernel has not asked for it (it
	// does with the first packet), and where the interface has none: on
	// loopback and on tunnels.
	Neighbour Neighbour
	Looked    time.Time // when the kernel said so
}

// A Route is the entry of the routing tables that an address is sent by.
type Route struct {
	Dst       netip.Prefix // what the route is for; the zero prefix where the kernel does not say
	Type      string       // "unicast", "local", "blackhole", "unreachable", …
	Protocol  string       // how the route was learnt: "kernel", "boot", "static", "ra", "dhcp", "ospf", "bgp", …; "" where the kernel does not say
	Table     uint32       // 254 is main, 255 local
	Metric    uint32       // priority among routes for the same Dst; less wins
	OnLink    bool         // no next hop: the address is a neighbour, or this machine's own
	NextHop   netip.Addr   // zero where OnLink
	Interface string
	Index     int        // of the interface
	Source    netip.Addr // our address, unless the socket is bound to another
	MTU       int        // of the route or the path where one is set or was discovered, else of the interface
}

// A Neighbour is an entry of the neighbour table (ARP for IPv4, NDP for IPv6).
type Neighbour struct {
	Addr      netip.Addr
	LinkAddr  net.HardwareAddr
	State     string // "REACHABLE", "STALE", "DELAY", "PROBE", "INCOMPLETE", "FAILED", "NOARP", "PERMANENT"; "" without entry
	Interface string
	Index     int
}

// A LinkChange is that a neighbour's link address has become another: the host
// was replaced, or fails over, or somebody answers ARP in its place.
type LinkChange struct {
	Addr      netip.Addr
	Interface string
	Index     int
	From, To  net.HardwareAddr
	// Seen is when it was noticed, which is at the next look; After is the look
	// before.
	After, Seen time.Time
}
