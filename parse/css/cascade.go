package css

import (
	"cmp"
	"slices"

	"pageload/parse/dom"
)

// cascade decides for each property which declaration of the found rules, the
// style attribute and the presentational hints wins (CSS Cascade 5, section 6.1).
func (r *run) cascade(inline *inlineStyle, hints []declaration) {
	r.clear()
	r.vars = r.vars[:0]
	r.hinted = hints
	r.match.steps -= len(r.found) // sorting and applying them costs something too
	for i := range hints {
		r.apply(&hints[i], nil)
	}
	slices.SortStableFunc(r.found, func(a, b found) int { return a.entry.compare(b.entry, 1) })
	important := inline != nil && inline.important
	attribute := inline // until it was its turn: it counts among the rules of the element's own tree
	for i := range r.found {
		e := r.found[i].entry
		if attribute != nil && e.depth < r.depth {
			r.applyInline(attribute, false)
			attribute = nil
		}
		decls := e.decls()
		for k := range decls {
			if decls[k].important {
				important = true
			} else {
				r.apply(&decls[k], e)
			}
		}
	}
	r.applyInline(attribute, false)
	if !important {
		return
	}
	slices.SortStableFunc(r.found, func(a, b found) int { return a.entry.compare(b.entry, -1) })
	attribute = inline
	for i := range r.found {
		e := r.found[i].entry
		if attribute != nil && e.depth > r.depth {
			r.applyInline(attribute, true)
			attribute = nil
		}
		decls := e.decls()
		for k := range decls {
			if decls[k].important {
				r.apply(&decls[k], e)
			}
		}
	}
	r.applyInline(attribute, true)
}

// applyInline applies the declarations of a style attribute, nil for none.
func (r *run) applyInline(inline *inlineStyle, important bool) {
	if inline == nil {
		return
	}
	for k := range inline.decls {
		if d := &inline.decls[k]; d.important == important {
			r.apply(d, nil)
		}
	}
}

// compare orders entries by rising precedence: the rules of outer trees count
// more than those of shadow trees (CSS Cascade 5, section 6.1, context). For
// important declarations both contexts and layers count the other way round.
func (e *entry) compare(o *entry, layers int) int {
	if e.depth != o.depth {
		return cmp.Compare(o.depth, e.depth) * layers
	}
	if e.layer.rank != o.layer.rank {
		return cmp.Compare(e.layer.rank, o.layer.rank) * layers
	}
	if c := cmp.Compare(e.sel.specificity, o.sel.specificity); c != 0 {
		return c
	}
	return cmp.Compare(e.order, o.order)
}

// apply makes a declaration the winner; those with less precedence came before.
// e is its rule, nil for markup.
func (r *run) apply(d *declaration, e *entry) {
	w := winner{d: d}
	if e != nil {
		w.use = e.use
	}
	switch p := d.property; p {
	case propCustom:
		r.vars = append(r.vars, w)
	case shortAll:
		for p := range property(len(r.win)) {
			r.set(p, w, e)
		}
	default:
		r.set(p, w, e)
	}
}

func (r *run) set(p property, w winner, e *entry) {
	switch w.d.value.kind {
	case valueRevert: // hints go too: they are the author's
		w = winner{}
	case valueRevertLayer:
		if e == nil || w.d.important {
			return // the style attribute is a layer of its own
		}
		w = r.lower(p, e)
	}
	r.win[p], r.won = w, true
}

// clear forgets the winners.
func (r *run) clear() {
	if r.won {
		clear(r.win)
		r.won = false
	}
}

// lower returns the winner of a property among the layers below e's, and the hints.
func (r *run) lower(p property, e *entry) (w winner) {
	take := func(decls []declaration, use *sheetUse) {
		for i := range decls {
			d := &decls[i]
			if d.important || d.property != p && d.property != shortAll {
				continue
			}
			switch d.value.kind {
			case valueRevert:
				w = winner{}
			case valueRevertLayer:
			default:
				w = winner{d, use}
			}
		}
	}
	take(r.hinted, nil)
	for _, f := range r.found {
		if f.entry.depth == e.depth && f.entry.layer.rank < e.layer.rank {
			take(f.entry.decls(), f.entry.use)
		}
	}
	return w
}

func (e *placedRule) decls() []declaration { return e.use.sheet.decls[e.rule.first:e.rule.last] }

// inherit takes what is inherited into a style that is zero otherwise.
func (st *style) inherit(parent *style) {
	st.families, st.weight, st.slope, st.stretch, st.vars = parent.families, parent.weight, parent.slope, parent.stretch, parent.vars
	st.needs, st.knowNeeds = parent.needs, parent.knowNeeds
	st.noText, st.late, st.listNone, st.listImage = parent.noText, parent.late, parent.listNone, parent.listImage
}

