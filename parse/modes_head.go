package parse

import (
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// initial is section 13.2.6.4.1.
func (b *builder) initial(t *token) bool {
	switch t.kind {
	case textToken:
		if b.cutSpace(t); t.start >= t.end {
			return true
		}
	case commentToken:
		return true
	case doctypeToken:
		b.tab.SetQuirks(!b.srcdoc && quirksDoctype(b.z.src[t.start:t.end]))
		b.mode = modeBeforeHTML
		return true
	}
	b.tab.SetQuirks(!b.srcdoc)
	b.mode = modeBeforeHTML
	return false
}

// beforeHTML is section 13.2.6.4.2.
func (b *builder) beforeHTML(t *token) bool {
	switch t.kind {
	case doctypeToken, commentToken:
		return true
	case textToken:
		if b.cutSpace(t); t.start >= t.end {
			return true
		}
	case startTag:
		if t.atom == atom.Html {
			b.insert(t)
			b.mode = modeBeforeHead
			return true
		}
	case endTag:
		switch t.atom {
		case atom.Head, atom.Body, atom.Html, atom.Br:
		default:
			return true
		}
	}
	b.implied(startTag, atom.Html, t)
	return false
}

// beforeHead is section 13.2.6.4.3.
func (b *builder) beforeHead(t *token) bool {
	switch t.kind {
	case doctypeToken, commentToken:
		return true
	case textToken:
		if b.cutSpace(t); t.start >= t.end {
			return true
		}
	case startTag:
		switch t.atom {
		case atom.Head:
			b.head = b.insert(t)
			b.mode = modeInHead
			return true
		case atom.Html:
			return b.inBody(t)
		}
	case endTag:
		switch t.atom {
		case atom.Head, atom.Body, atom.Html, atom.Br:
		default:
			return true
		}
	}
	b.implied(startTag, atom.Head, t)
	return false
}

// inHead is section 13.2.6.4.4.
func (b *builder) inHead(t *token) bool {
	switch t.kind {
	case doctypeToken, commentToken:
		return true
	case textToken:
		space := b.cutSpace(t)
		b.insertText(&space, dom.TextData)
		if t.start >= t.end {
			return true
		}
	case startTag:
		switch t.atom {
		case atom.Html:
			return b.inBody(t)
		case atom.Base, atom.Basefont, atom.Bgsound, atom.Link, atom.Meta:
			b.insertVoid(t)
			return true
		case atom.Noscript:
			if b.scripting {
				b.rawText(t)
				return true
			}
			b.insert(t)
			b.mode = modeInHeadNoscript
			return true
		case atom.Script, atom.Title, atom.Noframes, atom.Style:
			b.rawText(t)
			return true
		case atom.Head:
			return true
		case atom.Template:
			b.startTemplate(t)
			return true
		}
	case endTag:
		switch t.atom {
		case atom.Head:
			b.pop()
			b.mode = modeAfterHead
			return true
		case atom.Body, atom.Html, atom.Br:
		case atom.Template:
			if b.openTemplates > 0 {
				b.endTemplate()
			}
			return true
		default:
			return true
		}
	}
	b.pop()
	b.mode = modeAfterHead
	return false
}

// rawText inserts an element whose contents are text only.
func (b *builder) rawText(t *token) {
	b.insert(t)
	b.model = textModel(t.atom, b.scripting)
	b.original = b.mode
	b.mode = modeText
}

// startTemplate inserts a template element, or opens a declarative shadow root.
func (b *builder) startTemplate(t *token) {
	b.marker()
	b.framesetOK = false
	b.mode = modeInTemplate
	b.templates = append(b.templates, modeInTemplate)
	b.shadow = b.shadowRoot(t)
	b.insert(t)
	b.shadow = false
}

// shadowRoot reports whether a template tag opens a declarative shadow root:
// it asks for one, and the current element may have one and has none yet (HTML
// standard, section 13.2.6.4.4, and DOM standard, "attach a shadow root").
func (b *builder) shadowRoot(t *token) bool {
	m, _ := attrValue(b.z, t, "shadowrootmode")
	if !strings.EqualFold(m, "open") && !strings.EqualFold(m, "closed") {
		return false
	}
	host := b.top()
	if len(b.oe) < 2 || host.ns != dom.HTML {
		return false
	}
	switch host.atom {
	case atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Div, atom.Footer, atom.H1, atom.H2, atom.H3, atom.H4,
		atom.H5, atom.H6, atom.Header, atom.Main, atom.Nav, atom.P, atom.Section, atom.Span:
	default:
		if host.atom != 0 || !strings.Contains(b.tab.Tag(host.id), "-") { // a custom element
			return false
		}
	}
	if _, has := b.hosts[host.id]; has {
		return false
	}
	if b.hosts == nil {
		b.hosts = make(map[dom.ID]struct{})
	}
	b.hosts[host.id] = struct{}{}
	return true
}

// endTemplate closes the innermost template.
func (b *builder) endTemplate() {
	b.impliedEndsThoroughly()
	for i := len(b.oe) - 1; i >= 0; i-- {
		if b.oe[i].flags&isTemplate != 0 {
			b.popTo(i)
			break
		}
	}
	b.clearToMarker()
	b.templates = b.templates[:max(0, len(b.templates)-1)]
	b.resetMode()
}

// resetMode is section 13.2.4.1, "reset the insertion mode appropriately".
func (b *builder) resetMode() {
	for i := len(b.oe) - 1; i >= 0; i-- {
		o := &b.oe[i]
		if o.ns != dom.HTML {
			continue
		}
		switch o.atom {
		case atom.Td, atom.Th:
			if i == 0 {
				continue
			}
			b.mode = modeInCell
		case atom.Tr:
			b.mode = modeInRow
		case atom.Tbody, atom.Thead, atom.Tfoot:
			b.mode = modeInTableBody
		case atom.Caption:
			b.mode = modeInCaption
		case atom.Colgroup:
			b.mode = modeInColumnGroup
		case atom.Table:
			b.mode = modeInTable
		case atom.Template:
			if len(b.templates) == 0 {
				continue
			}
			b.mode = b.templates[len(b.templates)-1]
		case atom.Head:
			b.mode = modeInHead
		case atom.Body:
			b.mode = modeInBody
		case atom.Frameset:
			b.mode = modeInFrameset
		case atom.Html:
			b.mode = modeAfterHead
			if b.head == 0 {
				b.mode = modeBeforeHead
			}
		default:
			continue
		}
		return
	}
	b.mode = modeInBody
}

// inHeadNoscript is section 13.2.6.4.5.
func (b *builder) inHeadNoscript(t *token) bool {
	switch t.kind {
	case doctypeToken, commentToken:
		return true
	case textToken:
		space := b.cutSpace(t)
		b.insertText(&space, dom.TextData)
		if t.start >= t.end {
			return true
		}
	case startTag:
		switch t.atom {
		case atom.Html:
			return b.inBody(t)
		case atom.Basefont, atom.Bgsound, atom.Link, atom.Meta, atom.Noframes, atom.Style:
			return b.inHead(t)
		case atom.Head, atom.Noscript:
			return true
		}
	case endTag:
		switch t.atom {
		case atom.Noscript:
			b.pop()
			b.mode = modeInHead
			return true
		case atom.Br:
		default:
			return true
		}
	}
	b.pop()
	b.mode = modeInHead
	return false
}

// afterHead is section 13.2.6.4.6.
func (b *builder) afterHead(t *token) bool {
	switch t.kind {
	case doctypeToken, commentToken:
		return true
	case textToken:
		space := b.cutSpace(t)
		b.insertText(&space, dom.TextData)
		if t.start >= t.end {
			return true
		}
	case startTag:
		switch t.atom {
		case atom.Html:
			return b.inBody(t)
		case atom.Body:
			b.insertBody(t)
			b.framesetOK = false
			return true
		case atom.Frameset:
			b.insert(t)
			b.mode = modeInFrameset
			return true
		case atom.Base, atom.Basefont, atom.Bgsound, atom.Link, atom.Meta, atom.Noframes, atom.Script, atom.Style, atom.Template, atom.Title:
			b.push(open{id: b.head, atom: atom.Head, flags: isSpecial})
			b.inHead(t)
			b.removeOpen(b.head)
			return true
		case atom.Head:
			return true
		}
	case endTag:
		switch t.atom {
		case atom.Body, atom.Html, atom.Br:
		case atom.Template:
			return b.inHead(t)
		default:
			return true
		}
	}
	body := token{kind: startTag, atom: atom.Body, start: t.start, end: t.start}
	b.insertBody(&body)
	return false
}

func (b *builder) insertBody(t *token) {
	b.mode = modeInBody
	b.insert(t)
}

// inText is section 13.2.6.4.8.
func (b *builder) inText(t *token) bool {
	switch t.kind {
	case textToken:
		if b.skipNewline && !b.dropNewline(t) {
			return true
		}
		b.insertText(t, dom.TextRCData)
		return true
	case endTag:
		o := *b.top()
		b.pop()
		b.mode = b.original
		if o.atom == atom.Script || o.atom == atom.Style {
			b.on.textEnd(o.id, t)
		}
		return true
	}
	b.pop() // cannot be: the tokenizer is in raw text
	b.mode = b.original
	return false
}

// dropNewline drops the line end that a text begins with. It returns whether
// there is something left.
func (b *builder) dropNewline(t *token) bool {
	b.skipNewline = false
	t.start += uint32(dom.LeadingNewline(dom.View(b.z.src, dom.Span{Start: t.start, End: t.end}), t.dirty && t.model <= modelRCData))
	return t.start < t.end
}
