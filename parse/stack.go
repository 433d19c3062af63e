package parse

import (
	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// open is an entry of the stack of open elements or of the list of active
// formatting elements, where id 0 is a marker.
type open struct {
	id    dom.ID
	atom  atom.Atom
	ns    dom.Namespace
	flags elementFlags
}

// is reports whether it is this HTML element.
func (o *open) is(a atom.Atom) bool { return o.atom == a && o.ns == dom.HTML }

// elementFlags are the roles of an element in tree construction.
type elementFlags uint16

const (
	isSpecial     elementFlags = 1 << iota // section 13.2.4.2, "special"
	isScope                                // ends the default scope
	isTablePart                            // foster parenting happens within
	isImplied                              // end tag may be implied
	isTemplate                             // HTML template
	isHTMLPoint                            // HTML integration point
	isTextPoint                            // MathML text integration point
	isAddressLike                          // address, div, p: passed over when li, dd, dt close
	isAtEnd                                // something happens when it is popped
	isThoroughly                           // the end tag may be implied thoroughly
	isQuiet                                // of HTML, and its start tag refers to nothing
)

// roleOf returns the flags of an element by its name.
func roleOf(a atom.Atom, ns dom.Namespace) elementFlags {
	switch ns {
	case dom.SVG:
		switch a {
		case atom.Desc, atom.ForeignObject, atom.Title:
			return isSpecial | isScope | isHTMLPoint
		case atom.Script, atom.Style:
			return isAtEnd
		}
		return 0
	case dom.MathML:
		switch a {
		case atom.Mi, atom.Mo, atom.Mn, atom.Ms, atom.Mtext:
			return isSpecial | isScope | isTextPoint
		case atom.AnnotationXml:
			return isSpecial | isScope
		}
		return 0
	}
	switch a {
	case atom.Div, atom.Address:
		return isSpecial | isAddressLike | isQuiet
	case atom.P:
		return isSpecial | isAddressLike | isImplied | isThoroughly | isQuiet
	case atom.Dd, atom.Dt, atom.Li:
		return isSpecial | isImplied | isThoroughly | isQuiet
	case atom.B, atom.Code, atom.Em, atom.I, atom.Small, atom.Span, atom.Strong, atom.U:
		return isQuiet
	case atom.Article, atom.Aside, atom.Blockquote, atom.Br, atom.Dl, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Main, atom.Nav, atom.Ol, atom.Pre, atom.Section, atom.Ul:
		return isSpecial | isQuiet
	case atom.Optgroup, atom.Option, atom.Rb, atom.Rp, atom.Rt, atom.Rtc:
		return isImplied | isThoroughly
	case atom.Table:
		return isSpecial | isScope | isTablePart
	case atom.Tbody, atom.Tfoot, atom.Thead, atom.Tr:
		return isSpecial | isTablePart | isThoroughly
	case atom.Td, atom.Th, atom.Caption:
		return isSpecial | isScope | isThoroughly
	case atom.Colgroup:
		return isSpecial | isThoroughly
	case atom.Template:
		return isSpecial | isScope | isTemplate
	case atom.Applet, atom.Html, atom.Marquee, atom.Object, atom.Select:
		return isSpecial | isScope
	case atom.Area, atom.Base, atom.Basefont, atom.Bgsound, atom.Body, atom.Button, atom.Center, atom.Col, atom.Details,
		atom.Dir, atom.Embed, atom.Form, atom.Frame, atom.Frameset, atom.Head, atom.Hgroup, atom.Hr, atom.Iframe, atom.Img,
		atom.Input, atom.Keygen, atom.Link, atom.Listing, atom.Menu, atom.Meta, atom.Noembed, atom.Noframes, atom.Noscript,
		atom.Param, atom.Plaintext, atom.Script, atom.Search, atom.Source, atom.Style, atom.Summary, atom.Textarea, atom.Title,
		atom.Track, atom.Wbr, atom.Xmp:
		return isSpecial
	}
	return 0
}

// scope is one of the kinds of section 13.2.4.2.
type scope uint8

const (
	defaultScope scope = iota
	listItemScope
	buttonScope
	tableScope
)

func (b *builder) top() *open {
	if len(b.oe) == 0 {
		return &b.none
	}
	return &b.oe[len(b.oe)-1]
}

func (b *builder) push(o open) {
	if o.is(atom.P) {
		b.openP++
	}
	if o.flags&isTemplate != 0 {
		b.openTemplates++
	}
	b.oe = append(b.oe, o)
}

// popTo pops elements until n are left.
func (b *builder) popTo(n int) {
	for i := len(b.oe) - 1; i >= n; i-- {
		o := b.oe[i]
		b.oe = b.oe[:i]
		b.dropped(&o)
	}
}

func (b *builder) pop() { b.popTo(len(b.oe) - 1) }

// dropped keeps the counts of an element that has left the stack.
func (b *builder) dropped(o *open) {
	if o.is(atom.P) {
		b.openP--
	}
	if o.flags&isTemplate != 0 {
		b.openTemplates--
	}
	if o.flags&isAtEnd != 0 {
		b.foreignEnd(o)
	}
}

// removeOpen takes an element out of the middle of the stack.
func (b *builder) removeOpen(id dom.ID) {
	if i := b.indexOpen(id); i >= 0 {
		o := b.oe[i]
		b.oe = append(b.oe[:i], b.oe[i+1:]...)
		b.dropped(&o)
	}
}

func (b *builder) indexOpen(id dom.ID) int {
	for i := len(b.oe) - 1; i >= 0; i-- {
		if b.oe[i].id == id {
			return i
		}
	}
	return -1
}

// inScope returns where the element is on the stack, -1 if it is not in scope.
func (b *builder) inScope(s scope, match ...atom.Atom) int {
	for i := len(b.oe) - 1; i >= 0; i-- {
		o := &b.oe[i]
		if o.ns == dom.HTML {
			for _, a := range match {
				if o.atom == a {
					return i
				}
			}
			switch s {
			case listItemScope:
				if o.atom == atom.Ol || o.atom == atom.Ul {
					return -1
				}
			case buttonScope:
				if o.atom == atom.Button {
					return -1
				}
			case tableScope:
				if o.atom == atom.Html || o.atom == atom.Table || o.atom == atom.Template {
					return -1
				}
			}
		}
		if s != tableScope && o.flags&isScope != 0 {
			return -1
		}
	}
	return -1
}

// popUntil pops the element and all above it if it is in scope.
func (b *builder) popUntil(s scope, match ...atom.Atom) bool {
	i := b.inScope(s, match...)
	if i < 0 {
		return false
	}
	b.popTo(i)
	return true
}

// closeP closes a p element in button scope.
func (b *builder) closeP() {
	if b.openP > 0 {
		b.popUntil(buttonScope, atom.P)
	}
}

// clearTo pops until the current element is one of these, template or html.
func (b *builder) clearTo(match ...atom.Atom) {
	for i := len(b.oe) - 1; i >= 0; i-- {
		o := &b.oe[i]
		if o.ns != dom.HTML {
			continue
		}
		if o.atom == atom.Html || o.atom == atom.Template {
			b.popTo(i + 1)
			return
		}
		for _, a := range match {
			if o.atom == a {
				b.popTo(i + 1)
				return
			}
		}
	}
}

// impliedEnds pops elements whose end tags are implied, but not except.
func (b *builder) impliedEnds(except ...atom.Atom) {
	for {
		o := b.top()
		if o.flags&isImplied == 0 {
			return
		}
		for _, a := range except {
			if o.atom == a {
				return
			}
		}
		b.pop()
	}
}

// impliedEndsThoroughly is the same for the end of a template.
func (b *builder) impliedEndsThoroughly() {
	for b.top().flags&isThoroughly != 0 {
		b.pop()
	}
}
