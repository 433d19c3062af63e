package module

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A token is as much of a JavaScript token as finding imports needs.
type token struct {
	kind     kind
	text     string // name, punctuator, or a string's value
	start    int
	line     int
	afterDot bool // a name after a dot is a property
}

type kind uint8

const (
	tokEnd kind = iota
	tokName
	tokPunct
	tokString
	tokNumber
	tokTemplate // a piece of one
	tokRegexp
)

// A bracket is an open one, with what decides how a slash after its end reads.
type bracket struct {
	char    byte // ( [ { or ` for the ${ of a template
	operand bool // after its end a slash divides
}

type lexer struct {
	src   []byte
	pos   int
	line  int
	open  []bracket
	prev  token // the last token
	back  bool  // prev is to be returned again
	ended bool  // the last token was a closing bracket whose end is an operand
	found []Import
	err   error // a *SyntaxError
}

func (l *lexer) fail(what string) token {
	if l.err == nil {
		l.err = &SyntaxError{l.line, what}
	}
	l.pos = len(l.src)
	return l.emit(token{kind: tokEnd})
}

func (l *lexer) emit(t token) token {
	l.prev = t
	return t
}

// next returns the next token; white space and comments are passed over.
func (l *lexer) next() token {
	if l.back {
		l.back = false
		return l.prev
	}
	if !l.space() {
		return l.emit(token{kind: tokEnd})
	}
	t := token{start: l.pos, line: l.line}
	c := l.src[l.pos]
	switch {
	case isName(c) || c == '\\':
		for l.pos < len(l.src) && (isName(l.src[l.pos]) || isDigit(l.src[l.pos]) || l.src[l.pos] == '\\') {
			l.pos++
		}
		t.kind, t.text = tokName, string(l.src[t.start:l.pos])
		t.afterDot = l.prev.kind == tokPunct && (l.prev.text == "." || l.prev.text == "?.")
		return l.emit(t)
	case isDigit(c) || c == '.' && l.pos+1 < len(l.src) && isDigit(l.src[l.pos+1]):
		return l.number(t)
	case c == '"' || c == '\'':
		return l.str(t, c)
	case c == '`':
		l.pos++
		return l.template(t)
	case c == '/' && !l.afterOperand():
		return l.regexp(t)
	}
	return l.punct(t, c)
}

// space passes over white space and comments and reports whether anything is left.
func (l *lexer) space() bool {
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		switch {
		case c == '\n':
			l.line++
			l.pos++
		case c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f':
			l.pos++
		case c == 0xC2 && l.has("\u00a0"):
			l.pos += 2
		case c == 0xEF && l.has("\ufeff"):
			l.pos += 3
		case c == 0xE2 && (l.has("\u2028") || l.has("\u2029")):
			l.pos += 3
		case c == '#' && l.pos == 0 && l.has("#!"), c == '/' && l.has("//"):
			l.lineComment()
		case c == '/' && l.has("/*"):
			i := bytes.Index(l.src[l.pos+2:], []byte("*/"))
			if i < 0 {
				l.fail("comment without an end")
				return false
			}
			l.line += bytes.Count(l.src[l.pos:l.pos+2+i], []byte{'\n'})
			l.pos += i + 4
		default:
			return true
		}
	}
	return false
}

func (l *lexer) has(s string) bool { return bytes.HasPrefix(l.src[l.pos:], []byte(s)) }

func (l *lexer) lineComment() {
	i := bytes.IndexAny(l.src[l.pos:], "\r\n\u2028\u2029")
	if i < 0 {
		l.pos = len(l.src)
		return
	}
	l.pos += i
}

func (l *lexer) number(t token) token {
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		exponent := (c == '+' || c == '-') && (l.src[l.pos-1]|0x20) == 'e' && !bytes.HasPrefix(l.src[t.start:], []byte("0x"))
		if !isName(c) && !isDigit(c) && c != '.' && !exponent {
			break
		}
		l.pos++
	}
	t.kind = tokNumber
	return l.emit(t)
}

func (l *lexer) str(t token, quote byte) token {
	i := l.pos + 1
	for ; i < len(l.src) && l.src[i] != quote; i++ {
		switch l.src[i] {
		case '\\':
			i++
			if i < len(l.src) && l.src[i] == '\n' {
				l.line++
			}
		case '\n':
			return l.fail("string without an end")
		}
	}
	if i >= len(l.src) {
		return l.fail("string without an end")
	}
	t.kind, t.text = tokString, unescape(string(l.src[l.pos+1:i]))
	l.pos = i + 1
	return l.emit(t)
}

