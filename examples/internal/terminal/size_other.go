//go:build !unix

package terminal

import "os"

// size reports whether f is a terminal, and how wide.
func size(f *os.File) (columns int, ok bool) {
	i, err := f.Stat()
	return 0, err == nil && i.Mode()&os.ModeCharDevice != 0
}
