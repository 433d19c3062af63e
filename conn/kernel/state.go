package kernel

import "strconv"

// A State is a state of a TCP socket (RFC 9293 section 3.3.2), with Linux's
// numbers (include/net/tcp_states.h). Zero is not known.
type State uint8

// The states of TCP.
const (
	Established State = 1 + iota
	SynSent           // our SYN is under way; left by the peer's SYN+ACK
	SynRcvd           // the peer's SYN was answered; left by its ACK
	FinWait1          // our FIN is sent and not acknowledged
	FinWait2          // our FIN is acknowledged; left by the peer's FIN
	TimeWait          // both FINs are done, ours was first; left after 2MSL
	Closed            // TCP_CLOSE: no connection any more, or none yet
	CloseWait         // the peer's FIN is here; left by ours
	LastAck           // the peer's FIN was first, ours is not acknowledged
	Listen
	Closing // both FINs are sent, ours is not acknowledged
)

// newSynRecv is what the kernel calls a request that no socket belongs to yet;
// sock_diag shows it as SYN_RECV, TCP_INFO never does.
const newSynRecv = 12

var stateNames = [...]string{
	"UNKNOWN", "ESTABLISHED", "SYN_SENT", "SYN_RCVD", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT",
	"CLOSED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
}

// String returns the name of RFC 9293 with underscores, such as "FIN_WAIT_2".
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "State(" + strconv.Itoa(int(s)) + ")"
}

func stateOf(b byte) State {
	if b == newSynRecv {
		return SynRcvd
	}
	return State(b)
}
