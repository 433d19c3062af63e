package css

import (
	"slices"
	"strconv"
	"strings"

	"pageload/parse/dom"
)

// placedRule is a rule in its place in the cascade.
type placedRule struct {
	rule      *styleRule
	use       *sheetUse
	layer     *layerNode
	order     int32
	depth     int16 // of the shadow tree that the rule stands in
	byElement bool  // the rule's conditions depend on the element
	starting  bool  // the rule stands in @starting-style
	strength  strength
}

// strength says what a rule can do about fetches.
type strength uint8

const (
	strengthNone strength = iota
	strengthWeak
	strengthStrong
)

// entry is a selector of a rule.
type entry struct {
	*placedRule
	sel *complexSelector // nil: not parsed yet, or never valid
	subject
	part int32 // where sel is nil: which of the rule's selectors; -1: none that can match
	next int32 // in the bucket's chain
}

// resolve parses the selector of an entry that is asked for the first time. It
// returns false if nothing can match it.
func (x *ruleIndex) resolve(e *entry) bool {
	if e.part < 0 {
		return false
	}
	list := e.use.sheet.selectors(e.rule, &x.parser)
	if int(e.part) >= len(list) || list[e.part].pseudo == pseudoOther {
		e.part = -1
		return false
	}
	e.sel = &list[e.part]
	return true
}

// ruleIndex holds the rules that apply on a device, by what their subject must
// have. Strong rules can cause a fetch or hide an element; weak ones only undo
// that, so that they are asked only where there is something to undo. On most
// pages few rules are strong, which is what makes Collect fast.
type ruleIndex struct {
	device Device
	quirks bool
	boxes  bool            // of properties of boxes
	exact  bool            // what stands in lines is asked for all elements
	names  map[string]bool // custom properties that matter
	extra  map[string]bool // of them those that style attributes named

	strong, weak bucket                 // of the document
	scopes       map[dom.ID]*scopeRules // of the shadow trees; 0 of the document, those that reach into others
	withAbove    int                    // strong selectors that may ask for an ancestor
	families     map[string][]*activeFace
	keyframes    map[string]activeKeyframes
	registered   map[string]*registered
	problems     []Problem
	local        map[string]bool
	parser       listParser // of selectors that are asked for
	containers   bool       // some rule asks for containers
	starting     bool       // some rule stands in @starting-style
	forward      bool       // what comes to the end of the document may change what matches before
}

// indexer makes a ruleIndex.
type indexer struct {
	*ruleIndex
	scope dom.ID     // the shadow root of the sheet at hand
	root  *layerNode // of its layers
	uses  []*sheetUse
	rules []placedRule // in order
	total int          // about how many there are
	asked []string     // custom properties of style queries
}

func newRuleIndex(s *Styler, t *dom.Table, d Device, names map[string]bool) *ruleIndex {
	return indexRules(s, t, &ruleIndex{device: d, quirks: t.Quirks(), exact: s.exact, extra: names}, names)
}

// indexRules fills an index with the rules of a document's sheets.
func indexRules(s *Styler, t *dom.Table, index *ruleIndex, names map[string]bool) *ruleIndex {
	x := indexer{ruleIndex: index}
	if len(s.LocalFonts) > 0 {
		x.local = make(map[string]bool, len(s.LocalFonts))
		for _, n := range s.LocalFonts {
			x.local[lowerASCII(n)] = true
		}
	}
	for i := range s.sources {
		x.total += s.sources[i].rules(x.boxes)
	}
	for i := range s.sources {
		if x.scope = 0; t.HasShadow() && s.sources[i].Owner != 0 {
			x.scope = t.RootOf(s.sources[i].Owner)
		}
		at := x.in(x.scope)
		at.depth = depthOf(t, x.scope)
		x.root = &at.root
		x.source(&s.sources[i], "", 0)
	}
	for _, at := range x.scopes {
		at.root.number(0)
	}
	for _, u := range x.uses {
		if !x.boxes {
			if u.scope == 0 { // Chromium leaves out those of shadow trees
				x.faces(u)
			}
			x.addKeyframes(u)
		}
		for i := range u.sheet.registered {
			if reg := &u.sheet.registered[i]; u.conds[reg.cond] != condFails {
				if x.registered == nil {
					x.registered = map[string]*registered{}
				}
				x.registered[reg.name] = reg
			}
		}
	}
	x.customNames(names)
	selectors := [...]int{strengthStrong: 0}
	for i := range x.rules {
		p := &x.rules[i]
		if x.isStrong(p) {
			p.strength = strengthStrong
		} else if x.canUndo(p) {
			p.strength = strengthWeak
		}
		selectors[p.strength] += int(p.rule.nsubjects)
		x.forward = x.forward || p.strength != strengthNone && (p.rule.forward || p.byElement)
	}
	x.weak.entries = make([]entry, 0, selectors[strengthWeak])
	x.strong.entries = make([]entry, 0, selectors[strengthStrong])
	for i := range x.rules {
		p := &x.rules[i]
		at := x.scopes[p.use.scope]
		switch p.strength {
		case strengthWeak:
			x.add(x.bucket(at, p.use, true), &at.weakAcross, p)
		case strengthStrong:
			x.add(x.bucket(at, p.use, false), &at.strongAcross, p)
		}
	}
	x.strong.seal()
	x.weak.seal()
	for _, at := range x.scopes {
		at.strong.seal()
		at.weak.seal()
	}
	return x.ruleIndex
}

