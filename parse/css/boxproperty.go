package css

// The properties that say where boxes come to lie. They are read only for
// documents in which that decides about a request, with a parse of their own
// (see Sheet.boxes), so that other documents do not pay for them.
const (
	firstBox property = 96 + iota
	boxDisplay
	boxPosition
	boxFloat
	boxClear
	boxOverflow
	boxSizing
	boxWidth
	boxMinWidth
	boxMaxWidth
	boxHeight
	boxMinHeight
	boxMaxHeight
	boxAspectRatio
	boxMarginTop // the four sides of each are in this order
	boxMarginRight
	boxMarginBottom
	boxMarginLeft
	boxPaddingTop
	boxPaddingRight
	boxPaddingBottom
	boxPaddingLeft
	boxBorderTop // widths
	boxBorderRight
	boxBorderBottom
	boxBorderLeft
	boxStyleTop // styles of borders
	boxStyleRight
	boxStyleBottom
	boxStyleLeft
	boxTop
	boxRight
	boxBottom
	boxLeft
	boxFontSize
	boxFontFamily
	boxFontWeight
	boxLineHeight
	boxWhiteSpace
	boxVerticalAlign
	boxFlexDirection
	boxFlexWrap
	boxFlexGrow
	boxFlexShrink
	boxFlexBasis
	boxOrder
	boxJustify
	boxAlign
	boxAlignSelf
	boxRowGap
	boxColumnGap
	boxGridColumns
	boxGridRows
	boxGridAreas
	boxGridFlow
	boxColumnStart
	boxColumnEnd
	boxRowStart
	boxRowEnd
	boxColumnCount
	boxColumnWidth
	boxBorderSpacing
	boxBorderCollapse
	boxContent
	endBox

	// shorthands
	boxMargin
	boxMarginInline
	boxMarginBlock
	boxPadding
	boxPaddingInline
	boxPaddingBlock
	boxBorder
	boxBorderSideTop
	boxBorderSideRight
	boxBorderSideBottom
	boxBorderSideLeft
	boxBorderWidth
	boxBorderStyle
	boxInset
	boxInsetInline
	boxInsetBlock
	boxFont
	boxFlex
	boxFlexFlow
	boxGap
	boxGrid
	boxGridTemplate
	boxGridColumn
	boxGridRow
	boxGridArea
	boxColumns
)

