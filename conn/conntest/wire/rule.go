package wire

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// A Verdict is what a rule does to a frame. The zero value does nothing.
type Verdict struct {
	Drop   bool          // it is not carried
	Copies int           // it arrives so many times more
	Hold   time.Duration // it comes so much later, and those after it do not wait for it
}

// A Rule decides about each frame that a side sends, beside what its Link does by
// chance. It runs on the wire's goroutine, which carries nothing meanwhile, for both
// sides: it needs no lock for what only rules use. It may call the methods of the Wire
// but for Close. The frame is not to be changed.
type Rule func(*Frame) Verdict

// A Match tells frames apart.
type Match func(*Frame) bool

// Each returns a rule with verdict v on every frame that matches.
func Each(match Match, v Verdict) Rule {
	return func(f *Frame) Verdict {
		if match(f) {
			return v
		}
		return Verdict{}
	}
}

// First returns a rule with verdict v on the first n frames that match. It counts from
// when it is made: for each wire and side make another.
func First(n int, match Match, v Verdict) Rule {
	return func(f *Frame) Verdict {
		if n > 0 && match(f) {
			n--
			return v
		}
		return Verdict{}
	}
}

// Rules returns a rule that asks each of rules, in order, until one has a verdict.
func Rules(rules ...Rule) Rule {
	return func(f *Frame) Verdict {
		for _, r := range rules {
			if v := r(f); v != (Verdict{}) {
				return v
			}
		}
		return Verdict{}
	}
}

// Any matches every frame.
func Any(*Frame) bool { return true }

// ARP matches requests and replies of ARP.
func ARP(f *Frame) bool { return f.EtherType() == EtherTypeARP }

// NDP matches neighbour solicitations and advertisements, IPv6's ARP.
func NDP(f *Frame) bool {
	p, ok := f.Packet()
	return ok && p.Protocol == icmpv6 && len(p.Payload) > 0 &&
		(p.Payload[0] == neighbourSolicitation || p.Payload[0] == neighbourAdvert)
}

// TCP matches every TCP segment.
func TCP(f *Frame) bool {
	_, ok := f.Segment()
	return ok
}

// SYN matches the segment that opens a connection, and its repetitions; not the answer.
func SYN(f *Frame) bool { return f.flags(FlagSYN|FlagACK) == FlagSYN }

// SYNACK matches the answer to a SYN.
func SYNACK(f *Frame) bool { return f.flags(FlagSYN|FlagACK) == FlagSYN|FlagACK }

// FIN matches segments that end a direction.
func FIN(f *Frame) bool { return f.flags(FlagFIN) != 0 }

// RST matches segments that reset a connection.
func RST(f *Frame) bool { return f.flags(FlagRST) != 0 }

// Data matches TCP segments that have data.
func Data(f *Frame) bool {
	s, ok := f.Segment()
	return ok && s.Len > 0
}

// flags returns those of mask that are set; 0 if the frame has no TCP segment.
func (f *Frame) flags(mask Flags) Flags {
	s, _ := f.Segment()
	return s.Flags & mask
}

// To matches what is for an IP address, and the questions of ARP and NDP for it.
func To(addr netip.Addr) Match {
	addr = addr.Unmap()
	return func(f *Frame) bool {
		if a, ok := f.arp(); ok {
			return !a.reply && a.target == addr
		}
		p, ok := f.Packet()
		if !ok {
			return false
		}
		if p.Protocol == icmpv6 && len(p.Payload) >= 24 && p.Payload[0] == neighbourSolicitation {
			return netip.AddrFrom16([16]byte(p.Payload[8:24])) == addr
		}
		return p.Dst == addr
	}
}

// ToPort matches TCP and UDP packets to a port.
func ToPort(port uint16) Match {
	return func(f *Frame) bool {
		p, ok := f.Packet()
		return ok && (p.Protocol == 6 || p.Protocol == 17) && len(p.Payload) >= 4 && binary.BigEndian.Uint16(p.Payload[2:]) == port
	}
}
