//go:build !386

// 386 reaches recvfrom through another call, and is not asked.

package conn

import (
	"io"
	"net"
	"syscall"
	"unsafe"
)

// A socket asks the kernel about a connection. Its closures are made once, so
// that asking allocates nothing. One goroutine at a time.
type socket struct {
	raw    syscall.RawConn
	peekFn func(fd uintptr)
	n      int
	errno  syscall.Errno
	buf    [1]byte
}

func newSocket(c net.Conn) *socket {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	s := &socket{raw: raw}
	s.peekFn = func(fd uintptr) {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(&s.buf[0])), 1,
			syscall.MSG_PEEK|syscall.MSG_DONTWAIT, 0, 0)
		s.n, s.errno = int(n), errno
	}
	return s
}

// peek returns 1 if there is something to read, io.EOF after the peer's FIN,
// the socket's error, or 0 and nil.
func (s *socket) peek() (int, error) {
	if err := s.raw.Control(s.peekFn); err != nil {
		return 0, err
	}
	switch {
	case s.errno == syscall.EAGAIN || s.errno == syscall.EINTR:
		return 0, nil
	case s.errno != 0:
		return 0, s.errno
	case s.n == 0:
		return 0, io.EOF
	}
	return s.n, nil
}
