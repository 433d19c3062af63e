package layout

import "pageload/parse/css"

// placeOut lays out a positioned box in its containing block n, whose border box
// is at (x, y), and places it (CSS 2.2, sections 10.3.7 and 10.6.4).
func (l *layouter) placeOut(out *Layout, k *node, x, y float64, n *node) {
	cb := space{width: n.w - n.box.Border[left] - n.box.Border[right], height: n.h - n.box.Border[top] - n.box.Border[bottom]}
	if n == l.root {
		cb = space{l.width, l.height}
	}
	e := k.edges(cb.width)
	var in [4]float64
	for i := range in {
		whole := cb.width
		if i == top || i == bottom {
			whole = cb.height
		}
		in[i] = k.box.Inset[i].Resolve(whole)
	}
	if known(in[left]) && known(in[right]) && k.box.Width.Kind == css.LengthAuto && k.kind != kindReplaced {
		w := cb.width - in[left] - in[right] - e.marginX() - e.padX()
		l.sized(k, k.clampWidth(max(0, w), cb.width, e.padX()), l.between(k, in, cb, &e), cb, &e, newFloats(), 0, 0)
	} else {
		l.sizeAlone(k, cb, &e)
	}
	if h := l.between(k, in, cb, &e); known(h) && k.kind != kindReplaced {
		k.h = h + e.padY()
	}
	left0, top0 := x+n.box.Border[left], y+n.box.Border[top]
	var px, py float64
	switch {
	case known(in[left]):
		px = left0 + in[left] + e.margin[left]
	case known(in[right]):
		px = left0 + cb.width - in[right] - e.margin[right] - k.w
	default:
		px, _ = l.static(out, k)
	}
	switch {
	case known(in[top]):
		py = top0 + in[top] + e.margin[top]
	case known(in[bottom]):
		py = top0 + cb.height - in[bottom] - e.margin[bottom] - k.h
	default:
		_, py = l.static(out, k)
	}
	l.place(out, k, px, py)
}

// between is the height that top and bottom leave; NaN where they do not say.
func (l *layouter) between(k *node, in [4]float64, cb space, e *edges) float64 {
	if known(in[top]) && known(in[bottom]) && k.box.Height.Kind == css.LengthAuto {
		return max(0, cb.height-in[top]-in[bottom]-e.marginY()-e.padY())
	}
	return unknown
}

// static is where the box would be if it were not positioned.
func (l *layouter) static(out *Layout, k *node) (x, y float64) {
	for p := k.parent; p != nil; p = p.parent {
		if p.id != 0 {
			r := out.rects[p.id]
			return r.X + k.x, r.Y + k.y
		}
	}
	return k.x, k.y
}
