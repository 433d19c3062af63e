package css

import (
	"math"
	"strings"
)

// sheetParser reads a sheet. It is a byte scanner that makes tokens only of
// what is kept.
type sheetParser struct {
	lexer
	sheet     *Sheet
	limits    Limits
	toks      []token // room for the tokens of one value or prelude
	out       []declared
	pending   []*pendingSelector // by depth
	lists     listParser
	short     *[shortValues]shortValue // nil: none is kept, for there are few declarations
	layers    map[string]int32
	depth     int
	anonymous int
	importsOK bool
	sizes     bool // widths matter, for there are container queries
	full      bool // the rules' limit was reached
	boxes     bool // what is kept are the properties of boxes

	line, lineAt int // the line of the offset lineAt
}

// blockContext is what surrounds a rule or declaration.
type blockContext struct {
	cond   int32
	layer  int32
	rule   *pendingSelector // the style rule around it; nil: none
	scoped bool             // in @scope, and no style rule between
}

// pendingSelector is a rule's selector, which is parsed when a declaration
// turns up that needs it. Most rules have none.
type pendingSelector struct {
	prelude string
	at      int // where it stands
	parent  *pendingSelector
	scoped  bool
	parsed  bool
	list    []complexSelector // nil: invalid
}

func (p *sheetParser) selectors(s *pendingSelector) []complexSelector {
	if s.parsed {
		return s.list
	}
	s.parsed = true
	ctx := selectorContext{scoped: s.scoped, namespaces: p.sheet.namespaces}
	if s.parent != nil {
		if ctx.parent = p.selectors(s.parent); ctx.parent == nil {
			return nil
		}
		ctx.nested = true
	}
	list, ok := p.lists.parse(s.prelude, ctx)
	if !ok {
		p.problem("selector tokens", maxSelectorTokens)
	}
	s.list = list
	return s.list
}

// reserve makes room for what a sheet with so many blocks has: more is made when
// it turns out to be needed.
func (p *sheetParser) reserve(blocks int) {
	n := min(blocks, 1<<10)
	p.sheet.rules = make([]styleRule, 0, n)
	p.sheet.decls = make([]declaration, 0, n)
	p.sheet.subjects = make([]subject, 0, 2*n)
}

// listParser parses lists of selectors, many with few allocations.
type listParser struct {
	arena selectorArena
	toks  []token
}

// parse parses a list, which is nil if it is not valid. It returns false if it
// has too many tokens.
func (p *listParser) parse(text string, ctx selectorContext) ([]complexSelector, bool) {
	toks, ok := appendTokens(p.toks[:0], text, maxSelectorTokens)
	p.toks = toks
	if !ok {
		return nil, false
	}
	ctx.arena = &p.arena
	list, err := parseSelectorList(trimTokens(cursor{src: text, toks: toks}), ctx)
	if err != nil {
		list = nil
	}
	return list, true
}

func (p *sheetParser) problem(limit string, max int) {
	for _, q := range p.sheet.problems {
		if q.Limit == limit {
			return // once a sheet is enough
		}
	}
	p.sheet.problems = append(p.sheet.problems, Problem{Limit: limit, Max: max, Line: p.lineOf(p.pos)})
}

// lineOf returns the line of an offset. Offsets mostly grow, so that the source
// is counted once.
func (p *sheetParser) lineOf(at int) int {
	if at < p.lineAt {
		p.line, p.lineAt = 1, 0
	}
	p.line += strings.Count(p.src[p.lineAt:at], "\n")
	p.lineAt = at
	return p.line
}

// rules reads a list of rules: the whole sheet, or the block of a group.
func (p *sheetParser) rules(ctx blockContext, top bool) {
	for {
		p.skipSpace()
		if p.pos >= len(p.src) || p.full {
			return
		}
		switch c := p.src[p.pos]; {
		case c == '}' && !top:
			p.pos++
			return
		case c == '@' && p.startsIdent(p.pos+1):
			p.atRule(ctx, top)
		case top && c == '<' && strings.HasPrefix(p.src[p.pos:], "<!--"):
			p.pos += 4
		case top && c == '-' && strings.HasPrefix(p.src[p.pos:], "-->"):
			p.pos += 3
		default:
			p.importsOK = false
			p.qualifiedRule(ctx, false)
		}
	}
}

