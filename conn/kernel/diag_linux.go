package kernel

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Diag looks up sockets of this machine's network namespace (sock_diag),
// its own and others'. It takes no privilege. The zero value is ready; Close
// gives its one descriptor back. It is safe for concurrent use and must not be
// copied.
type Diag struct {
	mu sync.Mutex
	nl *netlink
}

// The messages of include/uapi/linux/sock_diag.h and inet_diag.h.
const (
	sockDiagByFamily = 20
	diagReqSize      = 56 // struct inet_diag_req_v2
	diagMsgSize      = 72 // struct inet_diag_msg
	diagIDSize       = 48 // struct inet_diag_sockid
)

// Lookup returns the TCP socket with these addresses, or an error that wraps
// [ErrNoSocket]. With a cookie other than 0 it must be the socket with that
// cookie, and not a later one with the same addresses. It takes some
// microseconds, whatever the number of sockets.
func (d *Diag) Lookup(local, remote netip.AddrPort, cookie uint64) (Sock, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.nl == nil {
		nl, err := dialNetlink(unix.NETLINK_SOCK_DIAG, 0)
		if err != nil {
			return Sock{}, err
		}
		d.nl = nl
	}
	d.nl.begin(sockDiagByFamily, 0)
	d.nl.req = appendDiagRequest(d.nl.req, local, remote, cookie)
	s, err := d.answer()
	switch {
	case err == syscall.ENOENT || err == syscall.ESTALE:
		return Sock{}, ErrNoSocket
	case err != nil:
		return Sock{}, fmt.Errorf("kernel: sock_diag of %v to %v: %w", local, remote, err)
	}
	return s, nil
}

// answer is ask for the one message that comes.
func (d *Diag) answer() (Sock, error) {
	if err := d.nl.send(); err != nil {
		return Sock{}, err
	}
	for {
		b, err := d.nl.receive()
		if err != nil {
			return Sock{}, err
		}
		for m := range messages(b) {
			switch {
			case m.seq != d.nl.seq:
			case m.kind == sockDiagByFamily:
				return decodeSock(m.body)
			case m.kind == unix.NLMSG_ERROR:
				if err := m.err(); err != nil {
					return Sock{}, err
				}
			}
		}
	}
}

// Close closes the descriptor. A Diag may be used again after it.
func (d *Diag) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.nl != nil {
		d.nl.close()
		d.nl = nil
	}
	return nil
}

// appendDiagRequest appends a struct inet_diag_req_v2.
func appendDiagRequest(b []byte, local, remote netip.AddrPort, cookie uint64) []byte {
	src, dst := local.Addr().Unmap(), remote.Addr().Unmap()
	family := byte(unix.AF_INET6)
	if src.Is4() && dst.Is4() {
		family = unix.AF_INET
	}
	b = append(b, family, unix.IPPROTO_TCP, 0, 0)
	b = binary.NativeEndian.AppendUint32(b, ^uint32(0)) // states: any
	b = binary.BigEndian.AppendUint16(b, local.Port())
	b = binary.BigEndian.AppendUint16(b, remote.Port())
	for _, a := range []netip.Addr{src, dst} {
		if family == unix.AF_INET {
			four := a.As4()
			b = append(append(b, four[:]...), make([]byte, 12)...)
		} else {
			sixteen := a.As16()
			b = append(b, sixteen[:]...)
		}
	}
	b = binary.NativeEndian.AppendUint32(b, zoneIndex(src, dst))
	if cookie == 0 {
		cookie = ^uint64(0) // INET_DIAG_NOCOOKIE
	}
	b = binary.NativeEndian.AppendUint32(b, uint32(cookie))
	return binary.NativeEndian.AppendUint32(b, uint32(cookie>>32))
}

// zoneIndex returns the interface that the zone of one of the addresses names;
// 0 where there is none.
func zoneIndex(addrs ...netip.Addr) uint32 {
	for _, a := range addrs {
		zone := a.Zone()
		if zone == "" {
			continue
		}
		if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
			return uint32(n)
		}
		if i, err := net.InterfaceByName(zone); err == nil {
			return uint32(i.Index)
		}
	}
	return 0
}

// decodeSock reads a struct inet_diag_msg.
func decodeSock(b []byte) (Sock, error) {
	if len(b) < diagMsgSize {
		return Sock{}, errShort
	}
	f := fields(b)
	id, tail := b[4:4+diagIDSize], fields(b[4+diagIDSize:])
	size := 16
	if b[0] == unix.AF_INET {
		size = 4
	}
	end := func(port, addr int) netip.AddrPort {
		return netip.AddrPortFrom(fields(id[addr:addr+size]).addr().Unmap(), binary.BigEndian.Uint16(id[port:]))
	}
	return Sock{
		Local: end(0, 4), Remote: end(2, 20),
		State: stateOf(f.u8(1)), Timer: Timer(f.u8(2)), Retransmits: int(f.u8(3)),
		Cookie:    uint64(fields(id).u32(40)) | uint64(fields(id).u32(44))<<32,
		Left:      time.Duration(tail.u32(0)) * time.Millisecond,
		RecvQueue: int(tail.u32(4)), SendQueue: int(tail.u32(8)),
		UID: tail.u32(12), Inode: tail.u32(16),
	}, nil
}
