package css

import (
	"fmt"
	"strings"

	"pageload/parse/weburl"
)

// Limits bounds what a sheet may cost. Zero fields mean the defaults.
type Limits struct {
	Bytes   int // of source that are read; default 16 MiB, twice the largest sheet that is known
	Rules   int // style rules that are kept; default 200,000
	Depth   int // blocks in blocks; default 64
	Imports int // of one sheet; default 1,000
}

func (l Limits) resolved() Limits {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&l.Bytes, 16<<20)
	def(&l.Rules, 200_000)
	def(&l.Depth, 64)
	def(&l.Imports, 1000)
	return l
}

// Problem is a limit that was reached: what lies beyond it was left out.
type Problem struct {
	Limit string // the name of the limit, such as "rules"
	Max   int    // its value
	Line  int    // of the source, from 1; 0 unknown
}

func (p Problem) String() string {
	if p.Line > 0 {
		return fmt.Sprintf("css: line %d: more than %d %s", p.Line, p.Max, p.Limit)
	}
	return fmt.Sprintf("css: more than %d %s", p.Max, p.Limit)
}

// Sheet is a parsed style sheet, reduced to what can matter to a fetch. It is
// immutable: pages and goroutines may share it.
type Sheet struct {
	src        string
	base       weburl.URL
	rules      []styleRule
	decls      []declaration
	conds      []groupCondition // parents before children; index 0 is none
	faces      []faceRule
	imports    []Import
	layers     []string // paths, in order of appearance; "" never
	order      []layerEvent
	problems   []Problem
	namespaces map[string]string
}

// styleRule is a rule with declarations that are kept.
type styleRule struct {
	selectors   []complexSelector
	first, last int32 // its declarations are decls[first:last]
	cond        int32 // in conds
	layer       int32 // in layers, -1 none
}

type declaration struct {
	property  property
	important bool
	line      int32
	name      string // of a custom property
	value     *value
}

// groupCondition is a conditional group around rules.
type groupCondition struct {
	parent    int32
	media     MediaList
	container *containerQuery
	scope     *scopeRule
}

type scopeRule struct{ roots, limits []complexSelector }

// layerEvent is a place where layers get their order: a name, or an import
// whose sheet may bring some.
type layerEvent struct {
	layer int32
	imp   int32 // -1: none
}

// Import is an @import rule of a sheet.
type Import struct {
	URL        weburl.URL // zero where Raw is no URL
	Raw        string     // as written, escapes resolved
	Line       int        // from 1
	Media      MediaList
	Layer      string // of layer(name)
	HasLayer   bool   // layer or layer(name); without a name it is an anonymous layer
	SupportsOK bool   // no supports(), or one that holds; otherwise it is not fetched
}

// Imports returns the valid @import rules in order. One whose SupportsOK is
// false is not requested. Browsers request imports whatever their media says.
func (s *Sheet) Imports() []Import {
	return append([]Import(nil), s.imports...)
}

// Problems returns the limits that were reached while parsing.
func (s *Sheet) Problems() []Problem { return append([]Problem(nil), s.problems...) }

// Base returns the URL that the sheet's references were resolved against.
func (s *Sheet) Base() weburl.URL { return s.base }

// ParseSheet parses a sheet whose text is UTF-8 (see [DecodeSheet]). base is
// its own URL, or the document's base URL for the text of a style element. It
// never fails: CSS says how to go on after errors. At most one Limits is looked at.
func ParseSheet(src []byte, base weburl.URL, limits ...Limits) *Sheet {
	var l Limits
	if len(limits) > 0 {
		l = limits[0]
	}
	l = l.resolved()
	s := &Sheet{base: base, conds: make([]groupCondition, 1, 4)}
	text := src
	if len(text) > l.Bytes {
		text = text[:l.Bytes]
		s.problems = append(s.problems, Problem{Limit: "bytes", Max: l.Bytes})
	}
	s.src = strings.TrimPrefix(string(text), "\uFEFF")
	p := sheetParser{lexer: lexer{src: s.src}, sheet: s, limits: l, importsOK: true, line: 1, toks: make([]token, 0, 32)}
	p.rules(blockContext{layer: -1}, true)
	return s
}

