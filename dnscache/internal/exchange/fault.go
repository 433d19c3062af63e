package exchange

import (
	"context"
	"errors"
	"net"
	"os"
)

// fault is an error in words for those who see beside it who was asked, over what and for how long.
type fault struct {
	text string
	err  error
}

func (f *fault) Error() string { return f.text }
func (f *fault) Unwrap() error { return f.err }

// told puts what package net says of a socket into such words; other errors stay as they are.
func told(err error) error {
	op, isOp := err.(*net.OpError)
	switch {
	case err == context.DeadlineExceeded, err == os.ErrDeadlineExceeded, isOp && op.Timeout():
		return &fault{"no response", err}
	case !isOp:
		return err
	}
	inner := op.Err
	var call *os.SyscallError
	if errors.As(inner, &call) {
		inner = call.Err
	}
	if inner == nil {
		return err
	}
	return &fault{inner.Error(), err}
}
