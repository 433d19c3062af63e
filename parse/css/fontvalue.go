package css

// Weights that depend on the parent, and the slope that is no angle.
const (
	weightBolder  = -1
	weightLighter = -2
	slopeItalic   = 1000 // other slopes are degrees of oblique; 0 is normal
	obliqueAngle  = 14   // of oblique without an angle (CSS Fonts 4, section 2.4)
)

// parseFamilies reads a font-family list.
func parseFamilies(c cursor) ([]family, bool) {
	parts := c.split()
	list := make([]family, 0, len(parts))
	for i := range parts {
		p := &parts[i]
		p.space()
		t := p.next()
		switch t.kind {
		case tokString:
			p.space()
			list = append(list, family{name: lowerASCII(t.text(p.src))})
		case tokIdent:
			name := t.text(p.src)
			for p.space(); p.peek().kind == tokIdent; p.space() {
				w := p.next()
				name += " " + w.text(p.src)
			}
			name = lowerASCII(name)
			if isWideKeyword(name) {
				return nil, false
			}
			list = append(list, family{name: name, generic: isGenericFamily(name)})
		case tokFunction:
			if !t.isFunc(p.src, "generic") {
				return nil, false
			}
			p.i--
			p.skipValue()
			p.space()
			list = append(list, family{name: "generic()", generic: true})
		default:
			return nil, false
		}
		if !p.done() {
			return nil, false
		}
	}
	return list, len(list) > 0
}

func isGenericFamily(name string) bool {
	switch name {
	case "serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui", "ui-serif", "ui-sans-serif", "ui-monospace", "ui-rounded", "math", "emoji", "fangsong",
		"-webkit-body", "-webkit-standard", "-webkit-pictograph":
		return true
	}
	return false
}

func parseWeight(c *cursor) (float64, bool) {
	t := c.next()
	switch t.kind {
	case tokNumber:
		return t.num, t.num >= 1 && t.num <= 1000
	case tokIdent:
		switch lowerASCII(t.text(c.src)) {
		case "normal":
			return 400, true
		case "bold":
			return 700, true
		case "bolder":
			return weightBolder, true
		case "lighter":
			return weightLighter, true
		}
	}
	return 0, false
}

func parseSlope(c *cursor) (float64, bool) {
	t := c.next()
	if t.kind != tokIdent {
		return 0, false
	}
	switch lowerASCII(t.text(c.src)) {
	case "normal":
		return 0, true
	case "italic":
		return slopeItalic, true
	case "oblique":
		mark := c.i
		c.space()
		if a, ok := parseAngle(c); ok {
			return a, a >= -90 && a <= 90
		}
		c.i = mark
		return obliqueAngle, true
	}
	return 0, false
}

func parseAngle(c *cursor) (degrees float64, ok bool) {
	t := c.peek()
	if t.kind != tokDimension {
		return 0, false
	}
	switch lowerASCII(t.text(c.src)) {
	case "deg":
		degrees = t.num
	case "grad":
		degrees = t.num * 0.9
	case "rad":
		degrees = t.num * 57.29577951308232
	case "turn":
		degrees = t.num * 360
	default:
		return 0, false
	}
	c.next()
	return degrees, true
}

func parseStretch(c *cursor) (percent float64, ok bool) {
	t := c.next()
	switch t.kind {
	case tokPercentage:
		return t.num, t.num >= 0
	case tokIdent:
		switch lowerASCII(t.text(c.src)) {
		case "ultra-condensed":
			return 50, true
		case "extra-condensed":
			return 62.5, true
		case "condensed":
			return 75, true
		case "semi-condensed":
			return 87.5, true
		case "normal":
			return 100, true
		case "semi-expanded":
			return 112.5, true
		case "expanded":
			return 125, true
		case "extra-expanded":
			return 150, true
		case "ultra-expanded":
			return 200, true
		}
	}
	return 0, false
}

// parseFontShorthand: [style || variant || weight || stretch]? size [/ line-height]? family.
func parseFontShorthand(out []declared, c cursor) ([]declared, bool) {
	weight, slope, stretch := 400.0, 0.0, 100.0
	set := func(families []family) []declared {
		return append(out,
			declared{propFontFamily, value{families: families}}, declared{propFontWeight, value{num: weight}},
			declared{propFontStyle, value{num: slope}}, declared{propFontStretch, value{num: stretch}})
	}
	if t := c.peek(); len(c.toks) == 1 && t.kind == tokIdent {
		switch lowerASCII(t.text(c.src)) {
		case "caption", "icon", "menu", "message-box", "small-caption", "status-bar":
			return set([]family{{name: "system-ui", generic: true}}), true
		}
		return out, false
	}
	for n := 0; ; n++ {
		if n > 5 || c.done() {
			return out, false
		}
		if t := c.peek(); t.kind == tokIdent {
			word := lowerASCII(t.text(c.src))
			if word == "normal" || word == "small-caps" {
				c.next()
				c.space()
				continue
			}
			if hasWord("xx-small x-small small medium large x-large xx-large xxx-large larger smaller math", word) {
				break
			}
		} else if t.kind != tokNumber || t.num < 1 {
			break // a size
		}
		mark := c.i
		if v, ok := parseWeight(&c); ok {
			weight = v
		} else if c.i = mark; c.toks[mark].kind != tokIdent {
			return out, false
		} else if v, ok := parseSlope(&c); ok {
			slope = v
		} else {
			c.i = mark
			if stretch, ok = parseStretch(&c); !ok {
				return out, false
			}
		}
		c.space()
	}
	switch t := c.peek(); t.kind {
	case tokDimension, tokPercentage, tokFunction, tokIdent:
	case tokNumber:
		if t.num != 0 {
			return out, false
		}
	default:
		return out, false
	}
	c.skipValue()
	c.space()
	if c.delim('/') {
		c.next()
		c.space()
		c.skipValue()
	}
	rest := trimTokens(cursor{src: c.src, toks: c.toks[min(c.i, len(c.toks)):]})
	families, ok := parseFamilies(rest)
	return set(families), ok
}

// validDeclaration reports whether a declaration of a kept property would be taken.
func validDeclaration(name string, c cursor) bool {
	p, ok := propertyByName(name)
	if !ok {
		return true
	}
	if p == shortBorder {
		return true
	}
	_, ok = parseValue(nil, p, c, &valueContext{})
	return ok
}
