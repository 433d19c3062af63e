package css

// maxSizesTokens bounds a sizes attribute; a longer one counts as invalid.
const maxSizesTokens = 8192

// Sizes is a parsed sizes attribute: what width an image will have, by media
// condition. The zero value is the default, 100vw. It is immutable.
type Sizes struct {
	entries []sizesEntry
	auto    bool
}

type sizesEntry struct {
	cond *condition // nil: always
	size length
}

// ParseSizes parses a sizes attribute (HTML, "parse a sizes attribute"). It
// never fails: entries that do not parse are passed over, and what remains
// falls back to 100vw.
func ParseSizes(s string) Sizes {
	var z Sizes
	toks, ok := tokenize(s, maxSizesTokens)
	if !ok {
		return z
	}
	all := cursor{src: s, toks: toks}
	for i, part := range all.split() {
		part.space()
		for n := len(part.toks); n > part.i && part.toks[n-1].kind == tokWhitespace; n-- {
			part.toks = part.toks[:n-1]
		}
		if i == 0 && part.peekIs("auto") && part.i == len(part.toks)-1 {
			z.auto = true
			continue
		}
		e, ok := parseSizesEntry(part)
		if !ok {
			continue
		}
		z.entries = append(z.entries, e)
		if e.cond == nil {
			break // what follows is never reached
		}
	}
	return z
}

// parseSizesEntry: the last component value is the size, what is before it the condition.
func parseSizesEntry(c cursor) (e sizesEntry, ok bool) {
	last := c.i
	for i := c; !i.done(); {
		last = i.i
		i.skipValue()
	}
	size := cursor{src: c.src, toks: c.toks, i: last}
	if e.size, ok = parseLength(&size); !ok || !size.done() {
		return e, false
	}
	c.toks = c.toks[:last]
	if c.done() {
		return e, true
	}
	cond, ok := parseCondition(&c, true, 0)
	c.space()
	e.cond = &cond
	return e, ok && c.done()
}

// Auto reports whether the attribute begins with auto: then a lazy image takes
// the width that layout gives it, and any other one what the rest says.
func (z Sizes) Auto() bool { return z.auto }

// Resolve returns the width in CSS pixels, 0 or more.
func (z Sizes) Resolve(d Device) float64 {
	d = d.resolved()
	for i := range z.entries {
		e := &z.entries[i]
		if e.cond == nil || e.cond.eval(&d) == isTrue {
			return max(e.size.resolve(&d), 0)
		}
	}
	return d.width()
}
