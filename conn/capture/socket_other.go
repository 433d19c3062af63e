//go:build !linux

package capture

import (
	"errors"
	"fmt"
	"runtime"
)

// A socket would listen; there is none here.
type socket struct{}

func listen(*Options) (*socket, error) {
	return nil, fmt.Errorf("capture: needs the packet sockets of Linux, not of %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

func (*socket) run(*Capture)  {}
func (*socket) pump(*Capture) {}
func (*socket) stop()         {}
func (*socket) close()        {}
