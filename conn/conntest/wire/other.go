//go:build !linux

package wire

import (
	"errors"
	"fmt"
)

var errOther = fmt.Errorf("wire: namespaces and TAP devices are there on Linux only: %w", errors.ErrUnsupported)

// Missing returns nil where hosts and wires can be made, or says what they lack.
func Missing() error { return errOther }

type port struct{}

func openPort(*Wire) (*port, error)          { return nil, errOther }
func (*port) wakeUp()                        {}
func (*port) close() error                   { return nil }
func addNamespace(string) (string, error)    { return "", errOther }
func sweep()                                 {}
func inNamespace(string, func() error) error { return errOther }
func writeSysctl(string, string) error       { return errOther }
