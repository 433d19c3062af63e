//go:build unix

package http1

import (
	"io"
	"net"
	"os"
	"syscall"
)

// rawReader reads from a TCP socket without holding a buffer while it waits: the buffer is taken for each
// attempt, and given back if there was nothing yet. It makes the same system calls as net.Conn.Read.
type rawReader struct {
	rc   syscall.RawConn
	try  func(fd uintptr) bool // made once a Conn
	tcp  *net.TCPConn
	size int // of the buffer to take
	n    int // what the last attempt came to
	err  error

	armed   armed
	dropper dropper
}

// open prepares for nc; ready tells whether it is something that can be read so. A wrapper may count or delay
// what goes through its Read, so only a *net.TCPConn itself qualifies.
func (w *rawReader) open(c *Conn, nc net.Conn) {
	tcp, ok := nc.(*net.TCPConn)
	if ok && tcp == w.tcp {
		return
	}
	w.rc, w.tcp = nil, nil
	if !ok || tcp == nil {
		return
	}
	rc, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	w.rc, w.tcp = rc, tcp
	if w.try == nil {
		w.try = func(fd uintptr) bool { return w.attempt(c, int(fd)) }
	}
}

func (w *rawReader) ready() bool { return w.rc != nil }

// attempt reads once, or says that the socket has nothing. Where there is something to write it does that instead, when it is called first.
func (w *rawReader) attempt(c *Conn, fd int) bool {
	if w.armed.out != nil {
		return w.write(c, fd)
	}
	if c.buf == nil {
		c.buf = newBuffer(w.size)
	}
	for {
		w.n, w.err = readNow(fd, c.buf[c.w:])
		switch {
		case w.err == nil:
			return true
		case w.err == syscall.EINTR:
		case w.err == syscall.EAGAIN:
			if c.r == c.w {
				c.release()
			}
			return false
		default:
			return true
		}
	}
}

func (w *rawReader) read(c *Conn, size int) (int, error) {
	w.size = size
	return w.result(w.rc.Read(w.try))
}

// result is what an attempt came to, as net.Conn.Read would tell it; err is RawConn.Read's.
func (w *rawReader) result(err error) (int, error) {
	switch {
	case err != nil: // a deadline, or closed here
		return 0, err
	case w.err != nil:
		return 0, &net.OpError{Op: "read", Net: "tcp", Source: w.tcp.LocalAddr(), Addr: w.tcp.RemoteAddr(), Err: os.NewSyscallError("read", w.err)}
	case w.n == 0:
		return 0, io.EOF
	}
	return w.n, nil
}
