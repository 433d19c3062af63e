package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Styles are ANSI SGR parameters.
const (
	styleNone = ""
	styleBold = "1"
	styleDim  = "90"
	styleBad  = "31"
)

// A screen collects drawn text. What is given to str, paint and cell must be
// safe to show and one column a rune: see escape.
type screen struct {
	buf          []byte
	color, ascii bool
	style        string // of what was painted last
	painted      int    // where that ended
}

func (s *screen) str(x string) { s.buf = append(s.buf, x...) }
func (s *screen) newline()     { s.buf = append(s.buf, '\n') }

func (s *screen) printf(format string, args ...any) {
	s.buf = fmt.Appendf(s.buf, format, args...)
}

// paint writes in a style, where there are colours.
func (s *screen) paint(style, x string) {
	if !s.color || style == "" {
		s.str(x)
		return
	}
	const reset = "\x1b[0m"
	if style == s.style && len(s.buf) == s.painted && s.painted > 0 { // it goes on
		s.buf = s.buf[:len(s.buf)-len(reset)]
	} else {
		s.buf = append(s.buf, "\x1b["...)
		s.buf = append(s.buf, style...)
		s.buf = append(s.buf, 'm')
	}
	s.buf = append(s.buf, x...)
	s.buf = append(s.buf, reset...)
	s.style, s.painted = style, len(s.buf)
}

// cell writes a column of exactly that width, and the space after it.
func (s *screen) cell(x string, width int) { s.paintCell(styleNone, x, width) }

func (s *screen) paintCell(style, x string, width int) {
	x = elideEnd(x, width, s.ascii)
	s.paint(style, x)
	s.str(spaces(width - utf8.RuneCountInString(x) + 1))
}

// right is cell for a column that is aligned to the right, without the space.
func (s *screen) right(x string, width int) {
	x = elideEnd(x, width, s.ascii)
	s.str(spaces(width - utf8.RuneCountInString(x)))
	s.str(x)
}

// trimmed writes the end of a line without the spaces it ends in.
func (s *screen) trimmed(x string) {
	s.str(strings.TrimRight(x, " "))
	s.buf = append(trimRight(s.buf), '\n')
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return b
}

const blank = "                                                                                                                        "

func spaces(n int) string {
	if n <= len(blank) {
		return blank[:max(0, n)]
	}
	return strings.Repeat(" ", n)
}

// escape makes text of unknown origin fit for a terminal: no control character
// passes, none that changes the direction of writing, and none whose width is
// unknown. Letters of alphabets whose letters are one column wide stay.
func (s *screen) escape(x string) string {
	return escapeText(x, s.ascii)
}

func escapeText(x string, ascii bool) string {
	if printable(x) {
		return x
	}
	var b strings.Builder
	for i, r := range x {
		switch {
		case r >= 0x20 && r < 0x7F:
			b.WriteByte(byte(r))
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case r == utf8.RuneError && !strings.HasPrefix(x[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, x[i])
		case !ascii && unicode.IsLetter(r) && unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic) && r < 0x2000:
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
	}
	return b.String()
}

// escapeURL makes a URL fit for a terminal: whatever is not printable ASCII
// becomes %XX.
func escapeURL(x string) string {
	if printable(x) {
		return x
	}
	var b strings.Builder
	for i := range len(x) {
		if c := x[i]; c >= 0x20 && c < 0x7F {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func printable(x string) bool {
	for i := range len(x) {
		if x[i] < 0x20 || x[i] >= 0x7F {
			return false
		}
	}
	return true
}

// elideEnd cuts what is longer than width columns, and shows that it did.
func elideEnd(x string, width int, ascii bool) string {
	if utf8.RuneCountInString(x) <= width {
		return x
	}
	return string([]rune(x)[:max(0, width-1)]) + ellipsis(ascii)
}

// elideMiddle cuts from the middle of a short URL what is longer than width: the
// host and the file's name tell most.
func elideMiddle(x string, width int, ascii bool) string {
	if len(x) <= width {
		return x
	}
	keep := max(0, width-1)
	head := keep * 2 / 5
	if host := strings.IndexByte(x, '/') + 1; host > head {
		head = min(host, keep*3/5)
	}
	return x[:head] + ellipsis(ascii) + x[len(x)-(keep-head):]
}

// ellipsis stands for what was cut; it is one column wide.
func ellipsis(ascii bool) string {
	if ascii {
		return "~"
	}
	return "…"
}
