//go:build !linux

package dnscache

import (
	"net"
	"net/netip"
)

// systemSource asks the system with a UDP socket that is connected and sends nothing.
func systemSource(ip netip.Addr) netip.Addr {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 9)))
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}
