package kernel

import (
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func bytesOf(i *unix.TCPInfo) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(i)), unsafe.Sizeof(*i))
}

// Every field is where x/sys, whose struct is made from the kernel's header,
// has it.
func TestDecodeInfoAgreesWithHeader(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		var c unix.TCPInfo
		b := bytesOf(&c)
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		c.State = uint8(Established)
		us := func(v uint32) time.Duration { return time.Duration(v) * time.Microsecond }
		us64 := func(v uint64) time.Duration { return time.Duration(v) * time.Microsecond }
		o := c.Options
		bits := b[6:8]
		want := Info{
			State: Established, RTT: us(c.Rtt), RTTVar: us(c.Rttvar), MinRTT: us(c.Min_rtt), RTO: us(c.Rto),
			SinceData:   time.Duration(c.Last_data_recv) * time.Millisecond,
			SinceAck:    time.Duration(c.Last_ack_recv) * time.Millisecond,
			Retransmits: int(c.Total_retrans), Timeouts: int(c.Retransmits), Lost: int(c.Lost), Unacked: int(c.Unacked),
			Reordering: int(c.Reordering), ReorderSeen: int(c.Reord_seen), DSACKs: int(c.Dsack_dups), OutOfOrder: int(c.Rcv_ooopack),
			MSS: int(c.Snd_mss), RcvMSS: int(c.Rcv_mss), AdvMSS: int(c.Advmss), PMTU: int(c.Pmtu), CWND: int(c.Snd_cwnd),
			SSThresh: int(c.Snd_ssthresh), SndWnd: int(c.Snd_wnd), RcvWnd: int(c.Rcv_wnd), RcvSpace: int(c.Rcv_space),
			SegsOut: int(c.Segs_out), SegsIn: int(c.Segs_in), DataSegsOut: int(c.Data_segs_out), DataSegsIn: int(c.Data_segs_in),
			BytesSent: int64(c.Bytes_sent), BytesRetrans: int64(c.Bytes_retrans), BytesAcked: int64(c.Bytes_acked),
			BytesReceived: int64(c.Bytes_received), NotSent: int(c.Notsent_bytes), DeliveryRate: int64(c.Delivery_rate),
			PacingRate: int64(c.Pacing_rate), AppLimited: bits[1]&1 != 0,
			Busy: us64(c.Busy_time), RwndLimited: us64(c.Rwnd_limited), SndbufLimited: us64(c.Sndbuf_limited),
			Timestamps: o&1 != 0, SACK: o&2 != 0, WScale: o&4 != 0, ECN: o&8 != 0, ECNSeen: o&16 != 0, SYNData: o&32 != 0,
			SndWScale: bits[0] & 15, RcvWScale: bits[0] >> 4,
		}
		var got Info
		if decodeInfo(b, &got); got != want {
			t.Fatalf("decoded\n%+v, want\n%+v", got, want)
		}
	}
}

// What an older kernel does not fill in is zero, and a newer one's fields
// behind the known ones change nothing.
func TestDecodeInfoByLength(t *testing.T) {
	var c unix.TCPInfo
	c.State, c.Rtt, c.Total_retrans, c.Segs_out, c.Bytes_sent, c.Snd_wnd = 1, 50_000, 2, 7, 1000, 65535
	for _, tt := range []struct {
		name string
		size int
		want Info
	}{
		{"nothing", 0, Info{}},
		{"Linux 2.6", 104, Info{State: Established, RTT: 50 * time.Millisecond, Retransmits: 2}},
		{"Linux 4.9", 192, Info{State: Established, RTT: 50 * time.Millisecond, Retransmits: 2, SegsOut: 7}},
		{"Linux 4.19", 224, Info{State: Established, RTT: 50 * time.Millisecond, Retransmits: 2, SegsOut: 7, BytesSent: 1000}},
		{"Linux 5.4", 232, Info{State: Established, RTT: 50 * time.Millisecond, Retransmits: 2, SegsOut: 7, BytesSent: 1000, SndWnd: 65535}},
		{"longer", 400, Info{State: Established, RTT: 50 * time.Millisecond, Retransmits: 2, SegsOut: 7, BytesSent: 1000, SndWnd: 65535}},
	} {
		b := append(bytesOf(&c), make([]byte, 400)...)[:tt.size]
		var got Info
		if decodeInfo(b, &got); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestInfoData(t *testing.T) {
	for _, tt := range []struct {
		in             Info
		sent, received int64
	}{
		{Info{State: Established, BytesSent: 10, BytesRetrans: 3, BytesReceived: 5}, 7, 5},
		{Info{State: CloseWait, BytesReceived: 5}, 0, 4},
		{Info{State: LastAck, BytesReceived: 1}, 0, 0},
		{Info{State: Closing}, 0, 0},
		{Info{State: FinWait2, BytesReceived: 5}, 0, 5},
	} {
		if s, r := tt.in.Data(); s != tt.sent || r != tt.received {
			t.Errorf("%+v: %d sent, %d received, want %d and %d", tt.in, s, r, tt.sent, tt.received)
		}
	}
}

// Bytes that are not there count as zero bytes, wherever the end falls.
func FuzzDecodeInfo(f *testing.F) {
	var c unix.TCPInfo
	c.State, c.Rtt = 1, 1
	f.Add(bytesOf(&c))
	f.Add([]byte{})
	f.Add([]byte{2, 0, 1, 0, 0, 7, 0x77})
	f.Fuzz(func(t *testing.T, b []byte) {
		var short, long Info
		decodeInfo(b, &short)
		decodeInfo(append(b[:len(b):len(b)], make([]byte, maxInfo)...), &long)
		if len(b) >= maxInfo && short != long {
			t.Errorf("what follows %d bytes counts", len(b))
		}
		if short.State != long.State || short.SndWScale != long.SndWScale {
			t.Errorf("%+v, then %+v", short, long)
		}
		if s := short.State.String(); s == "" {
			t.Error("a state without a name")
		}
	})
}
