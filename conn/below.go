package conn

import (
	"net"
	"syscall"

	"pageload/conn/kernel"
)

// below returns the innermost connection that c wraps, by the NetConn methods
// of the wrappers.
func below(c net.Conn) net.Conn {
	for range 8 { // nobody wraps deeper; a wrapper might return itself
		w, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			return c
		}
		if inner := w.NetConn(); inner != nil {
			c = inner
		}
	}
	return c
}

// rawOf returns the socket of a connection without wrappers; nil where it has
// none, as in an in-memory network.
func rawOf(c net.Conn) syscall.RawConn {
	if sc, ok := c.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}

// socketOf returns what asks the kernel about the socket below c; nil where
// there is none.
func socketOf(c net.Conn) *kernel.Socket {
	if raw := rawOf(below(c)); raw != nil {
		return kernel.NewSocket(raw)
	}
	return nil
}
