package capture

import (
	"encoding/binary"
	"net/netip"
)

// Protocol numbers of IP.
const (
	protoHopByHop    = 0
	protoTCP         = 6
	protoUDP         = 17
	protoRouting     = 43
	protoFragment    = 44
	protoAH          = 51
	protoICMPv6      = 58
	protoDestination = 60
)

// A kind is what a frame carries.
type kind uint8

const (
	kindOther kind = iota
	kindTCP
	kindUDP       // to or from port 53
	kindDiscovery // ARP, or NDP's solicitation and advertisement
)

// A frame is the headers of a packet.
type frame struct {
	kind      kind
	link      Link
	src, dst  netip.AddrPort // of TCP and UDP
	id        uint16         // of IPv4; 0 for none
	tcp       tcpHeader
	length    int    // bytes of data that TCP or UDP carries, on the wire
	payload   []byte // what is there of them; aliases the packet
	discovery Discovery
}

// decode reads the headers of a packet, of which wire bytes were sent. It
// reports false where it is none of the kinds, a fragment, or cut short.
func decode(linkType uint16, data []byte, wire int) (f frame, ok bool) {
	link, packet, ok := readLink(linkType, data)
	if !ok {
		return f, false
	}
	f.link = link
	wire = max(wire, len(data)) - (len(data) - len(packet))
	switch link.Type {
	case EtherTypeARP:
		ok = f.readARP(packet)
	case EtherTypeIPv4:
		ok = f.readIPv4(packet, wire)
	case EtherTypeIPv6:
		ok = f.readIPv6(packet, wire)
	default:
		ok = false
	}
	return f, ok
}

// readIPv4 reads a packet as in RFC 791.
func (f *frame) readIPv4(p []byte, wire int) bool {
	if len(p) < 20 || p[0]>>4 != 4 {
		return false
	}
	header := int(p[0]&15) * 4
	total := int(binary.BigEndian.Uint16(p[2:]))
	if total == 0 { // more than 64 KB, not yet cut ("BIG TCP")
		total = wire
	}
	if header < 20 || len(p) < header || total < header || total > wire || binary.BigEndian.Uint16(p[6:])&0x1fff != 0 {
		return false
	}
	f.id = binary.BigEndian.Uint16(p[4:])
	src, dst := netip.AddrFrom4([4]byte(p[12:16])), netip.AddrFrom4([4]byte(p[16:20]))
	return f.readTransport(p[9], src, dst, clip(p, total)[header:], total-header)
}

// readIPv6 reads a packet as in RFC 8200, and steps over its extension headers.
func (f *frame) readIPv6(p []byte, wire int) bool {
	if len(p) < 40 || p[0]>>4 != 6 {
		return false
	}
	length := int(binary.BigEndian.Uint16(p[4:]))
	if length == 0 { // a jumbogram (RFC 2675), or not yet cut
		length = wire - 40
	}
	if length > wire-40 {
		return false
	}
	src, dst := netip.AddrFrom16([16]byte(p[8:24])), netip.AddrFrom16([16]byte(p[24:40]))
	next := p[6]
	hops := p[7]
	p = clip(p[40:], length)
	for {
		size := 0
		switch next {
		case protoHopByHop, protoRouting, protoDestination:
			if len(p) < 8 {
				return false
			}
			size = 8 + 8*int(p[1])
		case protoAH: // RFC 4302 section 2.2 counts in other units
			if len(p) < 8 {
				return false
			}
			size = 8 + 4*int(p[1])
		case protoFragment:
			if len(p) < 8 || binary.BigEndian.Uint16(p[2:])&0xfff8 != 0 {
				return false
			}
			size = 8
		case protoICMPv6:
			// RFC 4861 section 7.1: what came through a router is not believed.
			return hops == 255 && f.readNDP(src, p)
		default:
			return f.readTransport(next, src, dst, p, length)
		}
		if len(p) < size {
			return false
		}
		next, p, length = p[0], p[size:], length-size
	}
}

func (f *frame) readTransport(proto uint8, src, dst netip.Addr, p []byte, length int) bool {
	switch proto {
	case protoTCP:
		header, ok := readTCP(p)
		if !ok || length < header.size {
			return false
		}
		f.kind, f.tcp = kindTCP, header
		p, length = p[header.size:], length-header.size
	case protoUDP:
		if len(p) < 8 || length < 8 {
			return false
		}
		if binary.BigEndian.Uint16(p) != 53 && binary.BigEndian.Uint16(p[2:]) != 53 {
			return false
		}
		f.kind = kindUDP
		f.tcp.srcPort, f.tcp.dstPort = binary.BigEndian.Uint16(p), binary.BigEndian.Uint16(p[2:])
		p, length = p[8:], length-8
	default:
		return false
	}
	f.src, f.dst = netip.AddrPortFrom(src, f.tcp.srcPort), netip.AddrPortFrom(dst, f.tcp.dstPort)
	f.payload, f.length = p, length
	return true
}

// clip cuts what the link put after the packet: Ethernet's padding.
func clip(p []byte, n int) []byte {
	if n >= 0 && n < len(p) {
		return p[:n]
	}
	return p
}

// question returns the name that a DNS message asks for, in lower case without
// the last dot, and "" for what is none (RFC 1035 section 4.1).
func question(p []byte) string {
	if len(p) < 12 || binary.BigEndian.Uint16(p[4:]) != 1 {
		return ""
	}
	var name []byte
	for p = p[12:]; len(p) > 0 && p[0] != 0; {
		n := int(p[0])
		if n > 63 || len(p) < 1+n || len(name)+n > 254 {
			return ""
		}
		if len(name) > 0 {
			name = append(name, '.')
		}
		for _, c := range p[1 : 1+n] {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			name = append(name, c)
		}
		p = p[1+n:]
	}
	if len(p) == 0 {
		return ""
	}
	return string(name)
}
