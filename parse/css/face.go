package css

import (
	"strconv"
	"strings"

	"pageload/parse/weburl"
)

// faceRule is an @font-face rule.
type faceRule struct {
	family          string // lower case
	name            string // as written
	weight, stretch [2]float64
	slope           [2]float64 // slopeItalic, or degrees
	sources         []faceSource
	ranges          []runeRange // nil: all
	cond            int32
}

// faceSource is a usable entry of src: a local font or a URL in a supported format.
type faceSource struct {
	local string // lower case; "" is a URL
	image        // raw, url, line
}

type runeRange struct{ lo, hi rune }

// Bounds of @font-face: Google's largest families have some 120 ranges a face.
const (
	maxFaceSources = 64
	maxFaceRanges  = 2048
)

// fontFace reads the block of @font-face, p.pos being behind its brace. Of
// descriptors that repeat the last valid one counts.
func (p *sheetParser) fontFace(ctx blockContext) {
	f := faceRule{weight: [2]float64{400, 400}, stretch: [2]float64{100, 100}, cond: ctx.cond}
	for {
		p.skipSpace()
		if p.pos >= len(p.src) {
			break
		}
		c := p.src[p.pos]
		if c == '}' {
			p.pos++
			break
		}
		name, text, at, ok := p.rawDeclaration()
		if !ok {
			i := p.scan(p.pos, stopSemicolon|stopRBrace)
			if p.pos = i; i < len(p.src) && p.src[i] == ';' {
				p.pos++
			}
			continue
		}
		p.descriptor(&f, lowerASCII(name), text, at)
	}
	if f.family != "" && len(f.sources) > 0 {
		if len(p.sheet.faces) >= p.limits.Rules {
			p.problem("font faces", p.limits.Rules)
			return
		}
		p.sheet.faces = append(p.sheet.faces, f)
	}
}

func (p *sheetParser) descriptor(f *faceRule, name, text string, at int) {
	switch name {
	case "font-family", "src", "font-weight", "font-style", "font-stretch", "font-width", "unicode-range":
	default:
		return
	}
	c := trimTokens(p.cursorOf(text))
	switch name {
	case "font-family":
		list, ok := parseFamilies(c)
		if ok && len(list) == 1 {
			f.family = list[0].name
			f.name = strings.TrimSpace(text)
			if t := c.peek(); t.kind == tokString {
				f.name = t.text(c.src)
			}
		}
	case "src":
		if list := p.faceSources(c, at); len(list) > 0 || !c.done() {
			f.sources = list
		}
	case "font-weight":
		if r, ok := faceRange(c, parseWeight); ok && r[0] > 0 {
			f.weight = r
		}
	case "font-stretch", "font-width":
		if r, ok := faceRange(c, parseStretch); ok {
			f.stretch = r
		}
	case "font-style":
		v, ok := parseSlope(&c)
		r := [2]float64{v, v}
		if c.space(); ok && !c.done() {
			if r[1], ok = parseAngle(&c); r[0] > r[1] {
				r[0], r[1] = r[1], r[0]
			}
		}
		if ok && c.done() {
			f.slope = r
		}
	case "unicode-range":
		if list, ok := parseUnicodeRange(text); ok {
			f.ranges = list
		}
	}
}

// faceRange reads one or two values; auto stands for anything.
func faceRange(c cursor, parse func(*cursor) (float64, bool)) (r [2]float64, ok bool) {
	if c.peekIs("auto") {
		return [2]float64{1, 1000}, true
	}
	if r[0], ok = parse(&c); !ok {
		return r, false
	}
	r[1] = r[0]
	if c.space(); !c.done() {
		if r[1], ok = parse(&c); r[0] > r[1] {
			r[0], r[1] = r[1], r[0]
		}
		c.space()
	}
	return r, ok && c.done()
}

// faceSources reads src. Entries that do not parse or are not supported are
// left out (CSS Fonts 4, section 4.3.1).
func (p *sheetParser) faceSources(c cursor, at int) []faceSource {
	var list []faceSource
	for _, part := range c.split() {
		if len(list) >= maxFaceSources {
			p.problem("sources of a font face", maxFaceSources)
			break
		}
		part.space()
		t := part.peek()
		if t.isFunc(part.src, "local") {
			in := part.block()
			if names, ok := parseFamilies(trimTokens(in)); ok && len(names) == 1 {
				if part.space(); part.done() {
					list = append(list, faceSource{local: names[0].name})
				}
			}
			continue
		}
		raw, ok := parseURLValue(&part)
		if !ok || raw == "" || t.kind == tokString || !supportedSource(&part) {
			continue
		}
		ctx := valueContext{base: p.sheet.base, line: p.lineOf(at + t.start)}
		list = append(list, faceSource{image: ctx.image(raw)})
	}
	return list
}

// supportedSource reads format() and tech() behind a url.
func supportedSource(c *cursor) bool {
	for c.space(); !c.done(); c.space() {
		t := c.peek()
		format := t.isFunc(c.src, "format")
		if !format && !t.isFunc(c.src, "tech") {
			return false
		}
		in := c.block()
		for _, part := range in.split() {
			part.space()
			v := part.next()
			if v.kind != tokIdent && (v.kind != tokString || !format) {
				return false
			}
			word := lowerASCII(v.text(part.src))
			if format && !supportedFontFormat(word) || !format && !supportedFontTech(word) {
				return false
			}
			if part.space(); !part.done() {
				return false
			}
		}
	}
	return true
}

// parseUnicodeRange reads U+0-7F, U+4??, U+26. The tokens of CSS tear these
// apart, so the text is read.
func parseUnicodeRange(s string) ([]runeRange, bool) {
	var list []runeRange
	for part := range strings.SplitSeq(s, ",") {
		part = strings.Trim(part, " \t\n\r\f")
		if len(part) < 3 || part[0]|0x20 != 'u' || part[1] != '+' || len(list) >= maxFaceRanges {
			return nil, false
		}
		lo, hi, two := strings.Cut(part[2:], "-")
		if !two {
			hi = strings.ReplaceAll(lo, "?", "F")
			digits := strings.TrimRight(lo, "?")
			lo = digits + strings.Repeat("0", len(lo)-len(digits))
		}
		a, err1 := strconv.ParseUint(lo, 16, 32)
		b, err2 := strconv.ParseUint(hi, 16, 32)
		if err1 != nil || err2 != nil || a > b || b > 0x10FFFF || len(lo) > 6 || len(hi) > 6 {
			return nil, false
		}
		list = append(list, runeRange{rune(a), rune(b)})
	}
	return list, len(list) > 0
}

func (f *faceRule) coversAny(text string) bool {
	for _, c := range text {
		if f.covers(c) {
			return true
		}
	}
	return false
}

// covers reports whether the face may be used for a character.
func (f *faceRule) covers(r rune) bool {
	if f.ranges == nil {
		return true
	}
	for _, x := range f.ranges {
		if x.lo <= r && r <= x.hi {
			return true
		}
	}
	return false
}

// FontSource is a URL of a font face's src list.
type FontSource struct {
	URL  weburl.URL
	Raw  string // as written
	Line int    // of the sheet, from 1
}

// FontFace is a font face that a page needs.
type FontFace struct {
	Family  string       // as written in the @font-face rule
	Sources []FontSource // usable ones, to be tried in order; a local font or data URL ends the list
	Next    []*FontFace  // wanted only if all Sources fail: faces of the next families
}
