//go:build !linux

package http1

import "time"

// canArm: on this system WriteRequest and ReadResponse serve.
const canArm = false

type armed struct {
	out []byte
}

func (*rawReader) asked() int { panic("http1: cannot arm") }

func (*rawReader) write(*Conn, int) bool { panic("http1: cannot arm") }

func (*rawReader) writeAndWait(*Conn, []byte, int) (int, time.Time, error) {
	panic("http1: cannot arm")
}
