package kernel

import (
	"errors"
	"net/netip"
	"strconv"
	"time"
)

// ErrNoSocket is the error of a lookup that finds no socket: the connection is
// closed, its TIME_WAIT included.
var ErrNoSocket = errors.New("kernel: no such socket")

// A Sock is an entry of the kernel's table of TCP sockets.
type Sock struct {
	Local, Remote netip.AddrPort
	State         State
	Timer         Timer
	Left          time.Duration // what remains of the timer
	Retransmits   int           // of the segment that the timer is for
	RecvQueue     int           // bytes that nobody has read
	SendQueue     int           // bytes that are not acknowledged
	Cookie        uint64
	UID           uint32 // whose it is; 0 in TIME_WAIT
	Inode         uint32 // of its descriptor; 0 if that is closed
}

// A Timer is what a socket waits for.
type Timer uint8

// The timers that sock_diag tells apart.
const (
	TimerOff        Timer = iota
	TimerRetransmit       // until a segment is sent again
	TimerKeepAlive        // until a probe; in FIN_WAIT_2 until the kernel gives the socket up
	TimerTimeWait         // until a closed connection is forgotten
	TimerProbe            // until a closed window is probed
)

// String returns "off", "retransmit", "keepalive", "timewait" or "probe".
func (t Timer) String() string {
	names := [...]string{"off", "retransmit", "keepalive", "timewait", "probe"}
	if int(t) < len(names) {
		return names[t]
	}
	return "Timer(" + strconv.Itoa(int(t)) + ")"
}
