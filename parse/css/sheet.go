package css

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

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
	subjects   []subject
	decls      []declaration
	conds      []groupCondition // parents before children; index 0 is none
	faces      []faceRule
	keyframes  []keyframesRule // with images
	registered []registered    // of @property
	imports    []Import
	layers     []string // paths, in order of appearance; "" never
	order      []layerEvent
	problems   []Problem
	namespaces map[string]string

	again sync.Once // guards boxed
	boxed *Sheet    // see boxes
}

// styleRule is a rule with declarations that are kept. Its selectors are parsed
// when an element is there that has what they ask of their subject.
type styleRule struct {
	prelude             [2]int32 // where its selectors stand in Sheet.src, of a rule that has subjects
	list                atomic.Pointer[[]complexSelector]
	subjects, nsubjects int32 // its selectors' are Sheet.subjects[subjects:][:nsubjects]; none where list is there from the start
	first, last         int32 // its declarations are decls[first:last]
	cond                int32 // in conds
	layer               int32 // in layers, -1 none
	forward             bool  // see looksForward
}

// selectors returns the selectors of the rule, none if they are not valid.
func (s *Sheet) selectors(r *styleRule, p *listParser) []complexSelector {
	list := r.list.Load()
	if list == nil {
		parsed, _ := p.parse(s.src[r.prelude[0]:r.prelude[1]], selectorContext{})
		r.list.CompareAndSwap(nil, &parsed)
		list = r.list.Load()
	}
	return *list
}

// groupCondition is a conditional group around rules.
type groupCondition struct {
	parent    int32
	media     MediaList
	container *containerQuery
	scope     *scopeRule
	starting  bool // @starting-style
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
	SupportsOK bool   // false where supports() is no condition: then it is not requested
}

// Imports returns the @import rules in order, without those of the sheet itself,
// such as @import "". One whose SupportsOK is false is not requested. Chromium
// requests the others, whatever their media says and even where their supports()
// does not hold; Media matches nothing then.
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
// The sheet keeps src, which must not change from then on.
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
	s.src = strings.TrimPrefix(unsafe.String(unsafe.SliceData(text), len(text)), "\uFEFF")
	p := sheetParser{lexer: lexer{src: s.src}, sheet: s, limits: l, importsOK: true, sizes: strings.Contains(s.src, "@container"), line: 1, toks: make([]token, 0, 32)}
	p.short = new([shortValues]shortValue)
	p.reserve(strings.Count(s.src, "{"))
	p.rules(blockContext{layer: -1}, true)
	return s
}
