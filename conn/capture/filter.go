package capture

import "golang.org/x/net/bpf"

// A filter says what the kernel hands over at all.
type filter struct {
	interfaces []uint32 // their indexes; empty: all
	loopback   uint32   // the index of the interface that shows every packet twice; 0: none
	ports      []uint16 // of TCP; empty: all
	dns        bool
	snap       int

	// Where the network header begins, for loads, and how the protocol (an
	// Ethernet type) is loaded. Tests look at bytes; the kernel knows them of
	// every kind of link.
	network  uint32
	protocol bpf.Instruction
}

// networkHeader is SKF_NET_OFF of linux/filter.h: loads from there on are
// relative to the network header.
const networkHeader = 0xfff00000

// program returns the filter for the kernel's classic BPF: TCP, port 53 of UDP
// where names are wanted, ARP, and the two messages of NDP that ARP corresponds to.
func (f *filter) program() []bpf.Instruction {
	take, drop := bpf.RetConstant{Val: uint32(f.snap)}, bpf.RetConstant{}
	var p []bpf.Instruction
	only := func(values []uint32) { // goes on with one of these, else drops
		for i, v := range values {
			p = append(p, bpf.JumpIf{Cond: bpf.JumpEqual, Val: v, SkipTrue: uint8(len(values) - i)})
		}
		p = append(p, drop)
	}
	if len(f.interfaces) > 0 {
		p = append(p, bpf.LoadExtension{Num: bpf.ExtInterfaceIndex})
		only(f.interfaces)
	}
	if f.loopback != 0 { // what goes out there comes in at once
		p = append(p,
			bpf.LoadExtension{Num: bpf.ExtType},
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: packetOutgoing, SkipTrue: 3},
			bpf.LoadExtension{Num: bpf.ExtInterfaceIndex},
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: f.loopback, SkipTrue: 1},
			drop)
	}
	p = append(p, f.protocol, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: EtherTypeARP, SkipTrue: 1}, take)
	four, six := f.ipv4(take, drop), f.ipv6(take, drop)
	p = append(p, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: EtherTypeIPv4, SkipTrue: uint8(len(four))})
	p = append(p, four...)
	p = append(p, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: EtherTypeIPv6, SkipTrue: uint8(len(six))})
	p = append(p, six...)
	return append(p, drop)
}

func (f *filter) ipv4(take, drop bpf.Instruction) []bpf.Instruction {
	p := []bpf.Instruction{
		bpf.LoadAbsolute{Off: f.network + 6, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpBitsNotSet, Val: 0x1fff, SkipTrue: 1}, // a later fragment has no ports
		drop,
		bpf.LoadMemShift{Off: f.network}, // X is the length of the header
		bpf.LoadAbsolute{Off: f.network + 9, Size: 1},
	}
	return append(p, f.transport(take, drop)...)
}

func (f *filter) ipv6(take, drop bpf.Instruction) []bpf.Instruction {
	p := []bpf.Instruction{
		bpf.LoadConstant{Dst: bpf.RegX, Val: 40},
		bpf.LoadAbsolute{Off: f.network + 6, Size: 1},
	}
	for _, next := range []uint32{protoHopByHop, protoRouting, protoFragment, protoAH, protoDestination} { // seen through later
		p = append(p, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: next, SkipTrue: 1}, take)
	}
	p = append(p,
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: protoICMPv6, SkipTrue: 5},
		bpf.LoadAbsolute{Off: f.network + 40, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: ndpSolicitation, SkipTrue: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: ndpAdvertisement, SkipTrue: 1},
		take,
		drop)
	return append(p, f.transport(take, drop)...)
}

// transport goes on with the number of the protocol in A, and where its header
// is in X.
func (f *filter) transport(take, drop bpf.Instruction) []bpf.Instruction {
	ports := func(list []uint32) []bpf.Instruction {
		var p []bpf.Instruction
		for _, off := range []uint32{0, 2} {
			p = append(p, bpf.LoadIndirect{Off: f.network + off, Size: 2})
			for _, port := range list {
				p = append(p, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: port, SkipTrue: 1}, take)
			}
		}
		return append(p, drop)
	}
	tcp := []bpf.Instruction{take}
	if len(f.ports) > 0 {
		var list []uint32
		for _, port := range f.ports {
			list = append(list, uint32(port))
		}
		tcp = ports(list)
	}
	p := append([]bpf.Instruction{bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: protoTCP, SkipTrue: uint8(len(tcp))}}, tcp...)
	if f.dns {
		udp := ports([]uint32{53})
		p = append(p, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: protoUDP, SkipTrue: uint8(len(udp))})
		p = append(p, udp...)
	}
	return append(p, drop)
}
