package css

import (
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// run is one Collect.
type run struct {
	*ruleIndex
	s        *Styler
	t        *dom.Table
	base     weburl.URL
	match    matcher
	sub      substituter
	maxSteps int

	images, late, fonts []Fetch
	seen                map[fetchKey]bool
	done                map[doneKey]bool // values whose images are listed
	inline              map[string]*inlineStyle
	pending             map[pendingKey][]declared
	texts               map[textKey]*textNeeds
	missing             map[string]bool // custom properties that style attributes use and the index lacks

	found   []found // of the element at hand
	pseudos []found
	win     [numProperties]winner
	vars    []winner
	stack   []frame
	above   *ancestorFilter // of the stack; nil: not worthwhile
}

// doneKey is a value as it was listed for a property.
type doneKey struct {
	p     property
	image *image
}

// found is a rule that matched.
type found struct {
	entry  *entry
	pseudo pseudoElement
}

// winner is the declaration that a property has so far.
type winner struct {
	d   *declaration
	use *sheetUse // nil: the element's markup
}

// frame is an element whose children are being visited.
type frame struct {
	id    dom.ID
	st    style
	after []found // its ::after rules, nil for none
	skip  bool    // children are not rendered
}

// style is a computed style, as far as it is needed.
type style struct {
	display   float64
	hidesKids bool // content-visibility: hidden
	families  []family
	weight    float64
	slope     float64
	stretch   float64
	vars      *customs
	container bool
	names     string // of the container, separated by spaces
}

// inlineStyle is a parsed style attribute.
type inlineStyle struct {
	decls     []declaration
	important bool
}

func newRun(s *Styler, t *dom.Table, base weburl.URL) *run {
	steps := s.MaxSteps
	if steps <= 0 {
		steps = defaultSteps
	}
	r := &run{ruleIndex: s.index, s: s, t: t, base: base, maxSteps: steps, seen: map[fetchKey]bool{}, done: map[doneKey]bool{}}
	r.match = matcher{t: t, quirks: s.index.quirks, steps: steps}
	r.sub = substituter{device: &r.device, steps: &r.match.steps, over: s.problem}
	if s.index.withAbove >= worthwhile {
		r.above = &ancestorFilter{quirks: s.index.quirks}
	}
	for _, list := range r.families {
		for _, f := range list {
			f.out = nil
		}
	}
	return r
}

// walk visits the elements in tree order, leaving out what is not rendered.
func (r *run) walk() {
	id := r.t.FirstChild(0)
	root := style{weight: 400, stretch: 100, display: displayBlock}
	for id != 0 {
		parent := &root
		if n := len(r.stack); n > 0 {
			parent = &r.stack[n-1].st
		}
		f := frame{id: id}
		rendered := !r.t.Inert(id) && r.element(&f, parent)
		if rendered && !f.skip && r.t.FirstChild(id) != 0 {
			r.stack = append(r.stack, f)
			if r.above != nil {
				r.above.add(r.t, id, 1)
			}
			id = r.t.FirstChild(id)
			continue
		}
		if rendered {
			r.leave(&f)
		} else {
			r.s.hidden[id] = true
		}
		id = r.t.Next(id)
		for id == 0 && len(r.stack) > 0 {
			n := len(r.stack) - 1
			r.leave(&r.stack[n])
			if id = r.stack[n].id; r.above != nil {
				r.above.add(r.t, id, ^uint32(0))
			}
			id = r.t.Next(id)
			r.stack = r.stack[:n]
		}
	}
}

func (r *run) leave(f *frame) {
	if f.after != nil {
		r.pseudo(f.id, &f.st, f.after, pseudoAfter)
	} else if r.families != nil && r.t.Atom(f.id) == atom.Q {
		r.text(f.id, &f.st, "”")
	}
}

// element computes the style of an element and lists what it fetches. It
// returns false if the element is not rendered.
func (r *run) element(f *frame, parent *style) bool {
	id := f.id
	ua := uaDefaults(r.t, id, r.device.NoScript)
	if ua.hard {
		return false
	}
	if n := len(r.stack); n > 0 {
		p := &r.stack[n-1]
		if r.t.Atom(p.id) == atom.Details && ua.display != displayNone && hiddenInDetails(r.t, p.id, id) {
			return false
		}
	}
	r.found, r.pseudos = r.found[:0], r.pseudos[:0]
	r.gather(&r.strong, id)
	inline := r.inlineOf(id)
	hints := r.hints(id)
	if len(r.found) == 0 && inline == nil && hints == nil && len(r.pseudos) == 0 && ua.plain && ua.display != displayNone {
		f.st = inheritStyle(parent)
		f.st.display = ua.display
	} else {
		r.cascade(inline, hints)
		r.computed(&f.st, parent, &ua)
		if (f.st.display == displayNone || r.fetches() || len(r.pseudos) > 0) && len(r.weak.entries) > 0 {
			r.gather(&r.weak, id)
			r.cascade(inline, hints)
			r.computed(&f.st, parent, &ua)
		}
	}
	if f.st.display == displayNone {
		return false
	}
	r.list(&r.images, id, &f.st, parent)
	f.skip = ua.skip || f.st.hidesKids
	if f.st.hidesKids {
		return true
	}
	r.pseudoElements(f)
	if r.families != nil && !ua.noText {
		r.ownText(id, &f.st)
	}
	return true
}

// pseudoElements handles the rules for the element's pseudo-elements, except
// ::after's, which comes behind its children.
func (r *run) pseudoElements(f *frame) {
	if len(r.pseudos) == 0 {
		if r.families != nil && r.t.Atom(f.id) == atom.Q {
			r.text(f.id, &f.st, "“")
		}
		return
	}
	pseudos := append([]found(nil), r.pseudos...)
	r.pseudo(f.id, &f.st, pseudos, pseudoBefore)
	for _, p := range pseudos {
		if p.pseudo == pseudoAfter {
			f.after = pseudos
		}
	}
	if f.st.display == displayListItem {
		r.pseudo(f.id, &f.st, pseudos, pseudoMarker)
	}
	if r.match.placeholder(f.id) != "" {
		r.pseudo(f.id, &f.st, pseudos, pseudoPlaceholder)
	}
	if d := f.st.display; d == displayBlock || d == displayListItem {
		r.pseudo(f.id, &f.st, pseudos, pseudoFirstLine)
		r.pseudo(f.id, &f.st, pseudos, pseudoFirstLetter)
	}
}

// pseudo computes one pseudo-element of an element and lists its fetches.
func (r *run) pseudo(id dom.ID, parent *style, all []found, which pseudoElement) {
	r.found = r.found[:0]
	for _, p := range all {
		if p.pseudo == which {
			r.found = append(r.found, p)
		}
	}
	quote := ""
	if r.t.Atom(id) == atom.Q {
		switch which {
		case pseudoBefore:
			quote = "“"
		case pseudoAfter:
			quote = "”"
		}
	}
	if len(r.found) == 0 {
		if quote != "" && r.families != nil {
			r.text(id, parent, quote)
		}
		return
	}
	r.cascade(nil, nil)
	var st style
	r.computed(&st, parent, &uaStyle{display: displayInline})
	if st.display == displayNone {
		return
	}
	list, text := &r.images, ""
	switch which {
	case pseudoBefore, pseudoAfter:
		v := r.value(propContent, st.vars)
		text = quote
		if v != nil && v.kind == valueSet {
			if v.num == contentNormal && quote == "" {
				return
			}
			text = r.contentText(id, v.text)
		} else if quote == "" {
			return
		}
	case pseudoFirstLine, pseudoFirstLetter:
		list = &r.late
		if !r.hasInnerText(id) {
			return
		}
		text = r.t.TextContent(id, 200)
	case pseudoPlaceholder:
		text = r.match.placeholder(id)
	case pseudoMarker:
		if v := r.value(propContent, st.vars); v != nil {
			text = r.contentText(id, v.text)
		}
	}
	r.list(list, id, &st, parent)
	if r.families != nil {
		r.text(id, &st, text)
	}
}

// contentText puts attributes in the place of attr().
func (r *run) contentText(id dom.ID, text string) string {
	if !strings.Contains(text, attrMark) {
		return text
	}
	parts := strings.Split(text, attrMark)
	for i := 1; i < len(parts); i += 2 {
		parts[i], _ = r.t.Attr(id, parts[i])
	}
	return strings.Join(parts, "")
}

// hasInnerText reports whether the element or what is in it has text.
func (r *run) hasInnerText(id dom.ID) bool {
	if r.t.HasText(id) {
		return true
	}
	for d := range r.t.Descendants(id) {
		if r.match.steps--; r.match.steps <= 0 {
			return false
		}
		if r.t.HasText(d) && !r.t.Inert(d) {
			return true
		}
	}
	return false
}

// gather finds the rules whose selectors match, for the element and its pseudo-elements.
func (r *run) gather(b *bucket, id dom.ID) {
	if len(b.entries) == 0 {
		return
	}
	t := r.t
	if b.ids != nil {
		if v := t.IDAttr(id); v != "" {
			if r.quirks {
				v = lowerASCII(v)
			}
			r.try(b, b.ids[v], id)
		}
	}
	if b.classes != nil {
		classes := t.Classes(id)
		for i, c := range classes {
			if r.quirks {
				c = lowerASCII(c)
			}
			if list := b.classes[c]; list != nil && !repeated(classes, i) {
				r.try(b, list, id)
			}
		}
	}
	if a := tagAtom(t, id); a != 0 {
		if b.atoms != nil {
			r.try(b, b.atoms[a], id)
		}
	} else if b.tags != nil {
		r.try(b, b.tags[lowerASCII(t.Tag(id))], id)
	}
	r.try(b, b.universal, id)
}

func repeated(classes []string, i int) bool {
	for _, c := range classes[:i] {
		if c == classes[i] {
			return true
		}
	}
	return false
}

func (r *run) try(b *bucket, list []int32, id dom.ID) {
	for _, n := range list {
		e := &b.entries[n]
		if r.above != nil && r.above.lacks(&e.above) {
			continue
		}
		if e.byElement {
			if !r.conditions(e, id) {
				continue
			}
		} else if !r.match.complex(e.sel, id) {
			continue
		}
		f := found{entry: e, pseudo: e.sel.pseudo}
		if f.pseudo == elementItself {
			r.found = append(r.found, f)
		} else {
			r.pseudos = append(r.pseudos, f)
		}
	}
}

// conditions matches a rule that stands in @container or @scope.
func (r *run) conditions(e *entry, id dom.ID) bool {
	sheet := e.use.sheet
	var scope *scopeRule
	for c := e.rule.cond; c != 0; c = sheet.conds[c].parent {
		g := &sheet.conds[c]
		if g.container != nil && !r.container(g.container, e.sel.pseudo != elementItself) {
			return false
		}
		if g.scope != nil && scope == nil {
			scope = g.scope
		}
	}
	if scope == nil {
		return r.match.complex(e.sel, id)
	}
	defer func() { r.match.scope = 0 }()
	for root := id; root != 0; root = r.t.Parent(root) {
		if r.match.steps--; r.match.steps <= 0 {
			return false
		}
		r.match.scope = 0
		if scope.roots != nil && !r.match.list(scope.roots, root) || scope.roots == nil && r.t.Parent(root) != 0 {
			continue
		}
		r.match.scope = root
		if !r.beyond(scope.limits, id, root) && r.match.complex(e.sel, id) {
			return true
		}
	}
	return false
}

// beyond reports whether a limit of a scope lies between the element and its root.
func (r *run) beyond(limits []complexSelector, id, root dom.ID) bool {
	if len(limits) == 0 {
		return false
	}
	for e := id; e != 0 && e != root; e = r.t.Parent(e) {
		if r.match.list(limits, e) {
			return true
		}
	}
	return false
}

// container looks for the nearest ancestor that answers the query.
func (r *run) container(q *containerQuery, self bool) bool {
	for i := len(r.stack) - 1; i >= 0; i-- {
		st := &r.stack[i].st
		if q.name != "" && !hasWord(st.names, q.name) || q.cond != nil && !st.container {
			continue
		}
		return q.cond == nil || q.cond.eval(&r.device) == isTrue
	}
	return false
}
