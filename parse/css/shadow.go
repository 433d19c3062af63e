package css

import (
	"slices"
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// shadowSelector is a selector that reaches over the border of a shadow tree:
// its compounds are about the slot or the host, the rest about the element.
type shadowSelector struct {
	slotted []complexSelector // of ::slotted()
	parts   []string          // of ::part()
}

// shadowPseudo reads the argument of ::slotted() or ::part() (CSS Scoping 1,
// section 3.3.1; CSS Shadow Parts 1, section 4).
func (p *selectorParser) shadowPseudo(name string, in cursor) bool {
	if p.pseudo != 0 {
		return false
	}
	p.pseudo, p.shadow = pseudoShadow, new(shadowSelector)
	if name == "slotted" {
		ctx := *p.ctx
		ctx.depth++
		ctx.noPseudo, ctx.forgiving, ctx.nested, ctx.scoped = true, false, false, false
		list, err := parseSelectorList(in, ctx)
		if err != nil || len(list) != 1 || len(list[0].compounds) != 1 {
			return false
		}
		p.spec.add(maxSpecificity(list))
		p.shadow.slotted = list
		return true
	}
	for in.space(); !in.done(); in.space() {
		t := in.next()
		if t.kind != tokIdent {
			return false
		}
		p.shadow.parts = append(p.shadow.parts, t.text(in.src))
	}
	return len(p.shadow.parts) > 0
}

// scopeRules are the rules of the sheets in one shadow tree, or of the document
// those that reach into others.
type scopeRules struct {
	root         layerNode
	depth        int16 // of the shadow tree in others
	strong, weak bucket
	strongAcross []entry // with ::slotted() or ::part()
	weakAcross   []entry
}

// in returns the rules of a shadow tree; of 0 those of the document.
func (x *ruleIndex) in(root dom.ID) *scopeRules {
	s := x.scopes[root]
	if s == nil {
		s = &scopeRules{}
		if x.scopes == nil {
			x.scopes = map[dom.ID]*scopeRules{}
		}
		x.scopes[root] = s
	}
	return s
}

// depthOf counts the shadow trees that a shadow root lies in, itself included.
func depthOf(t *dom.Table, root dom.ID) (depth int16) {
	for ; root != 0 && depth < 1<<14; depth++ {
		root = t.RootOf(root)
	}
	return depth
}

// gatherAll finds the rules that match an element: of the tree that it lies in
// and of those around its shadow root, its slot and its host.
func (r *run) gatherAll(weak bool, f *frame) {
	id, has := f.id, r.traits[f.traits:]
	b := &r.strong
	if weak {
		b = &r.weak
	}
	if !r.match.shadow {
		r.gather(b, id, has)
		return
	}
	t := r.t
	root := r.rootOf(id)
	r.depth = 0
	if root == 0 {
		r.gather(b, id, has)
	} else if s := r.scopes[root]; s != nil {
		r.depth = s.depth
		r.gather(s.bucket(weak), id, has)
	} else {
		r.depth = depthOf(t, root)
	}
	if own := t.Shadow(id); own != 0 {
		if s := r.scopes[own]; s != nil {
			r.gather(s.bucket(weak), own, r.tags.traits(nil, t, own)) // :host
		}
	}
	for slot, hosted := t.SlotOf(id); hosted && slot != 0; slot, hosted = t.SlotOf(slot) {
		if s := r.scopes[r.rootOf(slot)]; s != nil {
			r.across(s, weak, id, slot)
		}
	}
	if root == 0 {
		return
	}
	if s := r.scopes[root]; s != nil {
		r.across(s, weak, id, root) // :host::part()
	}
	host := t.Parent(root)
	if s := r.scopes[r.rootOf(host)]; s != nil {
		r.across(s, weak, id, host)
	}
}

func (s *scopeRules) bucket(weak bool) *bucket {
	if weak {
		return &s.weak
	}
	return &s.strong
}

// rootOf is dom.Table.RootOf for elements that are visited from the root down.
func (r *run) rootOf(id dom.ID) dom.ID {
	if root, known := r.roots[id]; known {
		return root
	}
	root := r.t.Parent(id)
	if root != 0 && !r.t.ShadowRoot(root) {
		if up, known := r.roots[root]; known {
			root = up
		} else {
			root = r.t.RootOf(id)
		}
	}
	if r.roots == nil {
		r.roots = map[dom.ID]dom.ID{}
	}
	r.roots[id] = root
	return root
}

// across finds the rules with ::slotted() for an element in a slot, and with
// ::part() for one in the shadow tree of a host: at is the slot or the host.
func (r *run) across(s *scopeRules, weak bool, id, at dom.ID) {
	list := s.strongAcross
	if weak {
		list = s.weakAcross
	}
	slot := r.t.Atom(at) == atom.Slot
	for i := range list {
		e := &list[i]
		sh := e.sel.shadow
		switch {
		case sh.slotted != nil && !(slot && r.match.list(sh.slotted, id)):
			continue
		case sh.slotted == nil && !r.hasParts(id, sh.parts):
			continue
		}
		if e.byElement && !r.conditions(e, at) || !e.byElement && !r.match.complex(e.sel, at) {
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

// hasParts reports whether an element has all these names in its part attribute.
func (r *run) hasParts(id dom.ID, names []string) bool {
	v, ok := r.t.Attr(id, "part")
	if !ok {
		return false
	}
	have := strings.Fields(v)
	for _, n := range names {
		if !slices.Contains(have, n) {
			return false
		}
	}
	return true
}

// mentionsHost reports whether a compound can match a shadow host from inside,
// where it has no other features (CSS Scoping 1, section 3.2.1).
func mentionsHost(c *compound) bool {
	if c.tag != "" || c.id != "" {
		return false
	}
	for i := range c.rest {
		switch s := &c.rest[i]; s.kind {
		case selHost, selHostContext:
			return true
		case selIs:
			for k := range s.list {
				if mentionsHost(&s.list[k].compounds[0]) {
					return true
				}
			}
		}
	}
	return false
}

// host matches :host, :host() and :host-context() on a shadow root, which stands
// for its host.
func (m *matcher) host(s *simple, root dom.ID) bool {
	if !m.t.ShadowRoot(root) {
		return false
	}
	h := m.t.Parent(root)
	if s.kind == selHost {
		return s.list == nil || m.list(s.list, h)
	}
	for ; h != 0 && m.steps > 0; h = m.t.Parent(h) {
		if m.list(s.list, h) {
			return true
		}
	}
	return false
}

// parent, prev, next and index are those of selectors: a shadow root is no child
// of its host, and has no parent.
func (m *matcher) parent(id dom.ID) dom.ID {
	if m.shadow && m.t.ShadowRoot(id) {
		return 0
	}
	return m.t.Parent(id)
}

func (m *matcher) prev(id dom.ID) dom.ID {
	p := m.t.Prev(id)
	if m.shadow && p != 0 && m.t.ShadowRoot(p) {
		return m.t.Prev(p)
	}
	return p
}

func (m *matcher) next(id dom.ID) dom.ID {
	n := m.t.Next(id)
	if m.shadow && n != 0 && m.t.ShadowRoot(n) {
		return m.t.Next(n)
	}
	return n
}

func (m *matcher) index(id dom.ID) int {
	n := m.t.Index(id)
	if m.shadow {
		if root := m.t.Shadow(m.t.Parent(id)); root != 0 && m.t.Index(root) < n {
			return n - 1
		}
	}
	return n
}

// expose takes note of a visited element: it is not hidden as what stands in no
// slot is, and its own children are, until a slot shows them.
func (r *run) expose(id dom.ID) {
	if _, hosted := r.t.SlotOf(id); hosted {
		delete(r.s.hidden, id)
	}
	if r.t.Shadow(id) == 0 {
		return
	}
	for c := r.t.FirstChild(id); c != 0; c = r.t.Next(c) {
		r.s.hidden[c] = hidesItself
	}
}
