package parse

import (
	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// inForeign reports whether the token is handled by the rules for foreign
// content (HTML standard, section 13.2.6, tree construction dispatcher).
func (b *builder) inForeign(t *token) bool {
	if len(b.oe) == 0 {
		return false
	}
	o := &b.oe[len(b.oe)-1]
	if o.ns == dom.HTML {
		return false
	}
	text := t.kind == textToken || t.kind == cdataToken
	if o.flags&isTextPoint != 0 {
		if text || t.kind == startTag && t.atom != atom.Mglyph && t.atom != atom.Malignmark {
			return false
		}
	}
	if o.atom == atom.AnnotationXml && t.kind == startTag && t.atom == atom.Svg {
		return false
	}
	if o.flags&isHTMLPoint != 0 && (text || t.kind == startTag) {
		return false
	}
	return true
}

// foreignContent is section 13.2.6.5.
func (b *builder) foreignContent(t *token) bool {
	switch t.kind {
	case textToken, cdataToken:
		if b.framesetOK && !b.blank(t) {
			b.framesetOK = false
		}
		b.insertText(t, dom.TextRCData)
	case startTag:
		if breaksOut(b.z, t) {
			b.leaveForeign()
			return b.step(t)
		}
		b.insertNS(t, b.top().ns)
		if t.selfClosing {
			b.pop()
		}
	case endTag:
		if t.atom == atom.P || t.atom == atom.Br {
			b.leaveForeign()
			return b.step(t)
		}
		return b.foreignEndTag(t)
	}
	return true
}

// leaveForeign pops to where HTML may be.
func (b *builder) leaveForeign() {
	for i := len(b.oe) - 1; i >= 0; i-- {
		if o := &b.oe[i]; o.ns == dom.HTML || o.flags&(isHTMLPoint|isTextPoint) != 0 {
			b.popTo(i + 1)
			return
		}
	}
}

func (b *builder) foreignEndTag(t *token) bool {
	name := b.name(t)
	for i := len(b.oe) - 1; i > 0; i-- {
		o := &b.oe[i]
		if o.ns == dom.HTML {
			return b.step(t)
		}
		if o.atom == t.atom && t.atom != 0 || dom.SVGName(name) == b.tab.Tag(o.id) || name == b.tab.Tag(o.id) {
			b.popTo(i)
			return true
		}
	}
	return true
}

// foreignEnd is called when a script or style of SVG has left the stack.
func (b *builder) foreignEnd(o *open) { b.on.textEnd(o.id, b.ending) }
