package css

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// number: CSS Syntax level 3, sections 4.3.3 and 4.3.12.
func (l *lexer) number(start int) token {
	t := token{kind: tokNumber, start: start, integer: true}
	i := start
	if c := l.src[i]; c == '+' || c == '-' {
		t.signed = true
		i++
	}
	digits := func() {
		for i < len(l.src) && isClass(l.src[i], classDigit) {
			i++
		}
	}
	digits()
	if l.at(i) == '.' && isClass(l.at(i+1), classDigit) {
		t.integer = false
		i++
		digits()
	}
	if c := l.at(i); c == 'e' || c == 'E' {
		j := i + 1
		if s := l.at(j); s == '+' || s == '-' {
			j++
		}
		if isClass(l.at(j), classDigit) {
			t.integer = false
			i = j
			digits()
		}
	}
	t.num = parseNumber(l.src[start:i])
	switch {
	case l.at(i) == '%':
		t.kind = tokPercentage
		i++
	case l.startsIdent(i):
		t.kind = tokDimension
		t.textStart = i
		i, t.escaped = l.name(i)
		t.textEnd = i
	}
	t.end, l.pos = i, i
	return t
}

func parseNumber(s string) float64 {
	if len(s) <= 9 { // the usual ones, without strconv's care for the last bit
		n, plain := 0, true
		for i := range len(s) {
			if s[i] < '0' || s[i] > '9' {
				plain = false
				break
			}
			n = n*10 + int(s[i]-'0')
		}
		if plain {
			return float64(n)
		}
	}
	f, _ := strconv.ParseFloat(s, 64) // out of range gives ±Inf or 0, as wanted
	return f
}

// text returns the name, string or URL of a token with its escapes resolved.
// It allocates only if there are any.
func (t *token) text(src string) string {
	s := src[t.textStart:t.textEnd]
	if !t.escaped {
		return s
	}
	return unescape(s, t.kind == tokString || t.kind == tokBadString)
}

// unescape resolves CSS escapes; in strings a backslash before a line's end
// continues the line, and one at the end of the source vanishes.
func unescape(s string, inString bool) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		c := s[i]
		if c == 0 {
			b.WriteRune(utf8.RuneError)
			i++
			continue
		}
		if c != '\\' {
			b.WriteByte(c)
			i++
			continue
		}
		i++
		if i >= len(s) {
			if !inString {
				b.WriteRune(utf8.RuneError)
			}
			break
		}
		switch c = s[i]; {
		case isClass(c, classNewline):
			if c == '\r' && i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
			i++
		case isClass(c, classHex):
			r := rune(0)
			for n := 0; n < 6 && i < len(s) && isClass(s[i], classHex); n++ {
				r = r<<4 | rune(hexValue(s[i]))
				i++
			}
			if i < len(s) && isClass(s[i], classSpace) {
				if s[i] == '\r' && i+1 < len(s) && s[i+1] == '\n' {
					i++
				}
				i++
			}
			if r == 0 || r > utf8.MaxRune || 0xD800 <= r && r <= 0xDFFF {
				r = utf8.RuneError
			}
			b.WriteRune(r)
		case c == 0:
			b.WriteRune(utf8.RuneError)
			i++
		default:
			_, n := utf8.DecodeRuneInString(s[i:])
			b.WriteString(s[i : i+n])
			i += n
		}
	}
	return b.String()
}

func hexValue(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	default:
		return c - 'a' + 10
	}
}

// equalFold compares with ASCII case folding only; lower must be lower case.
// CSS keywords fold no other letters (the Kelvin sign is no k).
func equalFold(s, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// lowerASCII lowers A to Z and returns s itself if there are none.
func lowerASCII(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// is reports whether the token is the identifier name (lower case).
func (t *token) is(src, name string) bool {
	return t.kind == tokIdent && equalFold(t.text(src), name)
}

// isFunc reports whether the token opens the function name (lower case).
func (t *token) isFunc(src, name string) bool {
	return t.kind == tokFunction && equalFold(t.text(src), name)
}

// opens reports whether the token opens a block, and with what it closes.
func (t *token) opens() (tokenKind, bool) {
	switch t.kind {
	case tokFunction, tokLParen:
		return tokRParen, true
	case tokLBracket:
		return tokRBracket, true
	case tokLBrace:
		return tokRBrace, true
	}
	return 0, false
}
