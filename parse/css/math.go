package css

import "math"

// maxMathDepth bounds the nesting of calc() and parentheses in it; Chromium
// gives up at 100 too.
const maxMathDepth = 100

// length is a <length> as it is before the device is known: a sum of pixels and
// of parts of the viewport, or a math function over such.
type length struct {
	op   byte // 0 leaf, or one of + - * / m M c a s
	unit viewportUnit
	num  float64 // leaf: the value in unit
	kids []length
}

type viewportUnit uint8

const (
	unitPx     viewportUnit = iota
	unitVW                  // 1 % of the viewport's width
	unitVH                  // 1 % of its height
	unitVMin                // the smaller of both
	unitVMax                // the larger
	unitNumber              // no length but a number, inside of calc()

	// Only of an element's own lengths: see cursor.own.
	unitEm      // the element's font size
	unitRem     // the root element's
	unitPercent // 1 % of what the property says
)

// lengthEnv is what lengths are measured by.
type lengthEnv struct {
	*Device         // with its defaults resolved
	em, rem float64 // font sizes in pixels
	percent float64 // what 100 % are in pixels; NaN: unknown
}

// resolve returns the length in CSS pixels. d must have its defaults resolved.
func (n *length) resolve(d *Device) float64 {
	return n.in(&lengthEnv{Device: d, em: initialFontSize, rem: initialFontSize})
}

// in is resolve for an element.
func (n *length) in(d *lengthEnv) float64 {
	switch n.op {
	case 0:
		switch n.unit {
		case unitVW:
			return n.num * d.width() / 100
		case unitVH:
			return n.num * d.height() / 100
		case unitVMin:
			return n.num * min(d.width(), d.height()) / 100
		case unitVMax:
			return n.num * max(d.width(), d.height()) / 100
		case unitEm:
			return n.num * d.em
		case unitRem:
			return n.num * d.rem
		case unitPercent:
			return n.num * d.percent / 100
		}
		return n.num
	case 'c': // clamp(lo, v, hi)
		return max(n.kids[0].in(d), min(n.kids[1].in(d), n.kids[2].in(d)))
	}
	v := n.kids[0].in(d)
	for i := 1; i < len(n.kids); i++ {
		w := n.kids[i].in(d)
		switch n.op {
		case '+':
			v += w
		case '-':
			v -= w
		case '*':
			v *= w
		case '/':
			v /= w
		case 'm':
			v = min(v, w)
		case 'M':
			v = max(v, w)
		}
	}
	switch n.op {
	case 'a':
		v = math.Abs(v)
	case 's':
		v = float64(sign(v))
	}
	return v
}

func sign(v float64) int {
	switch {
	case v < 0:
		return -1
	case v > 0:
		return 1
	}
	return 0
}

// mathType is what an expression yields: a number, or a length.
type mathType uint8

const (
	mathInvalid mathType = iota
	mathNumber
	mathLength
)

// lengthUnit returns the pixels of a unit, or the viewport unit it stands for.
// Font units are those of the initial font; ex and ch take half an em, as CSS
// Values 4, section 6.1.1 lets one do without the font.
func lengthUnit(unit string) (perUnit float64, v viewportUnit, ok bool) {
	var buf [6]byte
	if len(unit) > len(buf) || len(unit) == 0 {
		return 0, 0, false
	}
	b := buf[:len(unit)]
	for i := range b {
		b[i] = unit[i] | 0x20
	}
	if len(b) == 3 || len(b) == 5 || len(b) == 4 || len(b) == 2 {
		w := string(b)
		if len(w) > 2 && (w[0] == 's' || w[0] == 'l' || w[0] == 'd') && w[1] == 'v' {
			w = w[1:]
		}
		switch w {
		case "vw", "vi":
			return 1, unitVW, true
		case "vh", "vb":
			return 1, unitVH, true
		case "vmin":
			return 1, unitVMin, true
		case "vmax":
			return 1, unitVMax, true
		}
	}
	switch string(b) {
	case "px":
		return 1, 0, true
	case "em", "rem", "ic", "ric":
		return initialFontSize, 0, true
	case "ex", "rex", "ch", "rch":
		return initialFontSize / 2, 0, true
	case "cap", "rcap":
		return initialFontSize * 0.7, 0, true
	case "lh", "rlh":
		return initialFontSize * 1.2, 0, true
	case "in":
		return 96, 0, true
	case "cm":
		return 96 / 2.54, 0, true
	case "mm":
		return 96 / 25.4, 0, true
	case "q":
		return 96 / 101.6, 0, true
	case "pt":
		return 96.0 / 72, 0, true
	case "pc":
		return 16, 0, true
	}
	return 0, 0, false
}

