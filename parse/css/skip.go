package css

import "strings"

// What ends a scan outside of all blocks.
const (
	stopSemicolon = 1 << iota
	stopLBrace
	stopRBrace
)

// interesting bytes of a scan: all others can be passed over.
var scanBytes = func() (t [256]bool) {
	for _, c := range []byte(`;{}()[]"'/\`) {
		t[c] = true
	}
	return t
}()

// scan moves over source from i to the first byte that stops it outside of
// strings, comments, urls and blocks, and returns its position, or the length.
// It reads as the tokens would (CSS Syntax 3, section 5.4), but makes none.
func (l *lexer) scan(i int, stop uint8) int {
	src := l.src
	var room [32]byte
	open := room[:0] // what closes the blocks that are open
	for i < len(src) {
		c := src[i]
		if !scanBytes[c] {
			i++
			continue
		}
		switch c {
		case ';':
			if len(open) == 0 && stop&stopSemicolon != 0 {
				return i
			}
		case '{':
			if len(open) == 0 && stop&stopLBrace != 0 {
				return i
			}
			open = append(open, '}')
		case '(':
			if j, ok := l.urlAt(i); ok {
				i = j
				continue
			}
			open = append(open, ')')
		case '[':
			open = append(open, ']')
		case '}', ')', ']':
			if n := len(open); n > 0 && open[n-1] == c {
				open = open[:n-1]
			} else if c == '}' && n == 0 && stop&stopRBrace != 0 {
				return i
			}
		case '"', '\'':
			l.pos = i
			l.str(i, c)
			i = l.pos
			continue
		case '/':
			if i+1 < len(src) && src[i+1] == '*' {
				n := strings.Index(src[i+2:], "*/")
				if n < 0 {
					return len(src)
				}
				i += n + 4
				continue
			}
		case '\\':
			if l.validEscape(i) {
				i = l.escapedName(i)
				continue
			}
		}
		i++
	}
	return i
}

// urlAt returns the end of the unquoted url whose parenthesis is at i.
func (l *lexer) urlAt(i int) (end int, ok bool) {
	if i < 3 || !equalFold(l.src[i-3:i], "url") || i > 3 && isClass(l.src[i-4], className) {
		return 0, false
	}
	return l.unquotedURL(i + 1)
}

func (l *lexer) unquotedURL(i int) (end int, ok bool) {
	for i < len(l.src) && isClass(l.src[i], classSpace) {
		i++
	}
	if i < len(l.src) && (l.src[i] == '"' || l.src[i] == '\'') {
		return 0, false
	}
	l.url(i, i)
	return l.pos, true
}

// escapedName moves behind the name around the escape at i, and behind the url
// that it may begin: u\72l(…).
func (l *lexer) escapedName(i int) int {
	start := i
	for start > 0 && isClass(l.src[start-1], className) {
		start--
	}
	end, _ := l.name(i)
	if end < len(l.src) && l.src[end] == '(' && end-start < 32 && equalFold(unescape(l.src[start:end], false), "url") {
		if j, ok := l.unquotedURL(end + 1); ok {
			return j
		}
	}
	return end
}

// skipBlock returns the position behind the block whose brace is at i.
func (l *lexer) skipBlock(i int) int {
	return min(l.scan(i+1, stopRBrace)+1, len(l.src))
}
