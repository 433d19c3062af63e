package css

import (
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// matcher matches selectors on one table. It counts its steps, so that crafted
// selectors cost no more than a bound; beyond it nothing matches any more.
type matcher struct {
	t      *dom.Table
	quirks bool // class and id compare without case
	steps  int  // left
	anchor dom.ID
	scope  dom.ID // of :scope; 0: the root
	shadow bool   // there are shadow trees
}

// outcome tells why a chain failed, so that the search does not try in vain
// what must fail too (as Blink's SelectorChecker does).
type outcome uint8

const (
	failHere     outcome = iota // another element may do
	failSiblings                // no sibling of it will do
	failAll                     // no ancestor either
	matched
)

// complex reports whether the element is a subject of the selector, its pseudo-element aside.
func (m *matcher) complex(s *complexSelector, id dom.ID) bool {
	return m.chain(s.compounds, id) == matched
}

func (m *matcher) list(l []complexSelector, id dom.ID) bool {
	for i := range l {
		if m.complex(&l[i], id) {
			return true
		}
	}
	return false
}

func (m *matcher) chain(chain []compound, id dom.ID) outcome {
	if m.steps <= 0 {
		return failAll
	}
	m.steps--
	c := &chain[0]
	if !m.compound(c, id) {
		return failHere
	}
	if len(chain) == 1 {
		return matched
	}
	switch c.comb {
	case '>':
		p := m.parent(id)
		if p == 0 {
			return failAll
		}
		switch r := m.chain(chain[1:], p); r {
		case matched, failAll:
			return r
		}
		return failSiblings
	case '+':
		p := m.prev(id)
		if p == 0 {
			return failSiblings
		}
		return m.chain(chain[1:], p)
	case '~':
		for p := m.prev(id); p != 0; p = m.prev(p) {
			if r := m.chain(chain[1:], p); r != failHere {
				return r
			}
		}
		return failSiblings
	default:
		for p := m.parent(id); p != 0; p = m.parent(p) {
			if r := m.chain(chain[1:], p); r == matched || r == failAll {
				return r
			}
		}
		return failAll
	}
}

func (m *matcher) compound(c *compound, id dom.ID) bool {
	if m.shadow && m.t.ShadowRoot(id) && !mentionsHost(c) {
		return false
	}
	if c.tag != "" && !m.tag(c, id) {
		return false
	}
	if c.id != "" && !m.equal(m.t.IDAttr(id), c.id) {
		return false
	}
	for i := range c.rest {
		if !m.simple(&c.rest[i], id) {
			return false
		}
	}
	return true
}

func (m *matcher) tag(c *compound, id dom.ID) bool {
	if a := tagAtom(m.t, id); a != 0 {
		return a == c.tagAtom
	}
	return equalFold(m.t.Tag(id), c.tag)
}

// equal compares ids and classes.
func (m *matcher) equal(have, want string) bool {
	return have == want || m.quirks && len(have) == len(want) && equalFold(have, lowerASCII(want))
}

func (m *matcher) simple(s *simple, id dom.ID) bool {
	switch s.kind {
	case selClass:
		classes := m.t.Classes(id)
		m.steps -= len(classes) / 16
		for _, c := range classes {
			if m.equal(c, s.name) {
				return true
			}
		}
		return false
	case selID:
		return m.equal(m.t.IDAttr(id), s.name)
	case selAttr:
		return m.attribute(s, id)
	case selPseudo:
		return m.pseudo(s.pseudo, id)
	case selNth:
		return m.nth(s.nth, id)
	case selIs:
		return m.list(s.list, id)
	case selNot:
		return !m.list(s.list, id) && m.steps > 0
	case selHas:
		return m.has(s.list, id)
	case selLang:
		return m.lang(s.value, id)
	case selDir:
		return m.dir(id) == s.value
	case selAnchor:
		return id == m.anchor
	case selHost, selHostContext:
		return m.host(s, id)
	case selNamespace:
		ns, known := namespaceURIs[s.value]
		return known && m.t.Namespace(id) == ns
	}
	return false
}

func (m *matcher) attribute(s *simple, id dom.ID) bool {
	have, ok := m.t.Attr(id, s.name)
	if !ok || s.op == 0 {
		return ok
	}
	want := s.value
	if s.fold == 'i' || s.fold == 'h' && m.t.Namespace(id) == dom.HTML {
		have, want = lowerASCII(have), lowerASCII(want)
	}
	switch s.op {
	case '=':
		return have == want
	case '~':
		for w := range strings.FieldsFuncSeq(have, func(r rune) bool { return r < 0x80 && isHTMLSpace(byte(r)) }) {
			if w == want {
				return true
			}
		}
		return false
	case '|':
		return have == want || strings.HasPrefix(have, want) && have[len(want)] == '-'
	}
	if want == "" { // Selectors 4, section 6.2: matches nothing
		return false
	}
	switch s.op {
	case '^':
		return strings.HasPrefix(have, want)
	case '$':
		return strings.HasSuffix(have, want)
	case '*':
		return strings.Contains(have, want)
	}
	return false
}

func (m *matcher) pseudo(p pseudoClass, id dom.ID) bool {
	t := m.t
	switch p {
	case pseudoRoot:
		return t.Parent(id) == 0
	case pseudoScope:
		if m.scope != 0 {
			return id == m.scope
		}
		return t.Parent(id) == 0
	case pseudoEmpty:
		if t.FirstChild(id) != 0 {
			return false
		}
		for s := range t.Texts(id) {
			if s != "" {
				return false
			}
		}
		return true
	case pseudoFirstChild:
		return m.prev(id) == 0
	case pseudoLastChild:
		return m.next(id) == 0
	case pseudoOnlyChild:
		return m.prev(id) == 0 && m.next(id) == 0
	case pseudoFirstOfType:
		return !m.typeOn(id, m.prev)
	case pseudoLastOfType:
		return !m.typeOn(id, m.next)
	case pseudoOnlyOfType:
		return !m.typeOn(id, m.prev) && !m.typeOn(id, m.next)
	case pseudoLink:
		a := t.Atom(id)
		if a != atom.A && a != atom.Area {
			return false
		}
		if _, ok := t.Attr(id, "href"); ok {
			return true
		}
		if t.Namespace(id) == dom.SVG {
			_, ok := t.Attr(id, "xlink:href")
			return ok
		}
		return false
	case pseudoDefined:
		return !strings.Contains(t.Tag(id), "-") || t.Namespace(id) != dom.HTML
	case pseudoOpen:
		switch t.Atom(id) {
		case atom.Details, atom.Dialog:
			return m.hasAttr(id, "open")
		}
		return false
	}
	return m.control(p, id)
}

func (m *matcher) hasAttr(id dom.ID, name string) bool {
	_, ok := m.t.Attr(id, name)
	return ok
}