// template reads a template's characters up to its end or to a ${.
func (l *lexer) template(t token) token {
	for ; l.pos < len(l.src); l.pos++ {
		switch c := l.src[l.pos]; {
		case c == '\\':
			l.pos++
			if l.pos < len(l.src) && l.src[l.pos] == '\n' {
				l.line++
			}
		case c == '\n':
			l.line++
		case c == '`':
			l.pos++
			t.kind = tokTemplate
			return l.emit(t)
		case c == '$' && l.has("${"):
			l.pos += 2
			l.open = append(l.open, bracket{char: '`', operand: true})
			t.kind, t.text = tokPunct, "${"
			return l.emit(t)
		}
	}
	return l.fail("template without an end")
}

func (l *lexer) regexp(t token) token {
	class := false
	for i := l.pos + 1; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == '\\':
			i++
		case c == '\n':
			return l.fail("regular expression without an end")
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			i++
			for i < len(l.src) && isName(l.src[i]) {
				i++
			}
			l.pos = i
			t.kind = tokRegexp
			return l.emit(t)
		}
	}
	return l.fail("regular expression without an end")
}

// punct reads a punctuator. Only those whose length matters are longer than a
// character.
func (l *lexer) punct(t token, c byte) token {
	n := 1
	for _, s := range [...]string{"=>", "++", "--", "?."} {
		if l.has(s) {
			n = 2
		}
	}
	t.kind, t.text = tokPunct, string(l.src[l.pos:l.pos+n])
	switch c {
	case '(', '[':
		// After if (…), while (…), for (…) and with (…) a statement begins.
		statement := c == '(' && l.prev.kind == tokName && !l.prev.afterDot && takesParen(l.prev.text)
		l.open = append(l.open, bracket{c, !statement})
	case '{':
		l.open = append(l.open, bracket{c, l.objectBegins()})
	case ')', ']', '}':
		l.pos++
		if len(l.open) == 0 {
			l.ended = false
			return l.emit(t)
		}
		b := l.open[len(l.open)-1]
		l.open = l.open[:len(l.open)-1]
		if b.char == '`' && c == '}' {
			return l.template(t) // the rest of the template
		}
		l.ended = b.operand
		return l.emit(t)
	}
	l.pos += n
	return l.emit(t)
}

// objectBegins reports whether a brace here begins an object, not a block: it
// does where an expression is expected.
func (l *lexer) objectBegins() bool {
	switch p := l.prev; p.kind {
	case tokPunct:
		switch p.text {
		case ")", ";", "{", "}", "=>", "":
			return false
		case ":":
			// After case x: or a label a block begins, in an object a value.
			return len(l.open) > 0 && l.open[len(l.open)-1].char == '{' && l.open[len(l.open)-1].operand
		}
		return true
	case tokName:
		return !p.afterDot && takesOperand(p.text)
	}
	return false
}

// afterOperand reports whether the last token ends an operand, so that a slash divides.
func (l *lexer) afterOperand() bool {
	switch p := l.prev; p.kind {
	case tokName:
		return p.afterDot || !takesOperand(p.text)
	case tokString, tokNumber, tokTemplate, tokRegexp:
		return true
	case tokPunct:
		switch p.text {
		case ")", "]", "}":
			return l.ended
		case "++", "--":
			return true
		}
	}
	return false
}

// takesOperand reports whether an expression follows the word.
func takesOperand(word string) bool {
	switch word {
	case "return", "typeof", "case", "do", "else", "in", "instanceof", "of", "new", "delete", "void", "throw", "yield", "await", "default", "extends":
		return true
	}
	return false
}

func takesParen(word string) bool {
	switch word {
	case "if", "while", "for", "with":
		return true
	}
	return false
}

func isName(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '$' || c == '#' || c >= utf8.RuneSelf
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// unescape resolves a string literal's escapes (ECMA-262, 12.9.4).
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'v':
			b.WriteByte('\v')
		case '0':
			b.WriteByte(0)
		case '\n':
		case '\r':
			if i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
		case 'x', 'u':
			r, n := hexEscape(s[i:])
			if n == 0 {
				b.WriteByte(c)
				continue
			}
			b.WriteRune(r)
			i += n - 1
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// hexEscape reads xHH, uHHHH or u{H…}; n is its length, 0 if it is none.
func hexEscape(s string) (r rune, n int) {
	digits, end := "", 0
	switch {
	case s[0] == 'x' && len(s) >= 3:
		digits, end = s[1:3], 3
	case strings.HasPrefix(s, "u{"):
		i := strings.IndexByte(s, '}')
		if i < 0 {
			return 0, 0
		}
		digits, end = s[2:i], i+1
	case s[0] == 'u' && len(s) >= 5:
		digits, end = s[1:5], 5
	default:
		return 0, 0
	}
	v, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || v > utf8.MaxRune {
		return 0, 0
	}
	return rune(v), end
}
