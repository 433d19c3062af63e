package parse

import (
	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// mode is an insertion mode (HTML standard, section 13.2.4.1). There are none
// for select: the standard gave them up in 2025.
type mode uint8

const (
	modeInitial mode = iota
	modeBeforeHTML
	modeBeforeHead
	modeInHead
	modeInHeadNoscript
	modeAfterHead
	modeInBody
	modeText
	modeInTable
	modeInCaption
	modeInColumnGroup
	modeInTableBody
	modeInRow
	modeInCell
	modeInTemplate
	modeAfterBody
	modeInFrameset
	modeAfterFrameset
	modeAfterAfterBody
	modeAfterAfterFrameset
)

// builder is the tree builder: it turns tokens into rows of the table and
// tells its owner of what happens. It is the standard's algorithm, section
// 13.2.6, as far as elements and text go.
type builder struct {
	z             *tokenizer // whose source and attributes tokens refer to
	tab           *dom.Table
	on            buildHooks
	oe            []open // stack of open elements
	afe           []open // list of active formatting elements
	templates     []mode
	mode          mode
	original      mode // to return to from modeText
	head, form    dom.ID
	openP         int // p elements on the stack
	openTemplates int
	framesetOK    bool
	foster        bool
	scripting     bool
	skipNewline   bool        // the text that follows loses its first line end
	model         model       // what the tag just handled sets
	ending        *token      // the tag being handled
	pending       []tableText // text in a table, whose place depends on what follows
	overflow      []atom.Atom // elements open beyond maxDepth
	maxDepth      int
	maxElements   int
	stopped       bool                // maxElements was reached: nothing more is built
	hosts         map[dom.ID]struct{} // elements that have a shadow root
	shadow        bool                // the template being inserted is a declarative shadow root
	srcdoc        bool                // never in quirks mode
	xml           bool                // by the rules of XML
	none          open
	limited       limitSet
}

// buildHooks is what the builder tells its owner.
type buildHooks interface {
	inserted(id dom.ID, t *token)   // a start tag's element is in the tree
	textEnd(id dom.ID, t *token)    // a script or style element is complete; t is its end tag, nil at the end of the document
	limit(name string, value int64) // a limit was reached for the first time
}

// tableText is a piece of text in a table.
type tableText struct {
	span  dom.Span
	kind  dom.TextKind
	blank bool
}

// limitSet notes which limits have been told of.
type limitSet uint16

// name returns the tag's name in lower case.
func (b *builder) name(t *token) string {
	raw := b.z.src[t.name.Start:t.name.End]
	for _, c := range raw {
		if classes[c]&classOdd != 0 {
			return string(appendLower(nil, raw))
		}
	}
	return dom.View(b.z.src, t.name)
}

// handle takes one token.
func (b *builder) handle(t *token) {
	b.model = modelData
	b.ending = t
	if b.stopped = b.stopped || b.makes(t) && b.full(); b.stopped {
		b.model = t.model
		return
	}
	if t.kind != textToken {
		if len(b.pending) > 0 {
			b.flushTableText()
		}
		b.skipNewline = false
	}
	if len(b.overflow) > 0 || len(b.oe) >= b.maxDepth {
		if b.handleDeep(t) {
			return
		}
	}
	if b.xml {
		b.xmlToken(t)
		return
	}
	for {
		var done bool
		if b.inForeign(t) {
			done = b.foreignContent(t)
		} else {
			done = b.step(t)
		}
		if done {
			return
		}
	}
}

// step handles the token by the insertion mode. It returns false when the
// token must be handled again, in another mode.
func (b *builder) step(t *token) bool {
	switch b.mode {
	case modeInitial:
		return b.initial(t)
	case modeBeforeHTML:
		return b.beforeHTML(t)
	case modeBeforeHead:
		return b.beforeHead(t)
	case modeInHead:
		return b.inHead(t)
	case modeInHeadNoscript:
		return b.inHeadNoscript(t)
	case modeAfterHead:
		return b.afterHead(t)
	case modeInBody:
		return b.inBody(t)
	case modeText:
		return b.inText(t)
	case modeInTable:
		return b.inTable(t)
	case modeInCaption:
		return b.inCaption(t)
	case modeInColumnGroup:
		return b.inColumnGroup(t)
	case modeInTableBody:
		return b.inTableBody(t)
	case modeInRow:
		return b.inRow(t)
	case modeInCell:
		return b.inCell(t)
	case modeInTemplate:
		return b.inTemplate(t)
	case modeAfterBody:
		return b.afterBody(t)
	case modeInFrameset:
		return b.inFrameset(t)
	case modeAfterFrameset:
		return b.afterFrameset(t)
	case modeAfterAfterBody:
		return b.afterAfterBody(t)
	}
	return b.afterAfterFrameset(t)
}

// makes reports whether a token may make an element, apart from copies of
// formatting elements, which are fewer than start tags.
func (b *builder) makes(t *token) bool {
	return t.kind == startTag || t.kind == endTag && (t.atom == atom.P || t.atom == atom.Br)
}

// full reports whether the table may not grow any more.
func (b *builder) full() bool {
	if b.tab.Len() < b.maxElements {
		return false
	}
	b.tell(limitElements, b.maxElements)
	return true
}

func (b *builder) tell(l limitSet, value int) {
	if b.limited&l == 0 {
		b.limited |= l
		b.on.limit(limitNames[l], int64(value))
	}
}

// handleDeep handles tokens where the stack is as deep as it may be: elements
// are put into the table as children of the deepest one, but not opened.
func (b *builder) handleDeep(t *token) bool {
	switch t.kind {
	case startTag:
		if len(b.oe) < b.maxDepth && len(b.overflow) == 0 || b.mode == modeText {
			return false
		}
		ns, void := dom.HTML, isVoid(t.atom) && !b.xml
		if b.xml {
			ns = b.xmlNamespace(t)
		} else if b.inForeign(t) {
			ns = b.top().ns
		} else if t.atom == atom.Svg {
			ns = dom.SVG
		} else if t.atom == atom.Math {
			ns = dom.MathML
		} else if void || textModel(t.atom, b.scripting) != modelData {
			return false // not open for long
		}
		b.tell(limitDepth, b.maxDepth)
		b.create(t, ns, b.top().id, 0)
		if !t.selfClosing && !void && len(b.overflow) < 1<<16 {
			b.overflow = append(b.overflow, t.atom)
		}
		return true
	case endTag:
		for i := len(b.overflow) - 1; i >= 0 && i >= len(b.overflow)-32; i-- {
			if b.overflow[i] == t.atom {
				b.overflow = b.overflow[:i]
				return true
			}
		}
		b.overflow = b.overflow[:0] // it ends something further up
	}
	return false
}

func isVoid(a atom.Atom) bool {
	switch a {
	case atom.Area, atom.Base, atom.Basefont, atom.Bgsound, atom.Br, atom.Col, atom.Embed, atom.Frame, atom.Hr, atom.Img,
		atom.Image, atom.Input, atom.Keygen, atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr:
		return true
	}
	return false
}

// insertText gives the current element the text.
func (b *builder) insertText(t *token, nulls dom.TextKind) {
	if t.start >= t.end || len(b.oe) == 0 {
		return
	}
	b.putText(dom.Span{Start: t.start, End: t.end}, t.textKind(nulls))
}

func (b *builder) putText(s dom.Span, kind dom.TextKind) {
	parent, _ := b.place(b.top().id)
	if parent != 0 && s.Start < s.End {
		b.tab.InsertText(parent, s, kind)
	}
}

// cutSpace returns the white space that a text begins with, and leaves t the
// rest.
func (b *builder) cutSpace(t *token) (space token) {
	space = *t
	t.start += uint32(b.spaceAt(t))
	space.end = t.start
	return space
}

// spaceAt returns how much white space a text begins with.
func (b *builder) spaceAt(t *token) int {
	references := t.dirty && t.kind == textToken && t.model <= modelRCData
	return dom.LeadingSpace(dom.View(b.z.src, dom.Span{Start: t.start, End: t.end}), references)
}

// blank reports whether a text is nothing but white space and NULs.
func (b *builder) blank(t *token) bool {
	rest := *t
	for {
		b.cutSpace(&rest)
		if rest.start >= rest.end {
			return true
		}
		if b.z.src[rest.start] != 0 || t.model != modelData {
			return false
		}
		rest.start++
	}
}

// flushTableText puts the text that came in a table into its place: into the
// table if it is white space, else before the table (section 13.2.6.4.10).
func (b *builder) flushTableText() {
	all := true
	for i := range b.pending {
		all = all && b.pending[i].blank
	}
	b.foster = !all
	for _, p := range b.pending {
		if !all {
			b.reconstruct()
			b.framesetOK = false
		}
		b.putText(p.span, p.kind)
	}
	b.foster = false
	b.pending = b.pending[:0]
}

// finish handles the end of the document.
func (b *builder) finish(end uint32) {
	if len(b.pending) > 0 {
		b.flushTableText()
	}
	b.ending = nil
	if b.xml {
		b.popTo(0)
		return
	}
	eof := token{kind: endTag, start: end, end: end}
	if b.mode == modeText {
		o := *b.top()
		b.pop()
		if o.atom == atom.Style {
			b.on.textEnd(o.id, nil)
		}
		b.mode = b.original
	}
	if b.mode == modeInHeadNoscript {
		b.pop()
		b.mode = modeInHead
	}
	for range 8 { // html, head and body are implied, at most one a round
		switch b.mode {
		case modeInitial:
			b.tab.SetQuirks(!b.srcdoc)
			b.mode = modeBeforeHTML
		case modeBeforeHTML:
			b.implied(startTag, atom.Html, &eof)
		case modeBeforeHead:
			b.implied(startTag, atom.Head, &eof)
		case modeInHead:
			b.implied(endTag, atom.Head, &eof)
		case modeAfterHead:
			b.implied(startTag, atom.Body, &eof)
		default:
			for len(b.templates) > 0 && b.openTemplates > 0 {
				b.endTemplate()
			}
			if b.mode != modeInHead && b.mode != modeAfterHead && b.mode != modeBeforeHead {
				b.popTo(0)
				return
			}
		}
	}
}
