//go:build !unix

package throttle

import "net"

// A socket cannot be read without waiting here.
type socket struct{}

func newSocket(net.Conn) *socket { return nil }

func (s *socket) read([]byte) (int, error) { return 0, nil }
