package css

import "strings"

// boxValue is a declared value of a property of boxes: keywords, or lengths, or
// both, as the property has them.
type boxValue struct {
	words []string // keywords, in lower case
	sizes []length // lengths and percentages
	nums  []float64
	areas [][]string // grid-template-areas
	grid  []Track
	empty bool // content: none or normal
}

func (v *boxValue) word() string {
	if v == nil || len(v.words) == 0 {
		return ""
	}
	return v.words[0]
}

// parseBox parses the value of a property of boxes into longhands.
func parseBox(out []declared, p property, c cursor) ([]declared, bool) {
	c.own = true
	set := func(p property, v boxValue) { out = append(out, declared{p, value{box: &v}}) }
	switch p {
	case boxMargin, boxPadding, boxInset, boxBorderWidth, boxBorderStyle:
		list, ok := boxParts(c)
		if !ok || len(list) == 0 || len(list) > 4 {
			return out, false
		}
		for i, q := range p.boxLonghands() { // top, right, bottom, left
			for i >= len(list) {
				i = max(0, i-2)
			}
			set(q, list[i])
		}
	case boxMarginInline, boxMarginBlock, boxPaddingInline, boxPaddingBlock, boxInsetInline, boxInsetBlock, boxGap:
		list, ok := boxParts(c)
		if !ok || len(list) == 0 || len(list) > 2 {
			return out, false
		}
		for i, q := range p.boxLonghands() {
			set(q, list[min(i, len(list)-1)])
		}
	case boxBorder, boxBorderSideTop, boxBorderSideRight, boxBorderSideBottom, boxBorderSideLeft:
		width, style := boxValue{words: []string{"medium"}}, boxValue{words: []string{"none"}}
		for c.space(); !c.done(); c.space() {
			t := c.peek()
			if l, ok := parseLength(&c); ok {
				width = boxValue{sizes: []length{l}}
				continue
			}
			switch word := lowerASCII(t.text(c.src)); {
			case t.kind != tokIdent:
			case word == "thin" || word == "medium" || word == "thick":
				width = boxValue{words: []string{word}}
			case hasWord("none hidden dotted dashed solid double groove ridge inset outset", word):
				style = boxValue{words: []string{word}}
			}
			c.skipValue() // the colour, for one
		}
		for _, q := range p.boxLonghands() {
			if q >= boxStyleTop {
				set(q, style)
			} else {
				set(q, width)
			}
		}
	case boxFont:
		return parseBoxFont(out, c)
	case boxFlex:
		return parseFlex(out, c)
	case boxFlexFlow:
		direction, wrap := boxValue{words: []string{"row"}}, boxValue{words: []string{"nowrap"}}
		for c.space(); !c.done(); c.space() {
			t := c.next()
			if word := lowerASCII(t.text(c.src)); strings.Contains(word, "wrap") {
				wrap.words[0] = word
			} else {
				direction.words[0] = word
			}
		}
		set(boxFlexDirection, direction)
		set(boxFlexWrap, wrap)
	case boxColumns:
		count, width := boxValue{words: []string{"auto"}}, boxValue{words: []string{"auto"}}
		list, _ := boxParts(c)
		for _, v := range list {
			switch {
			case len(v.nums) > 0:
				count = v
			case len(v.sizes) > 0:
				width = v
			}
		}
		set(boxColumnCount, count)
		set(boxColumnWidth, width)
	case boxGridColumn, boxGridRow, boxGridArea:
		return parseGridLines(out, p, c)
	case boxGrid, boxGridTemplate:
		return parseGridTemplate(out, c)
	case boxGridColumns, boxGridRows:
		v, ok := parseTracks(c)
		if !ok {
			return out, false
		}
		set(p, v)
	case boxGridAreas:
		areas, _ := parseAreas(&c)
		set(p, boxValue{areas: areas})
	case boxContent:
		t := c.peek()
		word := lowerASCII(t.text(c.src))
		v := boxValue{empty: t.kind == tokIdent && (word == "none" || word == "normal")}
		if t.kind == tokString {
			v.words = []string{t.text(c.src)}
		}
		set(p, v)
	case boxFontFamily:
		set(p, boxValue{words: familyNames(c)})
	default:
		list, ok := boxParts(c)
		if !ok || len(list) == 0 {
			return out, false
		}
		v := list[0]
		for _, more := range list[1:] {
			v.words = append(v.words, more.words...)
			v.sizes = append(v.sizes, more.sizes...)
			v.nums = append(v.nums, more.nums...)
		}
		set(p, v)
	}
	return out, true
}

