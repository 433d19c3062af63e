package css

import (
	"strings"

	"pageload/parse/dom"
)

func (m *matcher) nth(n *nthSelector, id dom.ID) bool {
	if n.of == nil && !n.ofType && !n.last {
		return n.matches(m.index(id))
	}
	if n.of != nil && !m.list(n.of, id) {
		return false
	}
	pos := 1
	step := m.prev
	if n.last {
		step = m.next
	}
	for s := step(id); s != 0; s = step(s) {
		if m.steps--; m.steps <= 0 {
			return false
		}
		if n.ofType && !m.sameType(s, id) || n.of != nil && !m.list(n.of, s) {
			continue
		}
		pos++
	}
	return n.matches(pos)
}

func (m *matcher) sameType(a, b dom.ID) bool {
	t := m.t
	if t.Atom(a) != t.Atom(b) || t.Namespace(a) != t.Namespace(b) {
		return false
	}
	return t.Atom(a) != 0 || t.Tag(a) == t.Tag(b)
}

// has evaluates :has(): a relative selector is tried on the elements that its
// leftmost combinator can reach.
func (m *matcher) has(list []complexSelector, id dom.ID) bool {
	saved := m.anchor
	m.anchor = id
	defer func() { m.anchor = saved }()
	for i := range list {
		chain := list[i].compounds
		if len(chain) < 2 {
			continue
		}
		lead, sibling := chain[len(chain)-2].comb, false
		deep := len(chain) > 2
		switch lead {
		case '+', '~':
			sibling = true
		case ' ':
			deep = true
		}
		if sibling {
			for s := m.t.Next(id); s != 0; s = m.t.Next(s) {
				if m.steps--; m.steps <= 0 {
					return false
				}
				if m.complex(&list[i], s) || deep && m.below(&list[i], s) {
					return true
				}
			}
			continue
		}
		if deep {
			if m.below(&list[i], id) {
				return true
			}
			continue
		}
		for c := m.t.FirstChild(id); c != 0; c = m.t.Next(c) {
			if m.complex(&list[i], c) {
				return true
			}
		}
	}
	return false
}

// below reports whether an element under root matches.
func (m *matcher) below(s *complexSelector, root dom.ID) bool {
	for d := range m.t.Descendants(root) {
		if m.steps <= 0 {
			return false
		}
		if m.complex(s, d) {
			return true
		}
	}
	return false
}

// lang: the nearest lang attribute, or the prefix match of RFC 4647 section 3.3.1.
func (m *matcher) lang(ranges string, id dom.ID) bool {
	have := ""
	for e := id; e != 0; e = m.t.Parent(e) {
		v, ok := m.t.Attr(e, "lang")
		if !ok {
			v, ok = m.t.Attr(e, "xml:lang")
		}
		if ok {
			have = lowerASCII(v)
			break
		}
	}
	for r := range strings.SplitSeq(ranges, ",") {
		r = strings.TrimPrefix(r, "*-")
		switch {
		case r == "":
			if have == "" {
				return true
			}
		case have == "":
		case r == "*", have == r, strings.HasPrefix(have, r) && have[len(r)] == '-':
			return true
		}
	}
	return false
}

// dir is the nearest dir attribute; auto counts as ltr.
func (m *matcher) dir(id dom.ID) string {
	for e := id; e != 0; e = m.t.Parent(e) {
		if v, ok := m.t.Attr(e, "dir"); ok {
			switch v = lowerASCII(v); v {
			case "rtl", "ltr":
				return v
			case "auto":
				return "ltr"
			}
		}
	}
	return "ltr"
}

// typeOn reports whether a sibling in one direction has the element's type.
func (m *matcher) typeOn(id dom.ID, step func(dom.ID) dom.ID) bool {
	for s := step(id); s != 0; s = step(s) {
		if m.steps--; m.steps <= 0 || m.sameType(s, id) {
			return true
		}
	}
	return false
}