// rules returns how many rules a source has, those of its own imports among them.
func (s *Source) rules(boxes bool) (n int) {
	if s.Sheet == nil {
		return 0
	}
	if n = len(s.Sheet.rules); boxes {
		n = len(s.Sheet.boxes().rules)
	}
	for i := range s.Imported {
		if imp := s.Imported[i].Sheet; imp != nil {
			n += len(imp.rules)
		}
	}
	return n
}

// bucket returns where the rules of a sheet go.
func (x *indexer) bucket(at *scopeRules, use *sheetUse, weak bool) *bucket {
	switch {
	case use.scope != 0:
		return at.bucket(weak)
	case weak:
		return &x.weak
	}
	return &x.strong
}

// add puts the selectors of a rule into a bucket or, where they reach over the
// border of a shadow tree, into across.
func (x *indexer) add(b *bucket, across *[]entry, p *placedRule) {
	for i, s := range p.use.sheet.subjects[p.rule.subjects:][:p.rule.nsubjects] {
		b.entries = append(b.entries, entry{placedRule: p, subject: s, part: int32(i)})
		if s.above[0] != 0 {
			x.withAbove++
		}
	}
	if p.rule.nsubjects > 0 {
		return
	}
	list := p.use.sheet.selectors(p.rule, &x.parser)
	for i := range list {
		e := entry{placedRule: p, sel: &list[i]}
		if e.sel.pseudo == pseudoOther {
			continue
		}
		if e.sel.shadow != nil {
			*across = append(*across, e)
			continue
		}
		if e.subject = subjectOf(e.sel); e.above[0] != 0 {
			x.withAbove++
		}
		b.entries = append(b.entries, e)
	}
}

// source adds a sheet and, before it, what it imports.
func (x *indexer) source(src *Source, layer string, depth int) {
	sheet := src.Sheet
	if sheet == nil || !src.Media.match(&x.device) {
		return
	}
	if depth > maxImportDepth {
		x.problems = []Problem{{Limit: "nested imports", Max: maxImportDepth}}
		return
	}
	if x.boxes {
		sheet = sheet.boxes()
	}
	use := &sheetUse{scope: x.scope, sheet: sheet, url: src.URL, conds: make([]condState, len(sheet.conds))}
	x.uses = append(x.uses, use)
	salt := strconv.Itoa(len(x.uses))
	join := func(name string) string {
		name = strings.ReplaceAll(name, "\x00", "\x00"+salt+"-")
		if layer == "" {
			return name
		}
		return layer + "." + name
	}
	layers := make([]*layerNode, len(sheet.layers))
	for _, ev := range sheet.order {
		if ev.imp < 0 {
			layers[ev.layer] = x.root.path(join(sheet.layers[ev.layer]))
			continue
		}
		imp := &sheet.imports[ev.imp]
		if !imp.SupportsOK || !imp.Media.match(&x.device) {
			continue
		}
		inner := layer
		if imp.HasLayer {
			name := imp.Layer
			if name == "" {
				name = "\x00i" + strconv.Itoa(int(ev.imp))
			}
			inner = join(name)
			x.root.path(inner)
		}
		if int(ev.imp) < len(src.Imported) {
			x.source(&src.Imported[ev.imp], inner, depth+1)
		}
	}
	for i := 1; i < len(sheet.conds); i++ {
		c := &sheet.conds[i]
		st := use.conds[c.parent]
		switch {
		case st == condFails || !c.media.match(&x.device):
			st = condFails
		case c.container != nil || c.scope != nil:
			st = condByElement
			if c.container != nil {
				x.asked = append(x.asked, c.container.styles...)
			}
			x.containers = x.containers || c.container != nil
		}
		use.conds[i] = st
		x.starting = x.starting || c.starting
	}
	own := x.root
	if layer != "" {
		own = x.root.path(layer)
	}
	if x.rules == nil {
		x.rules = make([]placedRule, 0, x.total)
	}
	for i := range sheet.rules {
		r := &sheet.rules[i]
		st := use.conds[r.cond]
		if st == condFails {
			continue
		}
		e := placedRule{rule: r, use: use, layer: own, order: int32(len(x.rules)), depth: x.scopes[x.scope].depth, byElement: st == condByElement}
		e.starting = x.starting && sheet.startingStyle(r.cond)
		if e.starting && x.boxes {
			continue
		}
		if r.layer >= 0 {
			e.layer = layers[r.layer]
		}
		x.rules = append(x.rules, e)
	}
}

