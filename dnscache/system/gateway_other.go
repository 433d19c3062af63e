//go:build !linux

package system

import (
	"net/netip"
	"runtime"
)

// defaultGateways passes every name on: netlink is Linux's.
func defaultGateways() ([]netip.Addr, error) {
	return nil, passBecause("the default gateway is not found out on " + runtime.GOOS)
}
