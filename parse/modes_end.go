package parse

import (
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// afterBody is section 13.2.6.4.17.
func (b *builder) afterBody(t *token) bool {
	switch t.kind {
	case commentToken, doctypeToken:
		return true
	case textToken:
		if b.blank(t) && !b.hasNUL(t) {
			return b.inBody(t)
		}
	case startTag:
		if t.atom == atom.Html {
			return b.inBody(t)
		}
	case endTag:
		if t.atom == atom.Html {
			b.mode = modeAfterAfterBody
			return true
		}
	}
	b.mode = modeInBody
	return false
}

func (b *builder) hasNUL(t *token) bool {
	return t.dirty && strings.IndexByte(dom.View(b.z.src, dom.Span{Start: t.start, End: t.end}), 0) >= 0
}

// afterAfterBody is section 13.2.6.4.20.
func (b *builder) afterAfterBody(t *token) bool {
	switch t.kind {
	case commentToken:
		return true
	case doctypeToken:
		return b.inBody(t)
	case textToken:
		if b.blank(t) && !b.hasNUL(t) {
			return b.inBody(t)
		}
	case startTag:
		if t.atom == atom.Html {
			return b.inBody(t)
		}
	}
	b.mode = modeInBody
	return false
}

// inFrameset is section 13.2.6.4.18.
func (b *builder) inFrameset(t *token) bool {
	switch t.kind {
	case textToken:
		b.spacesOf(t, false)
	case startTag:
		switch t.atom {
		case atom.Html:
			return b.inBody(t)
		case atom.Frameset:
			b.insert(t)
		case atom.Frame:
			b.insertVoid(t)
		case atom.Noframes:
			return b.inHead(t)
		}
	case endTag:
		if t.atom == atom.Frameset && !b.top().is(atom.Html) {
			b.pop()
			if !b.top().is(atom.Frameset) {
				b.mode = modeAfterFrameset
			}
		}
	}
	return true
}

// afterFrameset is section 13.2.6.4.19.
func (b *builder) afterFrameset(t *token) bool {
	switch {
	case t.kind == textToken:
		b.spacesOf(t, false)
	case t.kind == startTag && t.atom == atom.Html:
		return b.inBody(t)
	case t.kind == startTag && t.atom == atom.Noframes:
		return b.inHead(t)
	case t.kind == endTag && t.atom == atom.Html:
		b.mode = modeAfterAfterFrameset
	}
	return true
}

// afterAfterFrameset is section 13.2.6.4.21.
func (b *builder) afterAfterFrameset(t *token) bool {
	switch {
	case t.kind == textToken:
		b.spacesOf(t, true)
	case t.kind == startTag && t.atom == atom.Html:
		return b.inBody(t)
	case t.kind == startTag && t.atom == atom.Noframes:
		return b.inHead(t)
	}
	return true
}

// spacesOf inserts the white space of a text and drops the rest: framesets
// and column groups take no other. With body set it is inserted as in the body.
func (b *builder) spacesOf(t *token, body bool) {
	for t.start < t.end {
		if space := b.cutSpace(t); space.start < space.end {
			if body {
				b.reconstruct()
			}
			b.insertText(&space, dom.TextData)
		}
		for t.start < t.end && b.z.src[t.start] != '&' && classes[b.z.src[t.start]]&classSpace == 0 {
			t.start++
		}
		if t.start < t.end && b.z.src[t.start] == '&' && b.spaceAt(t) == 0 {
			t.start++
		}
	}
}
