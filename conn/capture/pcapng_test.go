package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

// aFile is a file with a block of each kind.
func aFile() []byte {
	var b bytes.Buffer
	p := newPcapng(&b)
	p.name(server.Addr(), "www.example.com")
	p.name(server6.Addr(), "six.example.com")
	p.secrets([]byte("CLIENT_RANDOM 00 11\n"))
	p.addInterface(3, linkEthernet, "eth0", "MTU 1500", "tcp", 262144)
	p.addInterface(4, linkSLL2, "tun0", "", "", 0)
	p.packet(&record{time: t0.Add(123456789), ifindex: 3, way: packetOutgoing, wire: 59, data: aSpec.frame(), comments: []string{"one", "two…"}})
	p.packet(&record{time: t0.Add(1e9), ifindex: 4, way: packetHost, wire: 2000, data: sll2(EtherTypeIPv4, 4, 65534, 0, nil, aSpec.frame()[14:])})
	p.statistics(3, t0, t0.Add(time.Minute), 10, 2, 2, "2 were dropped")
	p.flush()
	return b.Bytes()
}

func TestReadWhatWasWritten(t *testing.T) {
	f, err := Read(bytes.NewReader(aFile()))
	if err != nil {
		t.Fatal(err)
	}
	want := &File{
		Interfaces: []Interface{{Name: "eth0", LinkType: linkEthernet, Dropped: 2, ticks: 1e9}, {Name: "tun0", LinkType: linkSLL2, ticks: 1e9}},
		Packets: []Packet{
			{Time: t0.Add(123456789), Length: 59, Data: aSpec.frame(), Comments: []string{"one", "two…"}, Out: true},
			{Time: t0.Add(1e9), Interface: 1, Length: 2000, Data: sll2(EtherTypeIPv4, 4, 65534, 0, nil, aSpec.frame()[14:])},
		},
		Names:   map[netip.Addr][]string{server.Addr(): {"www.example.com"}, server6.Addr(): {"six.example.com"}},
		Secrets: []byte("CLIENT_RANDOM 00 11\n"),
	}
	if !reflect.DeepEqual(f, want) {
		t.Errorf("got %+v\nwant %+v", f, want)
	}
}

// What other programs may write: another byte order, other clocks, blocks
// that mean nothing here.
func TestReadOthers(t *testing.T) {
	block := func(kind uint32, body ...any) []byte {
		var b bytes.Buffer
		for _, v := range body {
			binary.Write(&b, binary.BigEndian, v)
		}
		for b.Len()%4 != 0 {
			b.WriteByte(0)
		}
		n := uint32(b.Len() + 12)
		out := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, kind), n)
		return binary.BigEndian.AppendUint32(append(out, b.Bytes()...), n)
	}
	section := block(blockSection, uint32(byteOrder), uint16(1), uint16(2), int64(-1))
	var file []byte
	for _, b := range [][]byte{
		section,
		block(blockInterface, uint16(1), uint16(0), uint32(0)), // microseconds
		block(0x0bad, uint32(7)),
		block(blockPacket, uint32(0), uint32(0), uint32(1_500_000), uint32(3), uint32(60), []byte("abc")),
		block(blockSimple, uint32(2), []byte("xy")),
		section,
		block(blockInterface, uint16(101), uint16(0), uint32(0), uint16(9), uint16(1), []byte{0x81, 0, 0, 0}, // halves of seconds,
			uint16(14), uint16(8), int64(100), uint32(0)), // a hundred seconds later
		block(blockPacket, uint32(0), uint32(0), uint32(3), uint32(0), uint32(60)),
	} {
		file = append(file, b...)
	}
	f, err := Read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	want := []Packet{
		{Time: time.Unix(1, 500_000_000), Length: 60, Data: []byte("abc")},
		{Length: 2, Data: []byte("xy")},
		{Time: time.Unix(101, 500_000_000), Interface: 1, Length: 60, Data: []byte{}},
	}
	if !reflect.DeepEqual(f.Packets, want) {
		t.Errorf("got %+v\nwant %+v", f.Packets, want)
	}
}

