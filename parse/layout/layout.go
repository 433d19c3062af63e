package layout

import (
	"math"

	"pageload/parse/css"
	"pageload/parse/dom"
)

// A Rect is where a border box lies, in CSS pixels from the upper left corner
// of the document.
type Rect struct{ X, Y, Width, Height float64 }

// Near reports whether the rectangle and the viewport, which is at the
// document's beginning and is margin larger on all sides, touch each other.
func (r Rect) Near(width, height, margin float64) bool {
	return r.Y <= height+margin && r.Y+r.Height >= -margin && r.X <= width+margin && r.X+r.Width >= -margin
}

// A Layout is the result of Compute. It is immutable.
type Layout struct{ rects []placed }

type placed struct {
	Rect
	content   [2]float64
	displayed bool
}

// Rect returns where the box of an element lies. ok is false for elements that
// have no box, and for those that were added since.
func (l *Layout) Rect(id dom.ID) (r Rect, ok bool) {
	if id <= 0 || int(id) >= len(l.rects) {
		return r, false
	}
	return l.rects[id].Rect, l.rects[id].displayed
}

// Area returns where the box of an element lies, with its content box: a Layout
// is the geometry that a css.Styler asks for.
func (l *Layout) Area(id dom.ID) (css.Area, bool) {
	r, ok := l.Rect(id)
	a := css.Area{X: r.X, Y: r.Y, Width: r.Width, Height: r.Height}
	a.ContentWidth, a.ContentHeight = l.Content(id)
	return a, ok
}

// Content returns the size of the content box of an element: of an iframe its
// window. It is 0 where there is no box.
func (l *Layout) Content(id dom.ID) (width, height float64) {
	if id <= 0 || int(id) >= len(l.rects) {
		return 0, 0
	}
	c := l.rects[id].content
	return c[0], c[1]
}

// Elements that a layout looks at, and how deep boxes may lie in each other:
// what is beyond lies where the last box before it ends.
const (
	maxElements = 40_000
	maxDepth    = 400
)

// Compute lays out a document. Fields of d that are zero have the meaning that
// package css gives them.
func Compute(t *dom.Table, boxes *css.Boxes, d css.Device) *Layout {
	l := &layouter{t: t, boxes: boxes, steps: maxSteps}
	l.width, l.height = d.Viewport()
	root := l.tree()
	l.root = root
	l.flow(root, space{width: l.width, height: l.height}, newFloats(), 0, 0)
	out := &Layout{rects: make([]placed, t.Len()+1)}
	l.place(out, root, 0, 0)
	bottom := root.h
	for i := maxElements + 1; i < len(out.rects); i++ {
		out.rects[i] = placed{Rect: Rect{0, bottom, 0, 0}, displayed: true}
	}
	return out
}

// layouter is one Compute.
type layouter struct {
	t             *dom.Table
	boxes         *css.Boxes
	root          *node
	width, height float64 // of the viewport
	steps         int     // left; see spend
}

// maxSteps bounds what a layout costs, whatever the document is like: some tenths
// of a second.
const maxSteps = 4_000_000

// spend takes n steps and reports whether there were as many left. Where there
// were not, boxes are left without a height, and texts without a width.
func (l *layouter) spend(n int) bool {
	l.steps -= n
	return l.steps >= 0
}

// space is the content box that a box is laid out in.
type space struct {
	width  float64
	height float64 // NaN: it depends on what is in it
}

var unknown = math.NaN()

// place turns positions relative to the box around into those in the document,
// and lays out what is positioned, whose containing block is known by now.
func (l *layouter) place(out *Layout, n *node, x, y float64) {
	if n.id != 0 {
		r := &out.rects[n.id]
		*r = placed{Rect{x, y, n.w, n.h}, n.content, true}
	}
	for _, k := range n.kids {
		if k.positioned() {
			continue
		}
		dx, dy := k.shift()
		l.place(out, k, x+k.x+dx, y+k.y+dy)
	}
	for _, k := range n.out {
		l.placeOut(out, k, x, y, n)
	}
}
