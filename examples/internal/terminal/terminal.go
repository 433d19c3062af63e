// Package terminal says what standard output is and can.
package terminal

import (
	"io"
	"os"
	"strings"
)

// Of reports whether w is a terminal that has colours and whose user wants them
// (NO_COLOR, TERM=dumb), and how many columns it has; 0 where that is not known.
func Of(w io.Writer) (columns int, color bool) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	columns, _, ok = size(f)
	if !ok {
		return 0, false
	}
	return columns, os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// Redraws reports whether w is a terminal whose cursor can be moved, so that what
// was drawn can be drawn over, and how large it is.
func Redraws(w io.Writer) (columns, rows int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile {
		return 0, 0, false
	}
	columns, rows, ok = size(f)
	return columns, rows, ok && columns > 0 && rows > 0 && os.Getenv("TERM") != "dumb" && os.Getenv("TERM") != ""
}

// ASCII reports whether w is a terminal that shows ASCII only, as far as the
// environment tells: the locale names another character set than UTF-8, or TERM is
// the kernel's console, whose font has few blocks. Where no locale is set, UTF-8 is
// taken for granted.
func ASCII(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	if _, _, ok := size(f); !ok {
		return false
	}
	if term := os.Getenv("TERM"); term == "linux" || term == "dumb" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} { // POSIX, XBD 8.2: the first that is set
		if locale := strings.ToLower(os.Getenv(name)); locale != "" {
			return !strings.Contains(locale, "utf-8") && !strings.Contains(locale, "utf8")
		}
	}
	return false
}