// sheetParser reads a sheet. It is a byte scanner that makes tokens only of
// what is kept.
type sheetParser struct {
	lexer
	sheet     *Sheet
	limits    Limits
	toks      []token // room for the tokens of one value or prelude
	out       []declared
	pending   []*pendingSelector // by depth
	arena     selectorArena
	plain     map[plainValue]*value
	layers    map[string]int32
	depth     int
	anonymous int
	importsOK bool
	full      bool // the rules' limit was reached

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
	ctx := selectorContext{scoped: s.scoped, namespaces: p.sheet.namespaces, arena: &p.arena}
	if s.parent != nil {
		if ctx.parent = p.selectors(s.parent); ctx.parent == nil {
			return nil
		}
		ctx.nested = true
	}
	toks, ok := appendTokens(p.toks[:0], s.prelude, maxSelectorTokens)
	p.toks = toks
	if !ok {
		p.problem("selector tokens", maxSelectorTokens)
		return nil
	}
	if list, err := parseSelectorList(trimTokens(cursor{src: s.prelude, toks: toks}), ctx); err == nil {
		s.list = list
	}
	return s.list
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
	*sel = pendingSelector{prelude: p.src[start:i], parent: ctx.rule, scoped: ctx.scoped}
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
	defer func() { p.depth-- }()
	first := len(p.sheet.decls)
	flush := func() {
		p.keep(ctx, first)
		first = len(p.sheet.decls)
	}
	for {
		p.skipSpace()
		if p.pos >= len(p.src) {
			break
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
		if c == '@' && p.startsIdent(p.pos+1) {
			flush()
			p.atRule(ctx, false)
			first = len(p.sheet.decls)
			continue
		}
		if p.declaration() {
			continue
		}
		flush()
		p.qualifiedRule(ctx, true)
		first = len(p.sheet.decls)
	}
	flush()
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
	list := p.selectors(sel)
	if len(list) == 0 || len(s.rules) >= p.limits.Rules {
		if len(list) > 0 {
			p.problem("rules", p.limits.Rules)
			p.full = true
		}
		s.decls = s.decls[:first]
		return
	}
	s.rules = append(s.rules, styleRule{selectors: list, first: int32(first), last: int32(len(s.decls)), cond: ctx.cond, layer: ctx.layer})
}

// declaration reads a declaration and its semicolon, and keeps it if it is one
// that matters. It returns false, and moves nowhere, where none begins.
func (p *sheetParser) declaration() bool {
	name, value, at, ok := p.rawDeclaration()
	if !ok {
		return false
	}
	p.keepDeclaration(name, value, at)
	return true
}

// rawDeclaration cuts the next declaration. The name is as written.
func (p *sheetParser) rawDeclaration() (name, value string, at int, ok bool) {
	start := p.pos
	if !p.startsIdent(start) {
		return "", "", 0, false
	}
	end, escaped := p.name(start)
	name = p.src[start:end]
	if escaped {
		name = unescape(name, false)
	}
	p.pos = end
	p.skipSpace()
	if p.at(p.pos) != ':' {
		p.pos = start
		return "", "", 0, false
	}
	at = p.pos + 1
	custom := strings.HasPrefix(name, "--")
	stop := uint8(stopSemicolon | stopRBrace)
	if !custom {
		stop |= stopLBrace
	}
	i := p.scan(at, stop)
	if i < len(p.src) && p.src[i] == '{' {
		p.pos = start // a:hover { … }
		return "", "", 0, false
	}
	p.pos = i
	if i < len(p.src) && p.src[i] == ';' {
		p.pos++
	}
	return name, p.src[at:i], at, true
}

func (p *sheetParser) keepDeclaration(name, text string, at int) {
	s := p.sheet
	d := declaration{}
	if strings.HasPrefix(name, "--") {
		if len(name) == 2 {
			return
		}
		d.name = name
		d.property = propCustom
		text, d.important = customValue(text)
		d.value = &value{text: text}
		if k, ok := wideWord(text); ok {
			d.value = &value{kind: k}
		}
		s.decls = append(s.decls, d)
		return
	}
	prop, ok := propertyByName(lowerASCII(name))
	if !ok {
		return
	}
	toks, ok := appendTokens(p.toks[:0], text, maxSelectorTokens)
	p.toks = toks
	if !ok {
		p.problem("tokens of a value", maxSelectorTokens)
		return
	}
	c := cursor{src: text}
	c.toks, d.important = cutImportant(cursor{src: text, toks: toks})
	ctx := valueContext{base: s.base}
	if mayHaveURL(toks) {
		ctx.line = p.lineOf(at + len(text) - len(strings.TrimLeft(text, " \t\n\r\f")))
	}
	p.out, ok = parseValue(p.out[:0], prop, c, &ctx)
	if !ok {
		return
	}
	d.line = int32(ctx.line)
	for i := range p.out {
		d.property, d.value = p.out[i].property, p.share(&p.out[i].value)
		s.decls = append(s.decls, d)
	}
}

// share returns a copy of a value that outlives p.out. Plain keywords and
// numbers, which are most, are kept once a sheet.
func (p *sheetParser) share(v *value) *value {
	if v.images != nil || v.families != nil || v.text != "" || v.property != 0 {
		return new(*v)
	}
	key := plainValue{v.kind, v.num}
	if c := p.plain[key]; c != nil {
		return c
	}
	if p.plain == nil {
		p.plain = map[plainValue]*value{}
	}
	c := new(*v)
	p.plain[key] = c
	return c
}

type plainValue struct {
	kind valueKind
	num  float64
}

// mayHaveURL reports whether it is worth knowing the line of the value.
func mayHaveURL(toks []token) bool {
	for i := range toks {
		if k := toks[i].kind; k == tokURL || k == tokFunction {
			return true
		}
	}
	return false
}

// customValue trims the value of a custom property and cuts its !important.
func customValue(s string) (string, bool) {
	s = strings.Trim(s, " \t\n\r\f")
	i := strings.LastIndexByte(s, '!')
	if i < 0 || !equalFold(strings.Trim(s[i+1:], " \t\n\r\f"), "important") {
		return s, false
	}
	return strings.TrimRight(s[:i], " \t\n\r\f"), true
}

func wideWord(s string) (valueKind, bool) {
	if len(s) < 5 || len(s) > 12 {
		return 0, false
	}
	toks, _ := tokenize(s, 2)
	return wideKeyword(&cursor{src: s, toks: toks})
}
