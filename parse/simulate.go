package parse

import (
	"bytes"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// simulator predicts, from tags alone, what the tree builder will tell the
// tokenizer: which content model follows a tag, and whether the builder is in
// foreign content. The preload scanner runs ahead of the builder and needs to
// know. Where the builder finds the prediction wrong, it reads on by itself:
// see builder.diverge.
type simulator struct {
	// spaces are the namespaces entered and not left: svg and math push
	// theirs, an integration point pushes HTML.
	spaces    []dom.Namespace
	scripting bool
}

func (s *simulator) top() dom.Namespace {
	if len(s.spaces) == 0 {
		return dom.HTML
	}
	return s.spaces[len(s.spaces)-1]
}

func (s *simulator) pop() { s.spaces = s.spaces[:len(s.spaces)-1] }

// token notes a tag, fills in t.model and t.foreign, and tells the tokenizer.
func (s *simulator) token(z *tokenizer, t *token) {
	switch t.kind {
	case startTag:
		if len(s.spaces) > 0 || t.atom == atom.Svg || t.atom == atom.Math {
			s.enter(z, t)
		}
		if s.top() == dom.HTML && !t.foreign {
			t.model = textModel(t.atom, s.scripting)
			z.setModel(t.model, t)
		}
	case endTag:
		if len(s.spaces) > 0 {
			s.leave(t)
		}
	default:
		return
	}
	z.cdata = s.top() != dom.HTML
}

// maxSpaces bounds how deep svg and math are followed. Beyond it predictions
// may be wrong, which costs time only.
const maxSpaces = 1 << 10

func (s *simulator) enter(z *tokenizer, t *token) {
	if s.top() != dom.HTML && breaksOut(z, t) {
		for s.top() != dom.HTML {
			s.pop()
		}
	}
	in := s.top()
	push := in
	switch t.atom {
	case atom.Svg:
		t.foreign, push = true, dom.SVG
		if in == dom.SVG {
			push = in
		}
	case atom.Math:
		t.foreign, push = true, dom.MathML
		if in == dom.SVG {
			push = in
		}
	default:
		t.foreign = in != dom.HTML
		if !isIntegrationTag(in, t.atom, z.src[t.name.Start:t.name.End]) {
			return
		}
		push = dom.HTML
	}
	if !t.selfClosing && len(s.spaces) < maxSpaces {
		s.spaces = append(s.spaces, push)
	}
}

// isIntegrationTag reports whether HTML may follow within this element.
func isIntegrationTag(in dom.Namespace, a atom.Atom, name []byte) bool {
	switch in {
	case dom.SVG:
		return a == atom.Desc || a == atom.Title || a == atom.Foreignobject || bytes.EqualFold(name, []byte("foreignobject"))
	case dom.MathML:
		switch a {
		case atom.Mi, atom.Mo, atom.Mn, atom.Ms, atom.Mtext, atom.AnnotationXml:
			return true
		}
	}
	return false
}

func (s *simulator) leave(t *token) {
	top := s.top()
	switch t.atom {
	case atom.Svg:
		if top == dom.SVG {
			s.pop()
		}
		return
	case atom.Math:
		if top == dom.MathML {
			s.pop()
		}
		return
	case atom.P, atom.Br:
		for s.top() != dom.HTML {
			s.pop()
		}
		return
	}
	if n := len(s.spaces); top == dom.HTML && n > 1 && isIntegrationTag(s.spaces[n-2], t.atom, nil) {
		s.pop()
	}
}

// textModel returns the content model that an HTML element's start tag sets.
func textModel(a atom.Atom, scripting bool) model {
	switch a {
	case atom.Title, atom.Textarea:
		return modelRCData
	case atom.Style, atom.Xmp, atom.Iframe, atom.Noembed, atom.Noframes:
		return modelRawText
	case atom.Noscript:
		if scripting {
			return modelRawText
		}
	case atom.Script:
		return modelScript
	case atom.Plaintext:
		return modelPlaintext
	}
	return modelData
}

// breaksOut reports whether a start tag in foreign content ends it (HTML
// standard, section 13.2.6.5).
func breaksOut(z *tokenizer, t *token) bool {
	switch t.atom {
	case atom.B, atom.Big, atom.Blockquote, atom.Body, atom.Br, atom.Center, atom.Code, atom.Dd, atom.Div, atom.Dl, atom.Dt,
		atom.Em, atom.Embed, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Head, atom.Hr, atom.I, atom.Img,
		atom.Li, atom.Listing, atom.Menu, atom.Meta, atom.Nobr, atom.Ol, atom.P, atom.Pre, atom.Ruby, atom.S, atom.Small,
		atom.Span, atom.Strong, atom.Strike, atom.Sub, atom.Sup, atom.Table, atom.Tt, atom.U, atom.Ul, atom.Var:
		return true
	case atom.Font:
		for _, name := range [...]string{"color", "face", "size"} {
			if hasAttr(z, t, name) {
				return true
			}
		}
	}
	return false
}

// hasAttr reports whether a tag has the attribute.
func hasAttr(z *tokenizer, t *token, name string) bool {
	list := z.attrs[t.attrs : int(t.attrs)+int(t.nattrs)]
	for i := range list {
		if list[i].Is(z.src, name) {
			return true
		}
	}
	return false
}

// attrValue returns the decoded value of a tag's attribute.
func attrValue(z *tokenizer, t *token, name string) (value string, ok bool) {
	list := z.attrs[t.attrs : int(t.attrs)+int(t.nattrs)]
	for i := range list {
		if list[i].Is(z.src, name) {
			return list[i].ValueIn(z.src), true
		}
	}
	return "", false
}
