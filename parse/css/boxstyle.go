package css

import (
	"math"

	"pageload/parse/dom"
)

// boxOf computes an element's box from the winners. parent is the box around
// it, ua what the user agent's sheet says.
func (r *run) boxOf(b, parent *Box, ua Box, st *style, root bool) {
	*b = ua
	b.Font, b.rem = parent.Font, parent.rem
	b.NoWrap, b.Preserve = b.NoWrap || parent.NoWrap, b.Preserve || parent.Preserve
	if ua.LineHeight == 0 {
		b.LineHeight = parent.LineHeight
	}
	if ua.Font != 0 {
		b.Font = ua.Font
	}
	b.Bold = ua.Bold || parent.Bold
	if ua.FontSize == 0 {
		b.FontSize = parent.FontSize
	} else if ua.FontSize < 4 { // so many times the parent's
		b.FontSize = ua.FontSize * parent.FontSize
	}
	x := boxReader{r: r, st: st}
	r.fontOf(&x, b, parent)
	if root {
		b.rem = b.FontSize
	}
	x.env = lengthEnv{Device: &r.device, em: b.FontSize, rem: b.rem, percent: math.NaN()}
	for i := range ua.Margin { // in em, as the user agent's sheet has them
		b.Margin[i] = ua.Margin[i].scaled(b.FontSize)
		b.Padding[i] = ua.Padding[i].scaled(b.FontSize)
	}
	r.lineOf(&x, b, parent)

	if v := x.get(boxDisplay); v != nil {
		b.Display = displayOf(v.words)
	}
	x.word(boxPosition, func(w string) {
		switch w {
		case "absolute":
			b.Position = Absolute
		case "fixed":
			b.Position = Fixed
		case "relative", "sticky", "-webkit-sticky":
			b.Position = Relative
		default:
			b.Position = Static
		}
	})
	x.word(boxFloat, func(w string) { b.Float = sideOf(w) & SideBoth })
	x.word(boxClear, func(w string) { b.Clear = sideOf(w) })
	x.word(boxOverflow, func(w string) { b.Clips = w != "visible" })
	x.word(boxSizing, func(w string) { b.BorderBox = w == "border-box" })
	if b.Position >= Absolute {
		b.Float = SideNone
	}
	if b.Float != SideNone || b.Position >= Absolute {
		b.Display = b.Display.block()
	}

	for p, l := range map[property]*Length{
		boxWidth: &b.Width, boxHeight: &b.Height, boxMinWidth: &b.MinWidth, boxMinHeight: &b.MinHeight,
		boxMaxWidth: &b.MaxWidth, boxMaxHeight: &b.MaxHeight, boxRowGap: &b.RowGap, boxColumnGap: &b.ColumnGap,
		boxFlexBasis: &b.Flex.Basis, boxColumnWidth: &b.ColumnWidth,
	} {
		x.length(p, l)
	}
	for i := range b.Margin {
		side := property(i)
		x.length(boxMarginTop+side, &b.Margin[i])
		x.length(boxPaddingTop+side, &b.Padding[i])
		x.length(boxTop+side, &b.Inset[i])
		x.border(b, i)
	}
	r.contentOf(&x, b)
	if v := x.get(boxAspectRatio); v != nil {
		switch {
		case len(v.nums) >= 2 && v.nums[1] > 0:
			b.AspectRatio = v.nums[0] / v.nums[1]
		case len(v.nums) == 1:
			b.AspectRatio = v.nums[0]
		}
	}
}

// fontOf computes the font, which em depends on.
func (r *run) fontOf(x *boxReader, b, parent *Box) {
	x.env = lengthEnv{Device: &r.device, em: parent.FontSize, rem: parent.rem, percent: parent.FontSize}
	if v := x.get(boxFontSize); v != nil {
		if size, known := fontSizes[v.word()]; known {
			b.FontSize = size
		} else if len(v.sizes) > 0 {
			if size := v.sizes[0].in(&x.env); size >= 0 && size < 1e5 {
				b.FontSize = size
			}
		} else {
			switch v.word() {
			case "smaller":
				b.FontSize = parent.FontSize / 1.2
			case "larger":
				b.FontSize = parent.FontSize * 1.2
			case "inherit":
				b.FontSize = parent.FontSize
			}
		}
	}
	if v := x.get(boxFontFamily); v != nil {
		b.Font = fontClass(v.words, parent.Font)
	}
	if v := x.get(boxFontWeight); v != nil {
		b.Bold = v.word() == "bold" || v.word() == "bolder" || len(v.nums) > 0 && v.nums[0] >= 600
	}
}

