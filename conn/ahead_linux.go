package conn

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Where the peer is on this machine, the kernel does the whole handshake
// inside of connect(2), although it says that it has only begun
// (EINPROGRESS). Who asks again learns that it is done, and needs no poller,
// no timer and no goroutine to wait for it.

// canConnectAtOnce says that connectAtOnce may succeed.
const canConnectAtOnce = true

// connectAhead returns a net.Dialer's Control that begins to connect to addr,
// which the Dialer then does again: it finds the connection open, or goes on
// to wait for it (EALREADY) as if its own call had been the first.
func connectAhead(addr netip.AddrPort) func(network, address string, c syscall.RawConn) error {
	return func(_, _ string, c syscall.RawConn) error {
		_, err := connectTwice(c, addr, false)
		return err
	}
}

// connectTwice begins to connect to addr. Where again is set it asks at once
// whether that is done: if not, the connect goes on in the file that it
// returns, and the error is errConnecting.
func connectTwice(c syscall.RawConn, addr netip.AddrPort, again bool) (f *os.File, err error) {
	to := sockaddr(addr)
	cerr := c.Control(func(fd uintptr) {
		for range 2 {
			switch err = unix.Connect(int(fd), to); err {
			case nil, unix.EISCONN:
				err = nil
				return
			case unix.EINPROGRESS, unix.EALREADY, unix.EINTR:
				if !again {
					err = nil
					return
				}
			default:
				err = os.NewSyscallError("connect", err)
				return
			}
		}
		var kept int
		if kept, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); err != nil {
			err = os.NewSyscallError("fcntl", err)
			return
		}
		f, err = os.NewFile(uintptr(kept), "connecting socket"), errConnecting
	})
	if cerr != nil {
		return nil, cerr
	}
	return f, err
}

var errConnecting = errors.New("not connected yet")

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

// connectAtOnce connects to addr, which is on this machine. It does not wait:
// if the connect takes longer, it goes on in the file.
func (d *Dialer) connectAtOnce(addr netip.AddrPort, probes net.KeepAliveConfig) (net.Conn, *os.File, error) {
	var f *os.File
	nd := net.Dialer{KeepAlive: -1, KeepAliveConfig: probes}
	nd.Control = func(_, _ string, c syscall.RawConn) (err error) {
		f, err = connectTwice(c, addr, true)
		return err
	}
	c, err := nd.DialContext(context.Background(), "tcp", addr.String())
	return c, f, d.explainPorts(err, addr, false)
}

// awaitConnect waits for the connect that goes on in f, and closes f.
func (d *Dialer) awaitConnect(ctx context.Context, f *os.File, addr netip.AddrPort) (net.Conn, error) {
	defer f.Close()
	stop := context.AfterFunc(ctx, func() { f.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	to := sockaddr(addr)
	werr := raw.Write(func(fd uintptr) bool {
		err = unix.Connect(int(fd), to)
		return err != unix.EALREADY && err != unix.EINPROGRESS && err != unix.EINTR
	})
	switch {
	case werr != nil:
		return nil, werr
	case err != nil && err != unix.EISCONN:
		return nil, os.NewSyscallError("connect", err)
	}
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	if localAddr(c) == addr { // connected to itself, as ephemeral ports may; net.Dialer tries again too
		c.Close()
		return d.dialSystem(ctx, addr, d.keepAlive())
	}
	t := c.(*net.TCPConn) // with TCP_NODELAY
	if config := d.keepAlive(); config.Enable {
		t.SetKeepAliveConfig(config)
	} else {
		t.SetKeepAlive(false) // FileConn has set it
	}
	return t, nil
}