func TestReadErrors(t *testing.T) {
	whole := aFile()
	n, err := Read(bytes.NewReader(whole[:len(whole)-150]))
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(n.Packets) != 1 {
		t.Errorf("a file that was cut off: %v, %d packets", err, len(n.Packets))
	}
	for name, b := range map[string][]byte{
		"text":                []byte("no capture at all"),
		"classic pcap":        binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4),
		"block of 4 GB":       append(bytes.Clone(whole[:24]), 6, 0, 0, 0, 0xfc, 0xff, 0xff, 0xff, 0, 0, 0, 0),
		"lengths that differ": bytes.Replace(whole, []byte{0, 1, 0, 0, 0}, []byte{0, 9, 0, 0, 0}, 1),
	} {
		if _, err := Read(bytes.NewReader(b)); err == nil || !strings.HasPrefix(err.Error(), "capture: read: ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// What is read can be written, and read as the same.
func FuzzRead(f *testing.F) {
	f.Add(aFile())
	f.Fuzz(func(t *testing.T, b []byte) {
		first, _ := Read(bytes.NewReader(b))
		first.Ladders()
		var out bytes.Buffer
		p := newPcapng(&out)
		for i, in := range first.Interfaces {
			p.addInterface(i, in.LinkType, in.Name, "", "", 0)
		}
		var want []Packet
		for _, k := range first.Packets {
			if ns := k.Time.Sub(time.Unix(0, 0)); ns < 0 || ns > 1<<62 {
				continue // not a time of this century
			}
			p.packet(&record{time: k.Time, ifindex: k.Interface, wire: k.Length, data: k.Data, comments: k.Comments})
			want = append(want, k)
		}
		p.flush()
		second, err := Read(&out)
		if err != nil {
			t.Fatal(err)
		}
		if len(second.Packets) != len(want) {
			t.Fatalf("%d packets, of %d", len(second.Packets), len(want))
		}
		for i, k := range second.Packets {
			if w := want[i]; !k.Time.Equal(w.Time) || !bytes.Equal(k.Data, w.Data) || k.Interface != w.Interface || k.Length != w.Length {
				t.Fatalf("packet %d is %+v, was %+v", i, k, w)
			}
		}
	})
}

func TestFileLadders(t *testing.T) {
	var b bytes.Buffer
	p := newPcapng(&b)
	p.addInterface(1, linkEthernet, "eth0", "", "", 0)
	p.name(server.Addr(), "www.example.com")
	ask := arp(1, clientMAC, client.Addr(), everybody, server.Addr())
	answer := arp(2, serverMAC, server.Addr(), clientMAC, client.Addr())
	p.packet(&record{time: t0.Add(-2e6), ifindex: 1, way: packetOutgoing, wire: len(ask), data: ask})
	p.packet(&record{time: t0.Add(-1e6), ifindex: 1, wire: len(answer), data: answer})
	one, _ := steps(t, handshake+"60 > FA 1000 5000 0 502 3 = x\n60 < FA 5000 1001 0 502 3 = x\n61 > A 1001 5001 0 502 4 = x")
	two, _ := steps(t, "70 > S 7777 0 0 502 9 = the same ports again\n80 < RA 0 7778 0 0 0 = x")
	for _, k := range append(one, two...) {
		k.record.ifindex = 1
		p.packet(&k.record)
	}
	p.flush()
	f, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	list := f.Ladders()
	if len(list) != 2 {
		t.Fatalf("%d ladders: %v", len(list), list)
	}
	l := list[0]
	if l.Local != client || l.Remote != server || l.Name != "www.example.com" || l.Interface != "eth0" || len(l.Segments) != 6 || len(l.Discovery) != 2 {
		t.Errorf("%+v", l)
	}
	if len(l.Opening()) != 3 || len(l.Closing()) != 3 || l.RoundTrip() != 50*time.Millisecond {
		t.Errorf("%d segments of the handshake, %d of the close, round trip %v", len(l.Opening()), len(l.Closing()), l.RoundTrip())
	}
	if len(list[1].Segments) != 2 || list[1].Segments[0].Seq != 7777 {
		t.Errorf("the second connection: %+v", list[1])
	}
}
