package css

// url: section 4.3.6, from the first byte behind the white space.
func (l *lexer) url(start, i int) token {
	t := token{kind: tokURL, start: start, textStart: i}
	for i < len(l.src) {
		c := l.src[i]
		switch {
		case c == ')':
			t.textEnd, t.end = i, i+1
			l.pos = t.end
			return t
		case isClass(c, classSpace):
			t.textEnd = i
			for i < len(l.src) && isClass(l.src[i], classSpace) {
				i++
			}
			if i >= len(l.src) {
				t.end, l.pos = i, i
				return t
			}
			if l.src[i] == ')' {
				t.end, l.pos = i+1, i+1
				return t
			}
			return l.badURL(start, i)
		case c == '"', c == '\'', c == '(', c < 0x20 && c != 0, c == 0x7F:
			return l.badURL(start, i)
		case c == '\\':
			if !l.validEscape(i) {
				return l.badURL(start, i)
			}
			t.escaped = true
			i = l.escapeEnd(i)
		default:
			if c == 0 {
				t.escaped = true
			}
			i++
		}
	}
	t.textEnd, t.end, l.pos = i, i, i
	return t
}

// badURL: section 4.3.14.
func (l *lexer) badURL(start, i int) token {
	for i < len(l.src) {
		if l.src[i] == ')' {
			i++
			break
		}
		if l.validEscape(i) {
			i = l.escapeEnd(i)
		} else {
			i++
		}
	}
	l.pos = i
	return token{kind: tokBadURL, start: start, end: i}
}

// str: section 4.3.5. The end of the source closes a string.
func (l *lexer) str(start int, quote byte) token {
	t := token{kind: tokString, start: start, textStart: start + 1}
	for i := start + 1; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == quote:
			t.textEnd, t.end = i, i+1
			l.pos = t.end
			return t
		case isClass(c, classNewline):
			t.kind, t.textEnd, t.end = tokBadString, i, i
			l.pos = i
			return t
		case c == 0:
			t.escaped = true
		case c == '\\':
			t.escaped = true
			if i+1 < len(l.src) {
				if l.src[i+1] == '\r' && l.at(i+2) == '\n' {
					i++
				}
				i++
			}
		}
	}
	t.textEnd, t.end, l.pos = len(l.src), len(l.src), len(l.src)
	return t
}
