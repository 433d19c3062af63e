package capture

import (
	"errors"
	"io"
	"time"
)

// Options say what is captured, and where to. The zero value watches all
// interfaces and keeps ladders only.
type Options struct {
	// Writer is given the packets as a pcapng file, in the order of their
	// times, a second late; nil: no file is made. What Close returns says
	// whether all was written. Writer is not closed.
	Writer io.Writer
	// Interfaces are the names of those to listen to; empty: all, also those
	// that come up later. At most 16.
	Interfaces []string
	// Ports limits the capture to TCP to and from these ports, of either
	// side, so that a busy machine need not show everything; empty: all
	// ports. At most 32.
	Ports []uint16
	// DNS also writes the questions to port 53 for the names of connections
	// that are followed, and the answers.
	DNS bool
	// SnapLength is how many bytes of each packet are kept; 0: all. It is 128
	// at least, which is enough for ladders.
	SnapLength int
	// Hold is how long packets of a new connection wait for Follow; 0: 15
	// seconds, so that there is time for slow handshakes.
	Hold time.Duration
	// MaxHeld is how many bytes may wait, for Follow or to be written; 0: 8
	// MiB for each. Counts.Forgotten has what was lost by it.
	MaxHeld int
	// MaxSegments is how many segments the ladder of one connection keeps, the
	// first half and the last; 0: 512. MaxLadders is how many connections
	// have one; 0: 1024, and then the oldest is forgotten.
	MaxSegments, MaxLadders int
	// Buffer is the size of the kernel's buffer in bytes; 0: 8 MiB, or as
	// much as the kernel allows without CAP_NET_ADMIN.
	Buffer int
}

const (
	maxInterfaces = 16
	maxPorts      = 32
	// writeDelay is how long packets wait until they are written, so that
	// they are in order and the secrets that open them come first.
	writeDelay = time.Second
	// maxPacket is more than the longest that Linux hands over: 512 KB of
	// "BIG TCP" with its headers.
	maxPacket = 640 << 10
)

// filled returns o with the defaults.
func (o Options) filled() (Options, error) {
	if len(o.Interfaces) > maxInterfaces || len(o.Ports) > maxPorts {
		return o, errors.New("capture: options: too many interfaces or ports")
	}
	o.SnapLength = max(min(or(o.SnapLength, maxPacket), maxPacket), 128)
	o.Hold = or(o.Hold, 15*time.Second)
	o.MaxHeld = or(o.MaxHeld, 8<<20)
	o.MaxSegments = max(or(o.MaxSegments, 512), 2)
	o.MaxLadders = or(o.MaxLadders, 1024)
	o.Buffer = or(o.Buffer, 8<<20)
	return o, nil
}

func or[T int | time.Duration](v, zero T) T {
	if v <= 0 {
		return zero
	}
	return v
}

// Counts say what became of the packets.
type Counts struct {
	Received  uint64 // passed the kernel's filter
	Dropped   uint64 // lost by the kernel, because its buffer was full
	Written   uint64 // to Options.Writer
	Followed  uint64 // of connections that are followed, their names and neighbours
	Others    uint64 // of other connections
	Forgotten uint64 // would have waited for Follow longer, if there had been room
	Doubled   uint64 // of connections that are followed, seen on a second interface
	Unread    uint64 // fragments, and what could not be made sense of
	Supers    uint64 // of connections that are followed, longer than any on the wire
	Ladders   uint64 // connections whose ladder was forgotten
}

// A PrivilegeError says that the process may not capture.
type PrivilegeError struct {
	Err error // the kernel's
}

// Error returns one line that says what is needed.
func (e *PrivilegeError) Error() string {
	return "capture: needs CAP_NET_RAW (run as root, or once: setcap cap_net_raw+ep PROGRAM): " + e.Err.Error()
}

// Unwrap returns the kernel's error.
func (e *PrivilegeError) Unwrap() error { return e.Err }
