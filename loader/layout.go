package loader

import (
	"strconv"
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/css"
	"pageload/parse/dom"
)

// How far below the window's lower edge lazy images and frames are fetched
// (Blink's LazyLoadImageObserver and LazyLoadFrameObserver on a fast network).
const (
	lazyImageMargin = 1250
	lazyFrameMargin = 2500
)

// near estimates whether an element comes to lie in the window or less than
// margin below it. There is no layout: see positions.
func (f *frame) near(id dom.ID, margin float64) bool {
	doc := f.document()
	if len(f.places) <= int(id) {
		f.places = positions(doc.Table, f.l.profile.Device)
	}
	height := f.l.profile.Device.Height
	if height <= 0 {
		height = 720
	}
	return f.places[id] <= height+margin
}

// positions estimates how far down each element begins, in CSS pixels, from
// what the markup says of sizes: height attributes, heights in style
// attributes, and the amount of text. Elements stand below each other, but for
// those that flow in a line. Style sheets are not asked: an estimate that errs
// towards the top fetches more, as a browser with a taller window would.
func positions(t *dom.Table, d css.Device) []float64 {
	const (
		lineHeight = 18.0
		charWidth  = 8.0
	)
	width := d.Width
	if width <= 0 {
		width = 1280
	}
	n := t.Len()
	top := make([]float64, n+1)
	y, line := 0.0, 0.0 // the position, and how tall the line so far is
	until := make([]float64, 0, 16)
	owner := make([]dom.ID, 0, 16) // elements with a height of their own that are open
	for id := dom.ID(1); int(id) <= n; id++ {
		for len(owner) > 0 && !inside(t, id, owner[len(owner)-1]) {
			y, line = until[len(until)-1], 0
			owner, until = owner[:len(owner)-1], until[:len(until)-1]
		}
		if t.Inert(id) {
			top[id] = y
			continue
		}
		inline := flowsInLine(t.Atom(id))
		if !inline {
			y, line = y+line, 0
		}
		top[id] = y
		if h, ok := ownHeight(t, id); ok {
			if inline {
				line = max(line, h)
			} else {
				owner, until = append(owner, id), append(until, y+h)
			}
			continue
		}
		if t.HasText(id) && shown(t.Atom(id)) {
			chars := 0
			for s := range t.Texts(id) {
				chars += len(strings.TrimSpace(s))
			}
			lines := float64(int(float64(chars)*charWidth/width) + 1)
			if inline {
				line = max(line, lines*lineHeight)
			} else {
				y += lines * lineHeight
			}
		}
	}
	return top
}

func inside(t *dom.Table, id, ancestor dom.ID) bool {
	for p := t.Parent(id); p >= ancestor; p = t.Parent(p) {
		if p == ancestor {
			return true
		}
	}
	return false
}

func flowsInLine(a atom.Atom) bool {
	switch a {
	case atom.A, atom.B, atom.I, atom.Span, atom.Em, atom.Strong, atom.Img, atom.Picture, atom.Source, atom.Input, atom.Button, atom.Label,
		atom.Small, atom.Sub, atom.Sup, atom.Code, atom.Svg, atom.Canvas, atom.Video, atom.Audio, atom.Iframe, atom.Object, atom.Embed, atom.Select:
		return true
	}
	return false
}

func shown(a atom.Atom) bool {
	switch a {
	case atom.Head, atom.Title, atom.Script, atom.Style, atom.Template, atom.Noscript:
		return false
	}
	return true
}

// ownHeight is the height that an element's markup gives it.
func ownHeight(t *dom.Table, id dom.ID) (float64, bool) {
	if s, ok := t.Attr(id, "style"); ok {
		for d := range strings.SplitSeq(s, ";") {
			name, value, _ := strings.Cut(d, ":")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "height", "min-height":
				if h, ok := pixels(strings.TrimSpace(value)); ok {
					return h, true
				}
			}
		}
	}
	switch t.Atom(id) {
	case atom.Img, atom.Iframe, atom.Video, atom.Canvas, atom.Object, atom.Embed, atom.Svg, atom.Table, atom.Td, atom.Tr:
		if s, ok := t.Attr(id, "height"); ok {
			return pixels(strings.TrimSpace(s))
		}
		if t.Atom(id) == atom.Iframe {
			return 150, true // HTML standard, 15.4.1
		}
	}
	return 0, false
}

func pixels(s string) (float64, bool) {
	s = strings.TrimSuffix(strings.ToLower(s), "px")
	h, err := strconv.ParseFloat(s, 64)
	return h, err == nil && h >= 0 && h < 1e7
}
