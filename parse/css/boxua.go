package css

import (
	"strconv"
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// lengthEm is the kind of the user agent's lengths that are in font sizes.
const lengthEm LengthKind = 100

func em(n float64) Length { return Length{Kind: lengthEm, px: n} }

// uaBox returns what the user agent's sheet says of an element's box (HTML
// section 15.3, and Chromium's html.css). Margins and paddings are in em, which
// boxOf scales; a FontSize below 4 is so many times the parent's.
func uaBox(t *dom.Table, id dom.ID) (b Box) {
	margin := func(block, inline float64) { b.Margin = [4]Length{em(block), em(inline), em(block), em(inline)} }
	b.Display = DisplayInline
	if t.Namespace(id) != dom.HTML {
		if t.Atom(id) == atom.Svg {
			b.Clips = true
		}
		return b
	}
	switch a := t.Atom(id); a {
	case atom.Html, atom.Div, atom.Address, atom.Article, atom.Aside, atom.Center, atom.Dt, atom.Figcaption, atom.Footer, atom.Form, atom.Header, atom.Hgroup,
		atom.Main, atom.Nav, atom.Search, atom.Section, atom.Details, atom.Summary, atom.Li, atom.Optgroup, atom.Option, atom.Legend:
		b.Display = DisplayBlock
	case atom.Body:
		b.Display = DisplayBlock
		eight := Pixels(8)
		b.Margin = [4]Length{eight, eight, eight, eight}
	case atom.P, atom.Dl:
		b.Display = DisplayBlock
		margin(1, 0)
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		b.Display = DisplayBlock
		if !insideList(t, id) {
			margin(1, 0)
		}
		b.Padding[3] = Pixels(40)
	case atom.Dd:
		b.Display = DisplayBlock
		b.Margin[3] = Pixels(40)
	case atom.Blockquote, atom.Figure:
		b.Display = DisplayBlock
		b.Margin = [4]Length{em(1), Pixels(40), em(1), Pixels(40)}
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		sizes := map[atom.Atom][2]float64{atom.H1: {2, .67}, atom.H2: {1.5, .83}, atom.H3: {1.17, 1}, atom.H4: {1, 1.33}, atom.H5: {.83, 1.67}, atom.H6: {.67, 2.33}}
		b.Display, b.Bold, b.FontSize = DisplayBlock, true, sizes[a][0]
		margin(sizes[a][1], 0)
	case atom.Pre, atom.Listing, atom.Xmp, atom.Plaintext:
		b.Display, b.Font, b.FontSize, b.NoWrap, b.Preserve = DisplayBlock, Mono, 13.0/16, true, true
		margin(1, 0)
	case atom.Hr:
		b.Display = DisplayBlock
		margin(.5, 0)
		b.Border = [4]float64{1, 1, 1, 1}
	case atom.Fieldset:
		b.Display = DisplayBlock
		b.Margin = [4]Length{Pixels(0), Pixels(2), Pixels(0), Pixels(2)}
		b.Padding = [4]Length{em(.35), em(.75), em(.625), em(.75)}
		b.Border = [4]float64{2, 2, 2, 2}
	case atom.Dialog:
		b.Display = DisplayBlock
	case atom.Table:
		b.Display, b.Spacing, b.BorderBox = DisplayTable, 2, true
	case atom.Tbody, atom.Thead, atom.Tfoot:
		b.Display = DisplayTableGroup
	case atom.Tr:
		b.Display = DisplayTableRow
	case atom.Td, atom.Th:
		b.Display, b.Bold = DisplayTableCell, a == atom.Th
		one := Pixels(1)
		b.Padding = [4]Length{one, one, one, one}
	case atom.Caption:
		b.Display = DisplayTableCaption
	case atom.Col, atom.Colgroup:
		b.Display = DisplayTableColumn
	case atom.B, atom.Strong:
		b.Bold = true
	case atom.Small, atom.Sub, atom.Sup:
		b.FontSize = 1 / 1.2
	case atom.Big:
		b.FontSize = 1.2
	case atom.Code, atom.Kbd, atom.Samp, atom.Tt:
		b.Font, b.FontSize = Mono, 13.0/16
	case atom.Button:
		b.Display, b.Font, b.FontSize, b.BorderBox = DisplayInlineBlock, Sans, 13.333, true
		b.Padding = [4]Length{Pixels(1), Pixels(6), Pixels(1), Pixels(6)}
		b.Border = [4]float64{2, 2, 2, 2}
	case atom.Input, atom.Select, atom.Textarea:
		b.Display, b.Font, b.FontSize = DisplayInlineBlock, Sans, 13.333
		one, two := Pixels(1), Pixels(2)
		if a == atom.Textarea {
			one = two
		}
		b.Padding = [4]Length{one, two, one, two}
		b.Border = [4]float64{2, 2, 2, 2}
		b.BorderBox = a == atom.Select
	case atom.Iframe:
		b.Border = [4]float64{2, 2, 2, 2}
	case atom.Meter, atom.Progress:
		b.Display = DisplayInlineBlock
	case atom.Nobr:
		b.NoWrap = true
	}
	return b
}

func insideList(t *dom.Table, id dom.ID) bool {
	for p := t.Parent(id); p != 0; p = t.Parent(p) {
		switch t.Atom(p) {
		case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
			return true
		}
	}
	return false
}

// boxHints returns what the element's attributes say of its box (HTML section
// 15.3 and 15.4.3).
func (r *run) boxHints(id dom.ID) (hints []declaration) {
	t := r.t
	a := t.Atom(id)
	if t.NumAttrs(id) == 0 && a != atom.Td && a != atom.Th { // of which the table says something too
		return nil
	}
	size := func(name string, props ...property) {
		text, ok := t.Attr(id, name)
		if !ok {
			return
		}
		l, ok := dimensionAttr(text)
		if !ok {
			return
		}
		for _, p := range props {
			hints = append(hints, declaration{property: p, value: &value{box: &boxValue{sizes: []length{l}}}})
		}
	}
	word := func(p property, w string) {
		hints = append(hints, declaration{property: p, value: &value{box: &boxValue{words: []string{w}}}})
	}
	frame := func() {
		for side := range property(4) {
			word(boxStyleTop+side, "solid")
			hints = append(hints, declaration{property: boxBorderTop + side, value: &value{box: &boxValue{sizes: []length{{num: 1}}}}})
		}
	}
	switch a {
	case atom.Img, atom.Iframe, atom.Video, atom.Canvas, atom.Object, atom.Embed, atom.Svg, atom.Input, atom.Table, atom.Td, atom.Th, atom.Hr, atom.Col:
		if a != atom.Canvas {
			size("width", boxWidth)
			size("height", boxHeight)
		}
		if a != atom.Table && a != atom.Td && a != atom.Th && a != atom.Hr && a != atom.Svg {
			size("hspace", boxMarginLeft, boxMarginRight)
			size("vspace", boxMarginTop, boxMarginBottom)
			if v, _ := t.Attr(id, "align"); equalFold(v, "left") || equalFold(v, "right") {
				word(boxFloat, lowerASCII(v))
			} else if v != "" {
				word(boxVerticalAlign, lowerASCII(v))
			}
		}
	case atom.Tr, atom.Tbody, atom.Thead, atom.Tfoot:
		size("height", boxHeight)
	case atom.Body:
		size("marginheight", boxMarginTop, boxMarginBottom)
		size("marginwidth", boxMarginLeft, boxMarginRight)
		size("topmargin", boxMarginTop)
		size("bottommargin", boxMarginBottom)
		size("leftmargin", boxMarginLeft)
		size("rightmargin", boxMarginRight)
	case atom.Br:
		if v, _ := t.Attr(id, "clear"); v != "" {
			if v = lowerASCII(v); v == "all" {
				v = "both"
			}
			word(boxClear, v)
		}
	case atom.Font:
		if v, ok := t.Attr(id, "size"); ok {
			if n, err := strconv.Atoi(strings.TrimPrefix(v, "+")); err == nil {
				if v != "" && (v[0] == '+' || v[0] == '-') {
					n += 3
				}
				word(boxFontSize, []string{"x-small", "small", "medium", "large", "x-large", "xx-large", "xxx-large"}[max(1, min(n, 7))-1])
			}
		}
	}
	switch a {
	case atom.Table:
		size("cellspacing", boxBorderSpacing)
		if v, ok := t.Attr(id, "border"); ok && v != "0" {
			frame()
		}
	case atom.Td, atom.Th:
		if _, ok := t.Attr(id, "nowrap"); ok {
			word(boxWhiteSpace, "nowrap")
		}
		for p := t.Parent(id); p != 0; p = t.Parent(p) {
			if t.Atom(p) == atom.Table {
				if v, ok := t.Attr(p, "border"); ok && v != "0" {
					frame()
				}
				if v, ok := t.Attr(p, "cellpadding"); ok {
					if l, ok := dimensionAttr(v); ok {
						for side := range property(4) {
							hints = append(hints, declaration{property: boxPaddingTop + side, value: &value{box: &boxValue{sizes: []length{l}}}})
						}
					}
				}
				break
			}
		}
	}
	return hints
}

// dimensionAttr reads a dimension value of an attribute (HTML section 2.3.4.4).
func dimensionAttr(s string) (length, bool) {
	s = trimHTML(s)
	end := 0
	for end < len(s) && ('0' <= s[end] && s[end] <= '9' || s[end] == '.') {
		end++
	}
	n, err := strconv.ParseFloat(s[:end], 64)
	if err != nil || n > 1e7 {
		return length{}, false
	}
	if strings.HasPrefix(s[end:], "%") {
		return length{num: n, unit: unitPercent}, true
	}
	return length{num: n}, true
}
