package conn

import (
	"net"
	"sync"
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

// rawConn returns the socket below c; nil where there is none.
func (c *connection) rawConn() syscall.RawConn {
	if s := c.probe.socket; s != nil && c.probe.c == c.tcp {
		return s.raw
	}
	return rawOf(c.tcp)
}

// askers ask the kernel, one connection after the other. The zero value is
// ready; a nil *askers makes each anew.
type askers struct{ free sync.Pool }

// get returns what asks about a socket; nil where that is nil.
func (a *askers) get(raw syscall.RawConn) *kernel.Socket {
	if raw == nil {
		return nil
	}
	if a != nil {
		if s, ok := a.free.Get().(*kernel.Socket); ok {
			s.Reset(raw)
			return s
		}
	}
	return kernel.NewSocket(raw)
}

// put takes it back. s may be nil.
func (a *askers) put(s *kernel.Socket) {
	if a != nil && s != nil {
		s.Reset(nil)
		a.free.Put(s)
	}
}
