package conn

import (
	"time"

	"pageload/conn/kernel"
)

// A StateSpan is a state that a TCP connection was in, from the kernel's own
// mouth where Seen is set.
type StateSpan struct {
	State kernel.State
	Peer  bool // it is the state of the other end

	// From and To are when the state was entered and left, at our clock; To is
	// zero where that was not awaited. Of a TIME_WAIT, To is when it will end
	// by the kernel's timer.
	From, To time.Time
	// Error is the sampling error of From: the state was entered at most so
	// long before it, or after it in the case of our own SYN and FIN.
	Error time.Duration
	// Seen is false where the kernel was not asked while the state lasted: it
	// passed unseen, and must have been there by the rules of TCP.
	Seen bool
	// Why says what the state is there for, or how it is known.
	Why string
}
