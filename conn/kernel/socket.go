package kernel

import "syscall"

// Read returns what the kernel says about a TCP socket. Elsewhere than on
// Linux the error is errors.ErrUnsupported. Who asks often makes a [Socket].
func Read(c syscall.RawConn) (Info, error) {
	var i Info
	err := NewSocket(c).Info(&i)
	return i, err
}

// Cookie returns the number that the kernel gives a socket for its whole life,
// TIME_WAIT included, and never again to another (SO_COOKIE). [Diag.Lookup]
// takes it. The kernel makes it up when it is first asked, which must be
// before the close: a TIME_WAIT that came before has none.
func Cookie(c syscall.RawConn) (uint64, error) { return NewSocket(c).Cookie() }

// An Ending says what close(2) would do to a connection now.
type Ending struct {
	Info   Info
	Unread int   // bytes that nobody has read: with any the kernel sends a RST instead of a FIN
	Abort  bool  // SO_LINGER with a time of 0 is set: it sends a RST in any case
	Err    error // the socket's pending error, which asking has cleared: such as ECONNRESET of a RST that came
}
