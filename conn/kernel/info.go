package kernel

import (
	"encoding/binary"
	"time"
)

// An Info is what the kernel says about a TCP socket (TCP_INFO). What an older
// kernel does not say is zero; the versions that it takes are beside the fields
// that are younger than Linux 4.9.
type Info struct {
	State State

	RTT    time.Duration // smoothed round trip
	RTTVar time.Duration // its mean deviation
	MinRTT time.Duration // the least in the last 5 minutes; 0: none was measured
	RTO    time.Duration // after which a segment is sent again
	// SinceData and SinceAck are the times since data and since an ACK came
	// from the peer, in the kernel's ticks of 1 to 10 ms.
	SinceData, SinceAck time.Duration

	// Retransmits counts all segments that were sent again, SYNs included.
	Retransmits int
	// SYNRetransmits is the part of them that was sent again before the
	// connection was open. The kernel does not keep it apart: it is known to
	// Read in the states SYN_SENT and SYN_RCVD, and to package conn, which
	// reads each connection when it opens.
	SYNRetransmits int
	Timeouts       int // retransmission timer ran out, in a row; 0 once an ACK came
	Lost           int // segments taken for lost at this moment
	Unacked        int // segments under way
	Reordering     int // segments that may come out of order before one is lost
	ReorderSeen    int // reorderings that were seen (Linux 4.19)
	DSACKs         int // duplicates that the peer reported: sent again in vain (Linux 4.19)
	OutOfOrder     int // segments that came out of order (Linux 5.4)

	MSS      int // of what we send
	RcvMSS   int // of what the peer sends, estimated
	AdvMSS   int // that we told the peer
	PMTU     int
	CWND     int // congestion window in segments
	SSThresh int // slow start ends at this window; InfiniteSSThresh: not yet set
	SndWnd   int // the peer's receive window in bytes (Linux 5.4)
	RcvWnd   int // ours (Linux 6.2)
	RcvSpace int // bytes that the receive buffer is tuned for

	SegsOut, SegsIn         int   // all segments
	DataSegsOut, DataSegsIn int   // those with data
	BytesSent               int64 // data, repetitions included (Linux 4.19)
	BytesRetrans            int64 // the repetitions (Linux 4.19)
	BytesAcked              int64 // sequence numbers that the peer acknowledged; who connects has its SYN counted as one
	BytesReceived           int64 // sequence numbers received in order; the peer's FIN counts as one
	NotSent                 int   // bytes that wait in the send buffer

	DeliveryRate int64 // bytes per second, the newest measurement; 0: none
	PacingRate   int64 // bytes per second; 0: not paced
	AppLimited   bool  // DeliveryRate was bound by too little to send

	Busy          time.Duration // there was something to send or unacknowledged
	RwndLimited   time.Duration // of that, held up by the peer's receive window
	SndbufLimited time.Duration // of that, held up by the send buffer

	Timestamps bool // option of RFC 7323, agreed
	SACK       bool // RFC 2018, agreed
	ECN        bool // RFC 3168, agreed
	ECNSeen    bool // and a packet with an ECN codepoint came
	SYNData    bool // data in our SYN was acknowledged (TCP Fast Open, RFC 7413)
	WScale     bool // window scaling, agreed; the two shifts follow
	SndWScale  uint8
	RcvWScale  uint8
}

// InfiniteSSThresh is Info.SSThresh of a connection that has not left its
// first slow start (TCP_INFINITE_SSTHRESH).
const InfiniteSSThresh = 0x7fffffff

// Data returns the bytes of data sent, without repetitions, and received: the
// counters without what SYN and FIN count for. sent is 0 before Linux 4.19. In
// state CLOSED it is not known whether a FIN was received: received may be one
// too many.
func (i *Info) Data() (sent, received int64) {
	received = i.BytesReceived
	switch i.State {
	case CloseWait, LastAck, Closing:
		if received > 0 {
			received--
		}
	}
	return i.BytesSent - i.BytesRetrans, received
}

// maxInfo bounds the struct tcp_info that is asked for: that of Linux 6.18 has
// 280 bytes, and later fields are not read here.
const maxInfo = 280

