package capture

import (
	"net/netip"
	"slices"
	"time"
)

// A Ladder is what the wire saw of one connection, rung by rung. The zero
// Ladder is of one that was not seen.
type Ladder struct {
	Local, Remote netip.AddrPort
	Name          string // as given to Follow
	Interface     string // where its first packet was seen; "" if not known
	// Discovery has the exchanges that told the link address of the next
	// hop, as far as they were seen: where the kernel knew it, there are none.
	Discovery []Discovery
	Segments  []Segment
	// Omitted is how many segments are left out, after the Before first of
	// Segments, because there were too many.
	Omitted, Before int
	// Dropped is how many packets, of any connection, the capture had missed:
	// with any, what Segments say of gaps and repetitions is not sure.
	Dropped uint64
}

// Opening returns the segments of the handshake: up to the one that confirms
// the answer to the SYN, or all there are before the first of another kind. It is
// empty if the SYN was not seen.
func (l Ladder) Opening() []Segment {
	if len(l.Segments) == 0 || l.Segments[0].Flags&SYN == 0 {
		return nil
	}
	replied := false
	for i, s := range l.Segments {
		switch {
		case s.Flags&SYN != 0:
			replied = replied || s.What == OpeningReply && s.AcksSYN
		case s.What == Reset || replied && s.AcksSYN:
			return slices.Clip(l.Segments[:i+1])
		default:
			return slices.Clip(l.Segments[:i])
		}
	}
	return slices.Clip(l.Segments)
}

// Closing returns the segments from the first FIN or RST to the end, whatever
// they carry. It is empty while there was none.
func (l Ladder) Closing() []Segment {
	i := slices.IndexFunc(l.Segments, func(s Segment) bool { return s.Flags&(FIN|RST) != 0 })
	if i < 0 {
		return nil
	}
	return slices.Clip(l.Segments[i:])
}

// Between returns the segments that were seen from one moment to another, both
// included: those of a request, if it had the connection for itself.
func (l Ladder) Between(from, to time.Time) []Segment {
	var list []Segment
	for _, s := range l.Segments {
		if !s.Time.Before(from) && !s.Time.After(to) {
			list = append(list, s)
		}
	}
	return list
}

// Bytes returns the segments that carry data of a range of the bytes sent (or
// received): the first byte of the connection has number 0, and that of
// number to is not in the range. Repetitions are included.
func (l Ladder) Bytes(out bool, from, to int64) []Segment {
	var list []Segment
	for _, s := range l.Segments {
		if first := s.RelSeq - 1; s.Out == out && s.Length > 0 && first < to && first+int64(s.Length) > from {
			list = append(list, s)
		}
	}
	return list
}

// RoundTrip returns the time from the last SYN to its answer, as seen from the
// end that had sent it or, of a connection that was accepted, from the SYN+ACK
// to the ACK; 0 if they were not seen.
func (l Ladder) RoundTrip() time.Duration {
	var sent time.Time
	for _, s := range l.Opening() {
		if s.Out && s.Flags&SYN != 0 {
			sent = s.Time
		} else if !s.Out && s.AcksSYN && !sent.IsZero() {
			return s.Time.Sub(sent)
		}
	}
	return 0
}

// reversed returns the ladder as seen from the other end.
func (l Ladder) reversed() Ladder {
	l.Local, l.Remote = l.Remote, l.Local
	l.Segments = slices.Clone(l.Segments)
	for i := range l.Segments {
		l.Segments[i].Out = !l.Segments[i].Out
	}
	return l
}
