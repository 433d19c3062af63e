package parse

import (
	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// EventKind says what happened in the document.
type EventKind uint8

// The kinds of events.
const (
	// EventRef: an element that refers to something is there. External
	// scripts come at their end tag, when a browser waits for them.
	EventRef EventKind = iota + 1
	// EventInlineStyle: a style element is complete; Text is its text.
	EventInlineStyle
	// EventInlineScript: an inline script is complete; Text is its text,
	// Ref.Script its kind, Ref.Type, Async and Nonce its attributes.
	EventInlineScript
	// EventBody: the body element is there, or the frameset that takes its
	// place, also that of a body that was implied before, or the root of an SVG
	// document. Chromium's tight mode ends, and the document can be rendered.
	EventBody
	// EventBase: a base element has set the base URL, Ref.URL.
	EventBase
	// EventMeta: a meta element that matters to loading: see Event.Meta.
	EventMeta
	// EventLink: something that is never fetched, for crawlers: see Event.Link.
	EventLink
	// EventLimit: a limit was reached: see Event.Limit.
	EventLimit
	// EventEnd: the document is complete.
	EventEnd
)

var eventNames = [...]string{"", "ref", "inline-style", "inline-script", "body", "base", "meta", "link", "limit", "end"}

// String returns the kind in lower case, such as "inline-style".
func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return ""
}

// Event is something that happened when the tree builder came to it.
type Event struct {
	Kind    EventKind
	Element dom.ID
	Line    int // where the tree builder was, from 1
	// Offset is how many bytes of the document, as they were fed, the tree
	// builder had read: up to the end of the tag that the event is about, for a
	// script or style that of its end tag. It never goes back from one event to
	// the next, and that of an EventLimit is that of the event before.
	Offset int
	Ref    Ref    // EventRef; some fields for EventInlineStyle, EventInlineScript and EventBase
	Text   string // EventInlineStyle and EventInlineScript
	Meta   Meta   // EventMeta
	Link   *Link  // EventLink
	Limit  *Limit // EventLimit
}

// MetaKind says which meta element it is.
type MetaKind uint8

// The kinds of meta elements that matter to loading.
const (
	MetaRefresh  MetaKind = iota + 1 // http-equiv=refresh
	MetaCSP                          // http-equiv=content-security-policy
	MetaReferrer                     // name=referrer
	MetaViewport                     // name=viewport
	MetaCharset                      // charset, or http-equiv=content-type
)

// Meta is a meta element. The zero value is none.
type Meta struct {
	Kind    MetaKind
	Content string // the content attribute, or charset
	// Of a refresh: after how many seconds, and where to.
	Seconds float64
	URL     weburl.URL // zero: the same document again
	Err     error      // why a refresh names no URL
}
