package schedule

import (
	"pageload/conn"
	"pageload/loader/waterfall"
)

// Hint is a fetchpriority attribute. The zero value is auto.
type Hint uint8

// The hints.
const (
	Auto Hint = iota
	High
	Low
)

// A Resource is what decides a request's priority: what kind it is, who found
// it, and what its markup says. The zero values mean no, none and unknown.
type Resource struct {
	Type          waterfall.Type
	Hint          Hint
	Scanner       bool // found by the preload scanner
	LinkPreload   bool // rel=preload or rel=modulepreload
	Prefetch      bool
	Icon          bool
	Async, Defer  bool // of classic scripts
	Module        bool // a module script, or an import of one
	MediaMismatch bool // a style sheet whose media does not match, or an alternate one
	InBody        bool // the scanner had seen a body or an img before it
	BlocksRender  bool // blocking=render
	Small         bool // an image of at most 10,000 square pixels by its attributes
	Rendered      bool // found by style or layout: a CSS image, a used font
}

// A Document is what the priorities of one document's requests depend on
// beyond themselves. Each frame has its own. The zero value is a new document.
type Document struct {
	imageSeen bool // an image was requested: scripts and sheets found by the scanner from now on are late
	counted   int  // images that took one of the five boosts, or would have
}

// boosted is how many of a document's first images start at Medium
// (resource_fetcher.cc, kBoostImagePriority: the first five that are not small).
const boosted = 5

// Initial returns the priority of a new request and Chromium's word for whether
// it blocks rendering, and remembers what later requests depend on. It is to be
// called once a request, in the order of discovery.
func (d *Document) Initial(r Resource) (conn.Priority, string) {
	p := d.base(&r)
	blocking := r.Blocks()
	if r.Type == waterfall.Image && !r.LinkPreload && !r.Icon {
		d.imageSeen = true
		if r.Scanner && !r.Small {
			if d.counted < boosted && r.Hint == Auto {
				p = conn.Medium
			}
			if d.counted < boosted {
				d.counted++
			}
		}
	}
	p = hinted(p, r)
	// The render-blocking floor (resource_request_utils.cc): not even
	// fetchpriority=low takes a blocking request below High.
	if blocking == Blocking && p < conn.High {
		p = conn.High
	}
	return p, blocking
}

// Reached returns the priority that a request has once the tree builder has
// come to its element: a script that the scanner found late is no longer late.
func (d *Document) Reached(r Resource, p conn.Priority) conn.Priority {
	if r.Type != waterfall.Script || !r.Scanner || r.LinkPreload {
		return p
	}
	r.Scanner = false
	return max(p, hinted(d.base(&r), r))
}

// base is the priority by type (resource_fetcher.cc, TypeToPriority, and the
// adjustments for scripts and late resources).
func (d *Document) base(r *Resource) conn.Priority {
	late := d.imageSeen && r.Scanner
	switch r.Type {
	case waterfall.Document:
		return conn.VeryHigh
	case waterfall.Stylesheet:
		switch {
		case r.MediaMismatch:
			return conn.VeryLow
		case late:
			return conn.Medium
		}
		return conn.VeryHigh
	case waterfall.Font:
		if r.LinkPreload {
			return conn.High
		}
		return conn.VeryHigh
	case waterfall.Script:
		switch {
		case r.Module: // never lowered by async or late
			return conn.High
		case r.Async || r.Defer:
			return conn.Low
		case late:
			return conn.Medium
		}
		return conn.High
	case waterfall.Fetch:
		return conn.High
	case waterfall.Manifest:
		return conn.Medium
	case waterfall.Other:
		switch {
		case r.Prefetch:
			return conn.VeryLow
		case r.Icon, r.LinkPreload: // as=fetch has no type of its own
			return conn.High
		}
	}
	return conn.Low // images, media, text tracks, SVG documents
}

// hinted applies fetchpriority (resource_request_utils.cc,
// AdjustPriorityWithPriorityHint).
func hinted(p conn.Priority, r Resource) conn.Priority {
	switch r.Hint {
	case High:
		return max(p, conn.High)
	case Low:
		if r.Type == waterfall.Document {
			return p // frames ignore the hint
		}
		if p == conn.VeryHigh && r.Type == waterfall.Stylesheet {
			return conn.High
		}
		return min(p, conn.Low)
	}
	return p
}

// Chromium's words for what a request blocks (RenderBlockingBehavior).
const (
	Blocking             = "Blocking"
	InBodyParserBlocking = "InBodyParserBlocking"
	PotentiallyBlocking  = "PotentiallyBlocking"
	NonBlocking          = "NonBlocking"
)

// Blocks returns Chromium's word for whether the request blocks rendering, which Document.Initial returns as well. It follows html_preload_scanner.cc for what the scanner finds and
// the element's own word otherwise; empty for types that never block.
func (r *Resource) Blocks() string {
	if r.LinkPreload {
		return NonBlocking
	}
	switch r.Type {
	case waterfall.Stylesheet:
		switch {
		case r.BlocksRender:
			return Blocking
		case r.MediaMismatch:
			return NonBlocking
		case r.InBody:
			return InBodyParserBlocking
		}
		return Blocking
	case waterfall.Script:
		switch {
		case r.BlocksRender:
			return Blocking
		case r.Async:
			return PotentiallyBlocking
		case r.Defer || r.Module:
			return NonBlocking
		case r.InBody:
			return InBodyParserBlocking
		}
		return Blocking
	case waterfall.Font:
		return NonBlocking
	}
	return ""
}