// computed fills in the style from the winners.
func (r *run) computed(st, parent *style, ua *uaStyle) {
	*st = style{}
	st.inherit(parent)
	ua.fonts(st, parent)
	r.customs(st)
	st.display = ua.display
	if v := r.value(propDisplay, st.vars); v != nil {
		switch v.kind {
		case valueSet:
			st.display = v.num
		case valueInherit:
			st.display = parent.display
		case valueInitial, valueUnset:
			st.display = displayInline
		}
	}
	if r.exact && st.display <= lastInLine && (r.outOfLine(propFloat, st) || r.outOfLine(propPosition, st)) {
		if st.display == displayInlineOther {
			st.display = displayOther
		} else {
			st.display = displayBlock
		}
	}
	if v := r.value(propContentVisibility, st.vars); v != nil && v.kind == valueSet {
		st.hidesKids, st.autoHides = v.num == visibilityHidden, v.num == visibilityAuto
	} else if v == nil && ua.hidesKids {
		st.hidesKids = true
	}
	if r.containers {
		r.width(st, parent)
		if v := r.value(propContainerType, st.vars); v != nil {
			st.container = containment(v.num)
		}
		if v := r.value(propContainerName, st.vars); v != nil {
			st.names = v.text
		}
	}
	if r.ruleIndex.families == nil {
		return
	}
	if v := r.value(propFontFamily, st.vars); v != nil {
		switch v.kind {
		case valueSet:
			st.families = v.families
		case valueInitial:
			st.families = nil
		case valueInherit, valueUnset:
			st.families = parent.families
		}
	}
	st.listNone = st.listNone && !ua.list
	if v := r.value(propListType, st.vars); v != nil {
		switch v.kind {
		case valueSet:
			st.listNone = v.num == listTypeNone
		case valueInitial:
			st.listNone = false
		case valueInherit, valueUnset:
			st.listNone = parent.listNone
		}
	}
	if v := r.value(propListStyle, st.vars); v != nil && v.kind <= valueInitial && v.kind != valueInherit {
		st.listImage = len(v.images) > 0
	}
	r.number(propFontWeight, st, &st.weight, parent.weight, 400)
	st.weight = relativeWeight(parent.weight, st.weight)
	r.number(propFontStyle, st, &st.slope, parent.slope, 0)
	r.number(propFontStretch, st, &st.stretch, parent.stretch, 100)
	st.knowNeeds = st.knowNeeds && st.textKey() == parent.textKey()
}

// outOfLine reports whether float or position take an element out of its line.
func (r *run) outOfLine(p property, st *style) bool {
	v := r.value(p, st.vars)
	return v != nil && v.kind == valueSet && v.num == outOfLine
}

func (r *run) number(p property, st *style, out *float64, inherited, initial float64) {
	v := r.value(p, st.vars)
	if v == nil {
		return
	}
	switch v.kind {
	case valueSet:
		*out = v.num
	case valueInitial:
		*out = initial
	case valueInherit, valueUnset:
		*out = inherited
	}
}

// customs declares the element's custom properties.
func (r *run) customs(st *style) {
	r.sub.inherited = nil
	if len(r.vars) == 0 {
		r.sub.inherited = st.vars
		return
	}
	own := &customs{parent: st.vars}
	for i := range r.vars {
		d := r.vars[i].d
		switch d.value.kind {
		case valueSet:
			own.add(d.value.name, d.value.text, customRaw)
		case valueInitial:
			own.add(d.value.name, "", customInvalid)
		default: // inherit: what the parent has
			if _, v := st.vars.find(d.value.name); v != nil {
				own.add(d.value.name, v.text, v.state)
			} else {
				own.add(d.value.name, "", customInvalid)
			}
		}
	}
	st.vars = own
}

var unset = value{kind: valueUnset}

// value returns the value of a property's winner, with var() replaced: nil if
// nothing is declared.
func (r *run) value(p property, env *customs) *value {
	w := &r.win[p]
	if w.d == nil {
		return nil
	}
	v := w.d.value
	if v.kind != valuePending {
		return v
	}
	if w.use == nil {
		r.askFor(v.text)
	}
	text, ok := r.sub.substitute(env, v.text)
	if !ok {
		return &unset // invalid at computed-value time
	}
	key := pendingKey{v.property, w.d, text}
	list, known := r.pending[key]
	if !known {
		ctx := valueContext{base: r.base, line: int(w.d.line)}
		if w.use != nil {
			ctx.base = w.use.sheet.base
		}
		toks, fits := tokenize(text, maxSubstituted)
		if fits {
			if list, ok = parseValue(nil, v.property, trimTokens(cursor{src: text, toks: toks}), &ctx); !ok {
				list = nil
			}
		}
		if r.pending == nil {
			r.pending = map[pendingKey][]declared{}
		}
		r.pending[key] = list
	}
	for i := range list {
		if list[i].property == p && list[i].value.kind != valuePending {
			return &list[i].value
		}
	}
	return &unset
}

// pendingKey is a declaration with var() in it as it reads on some elements.
type pendingKey struct {
	property property
	d        *declaration
	text     string
}

// askFor notes custom properties that the index left out because no rule used them.
func (r *run) askFor(text string) {
	for _, n := range varNames(text) {
		if !r.names[n] {
			if r.missing == nil {
				r.missing = map[string]bool{}
			}
			r.missing[n] = true
		}
	}
}

// fetches reports whether some winner has images that were not listed before.
func (r *run) fetches() bool {
	if !r.won {
		return false
	}
	for p := firstImageProperty; p < numProperties; p++ {
		d := r.win[p].d
		if d == nil {
			continue
		}
		if d.value.kind == valuePending {
			return true
		}
		if n := len(d.value.images); n > 0 && !r.done[doneKey{p, &d.value.images[0]}] {
			return true
		}
	}
	return false
}

// list lists the images of the winners.
func (r *run) list(out *[]Fetch, id dom.ID, st *style) {
	if !r.won {
		return
	}
	for p := firstImageProperty; p < numProperties; p++ {
		if r.win[p].d == nil {
			continue
		}
		v := r.value(p, st.vars)
		if v == nil || v.kind != valueSet || len(v.images) == 0 {
			continue
		}
		key := doneKey{p, &v.images[0]}
		if r.done[key] {
			continue
		}
		r.done[key] = true
		r.emit(out, p, r.win[p], v.images, id)
	}
}
