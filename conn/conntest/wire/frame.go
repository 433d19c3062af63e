package wire

import (
	"encoding/binary"
	"net"
	"net/netip"
	"time"
)

// A Side is one end of a wire.
type Side int

// The two ends of a wire.
const (
	A Side = iota
	B
)

// String returns "A" or "B".
func (s Side) String() string { return string(rune('A' + s)) }

// Other returns the end that a frame of this one goes to.
func (s Side) Other() Side { return 1 - s }

// A Frame is an Ethernet frame that a side has sent. It is used again for the next one
// when the function that was given it returns.
type Frame struct {
	From Side
	N    uint64    // its number among the frames of this side, from 1
	Time time.Time // when the wire got it
	Data []byte    // from the destination address on, without checksum; not to be changed
}

// The values of EtherType that hosts on a wire use.
const (
	EtherTypeIPv4 = 0x0800
	EtherTypeARP  = 0x0806
	EtherTypeIPv6 = 0x86dd
)

// header is the length of an Ethernet header, which an MTU does not count.
const header = 14

// EtherType returns what the frame carries; 0 if it is too short to say.
func (f *Frame) EtherType() uint16 {
	if len(f.Data) < header {
		return 0
	}
	return binary.BigEndian.Uint16(f.Data[12:])
}

// Dst returns the link address the frame is for.
func (f *Frame) Dst() net.HardwareAddr { return f.linkAddr(0) }

// Src returns the link address the frame says it comes from.
func (f *Frame) Src() net.HardwareAddr { return f.linkAddr(6) }

func (f *Frame) linkAddr(at int) net.HardwareAddr {
	if len(f.Data) < header {
		return nil
	}
	return net.HardwareAddr(append([]byte(nil), f.Data[at:at+6]...))
}

// A Packet is what an IPv4 or IPv6 header says.
type Packet struct {
	Src, Dst netip.Addr
	Protocol uint8  // 6 for TCP, 17 for UDP, 1 and 58 for ICMP: of the payload, after extension headers
	Payload  []byte // as long as the header says; empty in fragments after the first
}

// Packet returns the IP packet in a frame. It is false for other frames, and for
// packets that are cut off or no packets.
func (f *Frame) Packet() (Packet, bool) {
	switch f.EtherType() {
	case EtherTypeIPv4:
		return parseIPv4(f.Data[header:])
	case EtherTypeIPv6:
		return parseIPv6(f.Data[header:])
	}
	return Packet{}, false
}

// parseIPv4 reads the header of RFC 791 section 3.1.
func parseIPv4(b []byte) (Packet, bool) {
	if len(b) < 20 || b[0]>>4 != 4 {
		return Packet{}, false
	}
	head, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	if head < 20 || total < head || total > len(b) {
		return Packet{}, false
	}
	p := Packet{
		Src: netip.AddrFrom4([4]byte(b[12:16])), Dst: netip.AddrFrom4([4]byte(b[16:20])),
		Protocol: b[9], Payload: b[head:total],
	}
	if binary.BigEndian.Uint16(b[6:])&0x1fff != 0 {
		p.Payload = nil
	}
	return p, true
}

// The extension headers of RFC 8200 section 4 that may stand before a payload.
const (
	hopByHop    = 0
	routing     = 43
	fragment    = 44
	destOptions = 60
)

// parseIPv6 reads the header of RFC 8200 section 3 and the extensions after it.
func parseIPv6(b []byte) (Packet, bool) {
	if len(b) < 40 || b[0]>>4 != 6 {
		return Packet{}, false
	}
	p := Packet{
		Src: netip.AddrFrom16([16]byte(b[8:24])), Dst: netip.AddrFrom16([16]byte(b[24:40])),
		Protocol: b[6],
	}
	total := 40 + int(binary.BigEndian.Uint16(b[4:]))
	if total > len(b) {
		return Packet{}, false
	}
	for b = b[40:total]; ; {
		var size int
		switch p.Protocol {
		case hopByHop, routing, destOptions:
			if len(b) < 8 {
				return Packet{}, false
			}
			size = 8 + 8*int(b[1])
		case fragment:
			if size = 8; len(b) < size {
				return Packet{}, false
			}
			if binary.BigEndian.Uint16(b[2:])&^7 != 0 {
				p.Protocol = b[0]
				return p, true
			}
		default:
			p.Payload = b
			return p, true
		}
		if size > len(b) {
			return Packet{}, false
		}
		p.Protocol, b = b[0], b[size:]
	}
}
