package css

// maxMediaTokens bounds a media query list: none that a person wrote has a
// thousand tokens. A longer one matches nothing.
const maxMediaTokens = 4096

// maxConditionDepth bounds the parentheses of media and supports conditions.
const maxConditionDepth = 64

// MediaList is a list of media queries (Media Queries level 4 and 5). The zero
// value is the empty list, which matches every device. It is immutable and safe
// for concurrent use.
type MediaList struct {
	queries []mediaQuery
}

// mediaQuery is one query of the list. A query that does not parse is "not all".
type mediaQuery struct {
	not  bool
	typ  mediaType
	cond *condition // nil: none
}

type mediaType uint8

const (
	mediaAll mediaType = iota
	mediaScreen
	mediaPrint
	mediaOther // a type that no device here is, known or not
)

// truth is the three-valued logic of Media Queries 4, section 3.1. Its order
// makes and the smaller and or the larger of two.
type truth int8

const (
	isFalse truth = iota - 1
	isUnknown
	isTrue
)

func truthOf(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

// condition is a <media-condition>.
type condition struct {
	op      conditionOp
	kids    []condition
	feature *feature
	style   *styleQuery
}

// styleQuery is style(--property: value) in a container query.
type styleQuery struct {
	property string
	value    string // "": any
}

type conditionOp uint8

const (
	condUnknown conditionOp = iota // <general-enclosed>, or a feature not known
	condFeature
	condStyle
	condNot
	condAnd
	condOr
)

func (c *condition) eval(d *Device) truth { return c.evalIn(d, nil) }

// evalIn evaluates a condition of a container, whose style has answers; nil where
// nothing has a style.
func (c *condition) evalIn(d *Device, style func(*styleQuery) bool) truth {
	switch c.op {
	case condFeature:
		return c.feature.eval(d)
	case condStyle:
		if style == nil {
			return isUnknown
		}
		if style(c.style) {
			return isTrue
		}
		return isFalse
	case condNot:
		return -c.kids[0].evalIn(d, style)
	case condAnd:
		t := isTrue
		for i := range c.kids {
			t = min(t, c.kids[i].evalIn(d, style))
		}
		return t
	case condOr:
		t := isFalse
		for i := range c.kids {
			t = max(t, c.kids[i].evalIn(d, style))
		}
		return t
	}
	return isUnknown
}

// walk visits a condition and all its parts.
func (c *condition) walk(visit func(*condition)) {
	visit(c)
	for i := range c.kids {
		c.kids[i].walk(visit)
	}
}

// known reports whether all parts of a condition are understood.
func (c *condition) known() bool {
	for i := range c.kids {
		if !c.kids[i].known() {
			return false
		}
	}
	return c.op != condUnknown && c.op != condStyle
}

// ParseMedia reads a media query list, such as the value of a media attribute.
// It never fails: a query that does not parse matches nothing, others of the
// list still count (Media Queries 4, section 3.2).
func ParseMedia(s string) MediaList {
	switch s { // what most pages say
	case "", "all":
		return MediaList{}
	case "screen":
		return MediaList{queries: []mediaQuery{{typ: mediaScreen}}}
	case "print":
		return MediaList{queries: []mediaQuery{{typ: mediaPrint}}}
	}
	toks, ok := tokenize(s, maxMediaTokens)
	if !ok {
		return MediaList{queries: []mediaQuery{notAll}}
	}
	return parseMediaTokens(cursor{src: s, toks: toks})
}

var notAll = mediaQuery{not: true}

func parseMediaTokens(c cursor) MediaList {
	if c.space(); c.done() {
		return MediaList{}
	}
	var m MediaList
	for _, part := range c.split() {
		q, ok := parseMediaQuery(&part)
		if !ok {
			q = notAll
		}
		m.queries = append(m.queries, q)
	}
	return m
}

// IsEmpty reports whether the list has no query, so that it matches everything.
func (m MediaList) IsEmpty() bool { return len(m.queries) == 0 }

// Match reports whether the list applies to the device; the empty list does.
func (m MediaList) Match(d Device) bool {
	if len(m.queries) == 0 {
		return true
	}
	d = d.resolved()
	return m.match(&d)
}

func (m MediaList) match(d *Device) bool {
	for i := range m.queries {
		if m.queries[i].match(d) {
			return true
		}
	}
	return len(m.queries) == 0
}

func (q *mediaQuery) match(d *Device) bool {
	t := isTrue
	switch q.typ {
	case mediaScreen:
		t = truthOf(!d.Print)
	case mediaPrint:
		t = truthOf(d.Print)
	case mediaOther:
		t = isFalse
	}
	if q.cond != nil {
		t = min(t, q.cond.eval(d))
	}
	if q.not {
		t = -t
	}
	return t == isTrue
}

// parseMediaQuery: <media-condition> | [not|only]? <media-type> [and <media-condition-without-or>]?
func parseMediaQuery(c *cursor) (q mediaQuery, ok bool) {
	c.space()
	first := c.peek()
	if first.kind == tokIdent {
		mark := c.i
		modifier := lowerASCII(first.text(c.src))
		if modifier == "not" || modifier == "only" {
			c.next()
			if !c.space() {
				return q, false
			}
			if t := c.peek(); t.kind != tokIdent {
				if modifier == "only" {
					return q, false
				}
				c.i = mark
				return mediaConditionOnly(c)
			}
			q.not = modifier == "not"
		}
		typ := c.next()
		switch lowerASCII(typ.text(c.src)) {
		case "not", "only", "and", "or", "layer":
			return q, false
		case "all":
		case "screen":
			q.typ = mediaScreen
		case "print":
			q.typ = mediaPrint
		default:
			q.typ = mediaOther
		}
		if c.space(); c.done() {
			return q, true
		}
		if !c.peekIs("and") {
			return q, false
		}
		c.next()
		if !c.space() {
			return q, false
		}
		cond, ok := parseCondition(c, false, 0)
		q.cond = &cond
		c.space()
		return q, ok && c.done()
	}
	return mediaConditionOnly(c)
}

func mediaConditionOnly(c *cursor) (q mediaQuery, ok bool) {
	cond, ok := parseCondition(c, true, 0)
	q.cond = &cond
	c.space()
	return q, ok && c.done()
}

// parseCondition: <media-condition>, or the one without or at its top level.
func parseCondition(c *cursor, or bool, depth int) (condition, bool) {
	if depth > maxConditionDepth {
		return condition{}, false
	}
	c.space()
	if c.peekIs("not") {
		c.next()
		if !c.space() {
			return condition{}, false
		}
		in, ok := parseInParens(c, depth)
		return condition{op: condNot, kids: []condition{in}}, ok
	}
	first, ok := parseInParens(c, depth)
	if !ok {
		return first, false
	}
	all := condition{kids: []condition{first}}
	for {
		mark := c.i
		c.space()
		op := condUnknown
		switch {
		case c.peekIs("and"):
			op = condAnd
		case c.peekIs("or") && or:
			op = condOr
		}
		if op == condUnknown || all.op != condUnknown && all.op != op {
			c.i = mark
			break
		}
		c.next()
		if !c.space() {
			return all, false
		}
		next, ok := parseInParens(c, depth)
		if !ok {
			return all, false
		}
		all.op = op
		all.kids = append(all.kids, next)
	}
	if all.op == condUnknown {
		return first, true
	}
	return all, true
}

// parseInParens: ( <media-condition> ) | <media-feature> | <general-enclosed>.
func parseInParens(c *cursor, depth int) (condition, bool) {
	t := c.peek()
	switch t.kind {
	case tokLParen:
		in := c.block()
		try := in
		if cond, ok := parseCondition(&try, true, depth+1); ok {
			if try.space(); try.done() {
				return cond, true
			}
		}
		try = in
		if f, ok := parseFeature(&try); ok {
			return condition{op: condFeature, feature: &f}, true
		}
		return condition{}, generalEnclosed(in, false)
	case tokFunction:
		style := t.isFunc(c.src, "style")
		in := c.block()
		if style {
			if q, ok := parseStyleQuery(in); ok {
				return condition{op: condStyle, style: &q}, true
			}
		}
		return condition{}, generalEnclosed(in, true)
	}
	return condition{}, false
}

// generalEnclosed reports whether the contents are a <general-enclosed>: the
// form of what later versions may define. It must begin with a name and hold
// nothing that could not be in any value.
func generalEnclosed(in cursor, function bool) bool {
	in.space()
	if first := in.peek(); !function && first.kind != tokIdent {
		return false
	}
	for !in.done() {
		switch t := in.peek(); t.kind {
		case tokBadString, tokBadURL, tokRParen, tokRBracket, tokRBrace:
			return false
		}
		in.skipValue()
	}
	return true
}
