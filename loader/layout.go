package loader

import (
	"strconv"

	"pageload/parse/css"
	"pageload/parse/dom"
	"pageload/parse/layout"
)

// How far around the window lazy images and frames are fetched (Blink's
// LazyLoadImageObserver and LazyLoadFrameObserver on a fast network).
const (
	lazyImageMargin = 1250
	lazyFrameMargin = 2500
)

// layoutNow returns where the document's boxes lie; style has been computed. It
// is asked only where something lazy waits, so that other pages need no layout.
func (f *frame) layoutNow() *layout.Layout {
	if f.layout == nil {
		doc, d := f.document(), f.l.profile.Device
		f.layout = layout.Compute(doc.Table, f.styler.Boxes(doc.Table, doc.Base(), d), d)
	}
	return f.layout
}

// A LazyElement is a lazy image or frame that the loader is about to fetch or to
// leave, by where it lies.
type LazyElement struct {
	Table *dom.Table // of the document, to be read only
	ID    dom.ID
	// Rect is where layout puts the element, in CSS pixels from the upper left
	// corner of its document; Laid is false where it has no box.
	Rect   layout.Rect
	Laid   bool
	Margin float64 // how far around the window a browser fetches its kind
	Near   bool    // what the loader would decide
}

// near reports whether an element comes to lie in the window or less than margin
// away from it.
func (f *frame) near(id dom.ID, margin float64) bool {
	r, ok := f.layoutNow().Rect(id)
	width, height := f.l.profile.Device.Width, f.l.profile.Device.Height
	if width <= 0 {
		width = 1280
	}
	if height <= 0 {
		height = 720
	}
	near := ok && r.Near(width, height, margin)
	if decide := f.l.profile.InView; decide != nil {
		return decide(LazyElement{Table: f.document().Table, ID: id, Rect: r, Laid: ok, Margin: margin, Near: near})
	}
	return near
}

// autoSized chooses among the images of a lazy img with sizes=auto by the width
// that layout gives it (HTML standard, 4.8.4.3.5).
func (f *frame) autoSized(p *pending) {
	if p.srcset == "" {
		return
	}
	r, ok := f.layoutNow().Rect(p.id)
	if !ok || r.Width <= 0 {
		return
	}
	width := strconv.FormatFloat(r.Width, 'f', 2, 64) + "px"
	if chosen, ok := css.SelectSrcset(p.srcset, width, "", f.l.profile.Device); ok {
		if u, err := f.document().Base().Parse(chosen); err == nil && fetchable(u) {
			p.w.url = u
		}
	}
}
