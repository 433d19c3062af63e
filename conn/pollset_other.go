//go:build !linux || 386

package conn

import (
	"errors"
	"time"
)

// A pollSet does not exist on this system: no connection has a socket that
// could be watched.
type pollSet struct{}

func newPollSet() (*pollSet, error) { return nil, errors.ErrUnsupported }

func (*pollSet) add(*socket, uint64) error         { return errors.ErrUnsupported }
func (*pollSet) again(*socket, uint64, bool) error { return errors.ErrUnsupported }
func (*pollSet) remove(*socket)                    {}
func (*pollSet) wait([]uint64) (int, error)        { return 0, errors.ErrUnsupported }
func (*pollSet) wakeAt(time.Time)                  {}
func (*pollSet) close()                            {}

func (*socket) hungUp() error { return nil }
