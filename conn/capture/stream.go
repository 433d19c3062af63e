package capture

import (
	"net/netip"
	"time"
)

// A packet is a frame with what was seen around it.
type packet struct {
	frame
	record
	segment    int    // size of the segments that a longer one is cut to; 0: it is none, or not known
	noChecksum bool   // see Segment
	question   string // of DNS: the name that it asks for
}

// A flow is what has been seen of one direction of a connection.
type flow struct {
	known   bool   // whether isn is
	opened  bool   // the SYN was seen
	isn     uint32 // sequence number of the SYN; the first byte of data has isn + 1
	next    int64  // relative number after everything seen
	acked   int64  // the highest that it has acknowledged of the other's
	any     bool   // a segment was seen,
	fresh   bool   // and the last one was a SYN
	ackSeen bool
	window  uint16 // of the last segment
	scaling bool   // it had said so in its SYN,
	shift   uint8
	mss     int   // the longest segment that it takes; 0: not known
	fast    int64 // data in its SYN
	fin     int64 // relative number of its FIN; -1: none yet
	acksSYN bool  // it has confirmed the other's SYN,
	acksFIN bool  // and FIN
	holes   []hole
	asked   bool // the last one seen was a keep-alive
	recent  [recentPackets]fingerprint
	turn    int
}

// A hole is a range of sequence numbers that were passed over.
type hole struct {
	from, to int64
	since    time.Time
	stamp    uint32 // the timestamp of the segment that passed it over,
	stamped  bool   // if it had one
}

const (
	recentPackets = 32
	maxHoles      = 64
)

// A fingerprint is what two packets have in common only if one is a copy.
type fingerprint struct {
	time    time.Time
	ifindex int
	id      uint16
	seq     uint32
	ack     uint32
	tsval   uint32
	sack    uint32
	length  int
	flags   Flags
	window  uint16
}

// equal reports whether two packets are the same, whenever and wherever seen.
func (f *fingerprint) equal(g *fingerprint) bool {
	same := *f
	same.time, same.ifindex = g.time, g.ifindex
	return same == *g
}

// A stream names the segments of a connection, one after the other. It is
// fed with packets of this connection only.
type stream struct {
	local, remote netip.AddrPort
	out, in       flow
	first         time.Time     // when the SYN that is being waited for went out
	rtt           time.Duration // of the handshake; 0: not known
	reset         bool
}

func newStream(local, remote netip.AddrPort) *stream {
	s := &stream{local: local, remote: remote}
	s.out.fin, s.in.fin = -1, -1
	return s
}

// over reports whether nothing more is to come: both have closed and know it
// of each other, or one has reset.
func (s *stream) over() bool { return s.reset || s.out.acksFIN && s.in.acksFIN }

// again reports whether p opens the next connection between the same ends.
func (s *stream) again(p *packet) bool {
	f := &s.in
	if p.src == s.local {
		f = &s.out
	}
	return p.tcp.flags&(SYN|ACK) == SYN && f.known && f.isn != p.tcp.seq && (s.over() || f.fin >= 0 || !f.opened)
}

// copied reports whether a packet has been seen before, byte for byte, and
// whether that was on another interface.
func (f *flow) copied(p *packet) (same, elsewhere bool) {
	now := fingerprint{p.time, p.ifindex, p.id, p.tcp.seq, p.tcp.ack, p.tcp.options.TSVal, p.tcp.sackSum, p.length, p.tcp.flags, p.tcp.window}
	for i := range f.recent[:min(f.turn, recentPackets)] {
		old := &f.recent[i]
		if old.seq != now.seq || old.ack != now.ack || !old.equal(&now) {
			continue
		}
		if old.ifindex != now.ifindex {
			return true, true
		}
		// Without a number of the packet, two acknowledgements may be equal,
		// and so may be data that was sent again. Linux does that after
		// 200 ms at the earliest (TCP_RTO_MIN).
		if p.id != 0 || p.length > 0 && now.time.Sub(old.time) < 100*time.Millisecond {
			return true, false
		}
	}
	f.recent[f.turn%recentPackets] = now
	f.turn++
	return false, false
}

