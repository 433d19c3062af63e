package css

import (
	"strings"
	"unicode/utf8"
)

// tokenKind is a token type of CSS Syntax level 3, section 4.
type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokWhitespace
	tokIdent
	tokFunction
	tokAtKeyword
	tokHash
	tokString
	tokBadString
	tokURL
	tokBadURL
	tokDelim
	tokNumber
	tokPercentage
	tokDimension
	tokCDO
	tokCDC
	tokColon
	tokSemicolon
	tokComma
	tokLBracket
	tokRBracket
	tokLParen
	tokRParen
	tokLBrace
	tokRBrace
)

// token is a piece of the source. Names and strings stay in the source until
// text asks for them, so that reading a sheet allocates nothing for a token.
type token struct {
	kind    tokenKind
	delim   byte // of tokDelim, if it is one byte; 0 otherwise
	escaped bool // the text has escapes or NUL in it
	hashID  bool // tokHash: the name is a valid identifier
	integer bool // number written without . and exponent
	signed  bool // number written with + or -

	start, end         int // the whole token in the source
	textStart, textEnd int // name, string or url contents; unit of a dimension
	num                float64
}

// lexer cuts a source into the tokens of CSS Syntax level 3, section 4.3. It is
// our own and not tdewolff's because that one ends a url() at an escaped
// parenthesis's raw form, leaves escapes to the caller and has no way to jump
// over a declaration that nobody needs, which is where the time of a sheet goes.
type lexer struct {
	src string
	pos int
}

const eofByte = 0xFF // never a byte of valid UTF-8; src is checked with len where it matters

func (l *lexer) at(i int) byte {
	if i < len(l.src) {
		return l.src[i]
	}
	return eofByte
}

const (
	classNameStart = 1 << iota // letters, _, non-ASCII, NUL (which stands for U+FFFD)
	classDigit
	classHyphen
	classSpace
	classNewline
	classHex
	className = classNameStart | classDigit | classHyphen
)

// classes tells what a byte can be; an array indexed by a byte needs no bounds check.
var classes = func() (t [256]uint8) {
	for c := range 256 {
		switch {
		case c == 0, c == '_', c >= 0x80, 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			t[c] |= classNameStart
		case '0' <= c && c <= '9':
			t[c] |= classDigit | classHex
		case c == '-':
			t[c] |= classHyphen
		case c == ' ', c == '\t':
			t[c] |= classSpace
		case c == '\n', c == '\r', c == '\f':
			t[c] |= classSpace | classNewline
		}
		if 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' {
			t[c] |= classHex
		}
	}
	return t
}()

func isClass(c byte, class uint8) bool { return classes[c]&class != 0 }

func (l *lexer) nameByte(i int) bool {
	return i < len(l.src) && classes[l.src[i]]&className != 0
}

// validEscape: section 4.3.8.
func (l *lexer) validEscape(i int) bool {
	return l.at(i) == '\\' && (i+1 >= len(l.src) || !isClass(l.src[i+1], classNewline))
}

// startsIdent: section 4.3.9.
func (l *lexer) startsIdent(i int) bool {
	if i >= len(l.src) {
		return false
	}
	switch c := l.src[i]; {
	case c == '-':
		if i+1 >= len(l.src) {
			return false
		}
		n := l.src[i+1]
		return isClass(n, classNameStart) || n == '-' || l.validEscape(i+1)
	case isClass(c, classNameStart):
		return true
	default:
		return l.validEscape(i)
	}
}

// startsNumber: section 4.3.10.
func (l *lexer) startsNumber(i int) bool {
	c := l.at(i)
	if c == '+' || c == '-' {
		i++
		c = l.at(i)
	}
	if c == '.' {
		c = l.at(i + 1)
	}
	return isClass(c, classDigit)
}

// skipComments moves behind comments; an unclosed one reaches to the end.
func (l *lexer) skipComments() {
	for l.pos+1 < len(l.src) && l.src[l.pos] == '/' && l.src[l.pos+1] == '*' {
		n := strings.Index(l.src[l.pos+2:], "*/")
		if n < 0 {
			l.pos = len(l.src)
			return
		}
		l.pos += n + 4
	}
}

// scanSpace are the bytes with which white space or a comment may begin.
var scanSpace = [256]bool{' ': true, '\t': true, '\n': true, '\r': true, '\f': true, '/': true}

func (l *lexer) skipSpace() {
	for {
		for l.pos < len(l.src) && isClass(l.src[l.pos], classSpace) {
			l.pos++
		}
		p := l.pos
		l.skipComments()
		if l.pos == p {
			return
		}
	}
}