// boxNames are the properties of boxes by name; all of them are logical
// properties' physical ones in a horizontal, left-to-right text.
var boxNames = map[string]property{
	"display": boxDisplay, "position": boxPosition, "float": boxFloat, "clear": boxClear,
	"overflow": boxOverflow, "overflow-x": boxOverflow, "overflow-y": boxOverflow, "box-sizing": boxSizing,
	"width": boxWidth, "min-width": boxMinWidth, "max-width": boxMaxWidth,
	"height": boxHeight, "min-height": boxMinHeight, "max-height": boxMaxHeight,
	"inline-size": boxWidth, "min-inline-size": boxMinWidth, "max-inline-size": boxMaxWidth,
	"block-size": boxHeight, "min-block-size": boxMinHeight, "max-block-size": boxMaxHeight,
	"aspect-ratio": boxAspectRatio,

	"margin": boxMargin, "margin-inline": boxMarginInline, "margin-block": boxMarginBlock,
	"margin-top": boxMarginTop, "margin-right": boxMarginRight, "margin-bottom": boxMarginBottom, "margin-left": boxMarginLeft,
	"margin-block-start": boxMarginTop, "margin-inline-end": boxMarginRight, "margin-block-end": boxMarginBottom, "margin-inline-start": boxMarginLeft,
	"padding": boxPadding, "padding-inline": boxPaddingInline, "padding-block": boxPaddingBlock,
	"padding-top": boxPaddingTop, "padding-right": boxPaddingRight, "padding-bottom": boxPaddingBottom, "padding-left": boxPaddingLeft,
	"padding-block-start": boxPaddingTop, "padding-inline-end": boxPaddingRight, "padding-block-end": boxPaddingBottom, "padding-inline-start": boxPaddingLeft,

	"border": boxBorder, "border-top": boxBorderSideTop, "border-right": boxBorderSideRight, "border-bottom": boxBorderSideBottom, "border-left": boxBorderSideLeft,
	"border-width": boxBorderWidth, "border-style": boxBorderStyle,
	"border-top-width": boxBorderTop, "border-right-width": boxBorderRight, "border-bottom-width": boxBorderBottom, "border-left-width": boxBorderLeft,
	"border-top-style": boxStyleTop, "border-right-style": boxStyleRight, "border-bottom-style": boxStyleBottom, "border-left-style": boxStyleLeft,

	"inset": boxInset, "inset-inline": boxInsetInline, "inset-block": boxInsetBlock,
	"top": boxTop, "right": boxRight, "bottom": boxBottom, "left": boxLeft,

	"font": boxFont, "font-size": boxFontSize, "font-family": boxFontFamily, "font-weight": boxFontWeight,
	"line-height": boxLineHeight, "white-space": boxWhiteSpace, "text-wrap": boxWhiteSpace, "vertical-align": boxVerticalAlign,

	"flex": boxFlex, "flex-flow": boxFlexFlow, "flex-direction": boxFlexDirection, "flex-wrap": boxFlexWrap,
	"flex-grow": boxFlexGrow, "flex-shrink": boxFlexShrink, "flex-basis": boxFlexBasis, "order": boxOrder,
	"justify-content": boxJustify, "align-items": boxAlign, "align-self": boxAlignSelf, "place-content": boxJustify, "place-items": boxAlign, "place-self": boxAlignSelf,
	"gap": boxGap, "grid-gap": boxGap, "row-gap": boxRowGap, "grid-row-gap": boxRowGap, "column-gap": boxColumnGap, "grid-column-gap": boxColumnGap,

	"grid": boxGrid, "grid-template": boxGridTemplate, "grid-template-columns": boxGridColumns, "grid-template-rows": boxGridRows,
	"grid-template-areas": boxGridAreas, "grid-auto-flow": boxGridFlow, "grid-area": boxGridArea,
	"grid-column": boxGridColumn, "grid-column-start": boxColumnStart, "grid-column-end": boxColumnEnd,
	"grid-row": boxGridRow, "grid-row-start": boxRowStart, "grid-row-end": boxRowEnd,

	"columns": boxColumns, "column-count": boxColumnCount, "column-width": boxColumnWidth,
	"border-spacing": boxBorderSpacing, "border-collapse": boxBorderCollapse, "content": boxContent,
}

// boxLonghands returns what a property of boxes sets.
func (p property) boxLonghands() []property {
	sides := func(first property) []property { return []property{first, first + 1, first + 2, first + 3} }
	switch p {
	case boxMargin:
		return sides(boxMarginTop)
	case boxMarginInline:
		return []property{boxMarginLeft, boxMarginRight}
	case boxMarginBlock:
		return []property{boxMarginTop, boxMarginBottom}
	case boxPadding:
		return sides(boxPaddingTop)
	case boxPaddingInline:
		return []property{boxPaddingLeft, boxPaddingRight}
	case boxPaddingBlock:
		return []property{boxPaddingTop, boxPaddingBottom}
	case boxBorder:
		return append(sides(boxBorderTop), sides(boxStyleTop)...)
	case boxBorderSideTop, boxBorderSideRight, boxBorderSideBottom, boxBorderSideLeft:
		side := p - boxBorderSideTop
		return []property{boxBorderTop + side, boxStyleTop + side}
	case boxBorderWidth:
		return sides(boxBorderTop)
	case boxBorderStyle:
		return sides(boxStyleTop)
	case boxInset:
		return sides(boxTop)
	case boxInsetInline:
		return []property{boxLeft, boxRight}
	case boxInsetBlock:
		return []property{boxTop, boxBottom}
	case boxFont:
		return []property{boxFontSize, boxFontFamily, boxFontWeight, boxLineHeight}
	case boxFlex:
		return []property{boxFlexGrow, boxFlexShrink, boxFlexBasis}
	case boxFlexFlow:
		return []property{boxFlexDirection, boxFlexWrap}
	case boxGap:
		return []property{boxRowGap, boxColumnGap}
	case boxGrid, boxGridTemplate:
		return []property{boxGridColumns, boxGridRows, boxGridAreas}
	case boxGridColumn:
		return []property{boxColumnStart, boxColumnEnd}
	case boxGridRow:
		return []property{boxRowStart, boxRowEnd}
	case boxGridArea:
		return []property{boxRowStart, boxColumnStart, boxRowEnd, boxColumnEnd}
	case boxColumns:
		return []property{boxColumnCount, boxColumnWidth}
	}
	return []property{p}
}
