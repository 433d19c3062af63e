//go:build !386

// 386 has no peek (socket_linux.go), which is needed beside this.

package conn

import (
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A pollSet is an epoll set (epoll(7)) whose own descriptor is polled by the
// runtime, so that who waits for it takes no thread. Each socket is reported
// once until again is called.
type pollSet struct {
	file *os.File
	raw  syscall.RawConn
	fd   int // valid until close

	// The arguments and the result of controlFn, which is made once, so that
	// control allocates nothing. One goroutine at a time: the pool's lock is held.
	op        int
	event     unix.EpollEvent
	err       error
	controlFn func(fd uintptr)
}

func newPollSet() (*pollSet, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil { // makes os.NewFile have the runtime poll it
		unix.Close(fd)
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "epoll")
	raw, err := f.SyscallConn()
	if err == nil {
		err = f.SetReadDeadline(time.Time{}) // fails where the runtime does not poll it
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	s := &pollSet{file: f, raw: raw, fd: fd}
	s.controlFn = func(fd uintptr) { s.err = unix.EpollCtl(s.fd, s.op, int(fd), &s.event) }
	return s, nil
}

// add begins to report that something is to be read from the socket, or that
// the peer has closed it, as id.
func (s *pollSet) add(sock *socket, id uint64) error {
	return s.control(sock, unix.EPOLL_CTL_ADD, unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLONESHOT, id)
}

// again reports a socket once more. Where data is pending, which would be
// reported at once, only the close is.
func (s *pollSet) again(sock *socket, id uint64, pending bool) error {
	events := uint32(unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLONESHOT)
	if pending {
		events &^= unix.EPOLLIN
	}
	return s.control(sock, unix.EPOLL_CTL_MOD, events, id)
}

// remove ends the reports of a socket; one that was reported already is not
// taken back.
func (s *pollSet) remove(sock *socket) { s.control(sock, unix.EPOLL_CTL_DEL, 0, 0) }

func (s *pollSet) control(sock *socket, op int, events uint32, id uint64) error {
	s.op, s.event = op, unix.EpollEvent{Events: events, Fd: int32(id), Pad: int32(id >> 32)}
	if err := sock.raw.Control(s.controlFn); err != nil {
		return err
	}
	return s.err
}

// wait returns how many of ids it has filled, at least one. Its error is
// os.ErrDeadlineExceeded where wakeAt has made it wake.
func (s *pollSet) wait(ids []uint64) (int, error) {
	var events [16]unix.EpollEvent
	var n int
	var err error
	rerr := s.raw.Read(func(fd uintptr) bool {
		n, err = unix.EpollWait(int(fd), events[:min(len(ids), len(events))], 0)
		if err == unix.EINTR {
			n, err = 0, nil
		}
		return n > 0 || err != nil
	})
	if rerr != nil {
		return 0, rerr
	}
	if err != nil {
		return 0, os.NewSyscallError("epoll_wait", err)
	}
	for i, e := range events[:n] {
		ids[i] = uint64(uint32(e.Fd)) | uint64(uint32(e.Pad))<<32
	}
	return n, nil
}

// wakeAt makes wait return with an error at t; zero takes that back.
func (s *pollSet) wakeAt(t time.Time) { s.file.SetReadDeadline(t) }

func (s *pollSet) close() { s.file.Close() }

// hungUp returns io.EOF if the peer has sent its FIN, though data may lie
// before it.
func (s *socket) hungUp() error {
	var fds [1]unix.PollFd
	err := s.raw.Control(func(fd uintptr) {
		fds[0] = unix.PollFd{Fd: int32(fd), Events: unix.POLLRDHUP}
		unix.Poll(fds[:], 0) // a failure says nothing of the peer
	})
	if err == nil && fds[0].Revents&(unix.POLLRDHUP|unix.POLLHUP|unix.POLLERR) != 0 {
		err = io.EOF
	}
	return err
}
