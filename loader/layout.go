package loader

import (
	"strconv"

	"golang.org/x/net/html/atom"

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
		f.layout = f.laidOut()
	}
	return f.layout
}

// deviceNow is what media and sizes in the frame's document are answered for: the
// window of a frame is the box of its element, which is laid out when something
// depends on it.
func (f *frame) deviceNow() css.Device {
	d := f.l.profile.Device
	d.NoScript = d.NoScript || f.l.profile.Scope.NoScript
	if f.parent == nil || f.parent.table().Atom(f.owner) == atom.Frame {
		return d
	}
	d.Window = &css.Window{Measure: func() (width, height float64) {
		width, height = f.parent.layoutNow().Content(f.owner)
		return max(width, 0), max(height, 0)
	}}
	return d
}

// shown reports whether a frame's element has a box. What is in a frame without
// one has no style.
func (f *frame) shown() bool {
	if f.parent == nil {
		return true
	}
	return f.parent.shown() && f.parent.styler.Displayed(f.parent.table(), f.owner)
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
	width, height := f.device.Viewport()
	near := ok && r.Near(width, height, margin) && (f.parent == nil || f.parent.near(f.owner, margin))
	if decide := f.l.profile.InView; decide != nil {
		return decide(LazyElement{Table: f.table(), ID: id, Rect: r, Laid: ok, Margin: margin, Near: near})
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
	if chosen, ok := css.SelectSrcset(p.srcset, width, "", f.device); ok {
		if u, err := f.base().Parse(chosen); err == nil && fetchable(u) {
			p.w.url = u
		}
	}
}
