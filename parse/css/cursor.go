package css

// cursor walks over a list of tokens. Behind the last one it sees tokEOF.
type cursor struct {
	src  string
	toks []token
	i    int
	own  bool // lengths are an element's own: they may have percentages, and em is the element's
}

// tokenize cuts src into tokens. max bounds their number (0: no bound); a
// longer source yields the first ones and false.
func tokenize(src string, max int) ([]token, bool) {
	return appendTokens(nil, src, max)
}

func appendTokens(toks []token, src string, max int) ([]token, bool) {
	l := lexer{src: src}
	for n := 0; ; n++ {
		t := l.next()
		if t.kind == tokEOF {
			return toks, true
		}
		if max > 0 && n >= max {
			return toks, false
		}
		toks = append(toks, t)
	}
}

func (c *cursor) peek() token {
	if c.i < len(c.toks) {
		return c.toks[c.i]
	}
	return token{start: len(c.src), end: len(c.src)}
}

func (c *cursor) next() token {
	t := c.peek()
	if c.i < len(c.toks) {
		c.i++
	}
	return t
}

func (c *cursor) space() bool {
	found := false
	for c.i < len(c.toks) && c.toks[c.i].kind == tokWhitespace {
		c.i++
		found = true
	}
	return found
}

func (c *cursor) done() bool { return c.i >= len(c.toks) }

// peekIs reports whether the next token is the identifier name.
func (c *cursor) peekIs(name string) bool {
	t := c.peek()
	return t.is(c.src, name)
}

func (c *cursor) delim(b byte) bool {
	t := c.peek()
	return t.kind == tokDelim && t.delim == b
}

// block returns a cursor over what is inside the block that the next token
// opens, and moves behind its end. An unclosed block ends with the tokens.
func (c *cursor) block() cursor {
	end := blockEnd(c.toks, c.i)
	in := cursor{src: c.src, toks: c.toks[c.i+1 : end], own: c.own}
	c.i = min(end+1, len(c.toks))
	return in
}

// skipValue moves behind one component value: a token or a whole block.
func (c *cursor) skipValue() {
	if c.done() {
		return
	}
	if _, ok := c.toks[c.i].opens(); ok {
		c.i = min(blockEnd(c.toks, c.i)+1, len(c.toks))
		return
	}
	c.i++
}

// blockEnd returns the index of the token that closes the block opened at i, or
// len(toks). The stack of open blocks is short in practice and grows on the heap otherwise.
func blockEnd(toks []token, i int) int {
	var room [16]tokenKind
	stack := room[:0]
	for ; i < len(toks); i++ {
		if k, ok := toks[i].opens(); ok {
			stack = append(stack, k)
			continue
		}
		if n := len(stack); n > 0 && toks[i].kind == stack[n-1] {
			stack = stack[:n-1]
			if n == 1 {
				return i
			}
		}
	}
	return len(toks)
}

// cut takes the tokens up to the next comma outside of blocks. more tells that
// there was one, so that another part follows, which may be empty.
func (c *cursor) cut() (part cursor, more bool) {
	start := c.i
	for !c.done() {
		if c.toks[c.i].kind == tokComma {
			part = cursor{src: c.src, toks: c.toks[start:c.i], own: c.own}
			c.i++
			return part, true
		}
		c.skipValue()
	}
	return cursor{src: c.src, toks: c.toks[start:], own: c.own}, false
}

// split cuts the rest of the cursor's tokens at the commas outside of blocks.
// Without any tokens it returns none.
func (c *cursor) split() []cursor {
	if c.done() {
		return nil
	}
	var parts []cursor
	for more := true; more; {
		var part cursor
		part, more = c.cut()
		parts = append(parts, part)
	}
	return parts
}
