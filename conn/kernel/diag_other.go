//go:build !linux

package kernel

import (
	"errors"
	"net/netip"
)

// A Diag looks up sockets of this machine. This system is not asked.
type Diag struct{}

// Lookup returns errors.ErrUnsupported.
func (*Diag) Lookup(local, remote netip.AddrPort, cookie uint64) (Sock, error) {
	return Sock{}, errors.ErrUnsupported
}

// Close does nothing.
func (*Diag) Close() error { return nil }
