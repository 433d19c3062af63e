package capture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// A bench is a capture that hears what the test says.
type bench struct {
	*Capture
	t   testing.TB
	out bytes.Buffer
}

func newBench(t testing.TB, o Options) *bench {
	b := &bench{t: t}
	if o.Writer == nil {
		o.Writer = &b.out
	}
	o, err := o.filled()
	if err != nil {
		t.Fatal(err)
	}
	b.Capture = newCapture(o)
	b.interfaces[2] = &iface{name: "eth0", mtu: 1500, linkType: linkEthernet}
	b.interfaces[3] = &iface{name: "eth1", mtu: 1500, linkType: linkEthernet}
	return b
}

// hear gives the capture a frame.
func (b *bench) hear(at time.Time, way uint8, frame []byte) { b.hearOn(2, at, way, frame) }

func (b *bench) hearOn(ifindex int, at time.Time, way uint8, frame []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	own := bytes.Clone(frame)
	b.takeLocked(&raw{record: record{time: at, ifindex: ifindex, way: way, wire: len(frame), data: own}, linkType: linkEthernet})
	clear(own) // the buffer is used again
	b.tendLocked(at)
}

func (b *bench) script(script string) {
	packets, _ := steps(b.t, script)
	for _, p := range packets {
		way := uint8(packetHost)
		if p.src == client {
			way = packetOutgoing
		}
		b.hear(p.time, way, p.data)
	}
}

// file closes the capture and returns what it has written.
func (b *bench) file() *File {
	b.t.Helper()
	if err := b.Close(); err != nil {
		b.t.Fatal(err)
	}
	f, err := Read(&b.out)
	if err != nil {
		b.t.Fatal(err)
	}
	return f
}

func ms(n int) time.Time { return t0.Add(time.Duration(n) * time.Millisecond) }

const whole = handshake + `
60 > PA 1000 5000 100 502 3 = x
110 < PA 5000 1100 20 509 1 = x
120 > FA 1100 5020 0 501 5  = x
170 < FA 5020 1101 0 509 3  = x
171 > A 1101 5021 0 501 6   = x
`

// What came before Follow is kept, that of others is not.
func TestFollow(t *testing.T) {
	for _, when := range []string{"before", "after the handshake", "at the end"} {
		b := newBench(t, Options{})
		other := spec{src: client, dst: netip.MustParseAddrPort("192.0.2.2:81"), flags: SYN}
		if when == "before" {
			b.Follow(client, server, "www.example.com")
		}
		b.hear(ms(-1), packetOutgoing, other.frame())
		b.script(handshake)
		if when == "after the handshake" {
			b.Follow(client, server, "www.example.com")
		}
		b.script(strings.TrimPrefix(whole, handshake))
		if when == "at the end" {
			b.Follow(client, server, "www.example.com")
		}
		l := b.Ladder(client, server)
		if len(l.Segments) != 8 || l.Name != "www.example.com" || l.Interface != "eth0" || !l.Segments[7].AcksFIN {
			t.Errorf("%s: ladder %v", when, l)
		}
		back := b.Ladder(server, client)
		if back.Local != server || back.Segments[0].Out || !back.Segments[1].Out || !l.Segments[0].Out {
			t.Errorf("%s: seen from the other end: %v", when, back)
		}
		n := b.Counts()
		if n.Received != 9 || n.Followed != 8 || n.Others != 1 {
			t.Errorf("%s: %+v", when, n)
		}
		f := b.file()
		if len(f.Packets) != 8 || !slices.Equal(f.Names[server.Addr()], []string{"www.example.com"}) {
			t.Errorf("%s: %d packets, names %v", when, len(f.Packets), f.Names)
		}
		if !slices.IsSortedFunc(f.Packets, func(a, b Packet) int { return a.Time.Compare(b.Time) }) {
			t.Errorf("%s: packets are not in order", when)
		}
		if c := strings.Join(f.Packets[1].Comments, "\n"); !strings.Contains(c, "ack 1000 = the SYN's seq + 1") || !strings.Contains(c, "(www.example.com)") {
			t.Errorf("%s: comment %q", when, c)
		}
		if again := f.Ladders()[0]; again.String() != l.String() {
			t.Errorf("%s: the ladder of the file:\n%v\nthat of the capture:\n%v", when, again, l)
		}
		if b.Counts().Written != 8 || b.Ladder(client, server).Segments == nil {
			t.Errorf("%s: after Close: %+v", when, b.Counts())
		}
	}
}

