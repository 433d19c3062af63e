package kernel

import (
	"fmt"
	"net/netip"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Of include/uapi/linux/rtnetlink.h, where x/sys has no name for it.
const (
	rtmFLookupTable = 0x1000 // say which table the route is in
	rtmFFIBMatch    = 0x2000 // answer with the table's entry, not with what it comes to (Linux 4.13)
	skipStatistics  = 1 << 3 // RTEXT_FILTER_SKIP_STATS
)

// protocols are the names of rtm_protocol, as iproute2's rt_protos has them.
var protocols = map[byte]string{
	0: "unspec", 1: "redirect", 2: "kernel", 3: "boot", 4: "static", 8: "gated", 9: "ra", 10: "mrt", 11: "zebra",
	12: "bird", 13: "dnrouted", 14: "xorp", 15: "ntk", 16: "dhcp", 17: "mrouted", 18: "keepalived", 42: "babel",
	84: "ovn", 99: "openr", 186: "bgp", 187: "isis", 188: "ospf", 189: "rip", 192: "eigrp",
}

func protocolName(b byte) string {
	if s, ok := protocols[b]; ok {
		return s
	}
	return strconv.Itoa(int(b))
}

// routeTypes are the names of rtm_type.
var routeTypes = [...]string{
	"unspec", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit",
	"throw", "nat", "xresolve",
}

func routeType(b byte) string {
	if int(b) < len(routeTypes) {
		return routeTypes[b]
	}
	return strconv.Itoa(int(b))
}

// route asks for the route to dst: what it comes to, and the table's entry that
// it comes from, which alone says for certain how it was learnt.
func (n *netlink) route(dst netip.Addr) (Route, error) {
	r, err := n.getRoute(dst, rtmFLookupTable)
	if err != nil {
		if err == syscall.EINVAL { // what IPv4 says of a blackhole
			return Route{}, fmt.Errorf("kernel: route to %v: a blackhole: %w", dst, err)
		}
		return Route{}, fmt.Errorf("kernel: route to %v: %w", dst, err)
	}
	if m, err := n.getRoute(dst, rtmFLookupTable|rtmFFIBMatch); err == nil {
		r.Dst, r.Protocol, r.Type, r.Table, r.Metric = m.Dst, m.Protocol, m.Type, m.Table, m.Metric
		if r.MTU == 0 {
			r.MTU = m.MTU
		}
	}
	return r, nil
}

func (n *netlink) getRoute(dst netip.Addr, flags uint32) (Route, error) {
	n.begin(unix.RTM_GETROUTE, 0)
	bits := byte(dst.BitLen())
	family := byte(unix.AF_INET)
	if dst.Is6() {
		family = unix.AF_INET6
	}
	n.req = append(n.req, family, bits, 0, 0, 0, 0, 0, 0) // struct rtmsg, but for its flags
	n.req = appendUint32(n.req, flags)
	n.attrAddr(unix.RTA_DST, dst.WithZone(""))
	if zone := zoneIndex(dst); zone != 0 {
		n.attrUint32(unix.RTA_OIF, zone)
	}
	var r Route
	err := errShort
	if e := n.ask(unix.RTM_NEWROUTE, func(b []byte) { r, err = decodeRoute(b) }); e != nil {
		return Route{}, e
	}
	return r, err
}

// decodeRoute reads a struct rtmsg and its attributes. MTU is 0 where the
// route has none.
func decodeRoute(b []byte) (Route, error) {
	if len(b) < unix.SizeofRtMsg {
		return Route{}, errShort
	}
	r := Route{
		Protocol: protocolName(b[5]), Type: routeType(b[7]), Table: uint32(b[4]),
	}
	dst := netip.IPv4Unspecified()
	if b[0] == unix.AF_INET6 {
		dst = netip.IPv6Unspecified()
	}
	for kind, v := range attributes(b[unix.SizeofRtMsg:]) {
		switch kind {
		case unix.RTA_DST:
			dst = v.addr()
		case unix.RTA_GATEWAY:
			r.NextHop = v.addr()
		case unix.RTA_VIA: // a next hop of another family: struct rtvia
			if len(v) > 2 {
				r.NextHop = v[2:].addr()
			}
		case unix.RTA_OIF:
			r.Index = int(v.u32(0))
		case unix.RTA_PREFSRC:
			r.Source = v.addr()
		case unix.RTA_PRIORITY:
			r.Metric = v.u32(0)
		case unix.RTA_TABLE:
			r.Table = v.u32(0)
		case unix.RTA_METRICS:
			for kind, v := range attributes(v) {
				if kind == unix.RTAX_MTU {
					r.MTU = int(v.u32(0))
				}
			}
		}
	}
	r.OnLink = !r.NextHop.IsValid()
	r.Dst = netip.PrefixFrom(dst, int(b[1])).Masked()
	return r, nil
}

// A link is what is asked of an interface.
type link struct {
	name string
	mtu  int
}

func (n *netlink) link(index int) (link, error) {
	n.begin(unix.RTM_GETLINK, 0)
	n.req = append(n.req, unix.AF_UNSPEC, 0, 0, 0) // struct ifinfomsg
	n.req = appendUint32(n.req, uint32(index))
	n.req = append(n.req, 0, 0, 0, 0, 0, 0, 0, 0)
	n.attrUint32(unix.IFLA_EXT_MASK, skipStatistics)
	var l link
	err := n.ask(unix.RTM_NEWLINK, func(b []byte) { l = decodeLink(b) })
	if err != nil {
		return link{}, fmt.Errorf("kernel: interface %d: %w", index, err)
	}
	return l, nil
}

// decodeLink reads a struct ifinfomsg and its attributes.
func decodeLink(b []byte) (l link) {
	if len(b) < unix.SizeofIfInfomsg {
		return link{}
	}
	for kind, v := range attributes(b[unix.SizeofIfInfomsg:]) {
		switch kind {
		case unix.IFLA_IFNAME:
			l.name = v.text()
		case unix.IFLA_MTU:
			l.mtu = int(v.u32(0))
		}
	}
	return l
}
