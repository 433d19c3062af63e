package dom

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// DecodeAttr turns the source of an attribute's value into the value:
// character references by the rule for attributes (HTML standard, section
// 13.2.5.73), line ends normalised, NUL as U+FFFD.
func DecodeAttr(s string) string { return decode(s, true, true, "\uFFFD") }

// DecodeText turns the source of a text into the text.
func DecodeText(s string, kind TextKind) string {
	switch kind {
	case TextPlain:
		return s
	case TextData:
		return decode(s, false, true, "")
	case TextRCData:
		return decode(s, false, true, "\uFFFD")
	case TextRaw:
		return decode(s, false, false, "\uFFFD")
	}
	return decode(s, false, false, "")
}

func decode(s string, attribute, references bool, nul string) string {
	special := "&\r\x00"
	if !references {
		special = "\r\x00"
	}
	i := strings.IndexAny(s, special)
	if i < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for {
		b = append(b, s[:i]...)
		s = s[i:]
		switch s[0] {
		case 0:
			b = append(b, nul...)
			s = s[1:]
		case '\r':
			if len(s) < 2 || s[1] != '\n' {
				b = append(b, '\n')
			}
			s = s[1:]
		default:
			var n int
			b, n = appendReference(b, s, attribute)
			s = s[n:]
		}
		if i = strings.IndexAny(s, special); i < 0 {
			return string(append(b, s...))
		}
	}
}

// longestName bounds the name of a character reference: the longest is
// CounterClockwiseContourIntegral with its semicolon.
const longestName = 32

// appendReference appends what the character reference at the beginning of s
// stands for, and returns how much of s it was. An ampersand that begins none
// stands for itself.
func appendReference(b []byte, s string, attribute bool) ([]byte, int) {
	if len(s) > 1 && s[1] == '#' {
		return appendNumeric(b, s)
	}
	n := 1
	for n < len(s) && n <= longestName && isAlnum(s[n]) {
		n++
	}
	if n == 1 {
		return append(b, '&'), 1
	}
	if n < len(s) && s[n] == ';' {
		// No name but semi; stands for something that ends in a semicolon.
		if x := html.UnescapeString(s[:n+1]); x[len(x)-1] != ';' || x == ";" {
			return append(b, x...), n + 1
		}
	}
	// Without semicolon: 106 old names, which stand for one character that
	// is no ASCII letter or digit. So a letter at the end shows that only
	// the beginning of the run was a name.
	x := html.UnescapeString(s[:n])
	whole := !isAlnum(x[len(x)-1])
	if attribute && (!whole || n < len(s) && s[n] == '=') {
		return append(b, s[:n]...), n
	}
	return append(b, x...), n
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func appendNumeric(b []byte, s string) ([]byte, int) {
	n, base := 2, rune(10)
	if n < len(s) && (s[n] == 'x' || s[n] == 'X') {
		n, base = 3, 16
	}
	digits := n
	x := rune(0)
	for ; n < len(s); n++ {
		d := rune(-1)
		switch c := s[n]; {
		case '0' <= c && c <= '9':
			d = rune(c - '0')
		case base == 16 && 'a' <= c|0x20 && c|0x20 <= 'f':
			d = rune(c|0x20) - 'a' + 10
		}
		if d < 0 {
			break
		}
		if x <= utf8.MaxRune {
			x = x*base + d
		}
	}
	if n == digits {
		return append(b, s[:digits]...), digits
	}
	if n < len(s) && s[n] == ';' {
		n++
	}
	switch {
	case x == 0, x > utf8.MaxRune, 0xD800 <= x && x <= 0xDFFF:
		x = utf8.RuneError
	case 0x80 <= x && x <= 0x9F:
		x = c1[x-0x80]
	}
	return utf8.AppendRune(b, x), n
}

// c1 is what the numeric references of the C1 controls stand for, as if they
// were windows-1252 (HTML standard, section 13.2.5.80).
var c1 = [...]rune{
	0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
	0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
	0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
}

// LeadingSpace returns how much of the source of a text is ASCII white space,
// also where it is written as character references.
func LeadingSpace(s string, references bool) int {
	i := 0
	for i < len(s) {
		if isSpace(s[i]) {
			i++
			continue
		}
		if s[i] != '&' || !references {
			break
		}
		var buf [16]byte
		b, n := appendReference(buf[:0], s[i:], false)
		if len(b) != 1 || !isSpace(b[0]) {
			break
		}
		i += n
	}
	return i
}

// LeadingNewline returns how much of the source of a text is one line end at
// its beginning, also where it is written as a character reference.
func LeadingNewline(s string, references bool) int {
	switch {
	case s == "":
	case s[0] == '\n':
		return 1
	case s[0] == '\r':
		if len(s) > 1 && s[1] == '\n' {
			return 2
		}
		return 1
	case s[0] == '&' && references:
		var buf [16]byte
		if b, n := appendReference(buf[:0], s, false); len(b) == 1 && b[0] == '\n' {
			return n
		}
	}
	return 0
}

// View returns a range of a source as a string without copying. The source
// must never change, but may be appended to.
func View(src []byte, s Span) string { return view(src, s) }
