//go:build !linux || 386

package conn

import "net"

// readAhead is not available on this system: net.Conn.Read serves.
type readAhead struct{}

func newReadAhead(net.Conn) *readAhead        { return nil }
func (*readAhead) held() []byte               { return nil }
func (*readAhead) whole() bool                { return false }
func (*readAhead) Read(p []byte) (int, error) { panic("conn: no reading ahead") }
func (*readAhead) settle()                    {}
