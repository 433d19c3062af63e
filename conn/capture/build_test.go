package capture

import (
	"encoding/binary"
	"net/netip"
	"time"
)

var (
	clientMAC = MAC{2, 0, 0, 0, 0, 1}
	serverMAC = MAC{2, 0, 0, 0, 0, 2}
	client    = netip.MustParseAddrPort("192.0.2.1:40000")
	server    = netip.MustParseAddrPort("192.0.2.2:80")
	client6   = netip.MustParseAddrPort("[2001:db8::1]:40000")
	server6   = netip.MustParseAddrPort("[2001:db8::2]:80")
	t0        = time.Unix(1_700_000_000, 0)
)

// A spec is a TCP packet to be made.
type spec struct {
	src, dst netip.AddrPort
	seq, ack uint32
	flags    Flags
	window   uint16
	options  []byte
	data     []byte
	id       uint16
}

func (s spec) tcp() []byte {
	o := s.options
	for len(o)%4 != 0 {
		o = append(o[:len(o):len(o)], 1)
	}
	b := make([]byte, 20)
	binary.BigEndian.PutUint16(b, s.src.Port())
	binary.BigEndian.PutUint16(b[2:], s.dst.Port())
	binary.BigEndian.PutUint32(b[4:], s.seq)
	binary.BigEndian.PutUint32(b[8:], s.ack)
	binary.BigEndian.PutUint16(b[12:], uint16(s.flags)|uint16(5+len(o)/4)<<12)
	binary.BigEndian.PutUint16(b[14:], s.window)
	return append(append(b, o...), s.data...)
}

// frame is the packet in Ethernet.
func (s spec) frame() []byte {
	src, dst := clientMAC, serverMAC
	if s.src == server || s.src == server6 {
		src, dst = dst, src
	}
	if s.src.Addr().Is6() {
		return ethernet(src, dst, EtherTypeIPv6, ipv6(s.src.Addr(), s.dst.Addr(), protoTCP, s.tcp()))
	}
	return ethernet(src, dst, EtherTypeIPv4, ipv4(s.src.Addr(), s.dst.Addr(), protoTCP, s.id, s.tcp()))
}

// packet is the packet as decoded at a time.
func (s spec) packet(at time.Time) *packet {
	b := s.frame()
	f, ok := decode(linkEthernet, b, len(b))
	if !ok {
		panic("spec is no packet")
	}
	return &packet{frame: f, record: record{time: at, wire: len(b), data: b}}
}

func ethernet(src, dst MAC, kind uint16, p []byte) []byte {
	b := append(append([]byte{}, dst[:]...), src[:]...)
	return append(binary.BigEndian.AppendUint16(b, kind), p...)
}

func ipv4(src, dst netip.Addr, proto uint8, id uint16, p []byte) []byte {
	b := make([]byte, 20)
	b[0] = 0x45
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(p)))
	binary.BigEndian.PutUint16(b[4:], id)
	b[8], b[9] = 64, proto
	copy(b[12:], src.AsSlice())
	copy(b[16:], dst.AsSlice())
	return append(b, p...)
}

func ipv6(src, dst netip.Addr, next uint8, p []byte) []byte {
	b := make([]byte, 40)
	b[0] = 0x60
	binary.BigEndian.PutUint16(b[4:], uint16(len(p)))
	b[6], b[7] = next, 255
	copy(b[8:], src.AsSlice())
	copy(b[24:], dst.AsSlice())
	return append(b, p...)
}

// extension is an extension header of IPv6 of 8 bytes and n times 8 more.
func extension(next uint8, n int, p []byte) []byte {
	b := make([]byte, 8+8*n)
	b[0], b[1] = next, byte(n)
	return append(b, p...)
}

func udp(src, dst uint16, p []byte) []byte {
	b := make([]byte, 8)
	binary.BigEndian.PutUint16(b, src)
	binary.BigEndian.PutUint16(b[2:], dst)
	binary.BigEndian.PutUint16(b[4:], uint16(8+len(p)))
	return append(b, p...)
}

func dnsQuestion(name string) []byte {
	b := []byte{0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	for label := ""; name != ""; {
		label, name, _ = cutLabel(name)
		b = append(append(b, byte(len(label))), label...)
	}
	return append(b, 0, 0, 1, 0, 1)
}

func cutLabel(name string) (label, rest string, ok bool) {
	for i := range name {
		if name[i] == '.' {
			return name[:i], name[i+1:], true
		}
	}
	return name, "", false
}

func arp(op byte, srcMAC MAC, src netip.Addr, dstMAC MAC, dst netip.Addr) []byte {
	b := []byte{0, 1, 8, 0, 6, 4, 0, op}
	b = append(append(b, srcMAC[:]...), src.AsSlice()...)
	if op == 1 {
		b = append(b, 0, 0, 0, 0, 0, 0)
	} else {
		b = append(b, dstMAC[:]...)
	}
	b = append(b, dst.AsSlice()...)
	return ethernet(srcMAC, dstMAC, EtherTypeARP, append(b, make([]byte, 18)...)) // padded to 60 bytes
}

var everybody = MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

func ndp(kind byte, target netip.Addr, option byte, mac MAC) []byte {
	b := make([]byte, 8, 32)
	b[0] = kind
	b = append(b, target.AsSlice()...)
	return append(append(b, option, 1), mac[:]...)
}
