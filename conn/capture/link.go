package capture

import (
	"encoding/binary"
	"fmt"
)

// Link types of pcapng's interfaces (https://www.tcpdump.org/linktypes.html).
const (
	linkEthernet = 1
	linkRaw      = 101
	linkSLL      = 113 // "cooked" packets of Linux, first form
	linkIPv4     = 228
	linkIPv6     = 229
	linkSLL2     = 276
)

// Ethernet types.
const (
	EtherTypeIPv4 = 0x0800
	EtherTypeARP  = 0x0806
	EtherTypeIPv6 = 0x86dd

	etherTypeVLAN = 0x8100
	etherTypeQinQ = 0x88a8
)

// A MAC is the address of a network card. The zero value stands for none: on
// loopback, and where the link has no such addresses.
type MAC [6]byte

// String returns the address as in 02:00:5e:00:53:01.
func (m MAC) String() string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5])
}

// Group reports whether m is a broadcast or multicast address: the bit that is
// sent first is set.
func (m MAC) Group() bool { return m[0]&1 != 0 }

// Broadcast reports whether m is ff:ff:ff:ff:ff:ff.
func (m MAC) Broadcast() bool { return m == MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff} }

// A Link is the Ethernet header of a packet.
type Link struct {
	Src, Dst MAC
	Type     uint16 // EtherTypeIPv4, …; that of the packet within where VLAN tags come before it
	VLAN     uint16 // the number of the VLAN; 0: untagged
}

// readLink takes the header of a link type off data. ok is false where there
// is no packet in it, or none that is known.
func readLink(linkType uint16, data []byte) (l Link, packet []byte, ok bool) {
	switch linkType {
	case linkEthernet:
		if len(data) < 14 {
			return l, nil, false
		}
		copy(l.Dst[:], data)
		copy(l.Src[:], data[6:])
		l.Type = binary.BigEndian.Uint16(data[12:])
		data = data[14:]
		for l.Type == etherTypeVLAN || l.Type == etherTypeQinQ {
			if len(data) < 4 {
				return l, nil, false
			}
			l.VLAN = binary.BigEndian.Uint16(data) & 0xfff
			l.Type = binary.BigEndian.Uint16(data[2:])
			data = data[4:]
		}
	case linkSLL: // type, hatype, length of the address, address (8), protocol
		if len(data) < 16 {
			return l, nil, false
		}
		if binary.BigEndian.Uint16(data[4:]) == 6 {
			copy(l.Src[:], data[6:])
		}
		l.Type = binary.BigEndian.Uint16(data[14:])
		data = data[16:]
	case linkSLL2: // protocol, zero (2), interface (4), hatype, type (1), length of the address (1), address (8)
		if len(data) < sll2Length {
			return l, nil, false
		}
		if data[11] == 6 {
			copy(l.Src[:], data[12:])
		}
		l.Type = binary.BigEndian.Uint16(data)
		data = data[sll2Length:]
	case linkRaw, linkIPv4, linkIPv6:
		if len(data) == 0 {
			return l, nil, false
		}
		switch data[0] >> 4 {
		case 4:
			l.Type = EtherTypeIPv4
		case 6:
			l.Type = EtherTypeIPv6
		}
	default:
		return l, nil, false
	}
	return l, data, true
}

const sll2Length = 20

// sll2 makes a "cooked" packet of one that came from an interface whose own
// header says nothing to readers.
func sll2(protocol uint16, ifindex uint32, hatype uint16, kind uint8, addr, packet []byte) []byte {
	b := make([]byte, sll2Length, sll2Length+len(packet))
	binary.BigEndian.PutUint16(b, protocol)
	binary.BigEndian.PutUint32(b[4:], ifindex)
	binary.BigEndian.PutUint16(b[8:], hatype)
	b[10] = kind
	b[11] = uint8(copy(b[12:20], addr))
	return append(b, packet...)
}