// A connection that nobody follows in time is forgotten; its later packets
// are not taken for the beginning of a connection.
func TestHoldEnds(t *testing.T) {
	b := newBench(t, Options{Hold: time.Second})
	b.script(handshake)
	b.script("3000 > PA 1000 5000 100 502 3 = x")
	b.Follow(client, server, "")
	b.script("3001 < A 5000 1100 0 509 1 = x")
	if l := b.Ladder(client, server); len(l.Segments) != 1 || l.Segments[0].RelAck != 1 {
		t.Errorf("%v", l)
	}
	if b.lobby.bytes != 0 || len(b.lobby.order) != 0 || len(b.lobby.tuples) != 0 {
		t.Errorf("%d bytes of %d connections are held", b.lobby.bytes, len(b.lobby.tuples))
	}
	if n := b.Counts(); n.Others != 4 || n.Forgotten != 0 {
		t.Errorf("%+v", n)
	}
}

// Ten thousand connections of others take no more than the bound.
func TestHeldIsBounded(t *testing.T) {
	const most = 100 << 10
	b := newBench(t, Options{MaxHeld: most})
	for i := range 10_000 {
		s := spec{src: netip.AddrPortFrom(client.Addr(), uint16(i+1)), dst: server, flags: SYN, data: make([]byte, 100)}
		b.hear(ms(i/100), packetOutgoing, s.frame())
		if b.lobby.bytes > most {
			t.Fatalf("%d bytes are held", b.lobby.bytes)
		}
	}
	if n := b.Counts(); n.Forgotten < 9000 || n.Forgotten > 9999 || len(b.lobby.order) > 1000 {
		t.Errorf("%+v, %d in order", n, len(b.lobby.order))
	}
	last := netip.AddrPortFrom(client.Addr(), 10_000)
	b.Follow(last, server, "")
	if len(b.Ladder(last, server).Segments) != 1 {
		t.Error("the newest connection was forgotten")
	}
}

// A fast download before Follow is cut off, and counted.
func TestNewcomerIsBounded(t *testing.T) {
	b := newBench(t, Options{})
	b.script(handshake)
	for i := range 2000 {
		s := spec{src: server, dst: client, seq: 5000 + 1448*uint32(i), ack: 1000, flags: ACK, data: make([]byte, 1448)}
		b.hear(ms(100+i), packetHost, s.frame())
	}
	if n := b.Counts(); n.Forgotten < 1000 || b.lobby.bytes > maxNewcomer {
		t.Errorf("%+v, %d bytes held", n, b.lobby.bytes)
	}
}

// A long connection keeps its first and its last segments.
func TestLadderIsBounded(t *testing.T) {
	b := newBench(t, Options{MaxSegments: 10, Writer: io.Discard})
	b.Follow(client, server, "")
	b.script(handshake)
	for i := range 1000 {
		s := spec{src: server, dst: client, seq: 5000 + 10*uint32(i), ack: 1000, flags: ACK, data: make([]byte, 10)}
		b.hear(ms(100+i), packetHost, s.frame())
	}
	b.script("5000 < FA 15000 1000 0 509 3 = x")
	l := b.Ladder(client, server)
	if len(l.Segments) != 10 || l.Omitted != 994 || l.Before != 5 {
		t.Fatalf("%d segments, %d left out after %d", len(l.Segments), l.Omitted, l.Before)
	}
	if l.Segments[4].RelSeq != 11 || l.Segments[5].RelSeq != 9961 || l.Segments[9].What != Closing || l.Segments[9].RelSeq != 10001 {
		t.Errorf("%v", l)
	}
	if text := l.String(); !strings.Contains(text, "994 segments are left out here\n") {
		t.Error(text)
	}
	if b.book.followed[tupleOf(client, server)].stream.in.next != 10002 {
		t.Error("segments that are left out are not accounted for")
	}
}

