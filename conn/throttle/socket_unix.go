//go:build unix

package throttle

import (
	"io"
	"net"
	"os"
	"syscall"
)

// A socket is read without waiting. One goroutine at a time.
type socket struct {
	raw  syscall.RawConn
	try  func(fd uintptr) bool // made once
	buf  []byte
	n    int
	fail error
}

// newSocket returns nil if c has none.
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
	s.try = func(fd uintptr) bool {
		for {
			s.n, s.fail = syscall.Read(int(fd), s.buf)
			if s.fail != syscall.EINTR {
				return true
			}
		}
	}
	return s
}

// read reads what is there: 0 and nil if nothing is, or if the deadline of
// reads has passed.
func (s *socket) read(p []byte) (int, error) {
	s.buf = p
	err := s.raw.Read(s.try)
	s.buf = nil
	switch {
	case isTimeout(err): // nothing was tried
		return 0, nil
	case err != nil:
		return 0, err
	case s.fail == syscall.EAGAIN:
		return 0, nil
	case s.fail != nil:
		return 0, os.NewSyscallError("read", s.fail)
	case s.n == 0:
		return 0, io.EOF
	}
	return s.n, nil
}
