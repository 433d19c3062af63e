// Package terminal says what standard output is.
package terminal

import (
	"io"
	"os"
)

// Of reports whether w is a terminal that has colours and whose user wants them
// (NO_COLOR, TERM=dumb), and how many columns it has; 0 where that is not known.
func Of(w io.Writer) (columns int, color bool) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	columns, ok = size(f)
	if !ok {
		return 0, false
	}
	return columns, os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
