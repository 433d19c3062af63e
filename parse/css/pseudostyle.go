package css

import (
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// pseudoElements handles the rules for the element's pseudo-elements, except
// ::after's, which comes behind its children.
func (r *run) pseudoElements(f *frame) {
	if len(r.pseudos) == 0 {
		if r.families != nil && r.t.Atom(f.id) == atom.Q {
			r.text(f.id, &f.st, "“")
		}
		return
	}
	pseudos := append([]found(nil), r.pseudos...)
	r.pseudo(f.id, &f.st, pseudos, pseudoBefore)
	for _, p := range pseudos {
		if p.pseudo == pseudoAfter {
			f.after = pseudos
		}
	}
	if f.st.display == displayListItem {
		r.pseudo(f.id, &f.st, pseudos, pseudoMarker)
	}
	if r.match.placeholder(f.id) != "" {
		r.pseudo(f.id, &f.st, pseudos, pseudoPlaceholder)
	}
	if d := f.st.display; d == displayBlock || d == displayListItem || d == displayInlineBlock {
		r.pseudo(f.id, &f.st, pseudos, pseudoFirstLine)
		r.pseudo(f.id, &f.st, pseudos, pseudoFirstLetter)
	}
}

// pseudo computes one pseudo-element of an element and lists its fetches.
func (r *run) pseudo(id dom.ID, parent *style, all []found, which pseudoElement) {
	r.found = r.found[:0]
	for _, p := range all {
		if p.pseudo == which {
			r.found = append(r.found, p)
		}
	}
	quote := ""
	if r.t.Atom(id) == atom.Q {
		switch which {
		case pseudoBefore:
			quote = "“"
		case pseudoAfter:
			quote = "”"
		}
	}
	if len(r.found) == 0 {
		if quote != "" && r.families != nil {
			r.text(id, parent, quote)
		}
		return
	}
	r.cascade(nil, nil)
	var st style
	r.computed(&st, parent, &uaStyle{display: displayInline})
	if st.display == displayNone {
		return
	}
	list, text := r.listOf(parent), ""
	switch which {
	case pseudoBefore, pseudoAfter:
		v := r.value(propContent, st.vars)
		text = quote
		if v != nil && v.kind == valueSet {
			if v.num == contentNormal && quote == "" {
				return
			}
			text = r.contentText(id, v.text)
		} else if quote == "" {
			return
		}
	case pseudoFirstLine, pseudoFirstLetter:
		list = &r.late
		if !r.hasInnerText(id) {
			return
		}
		text = r.t.TextContent(id, 200)
	case pseudoPlaceholder:
		text = r.match.placeholder(id)
	case pseudoMarker:
		if v := r.value(propContent, st.vars); v != nil {
			text = r.contentText(id, v.text)
		}
	}
	r.list(list, id, &st)
	r.animate(list, id, &st)
	if (which == pseudoBefore || which == pseudoAfter) && !r.generates(id) {
		return
	}
	if r.families == nil {
		return
	}
	r.text(id, &st, text)
	switch which {
	case pseudoBefore, pseudoAfter:
		r.strut(id, &st)
		if st.display <= lastInLine && parent.hasLines() {
			r.strut(id, parent)
		}
	case pseudoMarker:
		r.strut(id, &st)
	}
}

// generates reports whether ::before and ::after of the element have boxes. Of
// replaced elements and most form controls they have none, but Chromium computes
// their style and fetches their images.
func (r *run) generates(id dom.ID) bool {
	switch r.t.Atom(id) {
	case atom.Img, atom.Br, atom.Wbr, atom.Video, atom.Audio, atom.Iframe, atom.Canvas, atom.Embed, atom.Object, atom.Textarea, atom.Select, atom.Svg:
		return false
	case atom.Input:
		typ := r.match.inputType(id)
		return typ == "checkbox" || typ == "radio"
	}
	return true
}

// contentText puts attributes in the place of attr().
func (r *run) contentText(id dom.ID, text string) string {
	if !strings.Contains(text, attrMark) {
		return text
	}
	parts := strings.Split(text, attrMark)
	for i := 1; i < len(parts); i += 2 {
		parts[i], _ = r.t.Attr(id, parts[i])
	}
	return strings.Join(parts, "")
}

// hasInnerText reports whether the element or what is in it has text.
func (r *run) hasInnerText(id dom.ID) bool {
	if r.t.HasText(id) {
		return true
	}
	for d := range r.t.Descendants(id) {
		if r.match.steps--; r.match.steps <= 0 {
			return false
		}
		if r.t.HasText(d) && !r.t.Inert(d) {
			return true
		}
	}
	return false
}
