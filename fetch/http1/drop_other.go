//go:build !linux

package http1

// dropper: on this system bytes are read to be dropped.
type dropper struct{}

const canDrop = false

func (*rawReader) drop(int64) (int, error) { panic("http1: cannot drop") }
