package wire

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
)

// Flags are the control bits of a TCP segment.
type Flags uint8

// The control bits of RFC 9293 section 3.1.
const (
	FlagFIN Flags = 1 << iota
	FlagSYN
	FlagRST
	FlagPSH
	FlagACK
	FlagURG
	FlagECE
	FlagCWR
)

// String returns the flags as tcpdump writes them, such as "S." for SYN and ACK.
func (f Flags) String() string {
	var b strings.Builder
	for _, n := range []struct {
		flag Flags
		name byte
	}{{FlagFIN, 'F'}, {FlagSYN, 'S'}, {FlagRST, 'R'}, {FlagPSH, 'P'}, {FlagACK, '.'}, {FlagURG, 'U'}, {FlagECE, 'E'}, {FlagCWR, 'W'}} {
		if f&n.flag != 0 {
			b.WriteByte(n.name)
		}
	}
	return b.String()
}

// A Segment is what a TCP header says.
type Segment struct {
	Src, Dst netip.AddrPort
	Seq, Ack uint32
	Flags    Flags
	Len      int // bytes of data
}

// Segment returns the TCP segment in a frame. It is false for other frames.
func (f *Frame) Segment() (Segment, bool) {
	p, ok := f.Packet()
	if !ok || p.Protocol != 6 || len(p.Payload) < 20 {
		return Segment{}, false
	}
	b := p.Payload
	head := int(b[12]>>4) * 4
	if head < 20 || head > len(b) {
		return Segment{}, false
	}
	return Segment{
		Src: netip.AddrPortFrom(p.Src, binary.BigEndian.Uint16(b)),
		Dst: netip.AddrPortFrom(p.Dst, binary.BigEndian.Uint16(b[2:])),
		Seq: binary.BigEndian.Uint32(b[4:]), Ack: binary.BigEndian.Uint32(b[8:]),
		Flags: Flags(b[13]), Len: len(b) - head,
	}, true
}

// The types of ICMPv6 messages that find neighbours (RFC 4861 section 4).
const (
	icmpv6                = 58
	neighbourSolicitation = 135
	neighbourAdvert       = 136
)

// String describes the frame in a line, such as
// "A 3: 192.0.2.1:40000 > 192.0.2.2:80 [S] seq 7 ack 0 len 0".
func (f *Frame) String() string {
	at := fmt.Sprintf("%v %d: ", f.From, f.N)
	if s, ok := f.Segment(); ok {
		return at + fmt.Sprintf("%v > %v [%v] seq %d ack %d len %d", s.Src, s.Dst, s.Flags, s.Seq, s.Ack, s.Len)
	}
	if p, ok := f.Packet(); ok {
		return at + fmt.Sprintf("%v > %v protocol %d len %d", p.Src, p.Dst, p.Protocol, len(p.Payload))
	}
	if a, ok := f.arp(); ok {
		return at + a.String()
	}
	return at + fmt.Sprintf("%v > %v type %#04x len %d", f.Src(), f.Dst(), f.EtherType(), len(f.Data))
}

// An arp is a message of RFC 826 for IPv4 over Ethernet.
type arp struct {
	reply          bool
	sender, target netip.Addr
	senderLink     [6]byte
}

func (f *Frame) arp() (arp, bool) {
	if f.EtherType() != EtherTypeARP || len(f.Data) < header+28 {
		return arp{}, false
	}
	b := f.Data[header:]
	op := binary.BigEndian.Uint16(b[6:])
	if op != 1 && op != 2 {
		return arp{}, false
	}
	return arp{
		reply: op == 2, senderLink: [6]byte(b[8:14]),
		sender: netip.AddrFrom4([4]byte(b[14:18])), target: netip.AddrFrom4([4]byte(b[24:28])),
	}, true
}

func (a arp) String() string {
	if a.reply {
		return fmt.Sprintf("ARP %v is at %x", a.sender, a.senderLink)
	}
	return fmt.Sprintf("ARP who has %v, tell %v", a.target, a.sender)
}
