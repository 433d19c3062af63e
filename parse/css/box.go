package css

import "math"

// A Box is what the style of an element says of where its box comes to lie: the
// properties that a layout needs, computed. Lengths are CSS pixels.
type Box struct {
	Display  Display
	Position Position
	Float    Side // SideNone, SideLeft or SideRight
	Clear    Side
	Clips    bool // overflow is not visible

	Contained, ContainedHeight bool // what is in it does not count for its width (container-type), or height

	BorderBox            bool // box-sizing
	Width, Height        Length
	MinWidth, MinHeight  Length // LengthAuto: nothing is asked
	MaxWidth, MaxHeight  Length // LengthAuto: no bound
	AspectRatio          float64
	Margin, Padding      [4]Length // top, right, bottom, left
	Border               [4]float64
	Inset                [4]Length
	FontSize, LineHeight float64 // LineHeight 0: normal
	Font                 FontClass
	Bold                 bool
	NoWrap               bool // lines are not broken
	Preserve             bool // white space and line ends count
	Middle               bool // vertical-align is not the baseline

	Flex                   FlexBox
	Order                  int
	RowGap, ColumnGap      Length
	Columns, Rows          []Track // of a grid
	Areas                  [][]string
	ByColumn               bool // grid-auto-flow: column
	ColumnStart, ColumnEnd GridLine
	RowStart, RowEnd       GridLine
	ColumnCount            int
	ColumnWidth            Length
	Spacing                float64 // border-spacing

	Before, After *Box   // pseudo-elements with content; nil: none
	Text          string // of a pseudo-element

	rem float64
}

// FlexBox has the properties of flex containers and their items.
type FlexBox struct {
	Column, Reverse, Wrap bool
	Grow, Shrink          float64
	Basis                 Length // LengthAuto: the width or height
	Justify               string // justify-content; "": not said
	Align, AlignSelf      string // align-items, align-self
}

// Display is how an element's box is laid out, and what is in it.
type Display uint8

// The displays that make a difference.
const (
	DisplayInline Display = iota
	DisplayInlineBlock
	DisplayInlineFlex
	DisplayInlineGrid
	DisplayInlineTable
	DisplayNone
	DisplayContents
	DisplayBlock
	DisplayFlowRoot
	DisplayFlex
	DisplayGrid
	DisplayTable
	DisplayTableGroup // table-row-group, table-header-group, table-footer-group
	DisplayTableRow
	DisplayTableCell
	DisplayTableCaption
	DisplayTableColumn // columns and their groups: no box of their own
)

// InLine reports whether the box stands in a line.
func (d Display) InLine() bool { return d <= DisplayInlineTable }

var displays = map[string]Display{
	"inline": DisplayInline, "inline-block": DisplayInlineBlock, "inline-flex": DisplayInlineFlex, "inline-grid": DisplayInlineGrid, "inline-table": DisplayInlineTable,
	"none": DisplayNone, "contents": DisplayContents, "block": DisplayBlock, "list-item": DisplayBlock, "flow-root": DisplayFlowRoot,
	"flex": DisplayFlex, "-webkit-flex": DisplayFlex, "-webkit-box": DisplayFlex, "-webkit-inline-box": DisplayInlineFlex, "-webkit-inline-flex": DisplayInlineFlex,
	"grid": DisplayGrid, "table": DisplayTable, "table-row-group": DisplayTableGroup, "table-header-group": DisplayTableGroup, "table-footer-group": DisplayTableGroup,
	"table-row": DisplayTableRow, "table-cell": DisplayTableCell, "table-caption": DisplayTableCaption,
	"table-column": DisplayTableColumn, "table-column-group": DisplayTableColumn, "ruby": DisplayInline, "ruby-text": DisplayInline, "math": DisplayInline,
	"grid-lanes": DisplayGrid, "inline-grid-lanes": DisplayInlineGrid,
}

// Position is the position property.
type Position uint8

// The positions. Sticky is Relative: a page is looked at from its top.
const (
	Static Position = iota
	Relative
	Absolute
	Fixed
)

// Side is a side to which something floats, or which it clears.
type Side uint8

// The sides.
const (
	SideNone  Side = 0
	SideLeft  Side = 1
	SideRight Side = 2
	SideBoth  Side = 3
)

// FontClass tells fonts apart by how wide their letters are.
type FontClass uint8

// The classes of fonts.
const (
	Serif FontClass = iota
	Sans
	WideSans // the system's own
	Mono
)

// LengthKind is what a Length is.
type LengthKind uint8

// The kinds of lengths.
const (
	LengthAuto LengthKind = iota // auto, none, normal: as the property has it
	LengthFixed
	LengthMinContent
	LengthMaxContent
	LengthFitContent
	LengthStretch
)

// A Length is a computed length, which may depend on a size that only layout
// knows. The zero value is auto.
type Length struct {
	Kind LengthKind
	auto bool // declared so
	px   float64
	fn   *measured // has percentages
}

type measured struct {
	length length
	env    lengthEnv
}

// Pixels returns a fixed length.
func Pixels(px float64) Length { return Length{Kind: LengthFixed, px: px} }

// Resolve returns the length in pixels where 100 % are whole, which may be NaN
// for what is not known. It is NaN where the length is not fixed.
func (l Length) Resolve(whole float64) float64 {
	switch {
	case l.Kind != LengthFixed:
		return math.NaN()
	case l.fn == nil:
		return l.px
	}
	env := l.fn.env
	env.percent = whole
	return l.fn.length.in(&env)
}

// hasPercent reports whether a length depends on what is around.
func (n *length) hasPercent() bool {
	if n.op == 0 {
		return n.unit == unitPercent
	}
	for i := range n.kids {
		if n.kids[i].hasPercent() {
			return true
		}
	}
	return false
}

func computeLength(l length, env *lengthEnv) Length {
	out := Length{Kind: LengthFixed}
	if l.hasPercent() {
		out.fn = &measured{length: l, env: *env}
	} else if out.px = l.in(env); math.IsNaN(out.px) {
		out.px = 0
	}
	return out
}

var fontSizes = map[string]float64{
	"xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24, "xx-large": 32, "xxx-large": 48,
}

// AutoMargin reports whether the margin of a side (0 top, 1 right, 2 bottom, 3
// left) was declared to be auto.
func (b *Box) AutoMargin(side int) bool { return b.Margin[side].auto }
