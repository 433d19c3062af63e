package layout

import "pageload/parse/css"

// edges are the used margins, and paddings with borders, of a box.
type edges struct{ margin, pad [4]float64 }

// edges resolves them; width is that of the containing block, which percentages
// of all sides refer to. Margins that are auto count as 0.
func (n *node) edges(width float64) (e edges) {
	for i := range 4 {
		e.margin[i] = or(n.box.Margin[i].Resolve(width), 0)
		e.pad[i] = max(0, or(n.box.Padding[i].Resolve(width), 0)) + n.box.Border[i]
	}
	return e
}

func (e *edges) padX() float64    { return e.pad[left] + e.pad[right] }
func (e *edges) padY() float64    { return e.pad[top] + e.pad[bottom] }
func (e *edges) marginX() float64 { return e.margin[left] + e.margin[right] }
func (e *edges) marginY() float64 { return e.margin[top] + e.margin[bottom] }

// contentWidth is what a declared width means for the content box; NaN where it
// is auto. Content sizes count as auto here.
func (n *node) declared(l css.Length, whole, pad float64) float64 {
	v := l.Resolve(whole)
	if known(v) && n.box.BorderBox {
		v -= pad
	}
	if v < 0 {
		return 0
	}
	return v
}

// clampWidth applies min-width and max-width to a content width.
func (n *node) clampWidth(w, whole, pad float64) float64 {
	if m := n.declared(n.box.MaxWidth, whole, pad); known(m) {
		w = min(w, m)
	}
	if m := n.declared(n.box.MinWidth, whole, pad); known(m) {
		w = max(w, m)
	}
	return max(w, 0)
}

// clampHeight does the same for a height.
func (n *node) clampHeight(h, whole, pad float64) float64 {
	if m := n.declared(n.box.MaxHeight, whole, pad); known(m) {
		h = min(h, m)
	}
	if m := n.declared(n.box.MinHeight, whole, pad); known(m) {
		h = max(h, m)
	}
	return max(h, 0)
}
