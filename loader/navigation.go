package loader

import (
	"pageload/fetch"
	"pageload/fetch/httpcache"
	"pageload/loader/spool"
	"pageload/loader/waterfall"
	"pageload/parse/weburl"
)

// A Navigation is a page to load and how.
type Navigation struct {
	// URL is the page's; it must be http, https, data or about:blank.
	URL string
	// Method is GET if empty, or POST for a form.
	Method string
	// Body is what POST sends; ContentType is application/x-www-form-urlencoded if empty.
	Body        []byte
	ContentType string
	// Header are fields of the document's request: each replaces the profile's
	// or is added.
	Header []fetch.Field
	// Referrer is the page that the user came from; empty for the address bar.
	Referrer string
	// Cache is how the page is loaded as to the HTTP cache: Normal as from a link,
	// Reload and HardReload as with the button, PreferCached as when the user goes
	// back, Off as if there was none. See package httpcache.
	Cache httpcache.Mode
	// Bodies keeps the bodies of all responses in the waterfall.
	Bodies bool
	// Spool is where bodies are kept if they are; nil: in memory. They can be
	// read until it is closed. With it Limits.BodyKept is Limits.BodySize unless
	// it is set.
	Spool *spool.File
	// Observe is called for each event as it happens, one at a time, on the
	// page's goroutine: it holds the load up, so it should be quick. Times of an
	// exchange are told when its head or its end is in.
	Observe func(waterfall.Event)
	// Transient says that the Data of the events that Observe is told is valid during the call only: it is used again for
	// others, which saves memory where many pages are loaded. See [waterfall.Event.Clone].
	Transient bool
}

// address completes the request of the page's document from the navigation.
func (l *load) address(q *fetch.Request) {
	q.Method, q.Header = l.method(), l.nav.Header
	if len(l.nav.Body) > 0 || q.Method == "POST" {
		q.Body, q.ContentType = l.nav.Body, l.postType()
	}
	if u, err := weburl.Parse(l.nav.Referrer); l.nav.Referrer != "" && err == nil {
		q.Referrer, q.Initiator = u, u.Origin()
	}
}

func (l *load) method() string {
	switch {
	case l.nav.Method != "":
		return l.nav.Method
	case len(l.nav.Body) > 0:
		return "POST"
	}
	return "GET"
}

func (l *load) postType() string {
	if l.nav.ContentType == "" && (len(l.nav.Body) > 0 || l.method() == "POST") {
		return "application/x-www-form-urlencoded"
	}
	return l.nav.ContentType
}
