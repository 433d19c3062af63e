package capture

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

// A Discovery is a message that asks for, or tells, the link address of a
// neighbour: ARP (RFC 826) for IPv4, NDP (RFC 4861) for IPv6.
type Discovery struct {
	Time    time.Time
	Out     bool // sent by this machine
	Link    Link // Link.Dst is a group address where everybody is asked
	Request bool // else a reply, or an announcement
	// Sender is who says it, and SenderMAC the link address that it gives for
	// itself. Sender is the zero Addr or unspecified where it has none yet.
	Sender    netip.Addr
	SenderMAC MAC
	// Target is, in a request, whose link address is wanted; in a reply of
	// ARP, who had asked, and in one of NDP the same as Sender.
	Target netip.Addr
}

// String returns what the message says: "who has 192.0.2.1? tell 192.0.2.7" or
// "192.0.2.1 is at 02:00:5e:00:53:01".
func (d Discovery) String() string {
	if !d.Request {
		return fmt.Sprintf("%v is at %v", d.Sender, d.SenderMAC)
	}
	if d.Sender == d.Target || !d.Sender.IsValid() || d.Sender.IsUnspecified() {
		return fmt.Sprintf("who has %v?", d.Target)
	}
	return fmt.Sprintf("who has %v? tell %v", d.Target, d.Sender)
}

// protocol returns "ARP" or "NDP".
func (d Discovery) protocol() string {
	if d.Link.Type == EtherTypeARP {
		return "ARP"
	}
	return "NDP"
}

// reach says to whom it was sent.
func (d Discovery) reach() string {
	switch {
	case d.Link.Dst.Broadcast():
		return "broadcast"
	case d.Link.Dst.Group():
		return "multicast"
	}
	return "unicast"
}

func (f *frame) readARP(p []byte) bool {
	// Ethernet, IPv4, six bytes and four.
	if len(p) < 28 || binary.BigEndian.Uint64(append([]byte{0, 0}, p[:6]...)) != 0x000108000604 {
		return false
	}
	op := binary.BigEndian.Uint16(p[6:])
	if op != 1 && op != 2 {
		return false
	}
	f.kind = kindDiscovery
	f.discovery = Discovery{
		Link: f.link, Request: op == 1,
		Sender: netip.AddrFrom4([4]byte(p[14:18])), SenderMAC: MAC(p[8:14]),
		Target: netip.AddrFrom4([4]byte(p[24:28])),
	}
	return true
}

// Messages and options of NDP (RFC 4861 sections 4.3, 4.4 and 4.6.1).
const (
	ndpSolicitation  = 135
	ndpAdvertisement = 136
	ndpSourceLink    = 1
	ndpTargetLink    = 2
)

func (f *frame) readNDP(src netip.Addr, p []byte) bool {
	if len(p) < 24 || p[1] != 0 || p[0] != ndpSolicitation && p[0] != ndpAdvertisement {
		return false
	}
	d := Discovery{Link: f.link, Request: p[0] == ndpSolicitation, Sender: src, SenderMAC: f.link.Src, Target: netip.AddrFrom16([16]byte(p[8:24]))}
	want := byte(ndpSourceLink)
	if !d.Request {
		d.Sender, want = d.Target, ndpTargetLink
	}
	for o := p[24:]; len(o) >= 8; {
		n := int(o[1]) * 8
		if n == 0 || n > len(o) {
			return false // RFC 4861 section 4.6: such a message is discarded
		}
		if o[0] == want {
			d.SenderMAC = MAC(o[2:8])
		}
		o = o[n:]
	}
	f.kind, f.discovery = kindDiscovery, d
	return true
}
