package css

import (
	"errors"
	"slices"
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// complexSelector is a chain of compounds, the subject first: matching goes
// from right to left (Selectors 4, section 17).
type complexSelector struct {
	compounds   []compound
	pseudo      pseudoElement
	specificity uint32 // packed as a<<20 | b<<10 | c, each at most 1023
	shadow      *shadowSelector
}

// compound is a compound selector.
type compound struct {
	tag     string    // lower case; "" any
	tagAtom atom.Atom // of tag, where there is one
	id      string
	rest    []simple
	comb    byte // between this compound and the one on its left: ' ', '>', '+', '~'; 0 leftmost
}

type simpleKind uint8

const (
	selClass simpleKind = iota + 1
	selID               // a second id in the compound
	selAttr
	selPseudo
	selNth
	selIs     // :is, :where, :-webkit-any, and & with the parent's list
	selNot    // :not
	selHas    // :has
	selLang   // :lang
	selDir    // :dir
	selAnchor // the element that :has() or @scope is about
	selNamespace
	selHost // :host, :host()
	selHostContext
	selNever // valid, and matches nothing here
)

// simple is a simple selector other than type and the first id.
type simple struct {
	kind   simpleKind
	op     byte        // selAttr: 0 presence, = ~ | ^ $ *
	fold   byte        // selAttr: 'i', 's', 0 by the attribute's name
	pseudo pseudoClass // selPseudo
	nth    *nthSelector
	name   string
	value  string
	list   []complexSelector
}

type nthSelector struct {
	a, b   int
	last   bool // counted from the end
	ofType bool
	of     []complexSelector // nil: all siblings
}

// Bounds of selectors. The longest lists seen on real pages have some hundred
// selectors; a chain of more than 64 compounds matches nothing real.
const (
	maxSelectorTokens = 20000
	maxCompounds      = 64
	maxSelectorDepth  = 16 // of :is(:not(:is(…
)

var errSelector = errors.New("css: selector: not valid")

// selectorContext says where a selector list stands.
type selectorContext struct {
	parent     []complexSelector // of &: the list of the enclosing rule; nil: none
	nested     bool              // a rule inside another: relative selectors are allowed, & is implied
	scoped     bool              // inside @scope: & and a leading combinator mean its root
	depth      int
	inHas      bool
	noPseudo   bool // no pseudo-elements: inside of functional pseudo-classes
	forgiving  bool
	namespaces map[string]string
	arena      *selectorArena
}

// parseSelectorList parses a comma separated list, all of the cursor. A single
// invalid selector makes the whole list invalid, unless the list is forgiving.
func parseSelectorList(c cursor, ctx selectorContext) ([]complexSelector, error) {
	if ctx.depth > maxSelectorDepth || len(c.toks) > maxSelectorTokens {
		return nil, errSelector
	}
	if c.done() && !ctx.forgiving {
		return nil, errSelector
	}
	if ctx.arena == nil {
		ctx.arena = new(selectorArena)
	}
	a := ctx.arena
	mark := len(a.listStack)
	defer func() { a.listStack = a.listStack[:mark] }()
	for more := !c.done(); more; {
		var part cursor
		part, more = c.cut()
		s, err := parseComplex(&part, &ctx)
		if err != nil {
			if ctx.forgiving {
				continue
			}
			return nil, err
		}
		a.listStack = append(a.listStack, s)
	}
	return keepIn(&a.lists, a.listStack[mark:]), nil
}

// selectorArena holds the parts of many selectors in few allocations. What is
// being parsed lies on the stacks, since selectors nest in selectors.
type selectorArena struct {
	lists     []complexSelector
	compounds []compound
	simples   []simple

	listStack   []complexSelector
	chainStack  []compound
	simpleStack []simple
}

// keepIn copies s to the arena. The result is not nil.
func keepIn[T any](arena *[]T, s []T) []T {
	if cap(*arena)-len(*arena) < len(s) {
		*arena = make([]T, 0, max(len(s), min(2*cap(*arena), 128), 4))
	}
	n := len(*arena)
	*arena = append(*arena, s...)
	return (*arena)[n:len(*arena):len(*arena)]
}

// parseComplex parses one complex selector to the end of the cursor.
func parseComplex(c *cursor, ctx *selectorContext) (s complexSelector, err error) {
	p := selectorParser{c: c, ctx: ctx, nesting: ctx.nested && hasAmpersand(c.toks)}
	a := ctx.arena
	mark := len(a.chainStack) // the chain lies behind it, left to right
	defer func() { a.chainStack = a.chainStack[:mark] }()
	comb := byte(0)
	c.space()
	if lead := p.combinator(); lead != 0 {
		if !ctx.nested && !ctx.scoped && !ctx.inHas {
			return s, errSelector
		}
		a.chainStack, comb = append(a.chainStack, p.implied()), lead
		c.space()
	} else if ctx.inHas {
		a.chainStack, comb = append(a.chainStack, p.implied()), ' '
	}
	for {
		cp, ok := p.compound()
		if !ok || len(a.chainStack)-mark >= maxCompounds {
			return s, errSelector
		}
		cp.comb = comb
		a.chainStack = append(a.chainStack, cp)
		space := c.space()
		if c.done() {
			break
		}
		if comb = p.combinator(); comb == 0 {
			if !space {
				return s, errSelector
			}
			comb = ' '
		}
		if p.pseudo != 0 { // nothing can follow a pseudo-element
			return s, errSelector
		}
		c.space()
	}
	if ctx.nested && !p.nesting && !ctx.inHas && !p.anchored {
		// a nested selector without & is a descendant of the parent
		a.chainStack[mark].comb = ' '
		a.chainStack = slices.Insert(a.chainStack, mark, p.implied())
	}
	chain := a.chainStack[mark:]
	s.pseudo, s.shadow = p.pseudo, p.shadow
	if s.shadow != nil && s.pseudo == pseudoShadow {
		s.pseudo = elementItself
	}
	s.specificity = p.spec.packed()
	slices.Reverse(chain)
	s.compounds = keepIn(&a.compounds, chain)
	return s, nil
}

// hasAmpersand reports whether & is there, in functional pseudo-classes too.
func hasAmpersand(toks []token) bool {
	for i := range toks {
		if toks[i].kind == tokDelim && toks[i].delim == '&' {
			return true
		}
	}
	return false
}

// selectorParser parses one complex selector.
type selectorParser struct {
	c        *cursor
	ctx      *selectorContext
	spec     specificity
	pseudo   pseudoElement
	shadow   *shadowSelector
	nesting  bool // & was there
	anchored bool // begins with an implied compound
}

// combinator reads > + ~ and returns 0 if there is none.
func (p *selectorParser) combinator() byte {
	if t := p.c.peek(); t.kind == tokDelim && (t.delim == '>' || t.delim == '+' || t.delim == '~') {
		p.c.next()
		return t.delim
	}
	return 0
}

// implied is the compound that stands before a leading combinator.
func (p *selectorParser) implied() compound {
	p.anchored = true
	if p.ctx.inHas {
		return compound{rest: []simple{{kind: selAnchor}}}
	}
	return compound{rest: []simple{p.nest()}}
}

// nest is the & selector.
func (p *selectorParser) nest() simple {
	p.nesting = true
	if p.ctx.parent != nil {
		p.spec.add(maxSpecificity(p.ctx.parent))
		return simple{kind: selIs, list: p.ctx.parent}
	}
	return simple{kind: selPseudo, pseudo: pseudoScope} // at top level & is :scope, without specificity
}

func (p *selectorParser) compound() (cp compound, ok bool) {
	n := 0
	a := p.ctx.arena
	mark := len(a.simpleStack)
	defer func() { a.simpleStack = a.simpleStack[:mark] }()
	if found, valid := p.typeSelector(&cp); !valid {
		return cp, false
	} else if found {
		n++
	}
	for ; ; n++ {
		t := p.c.peek()
		var s simple
		switch {
		case t.kind == tokHash && p.pseudo == 0:
			if !t.hashID {
				return cp, false
			}
			p.c.next()
			p.spec.a++
			name := t.text(p.c.src)
			if cp.id == "" {
				cp.id = name
				continue
			}
			s = simple{kind: selID, name: name}
		case t.kind == tokDelim && t.delim == '.' && p.pseudo == 0:
			p.c.next()
			name := p.c.next()
			if name.kind != tokIdent || name.start != t.end {
				return cp, false
			}
			p.spec.b++
			s = simple{kind: selClass, name: name.text(p.c.src)}
		case t.kind == tokDelim && t.delim == '&' && p.pseudo == 0:
			p.c.next()
			s = p.nest()
		case t.kind == tokLBracket && p.pseudo == 0:
			if s, ok = p.attribute(); !ok {
				return cp, false
			}
			p.spec.b++
		case t.kind == tokColon:
			if s, ok = p.pseudoSelector(); !ok {
				return cp, false
			}
			if s.kind == 0 {
				continue // a pseudo-element, noted in p
			}
		default:
			if len(a.simpleStack) > mark {
				cp.rest = keepIn(&a.simples, a.simpleStack[mark:])
			}
			return cp, n > 0
		}
		a.simpleStack = append(a.simpleStack, s)
	}
}

// typeSelector reads [ns|]tag or [ns|]*, if there is one.
func (p *selectorParser) typeSelector(cp *compound) (found, valid bool) {
	c := p.c
	t := c.peek()
	star := t.kind == tokDelim && t.delim == '*'
	bar := t.kind == tokDelim && t.delim == '|'
	if t.kind != tokIdent && !star && !bar {
		return false, true
	}
	if !bar {
		c.next()
	}
	if n := c.peek(); n.kind == tokDelim && n.delim == '|' && (bar || n.start == t.end) {
		mark := c.i
		c.next()
		local := c.peek()
		if local.start == n.end && (local.kind == tokIdent || local.kind == tokDelim && local.delim == '*') {
			c.next()
			switch {
			case bar:
				p.ctx.arena.simpleStack = append(p.ctx.arena.simpleStack, simple{kind: selNever})
			case t.kind == tokIdent:
				uri, known := p.ctx.namespaces[t.text(c.src)]
				if !known {
					return false, false
				}
				p.ctx.arena.simpleStack = append(p.ctx.arena.simpleStack, simple{kind: selNamespace, value: uri})
			}
			t, star = local, local.kind == tokDelim
		} else if c.i = mark; bar {
			return false, false
		}
	} else if bar {
		return false, false
	}
	if !star {
		cp.tag = lowerASCII(t.text(c.src))
		cp.tagAtom = atom.Lookup([]byte(cp.tag))
		p.spec.c++
	}
	return true, true
}

// attribute reads [name], [name op value], [name op value i].
func (p *selectorParser) attribute() (s simple, ok bool) {
	in := p.c.block()
	s.kind = selAttr
	in.space()
	if t := in.peek(); t.kind == tokDelim && (t.delim == '*' || t.delim == '|') {
		in.next()
		if t.delim == '*' && !in.delim('|') {
			return s, false
		} else if t.delim == '*' {
			in.next()
		}
	}
	name := in.next()
	if name.kind != tokIdent {
		return s, false
	}
	if in.delim('|') && in.i+1 < len(in.toks) && in.toks[in.i+1].kind == tokIdent { // a namespace
		in.next()
		name = in.next()
	}
	s.name = lowerASCII(name.text(in.src))
	in.space()
	if in.done() {
		return s, true
	}
	op := in.next()
	if op.kind != tokDelim || strings.IndexByte("=~|^$*", op.delim) < 0 {
		return s, false
	}
	s.op = op.delim
	if op.delim != '=' {
		if eq := in.next(); eq.kind != tokDelim || eq.delim != '=' || eq.start != op.end {
			return s, false
		}
	}
	in.space()
	v := in.next()
	if v.kind != tokIdent && v.kind != tokString {
		return s, false
	}
	s.value = v.text(in.src)
	in.space()
	if flag := in.peek(); flag.kind == tokIdent {
		switch lowerASCII(flag.text(in.src)) {
		case "i":
			s.fold = 'i'
		case "s":
			s.fold = 's'
		default:
			return s, false
		}
		in.next()
		in.space()
	}
	if s.fold == 0 && hasWord(foldedAttributes, s.name) {
		s.fold = 'h'
	}
	return s, in.done()
}

// foldedAttributes have values that compare without case on HTML elements
// (HTML section 4.16.2).
const foldedAttributes = "accept accept-charset align alink axis bgcolor charset checked clear codetype color compact declare defer dir direction disabled enctype face frame " +
	"hreflang http-equiv lang language link media method multiple nohref noresize noshade nowrap readonly rel rev rules scope scrolling selected shape target text type valign valuetype vlink"

var namespaceURIs = map[string]dom.Namespace{
	"http://www.w3.org/1999/xhtml":       dom.HTML,
	"http://www.w3.org/2000/svg":         dom.SVG,
	"http://www.w3.org/1998/Math/MathML": dom.MathML,
}