// qualifiedRule reads a style rule. Inside of another rule's block a semicolon
// or the end of the block before its brace ends it as an error.
func (p *sheetParser) qualifiedRule(ctx blockContext, nested bool) {
	start := p.pos
	stop := uint8(stopLBrace)
	if nested {
		stop |= stopSemicolon
	}
	if nested || p.depth > 0 {
		stop |= stopRBrace
	}
	i := p.scan(start, stop)
	if i >= len(p.src) || p.src[i] != '{' {
		p.pos = i
		if i < len(p.src) && p.src[i] == ';' {
			p.pos++
		}
		return
	}
	for len(p.pending) <= p.depth {
		p.pending = append(p.pending, new(pendingSelector))
	}
	sel := p.pending[p.depth] // the block that had it before is over
	sel.prelude, sel.at, sel.parent, sel.scoped = p.src[start:i], start, ctx.rule, ctx.scoped
	if sel.parsed {
		sel.parsed, sel.list = false, nil
	}
	p.pos = i + 1
	p.block(blockContext{cond: ctx.cond, layer: ctx.layer, rule: sel})
}

// enter counts a level of blocks. Where there are too many it skips the block,
// whose brace is behind p.pos, and returns false.
func (p *sheetParser) enter() bool {
	if p.depth >= p.limits.Depth {
		p.problem("nested blocks", p.limits.Depth)
		p.pos = p.skipBlock(p.pos - 1)
		return false
	}
	p.depth++
	return true
}

// block reads the contents of a style rule's block, or of a group's inside of a
// style rule: declarations, and rules between them (CSS Syntax 3, section 5.5.4).
func (p *sheetParser) block(ctx blockContext) {
	if !p.enter() {
		return
	}
	first := len(p.sheet.decls)
	for {
		p.plainDeclarations(math.MaxInt)
		if p.pos >= len(p.src) || scanSpace[p.src[p.pos]] {
			if p.skipSpace(); p.pos >= len(p.src) {
				break
			}
		}
		c := p.src[p.pos]
		if c == ';' {
			p.pos++
			continue
		}
		if c == '}' {
			p.pos++
			break
		}
		at := c == '@' && p.startsIdent(p.pos+1)
		if !at && p.declaration() {
			continue
		}
		p.keep(ctx, first)
		if at {
			p.atRule(ctx, false)
		} else {
			p.qualifiedRule(ctx, true)
		}
		first = len(p.sheet.decls)
	}
	p.keep(ctx, first)
	p.depth--
}

// keep makes a rule of the declarations since first.
func (p *sheetParser) keep(ctx blockContext, first int) {
	s := p.sheet
	if len(s.decls) == first {
		return
	}
	sel := ctx.rule
	if sel == nil { // declarations right in @scope are its root's
		sel = &pendingSelector{prelude: ":where(:scope)", scoped: true}
	}
	lazy := false
	known := len(s.subjects)
	if !sel.parsed && sel.parent == nil && !sel.scoped {
		if s.subjects, lazy = subjects(s.subjects, sel.prelude); !lazy {
			s.subjects = s.subjects[:known]
		}
	}
	if !lazy && len(p.selectors(sel)) == 0 {
		s.decls = s.decls[:first]
		return
	}
	if len(s.rules) >= p.limits.Rules {
		p.problem("rules", p.limits.Rules)
		p.full = true
		s.decls, s.subjects = s.decls[:first], s.subjects[:known]
		return
	}
	s.rules = append(s.rules, styleRule{first: int32(first), last: int32(len(s.decls)), cond: ctx.cond, layer: ctx.layer})
	r := &s.rules[len(s.rules)-1]
	for x := sel; x != nil && !r.forward; x = x.parent {
		r.forward = looksForward(x.prelude)
	}
	if lazy {
		r.prelude = [2]int32{int32(sel.at), int32(sel.at + len(sel.prelude))}
		r.subjects, r.nsubjects = int32(known), int32(len(s.subjects)-known)
	} else {
		list := sel.list // its place is used again
		r.list.Store(&list)
	}
}
