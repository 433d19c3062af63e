package css

import "strings"

// maxImageDepth bounds image-set() in light-dark() in image-set() …
const maxImageDepth = 8

// parseImages takes the images out of a value, and says whether the value is
// valid as far as its functions and keywords tell.
func parseImages(p property, c cursor, ctx *valueContext) (images []image, ok bool) {
	allowed := ""
	switch p {
	case propBackground, propMask, propBorderImage, propListStyle, propMaskBox, propShape:
		allowed = "none"
	case shortBackground:
		allowed = backgroundKeywords
	}
	colors := p == shortBackground
	lastKeyword := false
	for ; !c.done(); c.space() {
		t := c.peek()
		lastKeyword = false
		switch t.kind {
		case tokURL, tokFunction:
			mark := c
			if img, found, valid := parseImage(&c, ctx, 0); found {
				if !valid {
					return nil, false
				}
				if img.raw != "" || len(img.choices) > 0 {
					images = append(images, img)
				}
				continue
			}
			c = mark
			if t.kind == tokURL || !allowedFunction(p, lowerASCII(t.text(c.src))) {
				return nil, false
			}
			if name := lowerASCII(t.text(c.src)); name == "-webkit-cross-fade" {
				in := mark.block()
				images = append(images, crossFade(in, ctx)...)
			}
			c.skipValue()
		case tokIdent:
			c.next()
			lastKeyword = true
			if allowed == "" {
				continue
			}
			word := lowerASCII(t.text(c.src))
			if !hasWord(allowed, word) && !(colors && hasWord(colorKeywords, word)) {
				return nil, false
			}
		case tokString, tokBadString, tokBadURL, tokAtKeyword, tokRParen, tokRBrace, tokRBracket, tokLBrace, tokSemicolon, tokColon:
			return nil, false
		case tokDelim:
			if t.delim != '/' {
				return nil, false
			}
			c.next()
		case tokLBracket, tokLParen:
			c.skipValue()
		case tokNumber, tokDimension, tokPercentage, tokHash:
			if allowed == "none" || colors && !validInBackground(c.src, &t) {
				return nil, false
			}
			c.next()
		default:
			c.next()
		}
	}
	return images, p != propCursor || lastKeyword
}

// validInBackground reports whether a number, length or colour can be in background.
func validInBackground(src string, t *token) bool {
	switch t.kind {
	case tokNumber:
		return t.num == 0
	case tokDimension:
		_, _, ok := lengthUnit(t.text(src))
		return ok || hasWord(knownUnits, lowerASCII(t.text(src)))
	case tokHash:
		name := t.text(src)
		for i := range len(name) {
			if !isClass(name[i], classHex) {
				return false
			}
		}
		n := len(name)
		return n == 3 || n == 4 || n == 6 || n == 8
	}
	return true
}

const backgroundKeywords = "none left right top bottom center repeat no-repeat repeat-x repeat-y space round scroll fixed local border-box padding-box content-box text " +
	"cover contain auto border-area"

// allowedFunction reports whether a function that is no image may stand in the value.
func allowedFunction(p property, name string) bool {
	if name == "-webkit-cross-fade" {
		return true
	}
	switch p {
	case propBackground, propMask, propBorderImage, propListStyle, propMaskBox:
		return strings.HasSuffix(name, "gradient") && hasWord(knownFunctions, name) || name == "paint"
	}
	return hasWord(knownFunctions, name) && !strings.HasSuffix(name, "image-set")
}

// parseImage reads url(), image-set() and light-dark(). found is false where
// the next value is none of them.
func parseImage(c *cursor, ctx *valueContext, depth int) (img image, found, ok bool) {
	t := c.peek()
	switch t.kind {
	case tokURL:
		c.next()
		return ctx.image(t.text(c.src)), true, true
	case tokFunction:
		switch lowerASCII(t.text(c.src)) {
		case "url":
			raw, ok := parseURLValue(c)
			return ctx.image(raw), true, ok
		case "image-set", "-webkit-image-set":
			img.choices, ok = imageSet(c.block(), ctx, depth)
			return img, true, ok
		case "light-dark":
			parts := c.block()
			img.choices, ok = lightDark(parts.split(), ctx, depth)
			return img, true, ok
		}
	}
	return img, false, false
}

// image resolves a URL. What is no URL, or fetches nothing, keeps its text only.
func (ctx *valueContext) image(raw string) image {
	img := image{raw: raw, line: ctx.line}
	switch {
	case raw == "":
	case raw[0] == '#':
		img.local = true
	default:
		if u, err := ctx.base.Parse(raw); err == nil {
			img.url = u
		}
	}
	return img
}

func crossFade(in cursor, ctx *valueContext) (images []image) {
	for _, part := range in.split() {
		for part.space(); !part.done(); part.space() {
			mark := part.i
			if img, found, ok := parseImage(&part, ctx, 1); found && ok {
				images = append(images, img)
				continue
			}
			part.i = mark
			part.skipValue()
		}
	}
	return images
}

