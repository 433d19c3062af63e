package css

import "pageload/parse/dom"

// A Geometry tells where the boxes of a document lie, for what style depends on:
// container queries and content-visibility: auto.
type Geometry interface {
	// Area returns where the box of an element lies. ok is false for an element
	// that has no box of its own.
	Area(id dom.ID) (a Area, ok bool)
}

// An Area is a border box, in CSS pixels from the upper left corner of the
// document, and the size of the content box in it.
type Area struct {
	X, Y, Width, Height         float64
	ContentWidth, ContentHeight float64
}

// maxLayouts bounds the layouts of one Collect: sizes of containers depend on
// boxes whose style may ask for containers around them.
const maxLayouts = 3

// area returns where the box of an element lies; the first question makes a
// layout. known is false where nobody makes layouts.
func (r *run) area(id dom.ID) (a Area, ok, known bool) {
	s := r.s
	if s.geometry == nil && s.Layout != nil && !r.boxes {
		s.layOut(r)
	}
	if s.geometry == nil {
		return a, false, false
	}
	a, ok = s.geometry.Area(id)
	return a, ok, true
}

// layOut makes a layout, and again as long as that may change what containers are.
func (s *Styler) layOut(r *run) {
	for range maxLayouts {
		s.geometry = s.Layout(s.Boxes(r.t, r.base, r.device))
		if !s.boxes.containers || s.boxSteps > r.maxSteps/10 { // nothing to find out, or too dear
			return
		}
	}
}

// farAway reports whether content-visibility: auto leaves out what is in an
// element: it lies more than 1.5 viewports beyond the window (Blink,
// DisplayLockDocumentState, kViewportMarginPercentage).
func (r *run) farAway(id dom.ID) bool {
	a, ok, known := r.area(id)
	if !known || !ok {
		return false
	}
	width, height := r.device.width(), r.device.height()
	return a.Y > 2.5*height || a.X > 2.5*width || a.Y+a.Height < -1.5*height || a.X+a.Width < -1.5*width
}