// add names the next packet. It reports false for one that was already seen
// on another interface: of a bridge and its port, say.
func (s *stream) add(p *packet) (seg Segment, ok bool) {
	f, other := &s.in, &s.out
	out := p.src == s.local
	if out {
		f, other = other, f
	}
	same, elsewhere := f.copied(p)
	if elsewhere {
		return seg, false
	}
	h := &p.tcp
	seg = Segment{
		Time: p.time, Out: out, Flags: h.flags, Link: p.link, Seq: h.seq, Ack: h.ack,
		Length: p.length, Options: h.options, Duplicate: same, NoChecksum: p.noChecksum,
	}
	s.place(&seg, f, other)
	s.windowOf(&seg, f, other, h.window)
	seg.What = s.what(&seg, f, other, h)
	if seg.What != KeepAlive && seg.What != WindowProbe {
		s.cover(&seg, f, other)
	}
	super(&seg, p.segment, other.mss)
	s.learn(&seg, f, other, h)
	return seg, true
}

// place finds the relative numbers.
func (s *stream) place(seg *Segment, f, other *flow) {
	if seg.Flags&SYN != 0 && !f.opened {
		if !f.any { // what the other side has said of it may have been about an earlier one
			f.known, f.isn, f.next = true, seg.Seq, 0
		}
		f.opened = f.isn == seg.Seq
	}
	if !f.known {
		f.known, f.isn, f.next = true, seg.Seq-1, 1
	}
	seg.RelSeq = relative(seg.Seq, f.isn, f.next)
	if seg.Flags&ACK != 0 {
		if !other.known && seg.Flags&RST == 0 {
			other.known, other.isn, other.next = true, seg.Ack-1, 1
		}
		seg.RelAck = relative(seg.Ack, other.isn, other.next)
	}
}

// relative unwraps a sequence number: the one nearest to near.
func relative(seq, isn uint32, near int64) int64 {
	return near + int64(int32(seq-(isn+uint32(near))))
}

func (s *stream) windowOf(seg *Segment, f, other *flow, window uint16) {
	seg.Window = int(window)
	if seg.Flags&SYN == 0 && f.scaling && other.scaling {
		seg.Window <<= f.shift
	}
}

// what says what a segment is for; its place in the stream is known and not
// yet taken.
func (s *stream) what(seg *Segment, f, other *flow, h *tcpHeader) What {
	behind := seg.RelSeq == f.next-1 && f.any && seg.Length <= 1 && other.acked >= f.next
	silent := seg.Length == 0
	switch {
	case seg.Flags&RST != 0:
		return Reset
	case seg.Flags&(SYN|ACK) == SYN|ACK:
		return OpeningReply
	case seg.Flags&SYN != 0:
		return Opening
	case seg.Flags&FIN != 0:
		return Closing
	case behind && seg.Flags&ACK != 0 && (f.fin < 0 || silent) && seg.RelAck >= f.acked:
		if other.ackSeen && other.window == 0 {
			return WindowProbe
		}
		return KeepAlive
	case seg.Length == 1 && seg.RelSeq == f.next && other.ackSeen && other.window == 0 && f.any:
		return WindowProbe
	case !silent:
		return Data
	case !f.ackSeen || seg.RelAck != f.acked || seg.RelSeq != f.next:
		return Acknowledgement
	case other.asked:
		return KeepAliveReply
	case h.options.SACK || h.window == f.window && other.next > seg.RelAck:
		return DuplicateACK
	case h.window != f.window && !f.fresh: // a SYN's window has another scale
		return WindowUpdate
	}
	return Acknowledgement
}

// cover enters the range that a segment occupies, and says whether it is new.
func (s *stream) cover(seg *Segment, f, other *flow) {
	from, to := seg.RelSeq, seg.End()
	if from == to || seg.Flags&RST != 0 {
		return
	}
	if !f.any && from > f.next { // joined in the middle
		f.next = from
	}
	if from > f.next {
		seg.Gap = from - f.next
		if len(f.holes) < maxHoles {
			f.holes = append(f.holes, hole{f.next, from, seg.Time, seg.Options.TSVal, seg.Options.Timestamps})
		}
	}
	if from < f.next && !seg.Duplicate {
		if h, filled := f.fill(from, to); filled && s.early(seg, &h) {
			seg.OutOfOrder = true
		} else {
			seg.Retransmitted = true
			seg.Needless = other.ackSeen && to <= other.acked
		}
	}
	f.next = max(f.next, to)
}

