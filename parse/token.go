package parse

import (
	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// tokenKind says what a token is. There is none for the end: the tokenizer
// says so by itself.
type tokenKind uint8

const (
	textToken tokenKind = iota
	startTag
	endTag
	commentToken
	doctypeToken
	cdataToken
)

// model is the content model: what the tokenizer takes the text after a start
// tag for (HTML standard, section 13.2.5, the states that a tree builder sets).
type model uint8

const (
	modelData      model = iota
	modelRCData          // title, textarea: character references, no tags
	modelRawText         // style, iframe, xmp, noembed, noframes, noscript
	modelScript          // script
	modelPlaintext       // plaintext
)

// token is one token as ranges of the source. It holds no pointers.
type token struct {
	kind        tokenKind
	model       model // start tag: the model predicted for what follows; text: the model it is of
	dirty       bool  // text: holds a character reference, a CR or a NUL
	selfClosing bool
	cdataLike   bool // comment: begins as a CDATA section does
	foreign     bool // start tag: the scanner takes it for one of SVG or MathML
	nattrs      uint16
	atom        atom.Atom
	attrs       int32  // first attribute in tokenizer.attrs
	start, end  uint32 // all of the token, or the text
	name        dom.Span
}

// textKind returns how the table must decode a text token.
func (t *token) textKind(nulls dom.TextKind) dom.TextKind {
	if !t.dirty {
		return dom.TextPlain
	}
	switch {
	case t.kind == cdataToken:
		if nulls == dom.TextData {
			return dom.TextCData
		}
		return dom.TextRaw
	case t.model == modelRCData:
		return dom.TextRCData
	case t.model != modelData:
		return dom.TextRaw
	}
	return nulls
}

// begins reports whether a text surely begins with something else than white space.
func (t *token) begins(src []byte) bool {
	if t.start >= t.end {
		return false
	}
	c := src[t.start]
	return c > ' ' && c != '&'
}

// modelAfter returns the content model in which what follows the token is
// read. Raw text is followed by its end tag, which any model but it can read.
func (t *token) modelAfter() model {
	if t.kind == startTag || t.model == modelPlaintext {
		return t.model
	}
	return modelData
}
