//go:build !386

// 386 is left to the other way, as for what a socket is asked.

package conn

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"unsafe"
)

// A readAhead reads from a TCP socket for TLS: all that is there at once, and hands it out record by record, so that who reads
// knows whether there is a whole one (see whole). Where there is nothing it holds no buffer. One goroutine at a time.
type readAhead struct {
	tcp *net.TCPConn
	rc  syscall.RawConn
	try func(fd uintptr) bool // made once

	at   records // of what was handed out
	buf  *[aheadFront + aheadSize]byte
	kept []byte // in place of buf, where little was left; see settle
	r, w int    // what is held is buf[r:w], or kept[r:w]

	into  []byte // the reader's, while it reads
	vec   [2]syscall.Iovec
	n     int
	errno syscall.Errno
}

// newReadAhead returns nil where c is no plain TCP connection: a wrapper may count or delay what goes through its Read.
func newReadAhead(c net.Conn) *readAhead {
	tcp, ok := c.(*net.TCPConn)
	if !ok || tcp == nil {
		return nil
	}
	rc, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	a := &readAhead{tcp: tcp, rc: rc}
	a.try = a.attempt
	return a
}

// held is what was read and not handed out.
func (a *readAhead) held() []byte {
	switch {
	case a == nil:
		return nil
	case a.buf != nil:
		return a.buf[a.r:a.w]
	}
	return a.kept[a.r:a.w]
}

// whole reports whether a read would not have to wait for the record's end.
func (a *readAhead) whole() bool { return a != nil && a.at.ends(a.held()) }

// Read returns some of a record, or what comes of it. It does not go beyond its end.
func (a *readAhead) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if h := a.held(); len(h) > 0 {
		n := copy(p, h)
		n = a.at.due(p[:n])
		a.hold(a.r+n, a.w)
		return n, nil
	}
	a.into, a.n, a.errno = p[:min(len(p), aheadFront)], 0, 0
	err := a.rc.Read(a.try)
	p, a.into, a.vec = a.into, nil, [2]syscall.Iovec{}
	if err == nil && a.errno != 0 {
		err = os.NewSyscallError("read", a.errno)
	}
	switch {
	case err != nil:
		return 0, a.explain(err)
	case a.n == 0:
		return 0, io.EOF
	}
	first := min(a.n, len(p))
	n := a.at.due(p[:first])
	if a.buf != nil {
		start := aheadFront - (first - n)
		copy(a.buf[start:], p[n:first])
		a.hold(start, aheadFront+a.n-first)
	}
	return n, nil
}

// attempt reads once, or says that the socket has nothing. The scheduler is not told of the system call, which takes no longer than other work
// does and never waits.
func (a *readAhead) attempt(fd uintptr) bool {
	if a.buf == nil {
		a.buf = aheadPool.Get().(*[aheadFront + aheadSize]byte)
	}
	a.vec[0].Base, a.vec[1].Base = &a.into[0], &a.buf[aheadFront]
	a.vec[0].SetLen(len(a.into))
	a.vec[1].SetLen(aheadSize)
	for {
		n, _, errno := syscall.RawSyscall(syscall.SYS_READV, fd, uintptr(unsafe.Pointer(&a.vec[0])), 2)
		switch errno {
		case 0:
			a.n = int(n)
			readOf(fd)
			if a.n <= 0 {
				a.hold(0, 0)
			}
			return true
		case syscall.EINTR:
		case syscall.EAGAIN:
			a.hold(0, 0)
			return false
		default:
			a.errno = errno
			a.hold(0, 0)
			return true
		}
	}
}

// hold notes what is left, and gives the buffer back where that is nothing.
func (a *readAhead) hold(r, w int) {
	if a.r, a.w = r, w; r < w {
		return
	}
	a.r, a.w, a.kept = 0, 0, nil
	if a.buf != nil {
		aheadPool.Put(a.buf)
		a.buf = nil
	}
}

// settle moves what is held into no more room than it needs, for who is not going to read soon.
func (a *readAhead) settle() {
	if h := a.held(); len(h) > 0 && a.buf != nil {
		kept := append([]byte(nil), h...)
		a.hold(0, 0)
		a.kept, a.w = kept, len(kept)
	}
}

// explain makes an error what net.Conn.Read would return.
func (a *readAhead) explain(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return &net.OpError{Op: "read", Net: "tcp", Source: a.tcp.LocalAddr(), Addr: a.tcp.RemoteAddr(), Err: err}
}