// lineOf computes how tall lines are, and how they break.
func (r *run) lineOf(x *boxReader, b, parent *Box) {
	if v := x.get(boxLineHeight); v != nil {
		env := x.env
		env.percent = b.FontSize
		switch {
		case len(v.nums) > 0:
			b.LineHeight = -v.nums[0] // so many times the font size, for those inside too
		case len(v.sizes) > 0:
			b.LineHeight = max(0.01, v.sizes[0].in(&env))
		case v.word() == "normal":
			b.LineHeight = 0
		}
	}
	if v := x.get(boxWhiteSpace); v != nil {
		switch v.word() {
		case "nowrap":
			b.NoWrap, b.Preserve = true, false
		case "pre":
			b.NoWrap, b.Preserve = true, true
		case "pre-wrap", "pre-line", "break-spaces":
			b.NoWrap, b.Preserve = false, true
		case "normal", "wrap", "balance", "pretty":
			b.NoWrap, b.Preserve = false, false
		}
	}
	x.word(boxVerticalAlign, func(w string) { b.Middle = w != "baseline" })
}

// Line returns the height of a line of the box's text.
func (b *Box) Line() float64 {
	switch {
	case b.LineHeight < 0:
		return -b.LineHeight * b.FontSize
	case b.LineHeight > 0:
		return b.LineHeight
	}
	perEm := 1.15 // Liberation, which has the sizes of Arial and Times
	switch b.Font {
	case WideSans:
		perEm = 1.164
	case Mono:
		perEm = 1.133
	}
	return math.Round(b.FontSize * perEm)
}

// contentOf computes what the box's own layout needs: flex, grid, columns.
func (r *run) contentOf(x *boxReader, b *Box) {
	x.word(boxFlexDirection, func(w string) {
		b.Flex.Column = w == "column" || w == "column-reverse"
		b.Flex.Reverse = w == "row-reverse" || w == "column-reverse"
	})
	x.word(boxFlexWrap, func(w string) { b.Flex.Wrap = w != "nowrap" })
	b.Flex.Shrink = 1
	b.Flex.Justify, b.Flex.Align, b.Flex.AlignSelf = x.get(boxJustify).word(), x.get(boxAlign).word(), x.get(boxAlignSelf).word()
	x.number(boxFlexGrow, &b.Flex.Grow)
	x.number(boxFlexShrink, &b.Flex.Shrink)
	var n float64
	x.number(boxOrder, &n)
	b.Order = int(n)
	n = 0
	x.number(boxColumnCount, &n)
	b.ColumnCount = int(max(0, min(n, 1000)))
	b.Columns, b.Rows = x.tracks(boxGridColumns), x.tracks(boxGridRows)
	if v := x.get(boxGridAreas); v != nil {
		b.Areas = v.areas
	}
	if v := x.get(boxGridFlow); v != nil {
		b.ByColumn = v.word() == "column"
	}
	b.ColumnStart, b.ColumnEnd = x.get(boxColumnStart).gridLine(), x.get(boxColumnEnd).gridLine()
	b.RowStart, b.RowEnd = x.get(boxRowStart).gridLine(), x.get(boxRowEnd).gridLine()
	if v := x.get(boxBorderSpacing); v != nil && len(v.sizes) > 0 {
		b.Spacing = max(0, v.sizes[len(v.sizes)-1].in(&x.env))
	}
	if x.get(boxBorderCollapse).word() == "collapse" {
		b.Spacing = 0
	}
}

// boxReader reads computed values of the winners.
type boxReader struct {
	r   *run
	st  *style
	env lengthEnv
}

// get returns the value of a property, nil where nothing was declared or what
// was goes back to the initial value, or to the parent's.
func (x *boxReader) get(p property) *boxValue {
	v := x.r.value(p, x.st.vars)
	if v == nil || v.kind != valueSet {
		return nil
	}
	return v.box
}

func (x *boxReader) word(p property, f func(string)) {
	if w := x.get(p).word(); w != "" {
		f(w)
	}
}

func (x *boxReader) number(p property, out *float64) {
	if v := x.get(p); v != nil && len(v.nums) > 0 {
		*out = v.nums[0]
	}
}

