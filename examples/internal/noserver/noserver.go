// Package noserver has for tests what refuses connections.
package noserver

import (
	"net"
	"testing"
)

// Addr returns an address that refuses connections and is nobody else's until the test has ended, as that of a closed listener
// may be at once: our own end of a connection.
func Addr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.LocalAddr().String()
}
