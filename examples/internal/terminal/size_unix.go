//go:build unix

package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

// size reports whether f is a terminal, and how large; 0 is unknown.
func size(f *os.File) (columns, rows int, ok bool) {
	ws, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0, false
	}
	return int(ws.Col), int(ws.Row), true
}