func (x *boxReader) length(p property, out *Length) {
	v := x.get(p)
	switch {
	case v == nil:
		if v := x.r.value(p, x.st.vars); v != nil && v.kind != valueSet {
			*out = Length{}
		}
	case len(v.sizes) > 0:
		*out = computeLength(v.sizes[0], &x.env)
	default:
		switch v.word() {
		case "min-content", "-webkit-min-content":
			out.Kind = LengthMinContent
		case "max-content", "-webkit-max-content", "intrinsic":
			out.Kind = LengthMaxContent
		case "fit-content", "-webkit-fit-content", "-moz-fit-content":
			out.Kind = LengthFitContent
		case "stretch", "-webkit-fill-available", "-moz-available":
			out.Kind = LengthStretch
		case "auto", "none", "normal", "content":
			*out = Length{auto: true}
		}
	}
}

func (x *boxReader) border(b *Box, side int) {
	style := x.get(boxStyleTop + property(side))
	if style == nil {
		return // the user agent's, of which there are few
	}
	if w := style.word(); w == "none" || w == "hidden" {
		b.Border[side] = 0
		return
	}
	b.Border[side] = 3
	v := x.get(boxBorderTop + property(side))
	switch {
	case v == nil:
	case len(v.sizes) > 0:
		b.Border[side] = max(0, v.sizes[0].in(&x.env))
	case v.word() == "thin":
		b.Border[side] = 1
	case v.word() == "thick":
		b.Border[side] = 5
	}
}

func (x *boxReader) tracks(p property) []Track {
	v := x.get(p)
	if v == nil || len(v.grid) == 0 {
		return nil
	}
	list := make([]Track, len(v.grid))
	for i, t := range v.grid {
		for k, l := range []*Length{&t.Min, &t.Max} {
			declared := t.min
			if k == 1 {
				declared = t.max
			}
			if l.Kind = t.kind[k]; l.Kind == LengthFixed {
				*l = computeLength(declared, &x.env)
			}
		}
		list[i] = t
	}
	return list
}

func displayOf(words []string) Display {
	d := DisplayInline
	for _, w := range words {
		if w == "block" && len(words) > 1 || w == "inline" && d != DisplayInline {
			continue // the outer display; block is what most are
		}
		if known, ok := displays[w]; ok {
			d = known
		}
	}
	if len(words) == 2 && words[0] == "block" && d == DisplayInline {
		return DisplayBlock
	}
	return d
}

// block is the display of a box that was taken out of its line, or is an item
// (CSS Display 3, section 2.7).
func (d Display) block() Display {
	switch d {
	case DisplayInline, DisplayTableGroup, DisplayTableRow, DisplayTableCell, DisplayTableCaption, DisplayTableColumn:
		return DisplayBlock
	case DisplayInlineBlock:
		return DisplayFlowRoot
	case DisplayInlineFlex:
		return DisplayFlex
	case DisplayInlineGrid:
		return DisplayGrid
	case DisplayInlineTable:
		return DisplayTable
	}
	return d
}

// Block is the display of an item of a flex or grid container.
func (d Display) Block() Display { return d.block() }

func sideOf(w string) Side {
	switch w {
	case "left", "inline-start":
		return SideLeft
	case "right", "inline-end":
		return SideRight
	case "both":
		return SideBoth
	}
	return SideNone
}

// fontClass takes the first family that a machine without many fonts has.
func fontClass(names []string, inherited FontClass) FontClass {
	for _, n := range names {
		switch n {
		case "arial", "helvetica", "liberation sans", "sans-serif", "ui-sans-serif", "arimo":
			return Sans
		case "system-ui", "-apple-system", "blinkmacsystemfont", "dejavu sans", "ui-rounded":
			if n == "system-ui" || n == "dejavu sans" {
				return WideSans
			}
		case "times", "times new roman", "liberation serif", "serif", "ui-serif", "tinos":
			return Serif
		case "courier", "courier new", "liberation mono", "monospace", "ui-monospace", "cousine", "dejavu sans mono":
			return Mono
		case "inherit":
			return inherited
		}
	}
	return Serif
}

// scaled makes pixels of a length in font sizes.
func (l Length) scaled(em float64) Length {
	if l.Kind == lengthEm {
		l.Kind, l.px = LengthFixed, l.px*em
	}
	return l
}

// Boxes has the boxes of a document's elements.
type Boxes struct {
	Root Box // what the viewport is
	list []Box
}

// Of returns the box of an element; elements that came later have none of
// their own and are not displayed.
func (b *Boxes) Of(id dom.ID) *Box {
	if int(id) >= len(b.list) || id <= 0 {
		return &noBox
	}
	return &b.list[id]
}

var noBox = Box{Display: DisplayNone}
