package css

// property is a CSS property that can make or prevent a request. The image
// properties come last and in the order in which their requests are made for
// one element: in the recordings border-image-source precedes background-image
// and that list-style-image, whatever the order of the declarations; the others
// were never recorded together.
type property uint8

const (
	propNone property = iota
	propCustom
	propDisplay
	propFloat
	propPosition
	propContentVisibility
	propContainerType
	propContainerName
	propWidth
	propMaxWidth
	propListType
	propAnimation
	propAnimationTime
	propFontFamily
	propFontWeight
	propFontStyle
	propFontStretch

	propBorderImage
	propBackground
	propListStyle
	propMask
	propMaskBox
	propCursor
	propContent
	propShape
	propReflect
	propFill
	propStroke
	propMarkerStart
	propMarkerMid
	propMarkerEnd
	propClipPath
	propFilter
	propBackdrop
	numProperties

	// shorthands
	shortAll
	shortBackground
	shortBorder
	shortBorderImage
	shortListStyle
	shortMask
	shortMaskBox
	shortFont
	shortContainer
	shortMarker
	shortAnimation
)

const firstImageProperty = propBorderImage

// longhands returns what a property sets, of what is kept here.
func (p property) longhands() []property {
	switch p {
	case shortBackground:
		return []property{propBackground}
	case shortBorder, shortBorderImage:
		return []property{propBorderImage}
	case shortListStyle:
		return []property{propListStyle, propListType}
	case shortMask:
		return []property{propMask}
	case shortMaskBox:
		return []property{propMaskBox}
	case shortFont:
		return []property{propFontFamily, propFontWeight, propFontStyle, propFontStretch}
	case shortMarker:
		return []property{propMarkerStart, propMarkerMid, propMarkerEnd}
	case shortAnimation:
		return []property{propAnimation, propAnimationTime}
	case shortContainer:
		return []property{propContainerType, propContainerName}
	}
	if p > endBox {
		return p.boxLonghands()
	}
	return []property{p}
}

// svgPaint reports whether a property refers to what SVG paints with. Almost all
// of their values are colours and fragments.
func (p property) svgPaint() bool {
	return propFill <= p && p <= propMarkerEnd || p == shortMarker
}

// String returns the name by which a Fetch calls the property.
func (p property) String() string {
	switch p {
	case propBorderImage:
		return "border-image-source"
	case propBackground:
		return "background-image"
	case propListStyle:
		return "list-style-image"
	case propMask:
		return "mask-image"
	case propMaskBox:
		return "-webkit-mask-box-image-source"
	case propCursor:
		return "cursor"
	case propContent:
		return "content"
	case propShape:
		return "shape-outside"
	case propReflect:
		return "-webkit-box-reflect"
	case propFill:
		return "fill"
	case propStroke:
		return "stroke"
	case propMarkerStart:
		return "marker-start"
	case propMarkerMid:
		return "marker-mid"
	case propMarkerEnd:
		return "marker-end"
	case propClipPath:
		return "clip-path"
	case propFilter:
		return "filter"
	case propBackdrop:
		return "backdrop-filter"
	}
	return ""
}

// propertyByName looks a lower case name up. Most declarations of a page are
// turned away here, so the length is asked first, and of long names the first letter.
func propertyByName(name string) (property, bool) {
	p := propNone
	switch len(name) {
	case 0:
	case 5:
		switch name {
		case "width":
			p = propWidth
		case "float":
			p = propFloat
		}
	case 8:
		if name == "position" {
			p = propPosition
		}
	case 3:
		if name == "all" {
			p = shortAll
		}
	case 4:
		switch name {
		case "font":
			p = shortFont
		case "mask":
			p = shortMask
		case "fill":
			p = propFill
		}
	case 6:
		switch name {
		case "stroke":
			p = propStroke
		case "marker":
			p = shortMarker
		case "border":
			p = shortBorder
		case "cursor":
			p = propCursor
		case "filter":
			p = propFilter
		}
	case 7:
		switch name {
		case "display":
			p = propDisplay
		case "content":
			p = propContent
		}
	default:
		if n := len(name); n < len(longStarts) && longStarts[n]&(1<<(name[0]&31)) != 0 {
			p = longProperties[name]
		}
	}
	return p, p != propNone
}

// longProperties are those with names of nine letters and more.
var longProperties = map[string]property{
	"background":                    shortBackground,
	"background-image":              propBackground,
	"border-image":                  shortBorderImage,
	"-webkit-border-image":          shortBorderImage,
	"border-image-source":           propBorderImage,
	"list-style":                    shortListStyle,
	"list-style-image":              propListStyle,
	"animation":                     shortAnimation,
	"-webkit-animation":             shortAnimation,
	"animation-name":                propAnimation,
	"-webkit-animation-name":        propAnimation,
	"animation-duration":            propAnimationTime,
	"-webkit-animation-duration":    propAnimationTime,
	"list-style-type":               propListType,
	"marker-start":                  propMarkerStart,
	"marker-mid":                    propMarkerMid,
	"marker-end":                    propMarkerEnd,
	"-webkit-mask":                  shortMask,
	"mask-image":                    propMask,
	"-webkit-mask-image":            propMask,
	"-webkit-mask-box-image":        shortMaskBox,
	"-webkit-mask-box-image-source": propMaskBox,
	"-webkit-filter":                propFilter,
	"backdrop-filter":               propBackdrop,
	"clip-path":                     propClipPath,
	"-webkit-clip-path":             propClipPath,
	"shape-outside":                 propShape,
	"-webkit-shape-outside":         propShape,
	"-webkit-box-reflect":           propReflect,
	"font-family":                   propFontFamily,
	"font-weight":                   propFontWeight,
	"font-style":                    propFontStyle,
	"font-stretch":                  propFontStretch,
	"font-width":                    propFontStretch,
	"content-visibility":            propContentVisibility,
	"container":                     shortContainer,
	"max-width":                     propMaxWidth,
	"max-inline-size":               propMaxWidth,
	"inline-size":                   propWidth,
	"container-type":                propContainerType,
	"container-name":                propContainerName,
}

// longStarts says of each length with which letters such names begin.
var longStarts = func() (t [32]uint32) {
	for name := range longProperties {
		t[len(name)] |= 1 << (name[0] & 31)
	}
	return t
}()
