package css

import (
	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// Boxes computes what the document's style says of where its boxes come to
// lie, for the sheets that SetSources has set. It costs about as much as Collect, and the
// first time for a sheet as much as parsing it.
func (s *Styler) Boxes(t *dom.Table, base weburl.URL, d Device) *Boxes {
	d = d.resolved()
	if s.boxes == nil || s.boxes.device != d || s.boxes.quirks != t.Quirks() {
		s.boxes = newBoxIndex(s, t, d)
	}
	main := s.index
	s.index = s.boxes
	r := newRun(s, t, base)
	s.index = main
	out := &Boxes{list: make([]Box, t.Len()+1)}
	out.Root = Box{Display: DisplayBlock, FontSize: initialFontSize, rem: initialFontSize}
	r.walkBoxes(out)
	if s.boxSteps = r.maxSteps - r.match.steps; r.match.steps <= 0 {
		s.problem("selector steps", r.maxSteps)
	}
	return out
}

func newBoxIndex(s *Styler, t *dom.Table, d Device) *ruleIndex {
	return indexRules(s, t, &ruleIndex{device: d, quirks: t.Quirks(), boxes: true}, nil)
}

// boxes returns the sheet with its properties of boxes instead of those that
// fetch. It is parsed again for that, once.
func (s *Sheet) boxes() *Sheet {
	s.again.Do(func() {
		s.boxed = &Sheet{src: s.src, base: s.base, conds: make([]groupCondition, 1, 4)}
		p := sheetParser{lexer: lexer{src: s.src}, sheet: s.boxed, limits: Limits{}.resolved(), importsOK: true, boxes: true, line: 1, short: new([shortValues]shortValue)}
		p.rules(blockContext{layer: -1}, true)
	})
	return s.boxed
}

// walkBoxes computes the boxes in tree order.
func (r *run) walkBoxes(out *Boxes) {
	t := r.t
	id := t.FirstChild(0)
	root := style{display: displayBlock}
	for id != 0 {
		parent, around := &root, &out.Root
		if n := len(r.stack); n > 0 {
			parent, around = &r.stack[n-1].st, &out.list[r.stack[n-1].id]
		}
		f := r.enter(id)
		b := &out.list[id]
		b.Display = DisplayNone
		if !t.Inert(id) && r.match.steps > 0 {
			r.boxElement(&f, b, parent, around)
		}
		if b.Display != DisplayNone && t.FlatFirst(id) != 0 {
			r.stack = append(r.stack, f)
			if r.above != nil {
				r.above.add(r.traits[f.traits:], 1)
			}
			id = t.FlatFirst(id)
			continue
		}
		r.traits = r.traits[:f.traits]
		id = t.FlatNext(id)
		for id == 0 && len(r.stack) > 0 {
			id = t.FlatNext(r.stack[len(r.stack)-1].id)
			r.pop()
		}
	}
}

// boxElement computes the box of one element and of its pseudo-elements.
func (r *run) boxElement(f *frame, b *Box, parent *style, around *Box) {
	id := f.id
	hard := uaDefaults(r.t, id, r.device.NoScript)
	if hard.hard {
		return
	}
	if p := r.t.Parent(id); p != 0 && r.t.Atom(p) == atom.Details && hiddenInDetails(r.t, p, id) {
		return
	}
	ua := uaBox(r.t, id)
	if hard.display == displayNone {
		ua.Display = DisplayNone
	}
	r.found, r.pseudos = r.found[:0], r.pseudos[:0]
	r.gatherAll(false, f)
	r.cascade(r.inlineOf(id), r.boxHints(id))
	f.st = style{vars: parent.vars, display: displayBlock}
	r.customs(&f.st)
	r.boxOf(b, around, ua, &f.st, r.t.Parent(id) == 0)
	if v := r.value(propContainerType, f.st.vars); v != nil && v.kind == valueSet {
		f.st.container = containment(v.num)
		b.Contained, b.ContainedHeight = v.num > 0, containment(v.num) == sizeContained
	}
	if v := r.value(propContainerName, f.st.vars); v != nil && v.kind == valueSet {
		f.st.names = v.text
	}
	if b.Display == DisplayInline || b.Display == DisplayContents {
		f.st.display, b.Contained, b.ContainedHeight = displayInline, false, false
	}
	if f.st.width = parent.width; b.Width.Kind == LengthFixed && b.Width.fn == nil {
		f.st.width = b.Width.px
	}
	if hard.hidesKids {
		b.Clips = true
	}
	if len(r.pseudos) == 0 || b.Display == DisplayNone || !r.generates(id) {
		return
	}
	pseudos := append([]found(nil), r.pseudos...)
	b.Before = r.boxPseudo(pseudos, pseudoBefore, b, &f.st)
	b.After = r.boxPseudo(pseudos, pseudoAfter, b, &f.st)
}

func (r *run) boxPseudo(all []found, which pseudoElement, parent *Box, st *style) *Box {
	r.found = r.found[:0]
	for _, p := range all {
		if p.pseudo == which {
			r.found = append(r.found, p)
		}
	}
	if len(r.found) == 0 {
		return nil
	}
	r.cascade(nil, nil)
	own := style{vars: st.vars}
	r.customs(&own)
	x := boxReader{r: r, st: &own}
	content := x.get(boxContent)
	if content == nil || content.empty {
		return nil
	}
	b := new(Box)
	r.boxOf(b, parent, Box{}, &own, false)
	if b.Display == DisplayNone {
		return nil
	}
	b.Text = content.word()
	return b
}
