//go:build !unix

package terminal

import "os"

// size reports whether f is a terminal, and how large; 0 is unknown.
func size(f *os.File) (columns, rows int, ok bool) {
	i, err := f.Stat()
	return 0, 0, err == nil && i.Mode()&os.ModeCharDevice != 0
}
