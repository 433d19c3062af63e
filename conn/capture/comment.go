package capture

import (
	"fmt"
	"strings"
)

// comments are what the file says beside a segment: who it is between and what
// its numbers mean, where it opens or closes a connection or is out of order.
func (s *Segment) comments(name string) []string {
	var list []string
	if s.Flags&(SYN|FIN|RST) != 0 || s.AcksSYN || s.AcksFIN {
		said := s.summary()
		if name != "" && s.Flags&(SYN|FIN|RST) != 0 {
			said += " (" + name + ")"
		}
		list = append(list, said)
	}
	if r := s.remarks(); len(r) > 0 {
		list = append(list, strings.Join(r, ", "))
	}
	return list
}

// String returns what the segment is and what its numbers mean, as in a ladder's
// text: "SYN+ACK seq 7001, ack 3002 = the SYN's seq + 1, window 65535". What is
// unusual about it follows in brackets.
func (s Segment) String() string {
	text := s.summary()
	if r := s.remarks(); len(r) > 0 {
		text += " [" + strings.Join(r, ", ") + "]"
	}
	return text
}

// summary says what a segment is and what its numbers mean: as they are in the
// handshake, relative to it afterwards.
func (s *Segment) summary() string {
	var b strings.Builder
	b.WriteString(s.label())
	switch s.What {
	case Opening:
		fmt.Fprintf(&b, " seq %d", s.Seq)
	case OpeningReply:
		fmt.Fprintf(&b, " seq %d, ack %d", s.Seq, s.Ack)
		if s.AcksSYN {
			b.WriteString(" = the SYN's seq + 1")
		} else {
			b.WriteString(", which is NOT the SYN's seq + 1")
		}
	case Data, Closing, Reset, WindowProbe:
		if s.Length > 0 {
			fmt.Fprintf(&b, " %d-%d (%d)", s.RelSeq, s.RelSeq+int64(s.Length)-1, s.Length)
		} else {
			fmt.Fprintf(&b, " seq %d", s.RelSeq)
		}
	}
	switch {
	case s.Flags&ACK == 0 || s.Flags&SYN != 0:
	case s.AcksSYN && s.RelAck == 1 && s.What == Acknowledgement:
		fmt.Fprintf(&b, " seq %d, ack %d = the SYN's seq + 1", s.Seq, s.Ack)
	case s.AcksFIN:
		fmt.Fprintf(&b, " ack %d = the FIN's seq + 1", s.RelAck)
	default:
		fmt.Fprintf(&b, " ack %d", s.RelAck)
	}
	if s.Flags&SYN != 0 || s.What == WindowUpdate {
		fmt.Fprintf(&b, ", window %d", s.Window)
	} else if s.Window == 0 && s.Flags&RST == 0 {
		b.WriteString(", window 0")
	}
	if o := s.Options.String(); s.Flags&SYN != 0 && o != "" {
		b.WriteString(", " + o)
	}
	return b.String()
}

// label is What, with the flags that it does not imply.
func (s *Segment) label() string {
	switch {
	case s.What == Closing && s.Flags&ACK != 0:
		return "FIN+ACK"
	case s.What == Reset && s.Flags&ACK != 0:
		return "RST+ACK"
	}
	return s.What.String()
}

// remarks are what is unusual about a segment.
func (s *Segment) remarks() []string {
	var r []string
	if s.Retransmitted {
		r = append(r, "retransmitted")
	}
	if s.Needless {
		r = append(r, "needlessly")
	}
	if s.OutOfOrder {
		r = append(r, "out of order")
	}
	if s.Duplicate {
		r = append(r, "duplicate packet")
	}
	if s.Gap > 0 {
		r = append(r, fmt.Sprintf("%d bytes before it not seen", s.Gap))
	}
	switch {
	case s.Super > 0 && s.SuperSize > 0:
		r = append(r, fmt.Sprintf("super-segment: %d of %d on the wire", s.Super, s.SuperSize))
	case s.Super > 0:
		r = append(r, fmt.Sprintf("super-segment: at least %d on the wire", s.Super))
	}
	if s.Super > 0 && s.NoChecksum {
		r = append(r, "its checksum is yet to be made")
	}
	return r
}
