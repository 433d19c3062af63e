package css

// importPrelude is what stands between @import and its semicolon.
type importPrelude struct {
	raw     string // the URL as written, escapes resolved
	layered bool   // there is a layer or layer(…)
	layer   string // its name; "" anonymous
	invalid bool   // its supports(…) is no condition
	media   MediaList
}

// parseImportPrelude reads <url> [layer | layer(<name>)]? [supports(…)]? <media-query-list>?
// (CSS Cascade 5, section 2). ok is false where it is no import at all.
func parseImportPrelude(s string) (p importPrelude, ok bool) {
	toks, ok := tokenize(s, maxMediaTokens)
	if !ok {
		return p, false
	}
	c := cursor{src: s, toks: toks}
	c.space()
	if p.raw, ok = parseURLValue(&c); !ok {
		return p, false
	}
	c.space()
	switch t := c.peek(); {
	case t.is(s, "layer"):
		c.next()
		p.layered = true
	case t.isFunc(s, "layer"):
		mark := c.i
		in := c.block()
		if name, ok := parseLayerName(&in); ok {
			p.layered, p.layer = true, name
		} else {
			c.i = mark // then it is a media query, and an unknown one
		}
	}
	c.space()
	if t := c.peek(); t.isFunc(s, "supports") {
		holds, ok := supportsFunction(c.block())
		if p.invalid = !ok; ok && holds != isTrue {
			p.media = MediaList{queries: []mediaQuery{notAll}}
			return p, true
		}
		c.space()
	}
	p.media = parseMediaTokens(cursor{src: s, toks: c.toks[c.i:]})
	return p, true
}

// parseURLValue reads a string, url(…), or src() with a string.
func parseURLValue(c *cursor) (string, bool) {
	t := c.peek()
	switch t.kind {
	case tokString, tokURL:
		c.next()
		return t.text(c.src), true
	case tokFunction:
		if equalFold(t.text(c.src), "url") {
			in := c.block()
			in.space()
			if s := in.next(); s.kind == tokString {
				return s.text(c.src), urlModifiers(&in)
			}
		}
	}
	return "", false
}

// urlModifiers reads the rest of url("…" <request-url-modifier>*) (CSS Values 5,
// section 3.1).
func urlModifiers(in *cursor) bool {
	for in.space(); !in.done(); in.space() {
		t := in.peek()
		if !t.isFunc(in.src, "cross-origin") && !t.isFunc(in.src, "integrity") && !t.isFunc(in.src, "referrer-policy") {
			return false
		}
		in.skipValue()
	}
	return true
}

// parseLayerName reads a dotted name, all of the cursor. Escapes are resolved;
// a dot in an escaped name cannot be told from a separator, which no page does.
func parseLayerName(c *cursor) (string, bool) {
	c.space()
	name := ""
	for {
		t := c.next()
		if t.kind != tokIdent || isWideKeyword(t.text(c.src)) {
			return "", false
		}
		name += t.text(c.src)
		if !c.delim('.') || c.peek().start != t.end {
			break
		}
		if dot := c.next(); c.peek().start != dot.end {
			return "", false
		}
		name += "."
	}
	c.space()
	return name, c.done()
}

// isWideKeyword reports whether s is one of the CSS-wide keywords.
func isWideKeyword(s string) bool {
	switch lowerASCII(s) {
	case "inherit", "initial", "unset", "revert", "revert-layer", "default":
		return true
	}
	return false
}
