package capture

import (
	"time"

	"golang.org/x/sys/unix"
)

// How long Start waits for the kernel to note times: so long, but for so many datagrams
// at least, since the process may not get a processor meanwhile.
const (
	maxClockWait  = 200 * time.Millisecond
	minClockTries = 20
)

// awaitClock waits until the kernel notes the times of packets when it gets
// them. It begins to a moment after the first socket has asked for it
// (net_enable_timestamp leaves that to a work queue), and packets from before
// have the time when they are read, which may be later than that of packets
// after them. Whether it does is seen by a datagram to ourselves, on loopback;
// where that cannot be sent, nothing is waited for.
func awaitClock() {
	for _, to := range []unix.Sockaddr{&unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}, &unix.SockaddrInet6{Addr: [16]byte{15: 1}}} {
		family := unix.AF_INET
		if _, ok := to.(*unix.SockaddrInet6); ok {
			family = unix.AF_INET6
		}
		if clockIn(family, to) == nil {
			return
		}
	}
}

// clockIn is awaitClock through one address of loopback. The error is that of
// sending.
func clockIn(family int, self unix.Sockaddr) error {
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, self); err != nil {
		return err
	}
	if self, err = unix.Getsockname(fd); err != nil {
		return err
	}
	if err := unix.Connect(fd, self); err != nil { // so that others cannot write to it
		return err
	}
	// This only tells the times that are noted, and does not ask for any.
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPING, unix.SOF_TIMESTAMPING_SOFTWARE); err != nil {
		return err
	}
	var p [1]byte
	oob := make([]byte, 128)
	start := time.Now()
	for tries := 0; tries < minClockTries || time.Since(start) < maxClockWait; tries++ {
		if _, err := unix.Write(fd, p[:]); err != nil {
			return err
		}
		unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 10)
		_, n, _, _, err := unix.Recvmsg(fd, p[:], oob, unix.MSG_DONTWAIT)
		if err == nil && noted(oob[:n]) {
			return nil
		}
	}
	return nil
}

// noted reports whether there is a time beside a datagram.
func noted(oob []byte) bool {
	for len(oob) > 0 {
		header, _, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			return false
		}
		if header.Level == unix.SOL_SOCKET && header.Type == unix.SO_TIMESTAMPING {
			return true
		}
		oob = rest
	}
	return false
}
