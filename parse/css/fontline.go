package css

import (
	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// fontsOf asks for the fonts of an element: of its own text, and of the lines
// that it makes or stands in.
func (r *run) fontsOf(f *frame) {
	if !f.st.noText {
		r.ownText(f.id, &f.st)
		if f.st.display == displayListItem && (!f.st.listNone || f.st.listImage) {
			r.strut(f.id, &f.st) // of the marker
		}
	}
	n := len(r.stack)
	if n == 0 || f.st.display > lastInLine {
		return
	}
	p := &r.stack[n-1]
	if r.t.Namespace(p.id) != dom.HTML || !p.st.hasLines() {
		return
	}
	if !p.lined {
		p.lined = true
		r.strut(p.id, &p.st)
	}
	if f.st.display == displayInline {
		r.strut(f.id, &f.st)
	}
}

// hasLines reports whether children of an element that stand in lines stand in
// lines of its own, or in the line that it stands in. Such a line is at least as
// high as the element's font, even if there is no text in it, so that the font is
// needed.
func (st *style) hasLines() bool {
	switch st.display {
	case displayInline, displayBlock, displayListItem, displayInlineBlock:
		return true
	}
	return false
}

// strut asks for the primary font of a style, which is the one with a space.
func (r *run) strut(id dom.ID, st *style) {
	if n := r.needs(st); n != nil && !n.line && !st.noText {
		n.line = true
		r.struts = append(r.struts, fontWait{id, n, ' '})
	}
}

// fontWait is a font that is asked for when the page is laid out: after those
// of the texts, which are asked for when their boxes are made.
type fontWait struct {
	id dom.ID
	n  *textNeeds
	c  rune
}

// layoutFonts requests what waited for layout: the fonts of texts, then those
// that only lines need. It returns false where the latter were not requested,
// because it is not known well enough what stands in lines.
func (r *run) layoutFonts() bool {
	for _, w := range r.waits {
		r.request(&r.fonts, w.id, w.n.levels, w.c)
	}
	known := true
	for _, w := range r.struts {
		if f, _ := chooseFace(w.n.levels, w.c); f == nil || f.asked || f.local {
			continue
		}
		if r.exact {
			r.request(&r.fonts, w.id, w.n.levels, w.c)
		} else {
			known = false
		}
	}
	return known
}

// selectText asks for the font of the option that a drop-down select shows.
func (r *run) selectText(id dom.ID, st *style) {
	r.controlFont(id, st)
	var shown dom.ID
	for d := range r.t.Descendants(id) {
		if r.match.steps--; r.match.steps <= 0 {
			return
		}
		if r.t.Atom(d) == atom.Option && (shown == 0 || r.match.hasAttr(d, "selected")) {
			shown = d
		}
	}
	if shown != 0 {
		r.text(id, st, r.t.TextContent(shown, 200))
	}
}

func (r *run) inputText(id dom.ID, st *style) {
	value, ok := r.t.Attr(id, "value")
	typ := r.match.inputType(id)
	switch typ {
	case "checkbox", "radio", "image", "range", "color", "hidden":
		return
	case "submit":
		if !ok {
			value = "Submit"
		}
		r.strut(id, st)
	case "reset":
		if !ok {
			value = "Reset"
		}
		r.strut(id, st)
	case "button":
		r.strut(id, st)
	default:
		r.controlFont(id, st)
	}
	if typ == "file" {
		value = "Choose File No file chosen"
	}
	if value == "" {
		value, _ = r.t.Attr(id, "placeholder")
	}
	r.text(id, st, value)
}

// controlFont requests the font of a control with lengths that depend on it,
// which Chromium does as soon as it computes the style.
func (r *run) controlFont(id dom.ID, st *style) {
	if n := r.needs(st); n != nil {
		r.request(&r.controlFonts, id, n.levels, ' ')
	}
}