func TestLaddersAreBounded(t *testing.T) {
	b := newBench(t, Options{MaxLadders: 4})
	b.Follow(client, server, "")
	b.script(whole)
	for i := range 100 {
		b.Follow(netip.AddrPortFrom(client.Addr(), uint16(i+1)), netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 80), fmt.Sprint("n", i))
	}
	if len(b.book.followed) != 4 || len(b.book.order) != 4 || b.book.open != 4 || len(b.book.hops) > 16 || len(b.book.names) > 16 {
		t.Errorf("%d connections, %d open, %d hops, %d names", len(b.book.followed), b.book.open, len(b.book.hops), len(b.book.names))
	}
	if b.Counts().Ladders != 97 || b.Ladder(client, server).Segments != nil {
		t.Errorf("%+v", b.Counts())
	}
}

// The secrets come before what they open, although they are told later.
func TestSecretsComeFirst(t *testing.T) {
	b := newBench(t, Options{})
	b.Follow(client, server, "")
	b.script(handshake)
	b.script("60 > PA 1000 5000 100 502 3 = x\n110 < PA 5000 1100 1000 502 3 = x")
	log := b.KeyLogWriter()
	fmt.Fprintf(log, "SERVER_HANDSHAKE_TRAFFIC_SECRET 00 11\n")
	fmt.Fprintf(log, "CLIENT_HANDSHAKE_TRAFFIC_SECRET 00 22\n")
	b.script("2000 > A 1100 6000 0 502 3 = x")
	b.Close()
	out := b.out.Bytes()
	secret, packet := bytes.Index(out, []byte("SERVER_HANDSHAKE")), bytes.Index(out, spec{src: client, dst: server, seq: 999, flags: SYN, window: 64240, options: synOptions, id: 1}.frame())
	if secret < 0 || packet < 0 || secret > packet {
		t.Errorf("secrets at %d, packets from %d", secret, packet)
	}
	f, err := Read(bytes.NewReader(out))
	if err != nil || string(f.Secrets) != "SERVER_HANDSHAKE_TRAFFIC_SECRET 00 11\nCLIENT_HANDSHAKE_TRAFFIC_SECRET 00 22\n" {
		t.Errorf("secrets %q, %v", f.Secrets, err)
	}
}

// Secrets that no packet follows are written all the same.
func TestSecretsAtTheEnd(t *testing.T) {
	b := newBench(t, Options{})
	fmt.Fprint(b.KeyLogWriter(), "A 0 1\n")
	if f := b.file(); string(f.Secrets) != "A 0 1\n" {
		t.Errorf("secrets %q", f.Secrets)
	}
	if n, err := fmt.Fprint(b.KeyLogWriter(), "B 0 1\n"); n != 6 || err != nil {
		t.Errorf("after Close: %d, %v", n, err)
	}
}

