package wire

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
)

// Frames as the kernel sends them, one for each kind.
const (
	ethernet = "020000000002 020000000001 "
	synFrame = ethernet + "0800 4500003c1c4640004006b1e6c0000201c0000202 9c400050000000070000000aa0020000000000000204"
	v6Data   = ethernet + "86dd 6000000000180640 20010db8000000000000000000000001 20010db8000000000000000000000002 9c4000500000000700000008501800ff00000000 61626364"
	v6Ext    = ethernet + "86dd 6000000000200040 20010db8000000000000000000000001 20010db8000000000000000000000002 0600050200000100 9c4000500000000700000008501100ff00000000 61626364"
	v6Frag   = ethernet + "86dd 60000000000c2c40 20010db8000000000000000000000001 20010db8000000000000000000000002 0600 0008 00000001 61626364"
	arpAsk   = "ffffffffffff 020000000001 0806 0001080006040001 020000000001 c0000201 000000000000 c0000202"
	arpReply = "020000000001 020000000002 0806 0001080006040002 020000000002 c0000202 020000000001 c0000201"
	solicit  = "3333ff000002 020000000001 86dd 6000000000203aff 20010db8000000000000000000000001 ff0200000000000000000001ff000002 8700000000000000 20010db8000000000000000000000002 0101020000000001"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

var matches = map[string]Match{
	"Any": Any, "ARP": ARP, "NDP": NDP, "TCP": TCP, "SYN": SYN, "SYNACK": SYNACK, "FIN": FIN, "RST": RST, "Data": Data,
	"To4": To(netip.MustParseAddr("192.0.2.2")), "To6": To(netip.MustParseAddr("2001:db8::2")), "ToPort": ToPort(80),
}

func TestFrame(t *testing.T) {
	syn := unhex(synFrame)
	syn[header+3] = byte(len(syn) - header) // of IPv4's total length
	with := func(flags byte) []byte {
		b := append([]byte(nil), syn...)
		b[header+20+13] = flags
		b[header+20+12] = 0x50
		return b
	}
	tests := []struct {
		name    string
		data    []byte
		text    string
		matches string
	}{
		{"SYN", with(2), "A 0: 192.0.2.1:40000 > 192.0.2.2:80 [S] seq 7 ack 10 len 2", "Any Data SYN TCP To4 ToPort"},
		{"SYN ACK", with(18), "A 0: 192.0.2.1:40000 > 192.0.2.2:80 [S.] seq 7 ack 10 len 2", "Any Data SYNACK TCP To4 ToPort"},
		{"RST", with(4), "A 0: 192.0.2.1:40000 > 192.0.2.2:80 [R] seq 7 ack 10 len 2", "Any Data RST TCP To4 ToPort"},
		{"IPv6", unhex(v6Data), "A 0: [2001:db8::1]:40000 > [2001:db8::2]:80 [P.] seq 7 ack 8 len 4", "Any Data TCP To6 ToPort"},
		{"extension", unhex(v6Ext), "A 0: [2001:db8::1]:40000 > [2001:db8::2]:80 [F.] seq 7 ack 8 len 4", "Any Data FIN TCP To6 ToPort"},
		{"later fragment", unhex(v6Frag), "A 0: 2001:db8::1 > 2001:db8::2 protocol 6 len 0", "Any To6"},
		{"request", unhex(arpAsk), "A 0: ARP who has 192.0.2.2, tell 192.0.2.1", "ARP Any To4"},
		{"reply", unhex(arpReply), "A 0: ARP 192.0.2.2 is at 020000000002", "ARP Any"},
		{"solicitation", unhex(solicit), "A 0: 2001:db8::1 > ff02::1:ff00:2 protocol 58 len 32", "Any NDP To6"},
		{"cut off", unhex(v6Data)[:60], "A 0: 02:00:00:00:00:01 > 02:00:00:00:00:02 type 0x86dd len 60", "Any"},
		{"empty", nil, "A 0:  >  type 0x0000 len 0", "Any"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &Frame{Data: tt.data}
			if got := f.String(); got != tt.text {
				t.Errorf("%s\nwant %s", got, tt.text)
			}
			if got := matching(f); got != tt.matches {
				t.Errorf("matches %s, want %s", got, tt.matches)
			}
		})
	}
}

// matching are the names of what matches, in the order of the alphabet.
func matching(f *Frame) string {
	var names []string
	for _, n := range []string{"ARP", "Any", "Data", "FIN", "NDP", "RST", "SYN", "SYNACK", "TCP", "To4", "To6", "ToPort"} {
		if matches[n](f) {
			names = append(names, n)
		}
	}
	return strings.Join(names, " ")
}

func TestFirst(t *testing.T) {
	r := First(2, ARP, Verdict{Drop: true})
	ask, other := &Frame{Data: unhex(arpAsk)}, &Frame{Data: unhex(v6Data)}
	var got string
	for _, f := range []*Frame{other, ask, other, ask, ask} {
		got += map[bool]string{true: "x", false: "."}[r(f).Drop]
	}
	if got != ".x.x." {
		t.Errorf("drops %s, want .x.x.", got)
	}
}

// A frame of any bytes is described, and what it is said to hold lies in it.
func FuzzFrame(f *testing.F) {
	for _, s := range []string{synFrame, v6Data, v6Ext, v6Frag, arpAsk, arpReply, solicit} {
		f.Add(unhex(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frame := &Frame{Data: b}
		if frame.String() == "" || !strings.HasPrefix(matching(frame), "A") {
			t.Error("no description")
		}
		p, ok := frame.Packet()
		if ok && len(p.Payload) > len(b)-header-20 {
			t.Errorf("a payload of %d in a frame of %d", len(p.Payload), len(b))
		}
		s, is := frame.Segment()
		if is && (!ok || s.Len > len(p.Payload)-20 || s.Src.Addr() != p.Src) {
			t.Errorf("segment %+v in packet %+v", s, p)
		}
	})
}
