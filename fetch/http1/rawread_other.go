//go:build !unix

package http1

import "net"

// rawReader is not available on this system: net.Conn.Read serves.
type rawReader struct{}

func (*rawReader) open(*Conn, net.Conn)         {}
func (*rawReader) ready() bool                  { return false }
func (*rawReader) read(*Conn, int) (int, error) { panic("http1: no raw reader") }
