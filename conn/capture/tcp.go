package capture

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Flags are the flags of a TCP segment, as in its header.
type Flags uint16

// The flags of TCP (RFC 9293 section 3.1).
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
	AE // RFC 9768: more exact congestion marks
)

// String returns the flags as in "SYN+ACK".
func (f Flags) String() string {
	var s []string
	for i, name := range [...]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"} {
		if f&(1<<i) != 0 {
			s = append(s, name)
		}
	}
	return strings.Join(s, "+")
}

// TCPOptions are the options of a segment that the ladder knows.
type TCPOptions struct {
	MSS           uint16 // the longest segment that the sender takes; 0: not said
	Scaling       bool   // the window will be scaled,
	Shift         uint8  // by so many bits
	SACKPermitted bool
	SACK          bool // it reports blocks that came out of order
	Timestamps    bool
	TSVal, TSEcr  uint32
	FastOpen      bool // it asks for or has a cookie (RFC 7413)
	Multipath     bool // RFC 8684
}

// String returns the options as in "mss 1460, window scale 7, sack, timestamps".
func (o TCPOptions) String() string {
	var s []string
	if o.MSS > 0 {
		s = append(s, fmt.Sprintf("mss %d", o.MSS))
	}
	if o.Scaling {
		s = append(s, fmt.Sprintf("window scale %d", o.Shift))
	}
	if o.SACKPermitted {
		s = append(s, "sack")
	}
	if o.Timestamps {
		s = append(s, "timestamps")
	}
	if o.FastOpen {
		s = append(s, "fast open")
	}
	if o.Multipath {
		s = append(s, "multipath")
	}
	return strings.Join(s, ", ")
}

// A tcpHeader is the header of a segment.
type tcpHeader struct {
	srcPort, dstPort uint16
	seq, ack         uint32
	flags            Flags
	window           uint16 // as sent, not scaled
	size             int    // of the header
	options          TCPOptions
	sackSum          uint32 // tells the blocks of two segments apart
}

func readTCP(p []byte) (h tcpHeader, ok bool) {
	if len(p) < 20 {
		return h, false
	}
	h = tcpHeader{
		srcPort: binary.BigEndian.Uint16(p), dstPort: binary.BigEndian.Uint16(p[2:]),
		seq: binary.BigEndian.Uint32(p[4:]), ack: binary.BigEndian.Uint32(p[8:]),
		flags:  Flags(binary.BigEndian.Uint16(p[12:]) & 0x1ff),
		window: binary.BigEndian.Uint16(p[14:]),
		size:   int(p[12]>>4) * 4,
	}
	if h.size < 20 || len(p) < h.size {
		return h, false
	}
	h.readOptions(p[20:h.size])
	return h, true
}

// readOptions reads what it knows and stops at what is malformed, as kernels do.
func (h *tcpHeader) readOptions(p []byte) {
	o := &h.options
	for len(p) > 0 {
		if p[0] == 0 { // end
			return
		}
		if p[0] == 1 { // no operation
			p = p[1:]
			continue
		}
		if len(p) < 2 || p[1] < 2 || int(p[1]) > len(p) {
			return
		}
		value := p[2:p[1]]
		switch {
		case p[0] == 2 && len(value) == 2:
			o.MSS = binary.BigEndian.Uint16(value)
		case p[0] == 3 && len(value) == 1:
			o.Scaling, o.Shift = true, min(value[0], 14) // RFC 7323 section 2.3
		case p[0] == 4 && len(value) == 0:
			o.SACKPermitted = true
		case p[0] == 5:
			o.SACK = true
			for _, b := range value {
				h.sackSum = h.sackSum*31 + uint32(b) + 1
			}
		case p[0] == 8 && len(value) == 8:
			o.Timestamps = true
			o.TSVal, o.TSEcr = binary.BigEndian.Uint32(value), binary.BigEndian.Uint32(value[4:])
		case p[0] == 30:
			o.Multipath = true
		case p[0] == 34:
			o.FastOpen = true
		}
		p = p[p[1]:]
	}
}
