package css

import "pageload/parse/dom"

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
