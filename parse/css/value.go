package css

import (
	"strings"

	"pageload/parse/weburl"
)

type valueKind uint8

const (
	valueSet valueKind = iota
	valueInherit
	valueInitial
	valueUnset
	valueRevert      // to the user agent's style
	valueRevertLayer // to what lower layers say
	valuePending     // has var() and the like: known only on an element
)

// value is a declared value as far as it matters to requests.
type value struct {
	kind       valueKind
	property   property // pending: what was written, maybe a shorthand
	num        float64  // display, weight, slope, stretch: see there
	images     []image
	families   []family
	size       *size
	animations []animation
	box        *boxValue
	name       string // of a custom property
	text       string // content: its text; pending and custom: the source; container names
}

// image is one image or reference of a value.
type image struct {
	raw     string
	url     weburl.URL // zero: nothing to fetch
	line    int
	local   bool // raw is only a fragment: of the document, whatever sheet it stands in
	choices []imageChoice
}

// imageChoice is an option of image-set() or light-dark(), of which one is taken.
type imageChoice struct {
	dppx   float64
	scheme schemeChoice
	img    image
}

type schemeChoice uint8

const (
	anyScheme schemeChoice = iota
	lightScheme
	darkScheme
)

// family is a member of a font-family list.
type family struct {
	name    string // lower case
	generic bool   // serif and the like: always there
}

// Displays, as far as they are told apart.
const (
	displayInline      = iota
	displayInlineBlock // a block container in a line
	displayInlineOther // flex, grid, table in a line
	displayNone
	displayContents
	displayBlock // a block container: has first lines and first letters
	displayListItem
	displayOther // flex, grid, table

	lastInLine = displayInlineOther // those up to it stand in lines
)

// Values of content-visibility, in value.num.
const (
	visibilityHidden = iota + 1
	visibilityAuto
)

// containment says of what an element is the container.
type containment uint8

const (
	notContained   containment = iota
	widthContained             // container-type: inline-size
	sizeContained
)

// outOfLine is what float and position are in value.num where they take an
// element out of the line.
const outOfLine = 1

// valueContext is where a value stands: what its URLs resolve against.
type valueContext struct {
	base weburl.URL
	line int
}

// declared is what one declaration says about one longhand.
type declared struct {
	property property
	value    value
}

// parseValue parses the value of a property, shorthand or not, into longhands,
// which are appended to out. ok is false where the declaration is invalid and
// must be ignored. value has no !important and no white space around it.
func parseValue(out []declared, p property, c cursor, ctx *valueContext) ([]declared, bool) {
	if c.done() {
		return out, false
	}
	if k, ok := wideKeyword(&c); ok {
		return appendAll(out, p, value{kind: k}), true
	}
	if p != shortBorder && hasSubstitution(c) {
		return appendAll(out, p, value{kind: valuePending, property: p, text: c.src[c.toks[0].start:c.toks[len(c.toks)-1].end]}), true
	}
	if p > firstBox {
		return parseBox(out, p, c)
	}
	switch p {
	case shortAll:
		return out, false
	case shortFont:
		return parseFontShorthand(out, c)
	case shortContainer:
		return parseContainer(out, c)
	case shortAnimation:
		return append(out, declared{propAnimation, value{animations: parseAnimations(c, true)}}, declared{propAnimationTime, value{num: 1}}), true
	}
	v, ok := parseLonghand(p, c, ctx)
	if p == shortMarker {
		return appendAll(out, p, v), ok
	}
	if p == shortListStyle {
		out = append(out, declared{propListType, value{num: listTypeOf(c)}})
	}
	return append(out, declared{p.longhands()[0], v}), ok
}

// Types of list markers, in value.num.
const (
	listTypeSet = iota
	listTypeNone
)

// listTypeOf takes the type out of list-style: none, where nothing else is one.
func listTypeOf(c cursor) float64 {
	typ := float64(listTypeSet)
	for ; !c.done(); c.skipValue() {
		switch t := c.peek(); {
		case t.is(c.src, "none"):
			typ = listTypeNone
		case t.is(c.src, "inside"), t.is(c.src, "outside"):
		case t.kind == tokIdent, t.kind == tokString, t.isFunc(c.src, "symbols"):
			return listTypeSet
		}
	}
	return typ
}

func appendAll(out []declared, p property, v value) []declared {
	for _, l := range p.longhands() {
		out = append(out, declared{l, v})
	}
	return out
}

func wideKeyword(c *cursor) (valueKind, bool) {
	if len(c.toks)-c.i != 1 || c.toks[c.i].kind != tokIdent {
		return 0, false
	}
	switch lowerASCII(c.toks[c.i].text(c.src)) {
	case "inherit":
		return valueInherit, true
	case "initial":
		return valueInitial, true
	case "unset":
		return valueUnset, true
	case "revert":
		return valueRevert, true
	case "revert-layer":
		return valueRevertLayer, true
	}
	return 0, false
}

