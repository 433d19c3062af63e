package capture

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"
)

// synOptions are those of a Linux host.
var synOptions = []byte{2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7}

var aSpec = spec{src: client, dst: server, seq: 1000, ack: 2000, flags: ACK | PSH, window: 500, data: []byte("hello"), id: 77}
var aSpec6 = spec{src: client6, dst: server6, seq: 1000, ack: 2000, flags: ACK | PSH, window: 500, data: []byte("hello")}

// frames are packets of all kinds, by link type.
func frames() []struct {
	name string
	link uint16
	data []byte
	kind kind // kindOther: not decoded
} {
	four := ipv4(client.Addr(), server.Addr(), protoTCP, 77, aSpec.tcp())
	six := func(next uint8, p []byte) []byte {
		return ethernet(clientMAC, serverMAC, EtherTypeIPv6, ipv6(client6.Addr(), server6.Addr(), next, p))
	}
	tagged := ethernet(clientMAC, serverMAC, etherTypeVLAN, append([]byte{0x20, 5, 8, 0}, four...))
	twice := ethernet(clientMAC, serverMAC, etherTypeQinQ, append([]byte{0, 9, 0x81, 0, 0x20, 5, 8, 0}, four...))
	fragment := bytes.Clone(aSpec.frame())
	fragment[14+7] = 8 // offset 64
	big := bytes.Clone(aSpec.frame())
	big[16], big[17] = 0, 0 // total length 0
	solicitation := ndp(ndpSolicitation, server6.Addr(), ndpSourceLink, clientMAC)
	advertisement := ndp(ndpAdvertisement, server6.Addr(), ndpTargetLink, serverMAC)
	far := six(protoICMPv6, advertisement)
	far[14+7] = 64 // hop limit
	return []struct {
		name string
		link uint16
		data []byte
		kind kind
	}{
		{"IPv4", linkEthernet, aSpec.frame(), kindTCP},
		{"IPv4, padded", linkEthernet, append(aSpec.frame(), 0, 0, 0, 0), kindTCP},
		{"IPv4, length 0", linkEthernet, big, kindTCP},
		{"VLAN", linkEthernet, tagged, kindTCP},
		{"VLAN in VLAN", linkEthernet, twice, kindTCP},
		{"raw IPv4", linkRaw, four, kindTCP},
		{"raw IPv6", linkIPv6, aSpec6.frame()[14:], kindTCP},
		{"cooked", linkSLL, append([]byte{0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0}, four...), kindTCP},
		{"cooked, second form", linkSLL2, sll2(EtherTypeIPv4, 3, 1, packetOutgoing, clientMAC[:], four), kindTCP},
		{"IPv6", linkEthernet, aSpec6.frame(), kindTCP},
		{"IPv6, extensions", linkEthernet, six(protoHopByHop, extension(protoDestination, 0, extension(protoRouting, 2, extension(protoTCP, 0, aSpec6.tcp())))), kindTCP},
		{"IPv6, whole fragment", linkEthernet, six(protoFragment, extension(protoTCP, 0, aSpec6.tcp())), kindTCP},
		{"name", linkEthernet, ethernet(clientMAC, serverMAC, EtherTypeIPv4, ipv4(client.Addr(), server.Addr(), protoUDP, 1, udp(4444, 53, dnsQuestion("www.Example.com")))), kindUDP},
		{"ARP request", linkEthernet, arp(1, clientMAC, client.Addr(), everybody, server.Addr()), kindDiscovery},
		{"ARP reply", linkEthernet, arp(2, serverMAC, server.Addr(), clientMAC, client.Addr()), kindDiscovery},
		{"NDP solicitation", linkEthernet, six(protoICMPv6, solicitation), kindDiscovery},
		{"NDP advertisement", linkEthernet, six(protoICMPv6, advertisement), kindDiscovery},

		{"fragment", linkEthernet, fragment, kindOther},
		{"IPv6 fragment", linkEthernet, six(protoFragment, append([]byte{protoTCP, 0, 0, 8, 0, 0, 0, 0}, aSpec6.tcp()...)), kindOther},
		{"NDP through a router", linkEthernet, far, kindOther},
		{"NDP with an empty option", linkEthernet, six(protoICMPv6, append(solicitation, 1, 0, 0, 0, 0, 0, 0, 0)), kindOther},
		{"NDP with an empty option far on", linkEthernet, six(protoICMPv6, slices.Concat(solicitation, bytes.Repeat([]byte{14, 1, 0, 0, 0, 0, 0, 0}, 20), make([]byte, 8))), kindOther},
		{"UDP elsewhere", linkEthernet, ethernet(clientMAC, serverMAC, EtherTypeIPv4, ipv4(client.Addr(), server.Addr(), protoUDP, 1, udp(4444, 443, nil))), kindOther},
		{"ping", linkEthernet, ethernet(clientMAC, serverMAC, EtherTypeIPv4, ipv4(client.Addr(), server.Addr(), 1, 1, make([]byte, 8))), kindOther},
		{"no packet", linkEthernet, nil, kindOther},
		{"another link", 105, aSpec.frame(), kindOther},
	}
}

