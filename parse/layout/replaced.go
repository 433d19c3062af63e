package layout

import (
	"strconv"
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/css"
	"pageload/parse/dom"
)

// replaced reports whether an element has a size of its own, whatever is in it.
func (l *layouter) replaced(id dom.ID) bool {
	if l.t.Namespace(id) != dom.HTML {
		return l.t.Atom(id) == atom.Svg
	}
	switch l.t.Atom(id) {
	case atom.Img, atom.Video, atom.Audio, atom.Iframe, atom.Canvas, atom.Embed, atom.Input, atom.Select, atom.Textarea, atom.Meter, atom.Progress:
		return true
	case atom.Object:
		data, _ := l.t.Attr(id, "data")
		return data != ""
	}
	return false
}

// textual reports whether the baseline of a box in a line is that of text in it.
func (l *layouter) textual(n *node) bool {
	if n.kind != kindReplaced {
		return !n.box.Clips && hasContent(n.kids)
	}
	switch l.t.Atom(n.id) {
	case atom.Input:
		switch typ, _ := l.t.Attr(n.id, "type"); strings.ToLower(typ) {
		case "checkbox", "radio", "image", "range", "color":
			return false
		}
		return true
	case atom.Select, atom.Textarea:
		return true
	}
	return false
}

// intrinsic is the size that a replaced element has by itself. A ratio is width
// to height, 0 where there is none.
func (l *layouter) intrinsic(n *node) (w, h, ratio float64) {
	t, id := l.t, n.id
	number := func(name string) (float64, bool) {
		s, ok := t.Attr(id, name)
		if !ok {
			return 0, false
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		return v, err == nil && v > 0 && v < 1e6
	}
	attrRatio := func() float64 {
		aw, okW := number("width")
		ah, okH := number("height")
		if okW && okH {
			return aw / ah
		}
		return 0
	}
	font := n.box.FontSize
	switch t.Atom(id) {
	case atom.Img:
		ratio = attrRatio() // HTML section 15.4.3: until it is loaded
		if ratio == 0 && t.Atom(t.Parent(id)) == atom.Picture {
			ratio = l.sourceRatio(t.Parent(id))
		}
		if sizes, _ := t.Attr(id, "sizes"); len(sizes) >= 4 && strings.EqualFold(sizes[:4], "auto") {
			return 300, 150, ratio // HTML section 15.4.3: its size does not depend on the image
		}
		if ratio > 0 {
			return 0, 0, ratio
		}
		return 0, 0, 0 // its alternative text comes when it has failed
	case atom.Video:
		if ratio = attrRatio(); ratio > 0 {
			return 300, 150, ratio
		}
		return 300, 150, 2
	case atom.Canvas:
		w, h = 300, 150
		if v, ok := number("width"); ok {
			w = v
		}
		if v, ok := number("height"); ok {
			h = v
		}
		return w, h, w / h
	case atom.Svg:
		w, h = 300, 150
		if box, ok := t.Attr(id, "viewbox"); ok {
			f := strings.FieldsFunc(box, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\t' })
			if len(f) == 4 {
				vw, _ := strconv.ParseFloat(f[2], 64)
				vh, _ := strconv.ParseFloat(f[3], 64)
				if vw > 0 && vh > 0 {
					return -1, 0, vw / vh // as wide as there is room
				}
			}
		}
		return w, h, 0
	case atom.Iframe, atom.Embed, atom.Object:
		return 300, 150, 0
	case atom.Audio:
		return 300, 54, 0
	case atom.Meter:
		return 5 * font, font, 0
	case atom.Progress:
		return 10 * font, font, 0
	case atom.Textarea:
		cols, rows := 20.0, 2.0
		if v, ok := number("cols"); ok {
			cols = v
		}
		if v, ok := number("rows"); ok {
			rows = v
		}
		return cols*font*0.6 + 17, rows * n.box.Line(), 0
	case atom.Select:
		w = 0
		for k := range t.Descendants(id) {
			for s := range t.Texts(k) {
				_, m := textContent(s, n.box)
				w = max(w, m)
			}
		}
		return w + 24, n.box.Line() + 2, 0
	case atom.Input:
		switch typ, _ := t.Attr(id, "type"); strings.ToLower(typ) {
		case "checkbox", "radio":
			return 13, 13, 0
		case "submit", "button", "reset":
			v, ok := t.Attr(id, "value")
			if !ok {
				v = "Submit"
			}
			_, w = textContent(v, n.box)
			return w + 8, n.box.Line(), 0
		case "image":
			return 0, 0, attrRatio()
		case "range":
			return 129, 16, 0
		case "color":
			return 44, 23, 0
		}
		size := 20.0
		if v, ok := number("size"); ok {
			size = v
		}
		return size * font * 0.56, n.box.Line(), 0
	}
	return 0, 0, 0
}

// sourceRatio is the ratio that the first source of a picture gives.
func (l *layouter) sourceRatio(picture dom.ID) float64 {
	for k := l.t.FirstChild(picture); k != 0; k = l.t.Next(k) {
		if l.t.Atom(k) != atom.Source {
			continue
		}
		w, okW := l.t.Attr(k, "width")
		h, okH := l.t.Attr(k, "height")
		if okW && okH {
			a, _ := strconv.ParseFloat(w, 64)
			b, _ := strconv.ParseFloat(h, 64)
			if a > 0 && b > 0 {
				return a / b
			}
		}
	}
	return 0
}

// compressible reports whether a replaced element is as narrow as one likes,
// because its width is a part of what is around (CSS Sizing 3, section 5.2.2).
func (n *node) compressible() bool {
	for _, l := range []css.Length{n.box.Width, n.box.MaxWidth} {
		if l.Kind == css.LengthFixed && !known(l.Resolve(unknown)) {
			return true
		}
	}
	return false
}

func (n *node) setContent(w, h float64, e *edges) {
	n.content = [2]float64{w, h}
	n.w, n.h = w+e.padX(), h+e.padY()
}

// sizeReplaced sets the size of a replaced element (CSS 2.2, sections 10.3.2
// and 10.6.2).
func (l *layouter) sizeReplaced(n *node, in space, e *edges) {
	b := n.box
	iw, ih, ratio := l.intrinsic(n)
	if b.AspectRatio > 0 && ratio == 0 {
		ratio = b.AspectRatio
	}
	w := n.declared(b.Width, in.width, e.padX())
	h := n.declared(b.Height, in.height, e.padY())
	if b.Width.Kind == css.LengthStretch {
		w = max(0, in.width-e.marginX()-e.padX())
	}
	switch {
	case known(w) && known(h):
	case known(w):
		if w = n.clampWidth(w, in.width, e.padX()); ratio > 0 {
			h = w / ratio
		} else {
			h = ih
		}
	case known(h):
		if w = iw; ratio > 0 {
			w = h * ratio
		}
	case iw < 0:
		w = or(in.width-e.marginX()-e.padX(), 300)
		h = w / ratio
	default:
		if w, h = iw, ih; ratio > 0 && w > 0 {
			h = w / ratio
		}
	}
	limited := n.clampWidth(w, in.width, e.padX())
	if limited != w && ratio > 0 && !known(n.declared(b.Height, in.height, e.padY())) {
		h = limited / ratio
	}
	w = limited
	lower := n.clampHeight(h, in.height, e.padY())
	if lower != h && ratio > 0 && !known(n.declared(b.Width, in.width, e.padX())) {
		w = lower * ratio
	}
	n.setContent(w, lower, e)
}
