//go:build !linux

package kernel

import (
	"context"
	"errors"
	"net/netip"
)

// Paths looks up paths. This system is not asked.
type Paths struct{}

// Lookup returns errors.ErrUnsupported.
func (*Paths) Lookup(context.Context, netip.Addr) (Path, error) {
	return Path{}, errors.ErrUnsupported
}

// Changes returns nothing.
func (*Paths) Changes(after uint64) ([]LinkChange, uint64) { return nil, after }

// Close does nothing.
func (*Paths) Close() error { return nil }
