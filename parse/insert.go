package parse

import (
	"bytes"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// place returns where a node goes that is to be a child of parent: there, or
// elsewhere by foster parenting.
func (b *builder) place(parent dom.ID) (dom.ID, dom.ID) {
	if b.foster && b.top().flags&isTablePart != 0 {
		return b.fosterPlace()
	}
	return parent, 0
}

// fosterPlace is the appropriate place for inserting a node with foster
// parenting (section 13.2.6.1).
func (b *builder) fosterPlace() (parent, before dom.ID) {
	for i := len(b.oe) - 1; i >= 0; i-- {
		switch o := &b.oe[i]; {
		case o.flags&isTemplate != 0:
			return o.id, 0
		case o.is(atom.Table):
			if p := b.tab.Parent(o.id); p != 0 {
				return p, o.id
			}
			return b.oe[i-1].id, 0
		}
	}
	return b.oe[0].id, 0
}

// inertBelow reports whether children of the element are inert.
func (b *builder) inertBelow(parent dom.ID) bool {
	if parent == 0 {
		return false
	}
	return b.tab.Inert(parent) ||
		b.tab.Atom(parent) == atom.Template && b.tab.Namespace(parent) == dom.HTML && !b.tab.ShadowRoot(parent)
}

func (b *builder) attach(parent, id, before dom.ID) { b.tab.Insert(parent, id, before) }

// create makes an element of a start tag below parent, without opening it.
func (b *builder) create(t *token, ns dom.Namespace, parent, before dom.ID) open {
	e := dom.Element{
		Atom:      t.atom,
		Namespace: ns,
		Start:     t.start,
		Inert:     b.inertBelow(parent),
		Shadow:    b.shadow,
	}
	if t.nattrs > 0 {
		e.Attrs = b.z.attrs[t.attrs : int(t.attrs)+int(t.nattrs)]
	}
	if ns == dom.SVG || t.atom == 0 {
		e.Name = b.name(t)
		if ns == dom.SVG {
			if name := dom.SVGName(e.Name); name != e.Name {
				e.Name = name
				e.Atom = atom.Lookup([]byte(name))
			}
		}
	}
	id := b.tab.New(&e)
	b.attach(parent, id, before)
	o := open{id: id, atom: e.Atom, ns: ns, flags: roleOf(e.Atom, ns)}
	if o.atom == atom.AnnotationXml && ns == dom.MathML {
		v, _ := b.tab.Attr(id, "encoding")
		if v := []byte(v); bytes.EqualFold(v, []byte("text/html")) || bytes.EqualFold(v, []byte("application/xhtml+xml")) {
			o.flags |= isHTMLPoint
		}
	}
	if o.flags&isQuiet == 0 {
		b.on.inserted(id, t)
	}
	return o
}

// insert makes an HTML element of a start tag and opens it.
func (b *builder) insert(t *token) dom.ID { return b.insertNS(t, dom.HTML) }

func (b *builder) insertNS(t *token, ns dom.Namespace) dom.ID {
	parent, before := b.place(b.top().id)
	o := b.create(t, ns, parent, before)
	b.push(o)
	return o.id
}

// insertVoid makes an element that has no contents.
func (b *builder) insertVoid(t *token) dom.ID {
	parent, before := b.place(b.top().id)
	return b.create(t, dom.HTML, parent, before).id
}

// implied handles a tag that is not in the source.
func (b *builder) implied(kind tokenKind, a atom.Atom, at *token) {
	t := token{kind: kind, atom: a, start: at.start, end: at.start, name: dom.Span{Start: at.start, End: at.start}}
	b.handleImplied(&t)
}

func (b *builder) handleImplied(t *token) {
	for {
		if b.inForeign(t) {
			if b.foreignContent(t) {
				return
			}
		} else if b.step(t) {
			return
		}
	}
}