// hasSubstitution reports whether the value has a function that is replaced
// before the value is parsed (CSS Values 5, section 8).
func hasSubstitution(c cursor) bool {
	for i := c.i; i < len(c.toks); i++ {
		if t := &c.toks[i]; t.kind == tokFunction {
			switch lowerASCII(t.text(c.src)) {
			case "var", "env", "if":
				return true
			}
		}
	}
	return false
}

func parseLonghand(p property, c cursor, ctx *valueContext) (v value, ok bool) {
	switch p {
	case propDisplay:
		v.num, ok = parseDisplay(c)
	case propFloat:
		v.num, ok = parseFlow(c, "float", "left right inline-start inline-end")
	case propPosition:
		v.num, ok = parseFlow(c, "position", "absolute fixed")
	case propContentVisibility:
		t := c.next()
		switch {
		case t.is(c.src, "hidden"):
			v.num = visibilityHidden
		case t.is(c.src, "auto"):
			v.num = visibilityAuto
		case !t.is(c.src, "visible"):
			return v, false
		}
		ok = c.done()
	case propWidth, propMaxWidth:
		v.size, ok = parseSize(&c)
		ok = ok && c.done()
	case propContainerType:
		v.num, ok = parseContainerType(c)
	case propContainerName:
		v.text, ok = parseContainerNames(c)
	case propAnimation:
		v.animations, ok = parseAnimations(c, false), true
	case propAnimationTime:
		t := c.next()
		v.num, ok = t.num, t.kind == tokDimension
	case propListType:
		v.num = listTypeOf(c)
		c.skipValue()
		ok = c.done()
	case propFontFamily:
		v.families, ok = parseFamilies(c)
	case propFontWeight:
		v.num, ok = parseWeight(&c)
		ok = ok && c.done()
	case propFontStyle:
		v.num, ok = parseSlope(&c)
		ok = ok && c.done()
	case propFontStretch:
		v.num, ok = parseStretch(&c)
		ok = ok && c.done()
	case propContent:
		v, ok = parseContent(c, ctx)
	case shortBorder:
		ok = true // only resets border-image
	default:
		v.images, ok = parseImages(p, c, ctx)
	}
	return v, ok
}

// parseFlow reads float or position.
func parseFlow(c cursor, name, out string) (num float64, ok bool) {
	t := c.next()
	word := lowerASCII(t.text(c.src))
	if hasWord(out, word) {
		num = outOfLine
	}
	return num, t.kind == tokIdent && c.done() && hasWord(supportedKeywords[name], word)
}

func parseDisplay(c cursor) (float64, bool) {
	code, n, listItem := float64(displayBlock), 0, false
	for ; !c.done(); c.space() {
		t := c.next()
		if t.kind != tokIdent {
			return 0, false
		}
		n++
		switch word := lowerASCII(t.text(c.src)); word {
		case "none", "contents":
			if n > 1 || !c.done() {
				return 0, false
			}
			if word == "none" {
				return displayNone, true
			}
			return displayContents, true
		case "inline", "ruby":
			code = displayInline
		case "list-item":
			listItem = true
		case "inline-block":
			code = displayInlineBlock
		case "block", "flow-root", "table-cell", "table-caption", "flow":
		default:
			if !hasWord(supportedKeywords["display"], word) {
				return 0, false
			}
			if code = displayOther; strings.Contains(word, "inline-") {
				code = displayInlineOther
			}
		}
	}
	if listItem {
		code = displayListItem
	}
	return code, n > 0 && n <= 3
}

func parseContainer(out []declared, c cursor) ([]declared, bool) {
	name, typ := c, cursor{src: c.src}
	for i := range c.toks {
		if c.toks[i].kind == tokDelim && c.toks[i].delim == '/' {
			name = trimTokens(cursor{src: c.src, toks: c.toks[:i]})
			typ = trimTokens(cursor{src: c.src, toks: c.toks[i+1:]})
			break
		}
	}
	names, ok := parseContainerNames(name)
	v := value{}
	if ok && len(typ.toks) > 0 {
		v.num, ok = parseContainerType(typ)
	}
	return append(out, declared{propContainerName, value{text: names}}, declared{propContainerType, v}), ok
}

// parseContainerType: 0 none, 1 a size container.
func parseContainerType(c cursor) (float64, bool) {
	size := 0.0
	for ; !c.done(); c.space() {
		t := c.next()
		switch {
		case t.is(c.src, "size"):
			size = float64(sizeContained)
		case t.is(c.src, "inline-size"):
			size = float64(widthContained)
		case !t.is(c.src, "normal") && !t.is(c.src, "scroll-state"):
			return 0, false
		}
	}
	return size, true
}

// parseContainerNames returns the names separated by spaces; "" for none.
func parseContainerNames(c cursor) (string, bool) {
	names := ""
	for ; !c.done(); c.space() {
		t := c.next()
		if t.kind != tokIdent {
			return "", false
		}
		if t.is(c.src, "none") {
			return "", c.done()
		}
		names += t.text(c.src) + " "
	}
	return names, true
}