// name consumes an identifier sequence (section 4.3.11) and reports where it
// ends and whether it has escapes.
func (l *lexer) name(i int) (end int, escaped bool) {
	for i < len(l.src) {
		c := l.src[i]
		if isClass(c, className) {
			if c == 0 {
				escaped = true
			}
			i++
			continue
		}
		if c != '\\' || !l.validEscape(i) {
			break
		}
		escaped = true
		i = l.escapeEnd(i)
	}
	return i, escaped
}

// escapeEnd returns the position behind the escape at i (section 4.3.7).
func (l *lexer) escapeEnd(i int) int {
	i++
	if i >= len(l.src) {
		return i
	}
	if !isClass(l.src[i], classHex) {
		_, n := utf8.DecodeRuneInString(l.src[i:])
		return i + n
	}
	for n := 0; n < 6 && i < len(l.src) && isClass(l.src[i], classHex); n++ {
		i++
	}
	if i < len(l.src) && isClass(l.src[i], classSpace) {
		if l.src[i] == '\r' && l.at(i+1) == '\n' {
			i++
		}
		i++
	}
	return i
}

// next returns the next token; comments are passed over.
func (l *lexer) next() token {
	l.skipComments()
	start := l.pos
	if start >= len(l.src) {
		return token{start: start, end: start}
	}
	c := l.src[start]
	switch {
	case isClass(c, classNameStart):
		return l.identLike(start)
	case isClass(c, classSpace):
		l.skipSpace()
		return token{kind: tokWhitespace, start: start, end: l.pos}
	case isClass(c, classDigit):
		return l.number(start)
	}
	switch c {
	case '"', '\'':
		return l.str(start, c)
	case '#':
		if l.nameByte(start+1) || l.validEscape(start+1) {
			t := token{kind: tokHash, start: start, textStart: start + 1, hashID: l.startsIdent(start + 1)}
			t.textEnd, t.escaped = l.name(start + 1)
			t.end, l.pos = t.textEnd, t.textEnd
			return t
		}
	case '+', '.':
		if l.startsNumber(start) {
			return l.number(start)
		}
	case '-':
		if l.startsNumber(start) {
			return l.number(start)
		}
		if strings.HasPrefix(l.src[start:], "-->") {
			return l.fixed(tokCDC, 3)
		}
		if l.startsIdent(start) {
			return l.identLike(start)
		}
	case '<':
		if strings.HasPrefix(l.src[start:], "<!--") {
			return l.fixed(tokCDO, 4)
		}
	case '@':
		if l.startsIdent(start + 1) {
			t := token{kind: tokAtKeyword, start: start, textStart: start + 1}
			t.textEnd, t.escaped = l.name(start + 1)
			t.end, l.pos = t.textEnd, t.textEnd
			return t
		}
	case '\\':
		if l.validEscape(start) {
			return l.identLike(start)
		}
	case ':':
		return l.fixed(tokColon, 1)
	case ';':
		return l.fixed(tokSemicolon, 1)
	case ',':
		return l.fixed(tokComma, 1)
	case '[':
		return l.fixed(tokLBracket, 1)
	case ']':
		return l.fixed(tokRBracket, 1)
	case '(':
		return l.fixed(tokLParen, 1)
	case ')':
		return l.fixed(tokRParen, 1)
	case '{':
		return l.fixed(tokLBrace, 1)
	case '}':
		return l.fixed(tokRBrace, 1)
	}
	t := l.fixed(tokDelim, 1)
	t.delim = c
	return t
}

func (l *lexer) fixed(k tokenKind, n int) token {
	t := token{kind: k, start: l.pos, end: l.pos + n}
	l.pos += n
	return t
}

// identLike: section 4.3.4.
func (l *lexer) identLike(start int) token {
	t := token{kind: tokIdent, start: start, textStart: start}
	t.textEnd, t.escaped = l.name(start)
	t.end = t.textEnd
	l.pos = t.end
	if l.at(l.pos) != '(' || l.pos >= len(l.src) {
		return t
	}
	t.kind = tokFunction
	l.pos++
	t.end = l.pos
	if !equalFold(t.text(l.src), "url") {
		return t
	}
	i := l.pos
	for i < len(l.src) && isClass(l.src[i], classSpace) {
		i++
	}
	if c := l.at(i); (c == '"' || c == '\'') && i < len(l.src) {
		return t // url("…") is a function with a string
	}
	return l.url(start, i)
}