// parseMath reads a math function at the cursor: calc(), min(), max(), clamp(),
// abs(), sign() of CSS Values 4, section 10.
func parseMath(c *cursor, depth int) (length, mathType) {
	if t := c.peek(); t.kind != tokFunction || depth > maxMathDepth {
		return length{}, mathInvalid
	}
	fn := c.peek()
	in := c.block()
	name := lowerASCII(fn.text(c.src))
	switch name {
	case "calc", "-webkit-calc":
		v, typ := parseSum(&in, depth+1)
		if in.space(); !in.done() {
			return length{}, mathInvalid
		}
		return v, typ
	case "min", "max", "clamp", "abs", "sign":
	default:
		return length{}, mathInvalid
	}
	var kids []length
	var typ mathType
	for i, arg := range in.split() {
		v, t := parseSum(&arg, depth+1)
		if arg.space(); !arg.done() || t == mathInvalid || i > 0 && t != typ {
			return length{}, mathInvalid
		}
		typ = t
		kids = append(kids, v)
	}
	if len(kids) == 0 {
		return length{}, mathInvalid
	}
	switch name {
	case "min":
		return length{op: 'm', kids: kids}, typ
	case "max":
		return length{op: 'M', kids: kids}, typ
	case "clamp":
		if len(kids) == 3 {
			return length{op: 'c', kids: kids}, typ
		}
	case "abs":
		if len(kids) == 1 {
			return length{op: 'a', kids: kids}, typ
		}
	case "sign":
		if len(kids) == 1 {
			return length{op: 's', kids: kids}, mathNumber
		}
	}
	return length{}, mathInvalid
}

func parseSum(c *cursor, depth int) (length, mathType) {
	v, typ := parseProduct(c, depth)
	for typ != mathInvalid {
		mark := c.i
		before := c.space()
		if !c.delim('+') && !c.delim('-') {
			c.i = mark
			break
		}
		op := c.next().delim
		if !before || !c.space() { // both signs need white space around them
			return length{}, mathInvalid
		}
		w, t := parseProduct(c, depth)
		if t != typ {
			return length{}, mathInvalid
		}
		v = join(op, v, w)
	}
	return v, typ
}

// join makes a op b, and a longer list of a chain so that it is not deep.
func join(op byte, a, b length) length {
	if a.op == op {
		a.kids = append(a.kids, b)
		return a
	}
	return length{op: op, kids: []length{a, b}}
}

func parseProduct(c *cursor, depth int) (length, mathType) {
	v, typ := parseOperand(c, depth)
	for typ != mathInvalid {
		mark := c.i
		c.space()
		if !c.delim('*') && !c.delim('/') {
			c.i = mark
			break
		}
		op := c.next().delim
		w, t := parseOperand(c, depth)
		switch {
		case t == mathInvalid, t == mathLength && (op == '/' || typ == mathLength):
			return length{}, mathInvalid
		case t == mathLength:
			typ = mathLength
		}
		v = join(op, v, w)
	}
	return v, typ
}

func parseOperand(c *cursor, depth int) (length, mathType) {
	c.space()
	t := c.peek()
	switch t.kind {
	case tokNumber:
		c.i++
		return length{num: t.num, unit: unitNumber}, mathNumber
	case tokDimension:
		if v, ok := dimension(c, &t); ok {
			c.i++
			return v, mathLength
		}
	case tokPercentage:
		if c.own {
			c.i++
			return length{num: t.num, unit: unitPercent}, mathLength
		}
	case tokIdent:
		num := math.NaN()
		switch lowerASCII(t.text(c.src)) {
		case "e":
			num = math.E
		case "pi":
			num = math.Pi
		case "infinity":
			num = math.Inf(1)
		case "-infinity":
			num = math.Inf(-1)
		case "nan":
		default:
			return length{}, mathInvalid
		}
		c.i++
		return length{num: num, unit: unitNumber}, mathNumber
	case tokLParen:
		if depth >= maxMathDepth {
			return length{}, mathInvalid
		}
		in := c.block()
		v, typ := parseSum(&in, depth+1)
		if in.space(); !in.done() {
			return length{}, mathInvalid
		}
		return v, typ
	case tokFunction:
		return parseMath(c, depth+1)
	}
	return length{}, mathInvalid
}

func dimension(c *cursor, t *token) (length, bool) {
	text := t.text(c.src)
	per, unit, ok := lengthUnit(text)
	if c.own && ok {
		switch lowerASCII(text) {
		case "em", "ic", "ex", "ch", "cap", "lh":
			return length{num: t.num * per / initialFontSize, unit: unitEm}, true
		case "rem", "ric", "rex", "rch", "rcap", "rlh":
			return length{num: t.num * per / initialFontSize, unit: unitRem}, true
		}
	}
	return length{num: t.num * per, unit: unit}, ok
}

// parseLength reads one <length [0,∞]>: a dimension that is not negative, zero
// without a unit, or a math function (whose result is clamped by the user of it).
func parseLength(c *cursor) (length, bool) {
	t := c.peek()
	switch t.kind {
	case tokNumber:
		if t.num == 0 {
			c.i++
			return length{}, true
		}
	case tokDimension:
		if v, ok := dimension(c, &t); ok && t.num >= 0 {
			c.i++
			return v, true
		}
	case tokFunction:
		v, typ := parseMath(c, 0)
		return v, typ == mathLength
	}
	return length{}, false
}
