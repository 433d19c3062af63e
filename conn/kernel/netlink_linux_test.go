package kernel

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A recorded answer: the route to 8.8.8.8 through 192.0.2.1 by interface 4.
func sampleRoute() []byte {
	var n netlink
	n.begin(unix.RTM_NEWROUTE, 0)
	n.req = append(n.req, unix.AF_INET, 32, 0, 0, unix.RT_TABLE_MAIN, unix.RTPROT_DHCP, 0, unix.RTN_UNICAST, 0, 0, 0, 0)
	n.attrAddr(unix.RTA_DST, netip.MustParseAddr("8.8.8.8"))
	n.attrAddr(unix.RTA_GATEWAY, netip.MustParseAddr("192.0.2.1"))
	n.attrUint32(unix.RTA_OIF, 4)
	n.attr(unix.RTA_METRICS|unix.NLA_F_NESTED, []byte{8, 0, unix.RTAX_MTU, 0, 0x14, 5, 0, 0})
	binary.NativeEndian.PutUint32(n.req, uint32(len(n.req)))
	return n.req
}

func sampleNeighbour() []byte {
	var n netlink
	n.beginNeighbour(netip.MustParseAddr("192.0.2.1"), 4, 0)
	n.attrAddr(unix.NDA_DST, netip.MustParseAddr("192.0.2.1"))
	n.attr(unix.NDA_LLADDR, []byte{2, 0, 0, 0, 0, 1})
	binary.NativeEndian.PutUint32(n.req, uint32(len(n.req)))
	return n.req
}

func TestDecodeRoute(t *testing.T) {
	for m := range messages(sampleRoute()) {
		r, err := decodeRoute(m.body)
		want := Route{
			Dst: netip.MustParsePrefix("8.8.8.8/32"), Type: "unicast", Protocol: "dhcp", Table: 254,
			NextHop: netip.MustParseAddr("192.0.2.1"), Index: 4, MTU: 1300,
		}
		if err != nil || r != want {
			t.Errorf("%+v, %v, want %+v", r, err, want)
		}
		return
	}
	t.Error("no message")
}

func TestDiagRequest(t *testing.T) {
	b := appendDiagRequest(nil, netip.MustParseAddrPort("192.0.2.1:80"), netip.MustParseAddrPort("[::ffff:192.0.2.2]:1000"), 7)
	if len(b) != diagReqSize || b[0] != unix.AF_INET || !bytes.Equal(b[8:12], []byte{0, 80, 3, 232}) || !bytes.Equal(b[28:32], []byte{192, 0, 2, 2}) {
		t.Errorf("%d bytes: % x", len(b), b)
	}
	if b = appendDiagRequest(nil, netip.MustParseAddrPort("[::1]:80"), netip.MustParseAddrPort("192.0.2.2:1000"), 0); len(b) != diagReqSize || b[0] != unix.AF_INET6 {
		t.Errorf("of two families: %d bytes, family %d", len(b), b[0])
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{Established.String(), "ESTABLISHED"}, {Closing.String(), "CLOSING"}, {stateOf(newSynRecv).String(), "SYN_RCVD"},
		{State(99).String(), "State(99)"}, {TimerTimeWait.String(), "timewait"}, {Timer(9).String(), "Timer(9)"},
		{protocolName(186), "bgp"}, {protocolName(200), "200"}, {routeType(6), "blackhole"}, {routeType(77), "77"},
		{neighbourState(unix.NUD_REACHABLE), "REACHABLE"}, {neighbourState(unix.NUD_FAILED), "FAILED"},
		{neighbourState(unix.NUD_INCOMPLETE), "INCOMPLETE"}, {neighbourState(unix.NUD_DELAY), "DELAY"}, {neighbourState(3), "3"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}

// Whatever the bytes are, each message and attribute lies within them, in
// order, and none is read twice.
func FuzzNetlink(f *testing.F) {
	f.Add(sampleRoute())
	f.Add(sampleNeighbour())
	f.Add(append(sampleRoute(), sampleNeighbour()...))
	f.Add(make([]byte, 100))
	f.Fuzz(func(t *testing.T, b []byte) {
		total := 0
		for m := range messages(b) {
			total += unix.NLMSG_HDRLEN + len(m.body)
			inner := 0
			for _, v := range attributes(m.body) {
				inner += unix.SizeofRtAttr + len(v)
			}
			if inner > len(m.body) {
				t.Fatalf("attributes of %d bytes in %d", inner, len(m.body))
			}
			if r, err := decodeRoute(m.body); err == nil && r.OnLink == r.NextHop.IsValid() {
				t.Errorf("%+v", r)
			}
			if n, ok := decodeNeighbour(m.body); ok != n.Addr.IsValid() {
				t.Errorf("%+v %v", n, ok)
			}
			if s, err := decodeSock(m.body); err == nil && len(m.body) < diagMsgSize {
				t.Errorf("%+v of %d bytes", s, len(m.body))
			}
			decodeLink(m.body)
			m.err()
			var p Paths
			p.told(m, time.Now())
		}
		if total > len(b) {
			t.Fatalf("messages of %d bytes in %d", total, len(b))
		}
	})
}