// boxParts reads keywords, numbers and lengths that are separated by spaces or slashes.
func boxParts(c cursor) (list []boxValue, ok bool) {
	const most = 16
	for c.space(); !c.done(); c.space() {
		if len(list) == most {
			return nil, false
		}
		t := c.peek()
		switch t.kind {
		case tokIdent:
			c.next()
			list = append(list, boxValue{words: []string{lowerASCII(t.text(c.src))}})
		case tokNumber:
			c.next()
			v := boxValue{nums: []float64{t.num}}
			if t.num == 0 {
				v.sizes = []length{{}}
			}
			list = append(list, v)
		case tokPercentage:
			c.next()
			list = append(list, boxValue{sizes: []length{{num: t.num, unit: unitPercent}}})
		case tokDimension:
			l, known := dimension(&c, &t)
			if !known {
				return nil, false
			}
			c.next()
			list = append(list, boxValue{sizes: []length{l}})
		case tokDelim:
			if t.delim != '/' {
				return nil, false
			}
			c.next()
		case tokFunction:
			if t.isFunc(c.src, "fit-content") {
				c.skipValue()
				list = append(list, boxValue{words: []string{"fit-content"}})
				continue
			}
			l, typ := parseMath(&c, 0)
			switch typ {
			case mathLength:
				list = append(list, boxValue{sizes: []length{l}})
			case mathNumber:
				list = append(list, boxValue{nums: []float64{l.resolve(&Device{})}})
			default:
				return nil, false
			}
		default:
			return nil, false
		}
	}
	return list, true
}

// parseBoxFont reads the font shorthand: what follows the size is the family.
func parseBoxFont(out []declared, c cursor) ([]declared, bool) {
	size, line, weight := boxValue{}, boxValue{words: []string{"normal"}}, boxValue{words: []string{"normal"}}
	for c.space(); !c.done(); c.space() {
		t := c.peek()
		if t.kind == tokNumber && t.num >= 100 {
			weight = boxValue{nums: []float64{t.num}}
			c.next()
			continue
		}
		if t.kind == tokIdent {
			word := lowerASCII(t.text(c.src))
			c.next()
			if word == "bold" || word == "bolder" {
				weight = boxValue{words: []string{word}}
			}
			if _, known := fontSizes[word]; !known && word != "smaller" && word != "larger" {
				continue
			}
			size = boxValue{words: []string{word}}
		} else if l, ok := parseBoxLength(&c); ok {
			size = boxValue{sizes: []length{l}}
		} else {
			return out, false
		}
		break
	}
	if size.words == nil && size.sizes == nil {
		return out, false
	}
	if c.space(); c.delim('/') {
		c.next()
		c.space()
		if t := c.peek(); t.kind == tokNumber {
			line = boxValue{nums: []float64{t.num}}
			c.next()
		} else if l, ok := parseBoxLength(&c); ok {
			line = boxValue{sizes: []length{l}}
		} else {
			c.skipValue()
		}
	}
	family := boxValue{words: familyNames(c)}
	return append(out, declared{boxFontSize, value{box: &size}}, declared{boxLineHeight, value{box: &line}},
		declared{boxFontWeight, value{box: &weight}}, declared{boxFontFamily, value{box: &family}}), true
}

func parseBoxLength(c *cursor) (length, bool) {
	if t := c.peek(); t.kind == tokPercentage {
		c.next()
		return length{num: t.num, unit: unitPercent}, true
	}
	return parseLength(c)
}

// familyNames returns the names of a font-family, in lower case.
func familyNames(c cursor) []string {
	list, _ := parseFamilies(trimTokens(cursor{src: c.src, toks: c.toks[c.i:]}))
	names := make([]string, 0, len(list))
	for _, f := range list {
		names = append(names, f.name)
	}
	return names
}

// parseFlex reads the flex shorthand (CSS Flexbox 1, section 7.1).
func parseFlex(out []declared, c cursor) ([]declared, bool) {
	list, ok := boxParts(c)
	if !ok || len(list) == 0 || len(list) > 3 {
		return out, false
	}
	grow, shrink := 1.0, 1.0
	basis := boxValue{sizes: []length{{unit: unitPercent}}}
	numbers := 0
	for _, v := range list {
		switch {
		case v.word() == "none":
			grow, shrink, basis = 0, 0, boxValue{words: []string{"auto"}}
		case v.word() == "auto" && len(list) == 1:
			basis = v
		case len(v.words) > 0:
			basis = v
		case len(v.nums) > 0 && numbers == 0:
			grow = v.nums[0]
			numbers++
		case len(v.nums) > 0 && numbers == 1:
			shrink = v.nums[0]
			numbers++
		default:
			basis = v
		}
	}
	return append(out, declared{boxFlexGrow, value{box: &boxValue{nums: []float64{grow}}}}, declared{boxFlexShrink, value{box: &boxValue{nums: []float64{shrink}}}},
		declared{boxFlexBasis, value{box: &basis}}), true
}
