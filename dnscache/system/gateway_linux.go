package system

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/jsimonetti/rtnetlink/v2"
	"golang.org/x/sys/unix"
)

// defaultGateways returns the gateways of the default routes in the main table: IPv4 before IPv6, and of each the one
// with the lowest metric first.
func defaultGateways() ([]netip.Addr, error) {
	c, err := rtnetlink.Dial(nil)
	if err != nil {
		return nil, fmt.Errorf("default route: %w", err)
	}
	defer c.Close()
	routes, err := c.Route.List()
	if err != nil {
		return nil, fmt.Errorf("default route: %w", err)
	}
	return gatewaysOf(routes, interfaceName), nil
}

// gatewaysOf returns the gateways of those routes that are default routes, in the order of use. name returns the name of an
// interface, which a link-local gateway cannot be reached without.
func gatewaysOf(routes []rtnetlink.RouteMessage, name func(index uint32) string) []netip.Addr {
	routes = slices.DeleteFunc(slices.Clone(routes), func(m rtnetlink.RouteMessage) bool {
		table := cmp.Or(m.Attributes.Table, uint32(m.Table))
		return m.DstLength != 0 || m.Type != unix.RTN_UNICAST || table != unix.RT_TABLE_MAIN ||
			m.Flags&(unix.RTNH_F_DEAD|unix.RTNH_F_LINKDOWN) != 0 || m.Family != unix.AF_INET && m.Family != unix.AF_INET6
	})
	slices.SortStableFunc(routes, func(a, b rtnetlink.RouteMessage) int { // AF_INET is the lesser number
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Attributes.Priority, b.Attributes.Priority))
	})
	var ips []netip.Addr
	add := func(gateway net.IP, index uint32) {
		ip, ok := netip.AddrFromSlice(gateway)
		if !ok {
			return // a link without one, such as a tunnel
		}
		ip = ip.Unmap()
		if ip.IsLinkLocalUnicast() && ip.Is6() {
			ip = ip.WithZone(name(index))
		}
		if !slices.Contains(ips, ip) {
			ips = append(ips, ip)
		}
	}
	for _, m := range routes {
		add(m.Attributes.Gateway, m.Attributes.OutIface)
		for _, hop := range m.Attributes.Multipath {
			add(hop.Gateway, hop.Hop.IfIndex)
		}
	}
	return ips
}

func interfaceName(index uint32) string {
	i, err := net.InterfaceByIndex(int(index))
	if err != nil {
		return ""
	}
	return i.Name
}
