//go:build !unix

package main

import "os"

// terminal reports whether f is a terminal, and how wide.
func terminal(f *os.File) (columns int, ok bool) {
	i, err := f.Stat()
	return 0, err == nil && i.Mode()&os.ModeCharDevice != 0
}
