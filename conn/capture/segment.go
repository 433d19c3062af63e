package capture

import (
	"strconv"
	"time"
)

// What is what a segment is there for.
type What uint8

// What segments are there for.
const (
	Opening         What = iota + 1 // SYN
	OpeningReply                    // SYN+ACK
	Acknowledgement                 // ACK, and nothing else
	Data                            // a part of the stream; with PSH, URG or not
	Closing                         // FIN, with data or without
	Reset                           // RST
	DuplicateACK                    // says once more what is missing
	WindowUpdate                    // says how much may be sent, nothing else
	WindowProbe                     // asks whether something may be sent now
	KeepAlive                       // asks whether the other end is there
	KeepAliveReply
)

// String returns the term of the trade: "SYN", "SYN+ACK", "ACK", "data", "FIN",
// "RST", "duplicate ACK", "window update", "window probe", "keep-alive", "keep-alive ACK".
func (w What) String() string {
	names := [...]string{"unknown", "SYN", "SYN+ACK", "ACK", "data", "FIN", "RST", "duplicate ACK", "window update", "window probe",
		"keep-alive", "keep-alive ACK"}
	if int(w) >= len(names) {
		return "What(" + strconv.Itoa(int(w)) + ")"
	}
	return names[w]
}

// A Segment is one segment of TCP as it was seen.
type Segment struct {
	Time  time.Time // when the kernel had it in hand
	Out   bool      // from Local to Remote
	What  What
	Flags Flags
	Link  Link // zero on links that have no such header

	Seq, Ack uint32 // as sent
	// RelSeq and RelAck count from the SYN of their direction, which is 0, so
	// that the first byte of data is 1. They do not wrap. Of a connection
	// whose SYN was not seen, the first thing seen is 1. RelAck is 0 in a
	// segment without ACK.
	RelSeq, RelAck int64
	Length         int // bytes of data
	// Window is how many bytes the sender takes, scaled where both sides had
	// said how; where their SYNs were not seen it is the bare figure.
	Window  int
	Options TCPOptions

	// AcksSYN: of a SYN+ACK, that its ack is the SYN's seq + 1 (and as much
	// more as there was data in a fast open's SYN, at most); of another, that
	// it is the one which confirms the SYN+ACK so.
	AcksSYN bool
	// AcksFIN: it is the first that confirms the other side's FIN.
	AcksFIN bool

	Retransmitted bool // what it carries had been sent before
	// Needless: retransmitted, although it had been acknowledged.
	Needless   bool
	OutOfOrder bool  // fills a gap that later segments had left, sooner than a repetition could
	Duplicate  bool  // the very same packet once more: it was doubled on the way
	Gap        int64 // bytes before it that were not seen, so far

	// Super is how many segments travel for this one on the wire; 0: just
	// this. Network cards cut long segments after we have seen them (TSO),
	// and the kernel joins those that came before we see them (GRO).
	// SuperSize is how much data is in each; 0: not known, and then Super is
	// reckoned with the MSS.
	Super, SuperSize int
	// NoChecksum: its checksum is not yet made; the network card makes it,
	// and on loopback nobody.
	NoChecksum bool
}

// End returns the relative sequence number after the segment; SYN and FIN
// count as one.
func (s *Segment) End() int64 {
	end := s.RelSeq + int64(s.Length)
	if s.Flags&SYN != 0 {
		end++
	}
	if s.Flags&FIN != 0 {
		end++
	}
	return end
}
