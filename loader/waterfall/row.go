package waterfall

import "time"

// Type is a request's resource type, named as Chromium's DevTools protocol
// names it.
type Type string

// The resource types.
const (
	Document   Type = "Document"
	Stylesheet Type = "Stylesheet"
	Script     Type = "Script"
	Image      Type = "Image"
	Font       Type = "Font"
	Media      Type = "Media"
	TextTrack  Type = "TextTrack"
	Manifest   Type = "Manifest"
	Fetch      Type = "Fetch"
	Other      Type = "Other"
)

// Priority is a request's priority in Chromium's words.
type Priority string

// The priorities, from first to last.
const (
	VeryHigh Priority = "VeryHigh"
	High     Priority = "High"
	Medium   Priority = "Medium"
	Low      Priority = "Low"
	VeryLow  Priority = "VeryLow"
)

// An Initiator says who asked for a request.
type Initiator struct {
	Type string // "parser" (markup or CSS), "script" (a module's import), "preload", "other" (the navigation, the browser itself)
	URL  string // the document, style sheet or script that named it; empty for the navigation
	Line int    // from 1; 0 if unknown
}

// A Rule is what of a style sheet asked for a request. Which sheet it is stands
// in the Initiator.
type Rule struct {
	Property string // such as background-image; empty: no rule asked
	Line     int    // of the sheet, or of the text of a style element, from 1; 0 if unknown
}

// The names of milestones.
const (
	RenderStart      = "render start"     // the last render-blocking request is in and there is a body
	DOMInteractive   = "DOM interactive"  // the parser has reached the end
	DOMContentLoaded = "DOMContentLoaded" // deferred scripts are in as well
	Load             = "load"             // everything that delays the load event is in
	Settled          = "settled"          // no request is in flight any more
)

// A Waterfall is the record of one load. It is a value of plain data: no view
// changes it.
type Waterfall struct {
	Page        Page
	Requests    []Request // in the order in which they were made
	Connections []ConnectionRow
	Limits      []Note // bounds that were reached
	Skipped     []Note // references that made no request, and why
	Hints       []Note // what was done ahead of requests
	MainThread  []Task // what a browser's main thread was busy with, at a pace; in the order of time
	Events      []Event
}

// Page is what concerns the load as a whole. Offsets are None where a
// milestone was not reached.
type Page struct {
	URL              string
	Title            string
	Start            time.Time // wall clock of offset 0
	RenderStart      time.Duration
	DOMInteractive   time.Duration
	DOMContentLoaded time.Duration
	Load             time.Duration
	End              time.Duration // of the last event
	Err              string        // why the page could not be loaded; empty if it was
}

// A Note is a line with its time.
type Note struct {
	At      time.Duration
	Request int32
	Text    string
}

// A Task is a span in which the main thread of a browser would have been busy. Where
// the load was given no pace there is none, and all time is the network's.
type Task struct {
	From, To time.Duration
	Request  int32  // what for; 0: the page, or several
	What     string // "navigation", "HTML", "style sheet", "style and layout", …
}

// A Wait is a span in which a request was held back, and why.
type Wait struct {
	From, To time.Duration
	Reason   string
}

// A Request is one row: one request on the wire, a redirect's hop, or one that
// was refused before it was sent.
type Request struct {
	ID    int32
	Frame int32
	Discovery
	Exchange
	Start         time.Duration // when it was made, before any queue
	Started       time.Duration // when the last gate let it go; None if it never was
	FinalPriority Priority      // after the last change
	Waits         []Wait
	Done          bool    // it has ended, well or not
	Body          []byte  // where bodies were asked for; nil: not kept, or in Content
	Content       Content // a body that is kept outside of memory; nil: in Body
}

// Failed reports whether the request ended without a response that could be used.
func (r *Request) Failed() bool { return r.Err != "" || r.BlockedReason != "" }

// Transferred returns the bytes that came over the network for the response.
func (r *Request) Transferred() int64 {
	return max(r.HeadBytes, 0) + r.BodyBytes
}