func TestDecode(t *testing.T) {
	for _, tt := range frames() {
		t.Run(tt.name, func(t *testing.T) {
			f, ok := decode(tt.link, tt.data, len(tt.data))
			if !ok || tt.kind == kindOther {
				if ok || tt.kind != kindOther {
					t.Fatalf("decode: kind %v, %v, want %v", f.kind, ok, tt.kind)
				}
				return
			}
			if f.kind != tt.kind {
				t.Fatalf("kind %v, want %v", f.kind, tt.kind)
			}
			if f.kind != kindTCP {
				return
			}
			want := aSpec
			if f.src.Addr().Is6() {
				want = aSpec6
			}
			h := f.tcp
			if f.src != want.src || f.dst != want.dst || h.seq != want.seq || h.ack != want.ack || h.flags != want.flags || h.window != want.window || f.id != want.id {
				t.Errorf("%v > %v %+v, id %d, want %+v", f.src, f.dst, h, f.id, want)
			}
			if f.length != len(want.data) || !bytes.Equal(f.payload, want.data) {
				t.Errorf("data %q of length %d, want %q", f.payload, f.length, want.data)
			}
		})
	}
}

// A packet of which only the headers were kept has its true length.
func TestDecodeCut(t *testing.T) {
	s := aSpec
	s.data = make([]byte, 1000)
	b := s.frame()
	f, ok := decode(linkEthernet, b[:60], len(b))
	if !ok || f.length != 1000 || len(f.payload) != 6 {
		t.Errorf("%v: length %d, %d bytes there", ok, f.length, len(f.payload))
	}
	if _, ok := decode(linkEthernet, b[:50], len(b)); ok {
		t.Error("a packet without a whole TCP header was decoded")
	}
}

func TestReadLink(t *testing.T) {
	for _, tt := range frames() {
		l, _, ok := readLink(tt.link, tt.data)
		switch tt.name {
		case "VLAN", "VLAN in VLAN":
			if l.VLAN != 5 || l.Type != EtherTypeIPv4 || l.Src != clientMAC || l.Dst != serverMAC {
				t.Errorf("%s: %+v", tt.name, l)
			}
		case "cooked", "cooked, second form":
			if l.Src != clientMAC || l.Type != EtherTypeIPv4 || !ok {
				t.Errorf("%s: %+v", tt.name, l)
			}
		}
	}
}

