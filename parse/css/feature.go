package css

import (
	"math"
	"strings"
)

// feature is one <media-feature>: a name with up to two comparisons.
type feature struct {
	spec *featureSpec
	cmp  [2]comparison // op 0: unused; both unused: the boolean context
}

type comparison struct {
	op    byte // '=', '<', '>', 'l' (<=), 'g' (>=), 0 none
	value featureValue
}

type featureValue struct {
	length  length  // featureLength
	num     float64 // numbers, ratios, resolutions in dppx
	keyword string  // featureKeyword
}

// parseFeature reads the contents of a feature's parentheses, all of them.
func parseFeature(c *cursor) (feature, bool) {
	var f feature
	c.space()
	if t := c.peek(); t.kind == tokIdent {
		mark := c.i
		c.next()
		c.space()
		if c.done() || c.peek().kind == tokColon || c.delim('<') || c.delim('>') || c.delim('=') {
			return f, f.parseNamed(c, lowerASCII(t.text(c.src)))
		}
		c.i = mark
	}
	// <value> op name [op <value>]?: find the name first, for it tells the type of the value
	name, at := "", -1
	for i := c.i; i < len(c.toks) && at < 0; i++ {
		switch t := c.toks[i]; {
		case t.kind == tokIdent && i > c.i:
			name, at = lowerASCII(t.text(c.src)), i
		case t.kind == tokFunction || t.kind == tokLParen:
			i = blockEnd(c.toks, i)
		}
	}
	if f.spec = featureSpecs[name]; at < 0 || f.spec == nil || f.spec.num == nil {
		return f, false
	}
	v, ok := f.spec.parseValue(c)
	c.space()
	op := comparator(c)
	c.space()
	if !ok || op == 0 || c.i != at {
		return f, false
	}
	f.cmp[0] = comparison{op: mirror(op), value: v}
	c.next()
	c.space()
	if c.done() {
		return f, true
	}
	second := comparator(c)
	if second == 0 || second == '=' || op == '=' || (op == '<' || op == 'l') != (second == '<' || second == 'l') {
		return f, false
	}
	c.space()
	w, ok := f.spec.parseValue(c)
	f.cmp[1] = comparison{op: second, value: w}
	c.space()
	return f, ok && c.done()
}

// parseNamed reads what follows a name: nothing, ": value", or "op value".
func (f *feature) parseNamed(c *cursor, name string) bool {
	op := byte('=')
	rest, prefixed := strings.CutPrefix(name, "-webkit-")
	if r, ok := strings.CutPrefix(rest, "min-"); ok {
		op, rest = 'g', r
	} else if r, ok := strings.CutPrefix(rest, "max-"); ok {
		op, rest = 'l', r
	}
	if prefixed {
		rest = "-webkit-" + rest
	}
	spec := featureSpecs[rest]
	if spec == nil {
		return false
	}
	f.spec = spec
	isRange := spec.num != nil && spec.kind != featureBit
	if op != '=' && (!isRange || c.done()) {
		return false
	}
	if c.done() {
		return true
	}
	if c.peek().kind == tokColon {
		c.next()
	} else {
		if !isRange || op != '=' {
			return false
		}
		if op = comparator(c); op == 0 {
			return false
		}
	}
	c.space()
	v, ok := spec.parseValue(c)
	f.cmp[0] = comparison{op: op, value: v}
	c.space()
	return ok && c.done()
}

// comparator reads <, >, =, <= or >=, whose two bytes must be adjacent.
func comparator(c *cursor) byte {
	t := c.peek()
	if t.kind != tokDelim {
		return 0
	}
	switch t.delim {
	case '=':
		c.next()
		return '='
	case '<', '>':
		c.next()
		if n := c.peek(); n.kind == tokDelim && n.delim == '=' && n.start == t.end {
			c.next()
			if t.delim == '<' {
				return 'l'
			}
			return 'g'
		}
		return t.delim
	}
	return 0
}

// mirror turns "value op name" into "name op value".
func mirror(op byte) byte {
	switch op {
	case '<':
		return '>'
	case '>':
		return '<'
	case 'l':
		return 'g'
	case 'g':
		return 'l'
	}
	return op
}

