//go:build !linux

package conn

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
)

const canConnectAtOnce = false

func connectAhead(netip.AddrPort) func(network, address string, c syscall.RawConn) error { return nil }

func (*Dialer) connectAtOnce(netip.AddrPort, net.KeepAliveConfig) (net.Conn, *os.File, error) {
	return nil, nil, errors.ErrUnsupported
}

func (*Dialer) awaitConnect(context.Context, *os.File, netip.AddrPort) (net.Conn, error) {
	return nil, errors.ErrUnsupported
}
