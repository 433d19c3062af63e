package conn

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// canLimitPorts says that the kernel may know IP_LOCAL_PORT_RANGE.
const canLimitPorts = true

// ipLocalPortRange is IP_LOCAL_PORT_RANGE of include/uapi/linux/in.h, since
// Linux 6.3. It narrows the kernel's own range, also for IPv6.
const ipLocalPortRange = 51

// control sets options on a socket before it is bound and connected.
func control(o socketOptions) func(network, address string, c syscall.RawConn) error {
	return func(_, _ string, c syscall.RawConn) error {
		var err error
		if cerr := c.Control(func(fd uintptr) { err = o.set(int(fd)) }); cerr != nil {
			return cerr
		}
		return err
	}
}

func (o socketOptions) set(fd int) error {
	if o.fastOpen {
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_FASTOPEN_CONNECT, 1); err != nil {
			return fmt.Errorf("TCP Fast Open: %w", err)
		}
	}
	if o.reuse {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			return fmt.Errorf("SO_REUSEADDR: %w", err)
		}
	}
	if o.lateBind {
		// Since Linux 4.2; without it the port is unique among all peers.
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
	}
	if o.ports != (PortRange{}) {
		v := int(uint32(o.ports.Last)<<16 | uint32(o.ports.First))
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, ipLocalPortRange, v); err != nil {
			return errNoPortRange
		}
	}
	return nil
}
