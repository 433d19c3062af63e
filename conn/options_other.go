//go:build !linux

package conn

import (
	"errors"
	"fmt"
	"syscall"
)

const canLimitPorts = false

// control sets nothing but what this system has: a port of a PortRange is
// bound, but not shared with connections to other peers.
func control(o socketOptions) func(network, address string, c syscall.RawConn) error {
	if !o.fastOpen {
		return nil
	}
	return func(_, _ string, _ syscall.RawConn) error {
		return fmt.Errorf("TCP Fast Open: %w", errors.ErrUnsupported)
	}
}