// The bits of tcpi_options.
const (
	optTimestamps = 1 << iota
	optSACK
	optWScale
	optECN
	optECNSeen
	optSYNData
)

// decodeInfo reads a struct tcp_info (include/uapi/linux/tcp.h) of which the
// kernel filled in the bytes of b: it has grown with the versions and was never
// changed otherwise. All fields are aligned, so the offsets are those of every
// architecture.
func decodeInfo(b []byte, i *Info) {
	*i = Info{}
	f := fields(b)
	i.State = stateOf(f.u8(0))
	i.Timeouts = int(f.u8(2))
	opts := f.u8(5)
	i.Timestamps, i.SACK, i.WScale = opts&optTimestamps != 0, opts&optSACK != 0, opts&optWScale != 0
	i.ECN, i.ECNSeen, i.SYNData = opts&optECN != 0, opts&optECNSeen != 0, opts&optSYNData != 0
	i.SndWScale, i.RcvWScale, i.AppLimited = bitfields(f.u8(6), f.u8(7))

	us := func(at int) time.Duration { return time.Duration(f.u32(at)) * time.Microsecond }
	i.RTO = us(8)
	i.MSS, i.RcvMSS = int(f.u32(16)), int(f.u32(20))
	i.Unacked, i.Lost = int(f.u32(24)), int(f.u32(32))
	i.SinceData = time.Duration(f.u32(52)) * time.Millisecond
	i.SinceAck = time.Duration(f.u32(56)) * time.Millisecond
	i.PMTU = int(f.u32(60))
	i.RTT, i.RTTVar = us(68), us(72)
	i.SSThresh, i.CWND, i.AdvMSS = int(f.u32(76)), int(f.u32(80)), int(f.u32(84))
	i.Reordering = int(f.u32(88))
	i.RcvSpace = int(f.u32(96))
	i.Retransmits = int(f.u32(100))
	if i.State == SynSent || i.State == SynRcvd {
		i.SYNRetransmits = i.Retransmits
	}
	if i.PacingRate = f.u64(104); i.PacingRate == -1 {
		i.PacingRate = 0 // ~0: none
	}
	i.BytesAcked, i.BytesReceived = f.u64(120), f.u64(128)
	i.SegsOut, i.SegsIn = int(f.u32(136)), int(f.u32(140))
	i.NotSent = int(f.u32(144))
	if n := f.u32(148); n != ^uint32(0) { // ~0: none
		i.MinRTT = us(148)
	}
	i.DataSegsIn, i.DataSegsOut = int(f.u32(152)), int(f.u32(156))
	i.DeliveryRate = f.u64(160)
	i.Busy, i.RwndLimited, i.SndbufLimited = f.us64(168), f.us64(176), f.us64(184)
	i.BytesSent, i.BytesRetrans = f.u64(200), f.u64(208)
	i.DSACKs, i.ReorderSeen, i.OutOfOrder = int(f.u32(216)), int(f.u32(220)), int(f.u32(224))
	i.SndWnd, i.RcvWnd = int(f.u32(228)), int(f.u32(232))
}

// bitfields reads the four bit-fields that share two bytes. C's order of
// bit-fields follows that of bytes.
func bitfields(a, b byte) (snd, rcv uint8, appLimited bool) {
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 { // big
		return a >> 4, a & 15, b&0x80 != 0
	}
	return a & 15, a >> 4, b&1 != 0
}

// fields reads numbers of the machine's byte order; what lies behind the end
// is zero.
type fields []byte

func (f fields) u8(at int) byte {
	if at >= len(f) {
		return 0
	}
	return f[at]
}

func (f fields) u16(at int) uint16 {
	if at+2 > len(f) {
		return 0
	}
	return binary.NativeEndian.Uint16(f[at:])
}

func (f fields) u32(at int) uint32 {
	if at+4 > len(f) {
		return 0
	}
	return binary.NativeEndian.Uint32(f[at:])
}

func (f fields) u64(at int) int64 {
	if at+8 > len(f) {
		return 0
	}
	return int64(binary.NativeEndian.Uint64(f[at:]))
}

func (f fields) us64(at int) time.Duration { return time.Duration(f.u64(at)) * time.Microsecond }
