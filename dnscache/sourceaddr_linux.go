package dnscache

import (
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// systemSource asks the system with a UDP socket that is connected and sends nothing. It does without package net, whose
// sockets are registered with the poller: a quarter of the time.
func systemSource(ip netip.Addr) netip.Addr {
	ip = ip.Unmap()
	family, to := unix.AF_INET, socketAddr(ip)
	if ip.Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return netip.Addr{}
	}
	defer unix.Close(fd)
	if unix.Connect(fd, to) != nil {
		return netip.Addr{}
	}
	local, err := unix.Getsockname(fd)
	if err != nil {
		return netip.Addr{}
	}
	switch a := local.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrFrom4(a.Addr)
	case *unix.SockaddrInet6:
		return netip.AddrFrom16(a.Addr).Unmap()
	}
	return netip.Addr{}
}

func socketAddr(ip netip.Addr) unix.Sockaddr {
	const discard = 9 // a port is needed, and nothing goes there
	if ip.Is4() {
		return &unix.SockaddrInet4{Port: discard, Addr: ip.As4()}
	}
	a := &unix.SockaddrInet6{Port: discard, Addr: ip.As16()}
	if ip.Zone() != "" {
		if i, err := net.InterfaceByName(ip.Zone()); err == nil {
			a.ZoneId = uint32(i.Index)
		}
	}
	return a
}
