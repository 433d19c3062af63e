package css

import "strings"

// parseSupports evaluates a <supports-condition> (CSS Conditional 3, section 6,
// and 4, section 2), all of the cursor. ok is false where it does not parse.
func parseSupports(c *cursor, depth int) (t truth, ok bool) {
	if depth > maxConditionDepth {
		return isUnknown, false
	}
	c.space()
	if c.peekIs("not") {
		c.next()
		if !c.space() {
			return isUnknown, false
		}
		t, ok = supportsInParens(c, depth)
		c.space()
		return -t, ok && c.done()
	}
	t, ok = supportsInParens(c, depth)
	op := ""
	for ok {
		c.space()
		if c.done() {
			return t, true
		}
		word := c.next()
		w := lowerASCII(word.text(c.src))
		if word.kind != tokIdent || w != "and" && w != "or" || op != "" && op != w || !c.space() {
			return isUnknown, false
		}
		op = w
		var next truth
		if next, ok = supportsInParens(c, depth); op == "and" {
			t = min(t, next)
		} else {
			t = max(t, next)
		}
	}
	return isUnknown, false
}

func supportsInParens(c *cursor, depth int) (truth, bool) {
	t := c.peek()
	switch t.kind {
	case tokLParen:
		in := c.block()
		if v, ok := supportsDeclaration(in); ok {
			return v, true
		}
		try := in
		if v, ok := parseSupports(&try, depth+1); ok {
			return v, true
		}
		return isFalse, generalEnclosed(in, false)
	case tokFunction:
		in := c.block()
		in.space()
		switch lowerASCII(t.text(c.src)) {
		case "selector":
			_, err := parseSelectorList(in, selectorContext{depth: depth})
			return truthOf(err == nil), true
		case "font-format":
			f := in.next()
			return truthOf(supportedFontFormat(lowerASCII(f.text(c.src)))), true
		case "font-tech":
			f := in.next()
			return truthOf(supportedFontTech(lowerASCII(f.text(c.src)))), true
		case "at-rule":
			f := in.next()
			return truthOf(f.kind == tokAtKeyword && knownAtRule(lowerASCII(f.text(c.src)))), true
		}
		return isFalse, generalEnclosed(in, true)
	}
	return isUnknown, false
}

// supportsFunction evaluates the contents of supports(…) of an @import: a
// declaration without parentheses that holds, or a condition. ok is false where
// it is neither.
func supportsFunction(in cursor) (t truth, ok bool) {
	if t, ok = supportsDeclaration(in); ok && t == isTrue {
		return t, true
	}
	return parseSupports(&in, 0)
}

// supportsDeclaration evaluates "property: value". ok is false if it is no declaration.
func supportsDeclaration(in cursor) (t truth, ok bool) {
	in.space()
	name := in.next()
	if name.kind != tokIdent {
		return isUnknown, false
	}
	in.space()
	if in.next().kind != tokColon {
		return isUnknown, false
	}
	property := name.text(in.src)
	if strings.HasPrefix(property, "--") {
		return isTrue, true
	}
	value := trimTokens(cursor{src: in.src, toks: in.toks[in.i:]})
	value.toks, _ = cutImportant(value)
	return truthOf(!value.done() && supportsValue(lowerASCII(property), value)), true
}

// trimTokens drops white space at both ends.
func trimTokens(c cursor) cursor {
	toks := c.toks[c.i:]
	for len(toks) > 0 && toks[0].kind == tokWhitespace {
		toks = toks[1:]
	}
	for n := len(toks); n > 0 && toks[n-1].kind == tokWhitespace; n-- {
		toks = toks[:n-1]
	}
	return cursor{src: c.src, toks: toks, own: c.own}
}

// cutImportant removes "!important" from the end of a value.
func cutImportant(c cursor) (toks []token, important bool) {
	c = trimTokens(c)
	n := len(c.toks)
	if n == 0 || !c.toks[n-1].is(c.src, "important") {
		return c.toks, false
	}
	i := n - 2
	for i >= 0 && c.toks[i].kind == tokWhitespace {
		i--
	}
	if i < 0 || c.toks[i].kind != tokDelim || c.toks[i].delim != '!' {
		return c.toks, false
	}
	return trimTokens(cursor{src: c.src, toks: c.toks[:i]}).toks, true
}

// supportsValue reports whether Chromium 156 would take the declaration. The
// name is checked against the properties it knows, the value against keyword
// lists of the properties that pages ask for, and otherwise by its functions
// and units: this is a prediction for @supports, not a validator.
func supportsValue(property string, value cursor) bool {
	if !hasWord(knownProperties, property) {
		return false
	}
	first := value.peek()
	only := len(value.toks) == 1 && first.kind == tokIdent
	word := ""
	if only {
		if word = lowerASCII(first.text(value.src)); isWideKeyword(word) && word != "default" {
			return true
		}
	}
	depth := 0
	for i := range value.toks {
		t := &value.toks[i]
		if _, opens := t.opens(); opens {
			depth++
		}
		switch t.kind {
		case tokFunction:
			if name := lowerASCII(t.text(value.src)); name == "var" || name == "env" {
				return true
			} else if !hasWord(knownFunctions, name) {
				return false
			}
		case tokDimension:
			if _, _, ok := lengthUnit(t.text(value.src)); !ok && !hasWord(knownUnits, lowerASCII(t.text(value.src))) {
				return false
			}
		case tokRParen, tokRBrace, tokRBracket:
			if depth--; depth < 0 {
				return false
			}
		case tokBadString, tokBadURL, tokSemicolon, tokAtKeyword:
			return false
		case tokDelim:
			if t.delim == '!' {
				return false
			}
		}
	}
	if words, ok := supportedKeywords[property]; ok {
		for i := range value.toks {
			if t := &value.toks[i]; t.kind == tokIdent && !hasWord(words, lowerASCII(t.text(value.src))) {
				return false
			}
		}
		return true
	}
	if isColorProperty(property) && only {
		return hasWord(colorKeywords, word)
	}
	if p, ok := propertyByName(property); ok && p != propWidth && p != propMaxWidth {
		return validDeclaration(property, value)
	}
	return true
}

func isColorProperty(p string) bool {
	return p == "color" || strings.HasSuffix(p, "-color") && p != "scrollbar-color" && p != "outline-color"
}
