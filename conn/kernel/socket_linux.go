package kernel

import (
	"io"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Socket asks the kernel about one connection again and again. Its closures
// and its buffer are made once, so that asking again allocates nothing. One
// goroutine at a time; another may use or close the connection meanwhile:
// then the error wraps net.ErrClosed.
type Socket struct {
	raw                        syscall.RawConn
	infoFn, cookieFn, endingFn func(fd uintptr)
	discardFn                  func(fd uintptr)
	max, read                  int
	errno                      syscall.Errno
	cookie                     uint64
	unread                     int32
	linger                     unix.Linger
	pending                    int32
	size                       uint32
	buf                        [maxInfo]byte
}

// NewSocket returns the Socket of c.
func NewSocket(c syscall.RawConn) *Socket {
	return &Socket{raw: c}
}

// Reset makes s ask about c from now on, which may be nil to let go of the
// connection before.
func (s *Socket) Reset(c syscall.RawConn) { s.raw = c }

// Info fills i with what the kernel says now.
func (s *Socket) Info(i *Info) error {
	if s.infoFn == nil {
		s.infoFn = s.getInfo
	}
	if err := s.ask("TCP_INFO", s.infoFn); err != nil {
		return err
	}
	decodeInfo(s.buf[:min(s.size, maxInfo)], i)
	return nil
}

// Cookie returns the socket's number; see [Cookie].
func (s *Socket) Cookie() (uint64, error) {
	if s.cookieFn == nil {
		s.cookieFn = s.getCookie
	}
	err := s.ask("SO_COOKIE", s.cookieFn)
	return s.cookie, err
}

// Ending fills e with what close(2) would do now. It clears the socket's
// pending error, so the connection should not be read any more.
func (s *Socket) Ending(e *Ending) error {
	*e = Ending{}
	if s.endingFn == nil {
		s.endingFn = s.getEnding
	}
	if err := s.ask("TCP_INFO", s.endingFn); err != nil {
		return err
	}
	decodeInfo(s.buf[:min(s.size, maxInfo)], &e.Info)
	e.Unread = int(s.unread)
	e.Abort = s.linger.Onoff != 0 && s.linger.Linger == 0
	if s.pending != 0 {
		e.Err = syscall.Errno(s.pending)
	}
	return nil
}

// Discard takes what has arrived, up to max bytes, and throws it away without
// copying it. It does not wait: 0 and nil is that nothing is there now; io.EOF
// is the peer's FIN.
func (s *Socket) Discard(max int) (int, error) {
	s.max = max
	if s.discardFn == nil {
		s.discardFn = s.discard
	}
	s.errno = 0
	if err := s.raw.Control(s.discardFn); err != nil {
		return 0, err
	}
	switch {
	case s.errno == unix.EAGAIN || s.errno == unix.EINTR:
		return 0, nil
	case s.errno != 0:
		return 0, os.NewSyscallError("recvfrom", s.errno)
	case s.read == 0 && max > 0:
		return 0, io.EOF
	}
	return s.read, nil
}

func (s *Socket) discard(fd uintptr) {
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, fd, 0, uintptr(s.max), unix.MSG_TRUNC|unix.MSG_DONTWAIT, 0, 0)
	s.read, s.errno = int(n), errno
}

// ask runs one of the functions below on the descriptor.
func (s *Socket) ask(what string, f func(uintptr)) error {
	s.errno = 0
	if err := s.raw.Control(f); err != nil {
		return err
	}
	if s.errno != 0 {
		return os.NewSyscallError("getsockopt "+what, s.errno)
	}
	return nil
}

func (s *Socket) getInfo(fd uintptr) {
	s.size = maxInfo
	s.errno = getsockopt(fd, unix.IPPROTO_TCP, unix.TCP_INFO, unsafe.Pointer(&s.buf), &s.size)
}

func (s *Socket) getCookie(fd uintptr) {
	size := uint32(8)
	s.errno = getsockopt(fd, unix.SOL_SOCKET, unix.SO_COOKIE, unsafe.Pointer(&s.cookie), &size)
}

func (s *Socket) getEnding(fd uintptr) {
	if s.getInfo(fd); s.errno != 0 {
		return
	}
	s.linger, s.pending, s.unread = unix.Linger{}, 0, 0
	if stateOf(s.buf[0]) == Closed { // only then is there an error, and nothing that close(2) would do
		size := uint32(4)
		getsockopt(fd, unix.SOL_SOCKET, unix.SO_ERROR, unsafe.Pointer(&s.pending), &size)
		return
	}
	size := uint32(unsafe.Sizeof(s.linger))
	getsockopt(fd, unix.SOL_SOCKET, unix.SO_LINGER, unsafe.Pointer(&s.linger), &size)
	unix.RawSyscall(unix.SYS_IOCTL, fd, unix.SIOCINQ, uintptr(unsafe.Pointer(&s.unread)))
}

// getsockopt is the system call without x/sys's buffer for each call.
func getsockopt(fd uintptr, level, name uintptr, val unsafe.Pointer, size *uint32) syscall.Errno {
	_, _, errno := unix.RawSyscall6(unix.SYS_GETSOCKOPT, fd, level, name, uintptr(val), uintptr(unsafe.Pointer(size)), 0)
	return errno
}
