package http1

import (
	"net"
	"os"
	"syscall"
	"time"
)

// canArm: the runtime's poller reports edges here (epoll with EPOLLET), and RawConn.Read resets its memory of them before it calls
// its function. So an answer to what that function writes is always noticed by the wait that follows.
const canArm = true

// armed is what writeAndWait needs within RawConn.Read.
type armed struct {
	out  []byte    // to be written; nil once that was tried, and for a read alone
	rest []byte    // of it, that the socket had no room for
	of   int       // how much that was
	n    int       // how much of it was written
	err  error     // of the write
	end  time.Time // of the write
}

// writeAndWait writes out and reads what comes first, into c's buffer (taking one of size if need be); an error of that read is left in c.pending.
func (w *rawReader) writeAndWait(c *Conn, out []byte, size int) (n int, end time.Time, err error) {
	a := &w.armed
	w.size = size
	a.out, a.of, a.n, a.err = out, len(out), 0, nil
	err = w.rc.Read(w.try)
	switch {
	case a.out != nil: // nothing was tried: a deadline that had passed, or closed here
		a.out, a.end = nil, time.Now()
		return 0, a.end, err
	case a.err != nil:
		return a.n, a.end, a.err
	case a.rest != nil: // the socket's buffer is full, which a request's head hardly ever meets
		n, err = c.nc.Write(a.rest)
		a.rest = nil
		c.freeHead()
		return a.n + n, time.Now(), err
	}
	n, c.pending = w.result(err)
	if n > 0 {
		c.w += n
		c.fills++
	}
	return a.n, a.end, nil
}

// asked returns how much the last writeAndWait was to write.
func (w *rawReader) asked() int { return w.armed.of }

// write writes what is to be written, and reports whether that was all that could be done: else an answer is awaited.
func (w *rawReader) write(c *Conn, fd int) bool {
	a := &w.armed
	out := a.out
	a.out = nil
	for a.err = syscall.EINTR; a.err == syscall.EINTR; {
		a.n, a.err = writeNow(fd, out)
	}
	a.end = time.Now()
	a.n = max(a.n, 0)
	switch a.err {
	case nil:
	case syscall.EAGAIN:
		a.err = nil
	default:
		a.err = &net.OpError{Op: "write", Net: "tcp", Source: w.tcp.LocalAddr(), Addr: w.tcp.RemoteAddr(), Err: os.NewSyscallError("write", a.err)}
		return true
	}
	if a.n < len(out) {
		a.rest = out[a.n:]
		return true
	}
	c.freeHead()
	return false
}