func TestTCPOptions(t *testing.T) {
	tests := []struct {
		name    string
		options []byte
		want    TCPOptions
		text    string
	}{
		{"of Linux", synOptions, TCPOptions{MSS: 1460, Scaling: true, Shift: 7, SACKPermitted: true, Timestamps: true, TSVal: 9},
			"mss 1460, window scale 7, sack, timestamps"},
		{"none", nil, TCPOptions{}, ""},
		{"the end comes first", []byte{0, 2, 4, 5}, TCPOptions{}, ""},
		{"too long", []byte{2, 40, 5, 0xb4}, TCPOptions{}, ""},
		{"too short", []byte{2, 1, 5, 0xb4}, TCPOptions{}, ""},
		{"scale out of range", []byte{3, 3, 200}, TCPOptions{Scaling: true, Shift: 14}, "window scale 14"},
		{"blocks", []byte{5, 10, 0, 0, 0, 1, 0, 0, 0, 2}, TCPOptions{SACK: true}, ""},
		{"fast open and multipath", []byte{34, 2, 30, 4, 0, 0}, TCPOptions{FastOpen: true, Multipath: true}, "fast open, multipath"},
	}
	for _, tt := range tests {
		s := aSpec
		s.options = tt.options
		h, ok := readTCP(s.tcp())
		if !ok || h.options != tt.want || h.options.String() != tt.text {
			t.Errorf("%s: %+v (%q) %v, want %+v (%q)", tt.name, h.options, h.options, ok, tt.want, tt.text)
		}
	}
}

func TestDiscovery(t *testing.T) {
	want := map[string]struct {
		text, reach string
		mac         MAC
		target      netip.Addr
	}{
		"ARP request":       {"who has 192.0.2.2? tell 192.0.2.1", "broadcast", clientMAC, server.Addr()},
		"ARP reply":         {"192.0.2.2 is at 02:00:00:00:00:02", "unicast", serverMAC, client.Addr()},
		"NDP solicitation":  {"who has 2001:db8::2? tell 2001:db8::1", "unicast", clientMAC, server6.Addr()},
		"NDP advertisement": {"2001:db8::2 is at 02:00:00:00:00:02", "unicast", serverMAC, server6.Addr()},
	}
	for _, tt := range frames() {
		w, ok := want[tt.name]
		if !ok {
			continue
		}
		f, _ := decode(tt.link, tt.data, len(tt.data))
		d := f.discovery
		if d.String() != w.text || d.reach() != w.reach || d.SenderMAC != w.mac || d.Target != w.target {
			t.Errorf("%s: %q, %s, %v, %v, want %+v", tt.name, d, d.reach(), d.SenderMAC, d.Target, w)
		}
	}
}

func TestQuestion(t *testing.T) {
	tests := []struct {
		message []byte
		want    string
	}{
		{dnsQuestion("www.Example.COM"), "www.example.com"},
		{dnsQuestion("com"), "com"},
		{nil, ""},
		{dnsQuestion("www.example.com")[:20], ""},
		{append([]byte{0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, 0xc0, 12), ""}, // a pointer
		{append([]byte{0, 7, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0}, 0), ""},        // two questions
	}
	for _, tt := range tests {
		if got := question(tt.message); got != tt.want {
			t.Errorf("question(%x) = %q, want %q", tt.message, got, tt.want)
		}
	}
}

// What is decoded lies within the packet, and more of a packet says nothing else.
func FuzzDecode(f *testing.F) {
	for _, tt := range frames() {
		f.Add(tt.link, tt.data, len(tt.data))
	}
	f.Fuzz(func(t *testing.T, link uint16, data []byte, wire int) {
		wire = min(max(wire, len(data)), len(data)+1<<20)
		whole, ok := decode(link, data, wire)
		if ok && (whole.length < 0 || whole.kind != kindDiscovery && len(whole.payload) > whole.length || whole.length > wire) {
			t.Fatalf("%d bytes of data, %d there, in %d", whole.length, len(whole.payload), wire)
		}
		if ok && whole.kind == kindOther {
			t.Fatal("decoded, but no kind")
		}
		question(whole.payload)
		part, cut := decode(link, data[:len(data)/2], wire)
		if !cut || part.kind == kindDiscovery || whole.kind == kindDiscovery {
			return // NDP's options may be in the other half: told, or so broken that the message is none
		}
		if !ok || part.src != whole.src || part.dst != whole.dst || part.tcp != whole.tcp || part.length != whole.length {
			t.Fatalf("%+v of the first half, %+v, %v of all", part, whole, ok)
		}
	})
}