// imageSet reads the options of image-set() (CSS Images 4, section 2.4). Those
// with a type that is not supported are left out.
func imageSet(in cursor, ctx *valueContext, depth int) ([]imageChoice, bool) {
	if depth > maxImageDepth {
		return nil, false
	}
	var choices []imageChoice
	parts := in.split()
	for _, part := range parts {
		o := imageChoice{dppx: 1}
		supported := true
		part.space()
		t := part.peek()
		if t.kind == tokString {
			part.next()
			o.img = ctx.image(t.text(part.src))
		} else if img, found, ok := parseImage(&part, ctx, depth+1); found {
			if !ok {
				return nil, false
			}
			o.img = img
		} else if t.kind == tokFunction && strings.HasSuffix(lowerASCII(t.text(part.src)), "gradient") {
			part.skipValue()
		} else {
			return nil, false
		}
		for part.space(); !part.done(); part.space() {
			t := part.peek()
			switch {
			case t.kind == tokDimension:
				part.next()
				v, ok := resolution(part.src, &t)
				if !ok || v < 0 {
					return nil, false
				}
				o.dppx = v
			case t.isFunc(part.src, "type"):
				typ := part.block()
				typ.space()
				s := typ.next()
				if s.kind != tokString {
					return nil, false
				}
				supported = SupportedImageType(s.text(typ.src))
			case t.kind == tokFunction:
				v, ok := parseNumberMath(&part)
				if !ok {
					return nil, false
				}
				o.dppx = v.num
			default:
				return nil, false
			}
		}
		if supported {
			choices = append(choices, o)
		}
	}
	return choices, len(parts) > 0
}

func lightDark(parts []cursor, ctx *valueContext, depth int) ([]imageChoice, bool) {
	if len(parts) != 2 || depth > maxImageDepth {
		return nil, false
	}
	choices := make([]imageChoice, 2)
	images := false
	for i := range parts {
		choices[i].scheme = lightScheme + schemeChoice(i)
		parts[i].space()
		if img, found, ok := parseImage(&parts[i], ctx, depth+1); found && ok {
			choices[i].img = img
			images = true
		}
	}
	return choices, images
}

// pick resolves the choices for a device. ok is false where nothing is fetched.
func (img *image) pick(d *Device) (*image, bool) {
	for len(img.choices) > 0 {
		best := -1
		for i := range img.choices {
			o := &img.choices[i]
			switch o.scheme {
			case lightScheme, darkScheme:
				if (o.scheme == darkScheme) == d.Dark {
					best = i
				}
				continue
			}
			switch {
			case best < 0:
				best = i
			case img.choices[best].dppx < d.DPR:
				if o.dppx > img.choices[best].dppx {
					best = i
				}
			case o.dppx >= d.DPR && o.dppx < img.choices[best].dppx:
				best = i
			}
		}
		if best < 0 {
			return nil, false
		}
		img = &img.choices[best].img
	}
	return img, img.local || !img.url.IsZero()
}

// parseContent reads content. The text is what fonts are needed for.
func parseContent(c cursor, ctx *valueContext) (v value, ok bool) {
	if len(c.toks) == 1 && c.toks[0].kind == tokIdent {
		switch lowerASCII(c.toks[0].text(c.src)) {
		case "normal":
			v.num = contentNormal
			return v, true
		case "none":
			v.num = contentNone
			return v, true
		}
	}
	v.num = contentSet
	var text strings.Builder
	for ; !c.done(); c.space() {
		t := c.peek()
		switch t.kind {
		case tokString:
			text.WriteString(t.text(c.src))
			c.next()
		case tokIdent:
			switch lowerASCII(t.text(c.src)) {
			case "open-quote":
				text.WriteString("“")
			case "close-quote":
				text.WriteString("”")
			case "no-open-quote", "no-close-quote":
			default:
				return v, false
			}
			c.next()
		case tokURL, tokFunction:
			if img, found, valid := parseImage(&c, ctx, 0); found {
				if !valid {
					return v, false
				}
				v.images = append(v.images, img)
				continue
			}
			switch name := lowerASCII(t.text(c.src)); {
			case name == "attr":
				in := c.block()
				in.space()
				text.WriteString(attrMark)
				name := in.next()
				text.WriteString(lowerASCII(name.text(c.src)))
				text.WriteString(attrMark)
				continue
			case name == "counter", name == "counters":
				text.WriteString("0123456789")
			case !strings.HasSuffix(name, "gradient") || !hasWord(knownFunctions, name):
				return v, false
			}
			c.skipValue()
		case tokDelim:
			if t.delim != '/' {
				return v, false
			}
			c.i = len(c.toks) // the alternative text is not rendered
		default:
			return v, false
		}
	}
	v.text = text.String()
	return v, true
}

// Kinds of content, in value.num.
const (
	contentNormal = iota
	contentNone
	contentSet
)

// attrMark stands around the name of an attribute in the text of content. CSS
// text cannot hold a NUL.
const attrMark = "\x00"
