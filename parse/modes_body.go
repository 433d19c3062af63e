package parse

import (
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// inBody is section 13.2.6.4.7.
func (b *builder) inBody(t *token) bool {
	switch t.kind {
	case textToken, cdataToken:
		b.bodyText(t)
		return true
	case startTag:
		return b.bodyStart(t)
	case endTag:
		return b.bodyEnd(t)
	}
	return true
}

func (b *builder) bodyText(t *token) {
	if b.skipNewline && !b.dropNewline(t) {
		return
	}
	blank := !t.begins(b.z.src) && b.blank(t)
	if blank && b.nothing(t) {
		return
	}
	b.reconstruct()
	b.insertText(t, dom.TextData)
	if !blank {
		b.framesetOK = false
	}
}

// nothing reports whether a text is only NULs, which the body drops.
func (b *builder) nothing(t *token) bool {
	if t.model != modelData {
		return false
	}
	for _, c := range b.z.src[t.start:t.end] {
		if c != 0 {
			return false
		}
	}
	return true
}

// bodyStart handles a start tag in the body.
func (b *builder) bodyStart(t *token) bool {
	switch t.atom {
	case atom.Div, atom.P, atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Center, atom.Details, atom.Dialog, atom.Dir,
		atom.Dl, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Header, atom.Hgroup, atom.Main, atom.Menu,
		atom.Nav, atom.Ol, atom.Search, atom.Section, atom.Summary, atom.Ul:
		b.closeP()
		b.insert(t)
	case atom.A:
		b.closeA(t)
		b.reconstruct()
		b.insertFormatting(t)
	case atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.S, atom.Small, atom.Strike, atom.Strong, atom.Tt, atom.U:
		b.reconstruct()
		b.insertFormatting(t)
	case atom.Li:
		b.framesetOK = false
		b.closeItem(atom.Li, atom.Li)
		b.closeP()
		b.insert(t)
	case atom.Dd, atom.Dt:
		b.framesetOK = false
		b.closeItem(atom.Dd, atom.Dt)
		b.closeP()
		b.insert(t)
	case atom.Area, atom.Br, atom.Embed, atom.Img, atom.Keygen, atom.Wbr:
		b.reconstruct()
		b.insertVoid(t)
		b.framesetOK = false
	case atom.Image:
		t.atom = atom.Img
		return false
	case atom.Base, atom.Basefont, atom.Bgsound, atom.Link, atom.Meta, atom.Noframes, atom.Script, atom.Style, atom.Template, atom.Title:
		return b.inHead(t)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		b.closeP()
		if o := b.top(); o.ns == dom.HTML && isHeading(o.atom) {
			b.pop()
		}
		b.insert(t)
	case atom.Pre, atom.Listing:
		b.closeP()
		b.insert(t)
		b.skipNewline = true
		b.framesetOK = false
	case atom.Html:
		if b.openTemplates == 0 && len(b.oe) > 0 {
			b.tab.AddAttrs(b.oe[0].id, b.attrsOf(t))
		}
	case atom.Body:
		if b.openTemplates == 0 && len(b.oe) > 1 && b.oe[1].is(atom.Body) {
			b.framesetOK = false
			b.tab.AddAttrs(b.oe[1].id, b.attrsOf(t))
		}
	case atom.Frameset:
		b.replaceBody(t)
	case atom.Form:
		if b.form != 0 && b.openTemplates == 0 {
			return true
		}
		b.closeP()
		if id := b.insert(t); b.openTemplates == 0 {
			b.form = id
		}
	case atom.Plaintext:
		b.closeP()
		b.insert(t)
		b.model = modelPlaintext
	case atom.Button:
		if b.inScope(defaultScope, atom.Button) >= 0 {
			b.impliedEnds()
			b.popUntil(defaultScope, atom.Button)
		}
		b.reconstruct()
		b.insert(t)
		b.framesetOK = false
	case atom.Nobr:
		b.reconstruct()
		if b.inScope(defaultScope, atom.Nobr) >= 0 {
			b.adoptionAgency(t)
			b.reconstruct()
		}
		b.insertFormatting(t)
	case atom.Applet, atom.Marquee, atom.Object:
		b.reconstruct()
		b.insert(t)
		b.marker()
		b.framesetOK = false
	case atom.Table:
		if !b.tab.Quirks() {
			b.closeP()
		}
		b.insert(t)
		b.framesetOK = false
		b.mode = modeInTable
	default:
		b.bodyStartRare(t)
	}
	return true
}

// bodyStartRare goes on with what is less common.
func (b *builder) bodyStartRare(t *token) {
	switch t.atom {
	case atom.Input:
		b.popUntil(defaultScope, atom.Select)
		b.reconstruct()
		b.insertVoid(t)
		if v, _ := attrValue(b.z, t, "type"); !strings.EqualFold(v, "hidden") {
			b.framesetOK = false
		}
	case atom.Param, atom.Source, atom.Track:
		b.insertVoid(t)
	case atom.Hr:
		b.closeP()
		if b.inScope(defaultScope, atom.Select) >= 0 {
			b.impliedEnds()
		}
		b.insertVoid(t)
		b.framesetOK = false
	case atom.Textarea:
		b.rawText(t)
		b.skipNewline = true
		b.framesetOK = false
	case atom.Xmp:
		b.closeP()
		b.reconstruct()
		b.framesetOK = false
		b.rawText(t)
	case atom.Iframe:
		b.framesetOK = false
		b.rawText(t)
	case atom.Noembed:
		b.rawText(t)
	case atom.Noscript:
		if b.scripting {
			b.rawText(t)
			return
		}
		b.reconstruct()
		b.insert(t)
	case atom.Select:
		if b.popUntil(defaultScope, atom.Select) {
			return
		}
		b.reconstruct()
		b.insert(t)
		b.framesetOK = false
	case atom.Option:
		if b.inScope(defaultScope, atom.Select) >= 0 {
			b.impliedEnds(atom.Optgroup)
		} else if b.top().is(atom.Option) {
			b.pop()
		}
		b.reconstruct()
		b.insert(t)
	case atom.Optgroup:
		if b.inScope(defaultScope, atom.Select) >= 0 {
			b.impliedEnds()
		} else if b.top().is(atom.Option) {
			b.pop()
		}
		b.reconstruct()
		b.insert(t)
	case atom.Rb, atom.Rtc:
		if b.inScope(defaultScope, atom.Ruby) >= 0 {
			b.impliedEnds()
		}
		b.insert(t)
	case atom.Rp, atom.Rt:
		if b.inScope(defaultScope, atom.Ruby) >= 0 {
			b.impliedEnds(atom.Rtc)
		}
		b.insert(t)
	case atom.Math, atom.Svg:
		b.reconstruct()
		ns := dom.SVG
		if t.atom == atom.Math {
			ns = dom.MathML
		}
		b.insertNS(t, ns)
		if t.selfClosing {
			b.pop()
		}
	case atom.Caption, atom.Col, atom.Colgroup, atom.Frame, atom.Head, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr:
	default:
		b.reconstruct()
		b.insert(t)
	}
}

func isHeading(a atom.Atom) bool {
	switch a {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

// closeItem closes the li, or the dd or dt, that the next one ends.
func (b *builder) closeItem(x, y atom.Atom) {
	for i := len(b.oe) - 1; i >= 0; i-- {
		o := &b.oe[i]
		if o.is(x) || o.is(y) {
			b.impliedEnds(o.atom)
			b.popTo(i)
			return
		}
		if o.flags&isSpecial != 0 && o.flags&isAddressLike == 0 {
			return
		}
	}
}

func (b *builder) attrsOf(t *token) []dom.SourceAttr {
	return b.z.attrs[t.attrs : int(t.attrs)+int(t.nattrs)]
}

// replaceBody handles a frameset tag after the body has begun: it takes the
// body's place while there is nothing in the body yet.
func (b *builder) replaceBody(t *token) {
	if !b.framesetOK || len(b.oe) < 2 || !b.oe[1].is(atom.Body) {
		return
	}
	body := b.oe[1].id
	b.popTo(1)
	b.tab.Discard(body)
	b.insert(t)
	b.mode = modeInFrameset
}

// bodyEnd handles an end tag in the body.
func (b *builder) bodyEnd(t *token) bool {
	switch t.atom {
	case atom.Div, atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Button, atom.Center, atom.Details, atom.Dialog, atom.Dir,
		atom.Dl, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Header, atom.Hgroup, atom.Listing, atom.Main,
		atom.Menu, atom.Nav, atom.Ol, atom.Pre, atom.Search, atom.Section, atom.Select, atom.Summary, atom.Ul:
		if b.inScope(defaultScope, t.atom) >= 0 {
			b.impliedEnds()
			b.popUntil(defaultScope, t.atom)
		}
	case atom.P:
		if b.openP == 0 || b.inScope(buttonScope, atom.P) < 0 {
			b.implied(startTag, atom.P, t)
		}
		b.popUntil(buttonScope, atom.P)
	case atom.A, atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.Nobr, atom.S, atom.Small, atom.Strike, atom.Strong,
		atom.Tt, atom.U:
		b.adoptionAgency(t)
	case atom.Li:
		b.popUntil(listItemScope, atom.Li)
	case atom.Dd, atom.Dt:
		b.popUntil(defaultScope, t.atom)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		b.popUntil(defaultScope, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6)
	case atom.Body:
		if b.inScope(defaultScope, atom.Body) >= 0 {
			b.mode = modeAfterBody
		}
	case atom.Html:
		if b.inScope(defaultScope, atom.Body) >= 0 {
			b.mode = modeAfterBody
			return false
		}
	case atom.Form:
		b.endForm()
	case atom.Applet, atom.Marquee, atom.Object:
		if b.popUntil(defaultScope, t.atom) {
			b.clearToMarker()
		}
	case atom.Br:
		t.kind = startTag
		return false
	case atom.Template:
		return b.inHead(t)
	default:
		b.otherEndTag(t)
	}
	return true
}

func (b *builder) endForm() {
	if b.openTemplates > 0 {
		if b.inScope(defaultScope, atom.Form) >= 0 {
			b.impliedEnds()
			b.popUntil(defaultScope, atom.Form)
		}
		return
	}
	form := b.form
	b.form = 0
	i := b.inScope(defaultScope, atom.Form)
	if form == 0 || i < 0 || b.oe[i].id != form {
		return
	}
	b.impliedEnds()
	b.removeOpen(form)
}