func (s *featureSpec) parseValue(c *cursor) (v featureValue, ok bool) {
	t := c.peek()
	switch s.kind {
	case featureLength:
		v.length, ok = parseLength(c)
		return v, ok
	case featureRatio:
		return parseRatio(c)
	case featureInteger, featureNumber, featureBit:
		if t.kind == tokNumber && (t.num >= 0 && (s.kind == featureNumber || t.integer)) {
			c.next()
			v.num = t.num
			return v, s.kind != featureBit || v.num <= 1
		}
		if t.kind == tokFunction {
			return parseNumberMath(c)
		}
	case featureResolution:
		return parseResolution(c)
	case featureKeyword:
		if t.kind == tokIdent {
			c.next()
			v.keyword = lowerASCII(t.text(c.src))
			return v, hasWord(s.keywords, v.keyword)
		}
	}
	return v, false
}

// hasWord reports whether w is one of the words, which single spaces separate.
func hasWord(words, w string) bool {
	if w == "" {
		return false
	}
	for i := 0; ; {
		j := strings.Index(words[i:], w)
		if j < 0 {
			return false
		}
		i += j
		end := i + len(w)
		if (i == 0 || words[i-1] == ' ') && (end == len(words) || words[end] == ' ') {
			return true
		}
		i = end
	}
}

func parseNumberMath(c *cursor) (v featureValue, ok bool) {
	n, typ := parseMath(c, 0)
	if typ != mathNumber {
		return v, false
	}
	v.num = n.resolve(&Device{})
	return v, v.num >= 0
}

func ratioPart(c *cursor) (float64, bool) {
	t := c.peek()
	if t.kind == tokNumber {
		c.next()
		return t.num, t.num >= 0
	}
	v, ok := parseNumberMath(c)
	return v.num, ok
}

// parseRatio: <number [0,∞]> [ / <number [0,∞]> ]?
func parseRatio(c *cursor) (v featureValue, ok bool) {
	a, ok := ratioPart(c)
	if !ok {
		return v, false
	}
	v.num = a
	mark := c.i
	c.space()
	if !c.delim('/') {
		c.i = mark
		return v, true
	}
	c.next()
	c.space()
	b, ok := ratioPart(c)
	v.num = a / b
	return v, ok
}

// parseResolution yields dppx. Zero and less are invalid, as in Chromium.
func parseResolution(c *cursor) (v featureValue, ok bool) {
	t := c.next()
	switch {
	case t.is(c.src, "infinite"):
		v.num = math.Inf(1)
		return v, true
	case t.kind != tokDimension:
		return v, false
	}
	v.num, ok = resolution(c.src, &t)
	return v, ok && v.num > 0
}

func resolution(src string, t *token) (dppx float64, ok bool) {
	switch lowerASCII(t.text(src)) {
	case "dppx", "x":
		return t.num, true
	case "dpi":
		return t.num / 96, true
	case "dpcm":
		return t.num * 2.54 / 96, true
	}
	return 0, false
}

func (f *feature) eval(d *Device) truth {
	if f.spec.kind == featureKeyword {
		have := f.spec.word(d)
		if f.cmp[0].op == 0 {
			return truthOf(have != "none" && have != "no-preference")
		}
		return truthOf(have == f.cmp[0].value.keyword)
	}
	have := f.spec.num(d)
	if f.cmp[0].op == 0 {
		return truthOf(have != 0)
	}
	for i := range f.cmp {
		if !f.cmp[i].holds(have, f.spec.kind, d) {
			return isFalse
		}
	}
	return isTrue
}

func (c *comparison) holds(have float64, kind featureKind, d *Device) bool {
	want := c.value.num
	if kind == featureLength {
		want = max(c.value.length.resolve(d), 0)
	}
	switch c.op {
	case '<':
		return have < want
	case '>':
		return have > want
	case 'l':
		return have <= want || near(have, want)
	case 'g':
		return have >= want || near(have, want)
	case '=':
		return have == want || near(have, want)
	}
	return true
}

// near forgives the last bits, which differ by the way a ratio or unit was computed.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(a) }
