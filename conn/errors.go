package conn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"
)

var (
	// ErrPoolClosed is returned for requests to a pool that was closed, and
	// to those that were waiting when it was.
	ErrPoolClosed = errors.New("conn: pool is closed")

	// ErrLost is the error of an attempt that was given up because another
	// address answered first.
	ErrLost = errors.New("another address was faster")
)

// A ResolveError says that the name of a host gave no address. Err has the
// resolver's own error (see package dnscache).
type ResolveError struct {
	Host  string
	Start time.Time // when the lookup began
	End   time.Time
	Err   error
}

func (e *ResolveError) Error() string {
	return fmt.Sprintf("conn: resolve %s: %v (after %v)%s", e.Host, e.Err, round(e.End.Sub(e.Start)), descriptorHint(e.Err))
}

func (e *ResolveError) Unwrap() error { return e.Err }

// Timeout reports whether the lookup took too long.
func (e *ResolveError) Timeout() bool { return isTimeout(e.Err) }

// An Attempt is one try to connect to one address.
type Attempt struct {
	Addr     netip.AddrPort
	Start    time.Time
	Duration time.Duration
	// Err is nil for the winner, ErrLost for an attempt that was given up
	// because there was a winner, a *PolicyError where the address was
	// refused, else what the network said. errors.Is finds
	// syscall.ECONNREFUSED and the like, and os.ErrDeadlineExceeded.
	Err error

	// Waited is the part of Duration for which the attempt waited because of
	// Dialer.MaxHalfOpen, and Reason says so, such as
	// "64 of 64 connects to 192.0.2.1 under way".
	Waited time.Duration
	Reason string

	// Local is our end's address; zero where there was no connection.
	Local netip.AddrPort
	// Closed is when an attempt that was still under way at the end of the
	// race was closed, and Late says that it had connected by then, so that
	// the peer saw a connection and its end. A pool's [Record] learns of both
	// when they happen; in errors they stay zero.
	Closed time.Time
	Late   bool
}

// A DialError says that no address of a host could be connected to.
type DialError struct {
	Host     string    // as asked for: the URL's, not a ConnectTo target
	Attempts []Attempt // in the order in which they were started
}

func (e *DialError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "conn: connect to %s", e.Host)
	for i, a := range e.Attempts {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%v: %v (after %v)", sep, a.Addr, a.Err, round(a.Duration))
	}
	return b.String() + descriptorHint(e)
}

// Unwrap returns the errors of all attempts.
func (e *DialError) Unwrap() []error {
	errs := make([]error, len(e.Attempts))
	for i, a := range e.Attempts {
		errs[i] = a.Err
	}
	return errs
}

// Timeout reports whether every attempt took too long.
func (e *DialError) Timeout() bool {
	for _, a := range e.Attempts {
		if !isTimeout(a.Err) {
			return false
		}
	}
	return len(e.Attempts) > 0
}

// A PolicyError says that Dialer.Policy or ProxyPolicy refused an address.
type PolicyError struct {
	Addr netip.AddrPort
	Err  error // what the policy returned, such as an *[AddressRule]
	// Proxied says that the address was not to be dialled, but to be asked
	// for from a proxy.
	Proxied bool
}

func (e *PolicyError) Error() string {
	s := "refused by policy: " + e.Err.Error()
	if e.Proxied {
		s += " (the address that the proxy would be asked for; what names lead to is known only to the proxy)"
	}
	return s
}

func (e *PolicyError) Unwrap() error { return e.Err }

// A timeoutError is the cause with which a phase's context ends.
type timeoutError struct {
	phase string
	after time.Duration
}

func (e *timeoutError) Error() string { return fmt.Sprintf("%s timeout after %v", e.phase, e.after) }
func (e *timeoutError) Timeout() bool { return true }

func (e *timeoutError) Is(target error) bool { return target == os.ErrDeadlineExceeded }

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

func shortOfDescriptors(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// descriptorHint is what errors say where descriptors ran out: whose limit it is.
func descriptorHint(err error) string {
	switch {
	case errors.Is(err, syscall.EMFILE):
		if n := filesAllowed(); n != "" {
			return "; this process may have so many files open: " + n
		}
		return "; this process has no file descriptor left"
	case errors.Is(err, syscall.ENFILE):
		return "; this machine has no file descriptor left (fs.file-max on Linux)"
	}
	return ""
}

// plainError takes the net.OpError off that repeats the address.
func plainError(err error) error {
	if op, ok := err.(*net.OpError); ok && op.Err != nil {
		return op.Err
	}
	return err
}

// round shortens a duration for a message.
func round(d time.Duration) time.Duration {
	switch {
	case d > time.Second:
		return d.Round(10 * time.Millisecond)
	case d > time.Millisecond:
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}
