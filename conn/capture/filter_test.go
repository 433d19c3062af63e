package capture

import (
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
)

// run tells whether a filter takes an Ethernet frame, in the machine of package bpf.
func run(t testing.TB, f filter, frame []byte) bool {
	f.network, f.protocol, f.snap = 14, bpf.LoadAbsolute{Off: 12, Size: 2}, 1000
	vm, err := bpf.NewVM(f.program())
	if err != nil {
		t.Fatal(err)
	}
	n, err := vm.Run(frame)
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

func TestFilter(t *testing.T) {
	all, ports, names := filter{}, filter{ports: []uint16{443, 80}}, filter{dns: true, ports: []uint16{443}}
	for _, tt := range frames() {
		if tt.link != linkEthernet || len(tt.data) < 14 || tt.data[12] == 0x81 || tt.data[12] == 0x88 {
			continue // the kernel has taken VLAN tags off
		}
		extended := tt.name == "IPv6, extensions" || tt.name == "IPv6, whole fragment" || tt.name == "IPv6 fragment" // looked at later
		want := tt.kind == kindTCP || tt.kind == kindDiscovery || extended || tt.name == "NDP through a router" || strings.HasPrefix(tt.name, "NDP with an empty option")
		if got := run(t, all, tt.data); got != want {
			t.Errorf("%s: taken is %v", tt.name, got)
		}
		if got := run(t, ports, tt.data); got != want {
			t.Errorf("%s, ports 80 and 443: taken is %v", tt.name, got)
		}
		want = tt.kind == kindUDP || want && tt.kind != kindTCP || extended
		if got := run(t, names, tt.data); got != want {
			t.Errorf("%s, port 443 and names: taken is %v", tt.name, got)
		}
	}
	back := aSpec
	back.src, back.dst = server, client
	if !run(t, ports, back.frame()) {
		t.Error("what comes from the port is not taken")
	}
	long := aSpec // a header with options
	b := long.frame()
	b[14] = 0x46
	if run(t, ports, b) {
		t.Error("the ports are looked for in the options")
	}
	for _, code := range []byte{133, 134, 135, 136, 137} {
		b := ethernet(clientMAC, serverMAC, EtherTypeIPv6, ipv6(netip.IPv6Unspecified(), server6.Addr(), protoICMPv6, ndp(code, server6.Addr(), 1, clientMAC)))
		if got := run(t, all, b); got != (code == ndpSolicitation || code == ndpAdvertisement) {
			t.Errorf("message %d of ICMPv6: taken is %v", code, got)
		}
	}
}

// The longest filter is one that the kernel takes: jumps are short enough.
func TestFilterAssembles(t *testing.T) {
	f := filter{loopback: 1, dns: true, snap: 100, network: networkHeader, protocol: bpf.LoadExtension{Num: bpf.ExtProto}}
	for i := range maxPorts {
		f.ports = append(f.ports, uint16(i))
	}
	for i := range maxInterfaces {
		f.interfaces = append(f.interfaces, uint32(i))
	}
	p := f.program()
	if _, err := bpf.Assemble(p); err != nil {
		t.Error(err)
	}
	for i, in := range p {
		if j, ok := in.(bpf.JumpIf); ok && i+1+int(max(j.SkipTrue, j.SkipFalse)) >= len(p) {
			t.Errorf("instruction %d jumps out of the program", i)
		}
	}
	if len(f.ipv4(p[0], p[0])) > 255 || len(f.ipv6(p[0], p[0])) > 255 {
		t.Error("a jump is longer than 255")
	}
}
