package parse

import (
	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// xmlToken is the tree construction of XML documents, as far as SVG and XHTML
// need it: elements end where their end tags are, and any may be empty. What is
// not well-formed, which a browser gives up at, is passed over.
func (b *builder) xmlToken(t *token) {
	switch t.kind {
	case textToken, cdataToken:
		b.insertText(t, dom.TextRCData)
	case startTag:
		b.insertNS(t, b.xmlNamespace(t))
		if t.selfClosing {
			b.xmlEnd(len(b.oe)-1, t)
		}
	case endTag:
		name := b.name(t)
		for i := len(b.oe) - 1; i >= 0; i-- {
			if tag := b.tab.Tag(b.oe[i].id); tag == name || tag == dom.SVGName(name) {
				b.xmlEnd(i, t)
				return
			}
		}
	}
}

// xmlEnd closes the open element i and what is open within it.
func (b *builder) xmlEnd(i int, t *token) {
	for len(b.oe) > i {
		o := *b.top()
		b.pop() // which tells of the end of a script or style of SVG
		if o.is(atom.Script) || o.is(atom.Style) {
			b.on.textEnd(o.id, t)
		}
	}
}

// xmlNamespace returns the namespace of a start tag. Elements of unknown
// namespaces are taken for MathML, of which nothing is fetched either.
func (b *builder) xmlNamespace(t *token) dom.Namespace {
	switch uri, ok := attrValue(b.z, t, "xmlns"); {
	case !ok && len(b.oe) > 0:
		return b.top().ns
	case uri == "http://www.w3.org/2000/svg":
		return dom.SVG
	case uri == "http://www.w3.org/1999/xhtml":
		return dom.HTML
	}
	return dom.MathML
}