// early reports whether a segment that fills a hole was sent before the one
// that passed it over. Their timestamps say so, as in RFC 3522; where they are
// of the same tick, or none, one that was sent again would have come a round
// trip later, since it takes our word that something is missing.
func (s *stream) early(seg *Segment, h *hole) bool {
	if d := int32(seg.Options.TSVal - h.stamp); h.stamped && seg.Options.Timestamps && d != 0 {
		return d < 0
	}
	bound := 3 * time.Millisecond // Wireshark's
	if s.rtt > 0 {
		bound = s.rtt * 3 / 4
	}
	return seg.Time.Sub(h.since) < bound
}

// fill takes a range out of the holes. It returns the first of them that was
// in it.
func (f *flow) fill(from, to int64) (first hole, filled bool) {
	left := f.holes[:0:0]
	for _, h := range f.holes {
		if to <= h.from || from >= h.to {
			left = append(left, h)
			continue
		}
		if !filled {
			first, filled = h, true
		}
		if h.from < from {
			before := h
			before.to = from
			left = append(left, before)
		}
		if to < h.to {
			after := h
			after.from = to
			left = append(left, after)
		}
	}
	if len(left) > maxHoles {
		left = left[:maxHoles]
	}
	f.holes = left
	return first, filled
}

// super marks a segment that is longer than any on the wire.
func super(seg *Segment, size, mss int) {
	if size > 0 && seg.Length > size {
		seg.SuperSize, seg.Super = size, (seg.Length+size-1)/size
		return
	}
	if size == 0 && mss > 0 && seg.Length > mss {
		seg.Super = (seg.Length + mss - 1) / mss
	}
}

// learn keeps what later segments are judged by.
func (s *stream) learn(seg *Segment, f, other *flow, h *tcpHeader) {
	if seg.Flags&SYN != 0 {
		f.scaling, f.shift = h.options.Scaling, h.options.Shift
		f.mss = int(h.options.MSS)
		f.fast = int64(seg.Length)
	}
	if seg.Flags&FIN != 0 && f.fin < 0 {
		f.fin = seg.End() - 1
	}
	if seg.Flags&RST != 0 {
		s.reset = true
	}
	if seg.Flags&ACK != 0 && seg.Flags&RST == 0 {
		s.confirm(seg, f, other)
		if !f.ackSeen || seg.RelAck > f.acked {
			f.acked = seg.RelAck
		}
		f.ackSeen = true
	}
	s.clock(seg)
	f.any, f.fresh, f.window = true, seg.Flags&SYN != 0, h.window
	f.asked = seg.What == KeepAlive || seg.What == WindowProbe
	if seg.What != KeepAlive {
		other.asked = false
	}
}

// confirm checks the numbers of the handshake and of the close.
func (s *stream) confirm(seg *Segment, f, other *flow) {
	if !f.acksSYN || seg.What == OpeningReply {
		seg.AcksSYN = other.opened && seg.RelAck >= 1 && seg.RelAck <= 1+other.fast
		if seg.What != OpeningReply && other.opened && seg.RelAck >= 1 {
			seg.AcksSYN = true
		}
		f.acksSYN = f.acksSYN || seg.AcksSYN
	}
	if !f.acksFIN && other.fin >= 0 && seg.RelAck == other.fin+1 {
		seg.AcksFIN, f.acksFIN = true, true
	}
}

// clock measures the round trip of the handshake from this end.
func (s *stream) clock(seg *Segment) {
	switch {
	case s.rtt > 0:
	case seg.Out && seg.Flags&SYN != 0:
		s.first = seg.Time
	case !seg.Out && seg.AcksSYN && !s.first.IsZero():
		s.rtt = seg.Time.Sub(s.first)
	}
}