// The exchange for the next hop is kept, whether it is the server or a router,
// and whenever the connection is followed; what others ask is not.
func TestDiscoveryIsKept(t *testing.T) {
	router := netip.MustParseAddr("192.0.2.254")
	far := netip.MustParseAddrPort("198.51.100.7:80")
	for _, remote := range []netip.AddrPort{server, far} {
		for _, early := range []bool{true, false} {
			hop := remote.Addr()
			if remote == far {
				hop = router
			}
			b := newBench(t, Options{})
			if early {
				b.Follow(client, remote, "")
			}
			b.hear(ms(-5), packetBroadcast, arp(1, MAC{2, 9}, netip.MustParseAddr("192.0.2.9"), everybody, netip.MustParseAddr("192.0.2.10")))
			b.hear(ms(-4), packetBroadcast, arp(1, MAC{2, 9}, netip.MustParseAddr("192.0.2.9"), everybody, hop))
			b.hear(ms(-2), packetOutgoing, arp(1, clientMAC, client.Addr(), everybody, hop))
			b.hear(ms(-1), packetHost, arp(2, serverMAC, hop, clientMAC, client.Addr()))
			syn := spec{src: client, dst: remote, seq: 1, flags: SYN}
			b.hear(ms(0), packetOutgoing, syn.frame())
			if !early {
				b.Follow(client, remote, "")
			}
			b.hear(ms(9), packetBroadcast, arp(1, serverMAC, hop, everybody, client.Addr())) // it looks for us
			b.hear(ms(10), packetOutgoing, arp(2, clientMAC, client.Addr(), serverMAC, hop))
			b.hear(ms(20), packetHost, arp(2, MAC{6, 6, 6, 6, 6, 6}, hop, clientMAC, client.Addr())) // somebody else says so
			b.hear(ms(21), packetBroadcast, arp(1, serverMAC, hop, everybody, netip.MustParseAddr("192.0.2.10")))
			var got []string
			for _, d := range b.Ladder(client, remote).Discovery {
				got = append(got, fmt.Sprintf("%d %v %v %s", d.Time.Sub(t0).Milliseconds(), d.Out, d, d.reach()))
			}
			want := []string{
				fmt.Sprintf("-2 true who has %v? tell 192.0.2.1 broadcast", hop),
				fmt.Sprintf("-1 false %v is at 02:00:00:00:00:02 unicast", hop),
				fmt.Sprintf("9 false who has 192.0.2.1? tell %v broadcast", hop),
				"10 true 192.0.2.1 is at 02:00:00:00:00:01 unicast",
				fmt.Sprintf("20 false %v is at 06:06:06:06:06:06 unicast", hop),
			}
			if !slices.Equal(got, want) {
				t.Errorf("remote %v, early %v:\n%s\nwant\n%s", remote, early, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if f := b.file(); len(f.Packets) != 6 || !strings.Contains(f.Packets[0].Comments[0], "broadcast") {
				t.Errorf("remote %v, early %v: %d packets in the file", remote, early, len(f.Packets))
			}
		}
	}
}

func TestDNS(t *testing.T) {
	ask := func(b *bench, at int, name string) {
		p := udp(5353, 53, dnsQuestion(name))
		b.hear(ms(at), packetOutgoing, ethernet(clientMAC, serverMAC, EtherTypeIPv4, ipv4(client.Addr(), server.Addr(), protoUDP, 1, p)))
	}
	for _, on := range []bool{true, false} {
		b := newBench(t, Options{DNS: on})
		ask(b, 0, "www.example.com")
		ask(b, 1, "other.example.com")
		b.script(strings.ReplaceAll(handshake, "0 > S", "3 > S"))
		b.Follow(client, server, "WWW.example.com.")
		ask(b, 60, "www.example.com")
		want := 3
		if on {
			want = 5
		}
		if f := b.file(); len(f.Packets) != want {
			t.Errorf("DNS %v: %d packets, want %d", on, len(f.Packets), want)
		}
	}
}

// A bridge and its port show the same packets.
func TestTwoInterfaces(t *testing.T) {
	b := newBench(t, Options{})
	b.Follow(client, server, "")
	packets, _ := steps(t, whole)
	for _, p := range packets {
		b.hearOn(2, p.time, packetHost, p.data)
		b.hearOn(3, p.time, packetHost, p.data)
	}
	if n := b.Counts(); n.Doubled != 8 || n.Followed != 8 {
		t.Errorf("%+v", n)
	}
	if f := b.file(); len(f.Packets) != 8 || len(f.Interfaces) != 1 {
		t.Errorf("%d packets of %d interfaces", len(f.Packets), len(f.Interfaces))
	}
}

// The same ends, once more: the ladder is that of the new connection.
func TestPortsUsedAgain(t *testing.T) {
	b := newBench(t, Options{})
	b.Follow(client, server, "")
	b.script(whole)
	b.script("5000 > S 7777 0 0 64240 9 = x")
	if l := b.Ladder(client, server); len(l.Segments) != 1 || l.Segments[0].Seq != 7777 || b.book.open != 1 {
		t.Errorf("%v", l)
	}
	if f := b.file(); len(f.Packets) != 9 || len(f.Ladders()) != 2 {
		t.Errorf("%d packets, %d ladders", len(f.Packets), len(f.Ladders()))
	}
}

func TestSettle(t *testing.T) {
	b := newBench(t, Options{})
	if err := b.Settle(t.Context()); err != nil {
		t.Errorf("with nothing to wait for: %v", err)
	}
	b.Follow(client, server, "")
	b.script(handshake)
	over, cancel := context.WithCancelCause(t.Context())
	cancel(io.ErrClosedPipe)
	if err := b.Settle(over); !errors.Is(err, io.ErrClosedPipe) || !strings.Contains(err.Error(), "1 connections have not ended") {
		t.Errorf("error %v", err)
	}
	done := make(chan error)
	go func() { done <- b.Settle(t.Context()) }()
	b.script(strings.TrimPrefix(whole, handshake))
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestQueue(t *testing.T) {
	var q queue
	for _, at := range []int{5, 3, 9, 3, 7, 1, 9, 4} {
		q.add(&record{time: ms(at), ifindex: len(q.list)})
	}
	var got []string
	for _, upTo := range []int{0, 3, 8} {
		for r := q.due(ms(upTo), 1<<30); r != nil; r = q.due(ms(upTo), 1<<30) {
			got = append(got, fmt.Sprint(r.time.Sub(t0).Milliseconds(), ":", r.ifindex))
		}
		if upTo == 3 { // what comes late is written next
			q.add(&record{time: ms(2), ifindex: 100})
		}
	}
	for r := q.due(ms(0), 0); r != nil; r = q.due(ms(0), 0) { // too much
		got = append(got, fmt.Sprint(r.time.Sub(t0).Milliseconds(), ":", r.ifindex))
	}
	if want := "1:5 3:1 3:3 2:100 4:7 5:0 7:4 9:2 9:6"; strings.Join(got, " ") != want || q.bytes != 0 || q.next() != nil {
		t.Errorf("%v, %d bytes left, want %v", got, q.bytes, want)
	}
}

type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

// With a full disk the ladders go on, and Close says why the file ends.
func TestFullDisk(t *testing.T) {
	b := newBench(t, Options{Writer: &full{100}})
	b.Follow(client, server, "")
	b.script(whole)
	b.script("5000 < A 5021 1101 0 509 4 = x")
	b.script("9000 < A 5021 1101 0 509 5 = x")
	if err := b.Close(); err == nil || err.Error() != "capture: write: disk full" {
		t.Errorf("error %v", err)
	}
	if len(b.Ladder(client, server).Segments) != 10 || b.queue.next() != nil {
		t.Errorf("%v", b.Ladder(client, server))
	}
}

func TestOptionsTooMany(t *testing.T) {
	if _, err := (Options{Ports: make([]uint16, 33)}).filled(); err == nil {
		t.Error("33 ports are taken")
	}
}

func TestPrivilegeErrorIsALine(t *testing.T) {
	err := &PrivilegeError{errors.New("operation not permitted")}
	if s := err.Error(); strings.Contains(s, "\n") || !strings.Contains(s, "CAP_NET_RAW") {
		t.Error(s)
	}
}
