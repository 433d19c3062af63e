package css

import (
	"strings"

	"pageload/parse/dom"
)

// conditions matches a rule that stands in @container or @scope.
func (r *run) conditions(e *entry, id dom.ID) bool {
	sheet := e.use.sheet
	var scope *scopeRule
	for c := e.rule.cond; c != 0; c = sheet.conds[c].parent {
		g := &sheet.conds[c]
		if g.container != nil && !r.container(g.container) {
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
func (r *run) container(q *containerQuery) bool {
	for i := len(r.stack) - 1; i >= 0; i-- {
		st := &r.stack[i].st
		if q.name != "" && !hasWord(st.names, q.name) || q.cond != nil && st.container < q.needs {
			continue
		}
		if q.cond == nil {
			return true
		}
		style := func(s *styleQuery) bool {
			v, ok := r.sub.lookup(st.vars, s.property)
			return ok && (s.value == "" || strings.Trim(v, " \t\n\r\f") == s.value)
		}
		if !q.sized {
			return q.cond.evalIn(&r.device, style) == isTrue
		}
		d := r.device
		switch a, ok, known := r.area(r.stack[i].id); {
		case known && (!ok || st.display == displayInline):
			return false // no box, or none that has a size of its own
		case known:
			d.Width, d.Height, d.Window = a.ContentWidth, a.ContentHeight, nil
		case st.width > 0:
			d.Width, d.Height, d.Window = st.width, d.height(), nil
		}
		return q.cond.evalIn(&d, style) == isTrue
	}
	return false
}

// size is a width: a length, or a part of what is around.
type size struct {
	length  length
	percent float64 // 0: length tells
}

// parseSize reads a width. It yields nil for keywords.
func parseSize(c *cursor) (*size, bool) {
	switch t := c.peek(); t.kind {
	case tokPercentage:
		c.next()
		return &size{percent: t.num}, t.num >= 0
	case tokIdent:
		c.next()
		return nil, true
	}
	l, ok := parseLength(c)
	return &size{length: l}, ok
}

// widthFor returns the width that a child with a display fills if nothing says
// otherwise.
func (st *style) widthFor(child *style) float64 {
	if st.display != displayInline && st.hasLines() && (child.display == displayBlock || child.display == displayListItem || child.display == displayOther) {
		return st.width
	}
	return 0
}

// width computes the width as far as it is known without layout: no padding, no
// floats.
func (r *run) width(st, parent *style) {
	st.width = parent.widthFor(st)
	resolve := func(p property) (float64, bool) {
		v := r.value(p, st.vars)
		switch {
		case v == nil || v.kind != valueSet || v.size == nil:
			return 0, false
		case v.size.percent > 0:
			return parent.width * v.size.percent / 100, parent.width > 0
		}
		return v.size.length.resolve(&r.device), true
	}
	if w, ok := resolve(propWidth); ok {
		st.width = w
	}
	if w, ok := resolve(propMaxWidth); ok && (st.width == 0 || w < st.width) {
		st.width = w
	}
}