// faces adds the usable font faces of a sheet.
func (x *indexer) faces(u *sheetUse) {
	for i := range u.sheet.faces {
		f := &u.sheet.faces[i]
		if u.conds[f.cond] == condFails {
			continue
		}
		a := &activeFace{faceRule: f, sheet: u}
		usable := false
		for k := range f.sources {
			src := &f.sources[k]
			if src.local != "" {
				if x.local[src.local] {
					a.local, usable = true, true
					break
				}
				continue
			}
			if !src.url.IsZero() {
				usable = true
				a.local = src.url.Scheme() == "data"
				break
			}
		}
		if !usable {
			continue // as if the face failed at once: the next family's turn
		}
		if x.families == nil {
			x.families = map[string][]*activeFace{}
		}
		x.families[f.family] = append(x.families[f.family], a)
	}
}

// customNames finds which custom properties can reach a kept property.
func (x *indexer) customNames(extra map[string]bool) {
	x.names = map[string]bool{}
	byName := map[string][]string{} // custom property: the texts it is given
	var todo []string
	need := func(text string) {
		for _, n := range varNames(text) {
			if !x.names[n] {
				x.names[n] = true
				todo = append(todo, n)
			}
		}
	}
	for i := range x.rules {
		e := &x.rules[i]
		for k := e.rule.first; k < e.rule.last; k++ {
			d := &e.use.sheet.decls[k]
			switch {
			case d.property == propCustom:
				byName[d.value.name] = append(byName[d.value.name], d.value.text)
			case d.value.kind == valuePending && (x.boxes || x.isStrongDecl(d)):
				need(d.value.text)
			}
		}
	}
	for _, k := range x.keyframes {
		for _, f := range k.rule.frames {
			for i := f.first; i < f.last; i++ {
				if d := &k.use.sheet.decls[i]; d.value.kind == valuePending && d.property >= firstImageProperty {
					need(d.value.text)
				}
			}
		}
	}
	for _, n := range x.asked {
		need("var(" + n + ")")
	}
	for n := range extra {
		if !x.names[n] {
			x.names[n] = true
			todo = append(todo, n)
		}
	}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, text := range byName[n] {
			need(text)
		}
	}
}

func (x *ruleIndex) knows(names map[string]bool) bool {
	for n := range names {
		if !x.names[n] {
			return false
		}
	}
	return true
}

// varNames returns the names in the var() of a value.
func varNames(text string) []string {
	var names []string
	if !strings.Contains(text, "--") {
		return nil
	}
	toks, _ := tokenize(text, maxSubstituted)
	for i := range toks {
		if t := &toks[i]; t.kind == tokIdent && strings.HasPrefix(text[t.textStart:], "--") {
			if n := t.text(text); !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names
}

func (x *indexer) isStrong(e *placedRule) bool {
	if x.boxes {
		return true
	}
	for k := e.rule.first; k < e.rule.last; k++ {
		if x.isStrongDecl(&e.use.sheet.decls[k]) {
			return true
		}
	}
	return false
}

// canUndo reports whether a weak rule has a declaration that can undo a fetch.
func (x *indexer) canUndo(e *placedRule) bool {
	for k := e.rule.first; k < e.rule.last; k++ {
		if p := e.use.sheet.decls[k].property; p == propDisplay || p == propContentVisibility || p == shortAll || firstImageProperty <= p && p < numProperties {
			return true
		}
	}
	return false
}

// isStrongDecl reports whether a declaration can cause a fetch or hide an element.
func (x *ruleIndex) isStrongDecl(d *declaration) bool {
	v := d.value
	pending := v.kind == valuePending
	switch p := d.property; p {
	case propCustom:
		return x.names[d.value.name]
	case propDisplay:
		return pending || v.kind == valueSet && v.num == displayNone || x.exact
	case propFloat, propPosition:
		return x.exact
	case propContentVisibility:
		return pending || v.num > 0
	case propFontFamily, propFontWeight, propFontStyle, propFontStretch, propListType, shortAll:
		return x.families != nil
	case propAnimation, propAnimationTime:
		return x.keyframes != nil
	case propContainerType, propContainerName, propWidth, propMaxWidth:
		return x.containers
	case propContent:
		return pending || len(v.images) > 0 || x.families != nil && v.num == contentSet
	default:
		return pending || len(v.images) > 0
	}
}
