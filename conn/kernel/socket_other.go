//go:build !linux

package kernel

import (
	"errors"
	"syscall"
)

// A Socket asks the kernel about one connection again and again. This system
// is not asked: all answers are errors.ErrUnsupported.
type Socket struct{}

// NewSocket returns the Socket of c.
func NewSocket(syscall.RawConn) *Socket { return &Socket{} }

// Reset makes s ask about another connection.
func (*Socket) Reset(syscall.RawConn) {}

// Info fills i with what the kernel says now.
func (*Socket) Info(*Info) error { return errors.ErrUnsupported }

// Cookie returns the socket's number; see [Cookie].
func (*Socket) Cookie() (uint64, error) { return 0, errors.ErrUnsupported }

// Ending fills e with what close(2) would do now.
func (*Socket) Ending(*Ending) error { return errors.ErrUnsupported }

// Discard takes what has arrived and throws it away.
func (*Socket) Discard(max int) (int, error) { return 0, errors.ErrUnsupported }
