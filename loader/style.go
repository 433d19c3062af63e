package loader

import (
	"time"

	"pageload/fetch"
	"pageload/loader/schedule"
	"pageload/loader/waterfall"
	"pageload/parse/css"
	"pageload/parse/dom"
)

// frameTime is how often a page is drawn while it changes: 60 times a second.
const frameTime = time.Second / 60

// renderBlocked reports whether a style sheet in the head keeps the document
// from being rendered (HTML standard, 8.1.7.3, render-blocked).
func (f *frame) renderBlocked() bool {
	if !f.inBody {
		return true
	}
	for _, s := range f.sheets {
		if s.blocking && !s.inBody && s.pending() {
			return true
		}
	}
	return false
}

// styleDue reports whether there is something that style has not seen and may
// see now or soon.
func (f *frame) styleDue() bool {
	return f.parser != nil && !f.failed && f.dirty && !f.renderBlocked() && f.shown()
}

// measureForms computes style with the sheets that are here, though rendering waits
// for others: as recorded, Chromium does so at DOMContentLoaded where a document has
// text controls or selects, for its form filler asks which of them are visible.
func (f *frame) measureForms() {
	if !f.inBody || f.parser == nil || f.failed || !f.shown() || f.l.stopped != nil {
		return
	}
	list := f.collect()
	f.fetchImages(list)
	f.fetchFonts(list)
	f.dirty = true
}

// style computes what the document's styles fetch: images of rules that match,
// fonts of text that is rendered. While the document arrives it does so no more
// often than a page is drawn, and never for more than a fifth of the time.
func (f *frame) style() {
	l := f.l
	if !f.styleDue() || l.stopped != nil {
		f.startMedia()
		f.startNextFamilies()
		f.startTracks()
		return
	}
	now := time.Now()
	if f.rendered && !f.parsed {
		if due := f.styledAt.Add(max(frameTime, 4*f.styleCost)); now.Before(due) {
			l.wake(due)
			f.startMedia()
			f.startTracks()
			return
		}
	}
	f.dirty = false
	first := !f.rendered
	if first {
		f.rendered = true
		if f.number == 0 {
			l.milestone(waterfall.RenderStart)
		}
	}
	list := f.collect()
	l.sheetProblems(nil, f, f.styler.Problems())
	f.fetchImages(list)
	f.layout = nil
	f.showLazy()
	f.startMedia()
	f.fetchFonts(list)
	f.startNextFamilies()
	f.startTracks()
	f.showDocuments()
	if f.parsed && !f.sheetsPending() {
		f.styler.Release()
	}
	f.drawn(first)
	f.styledAt = time.Now()
	f.styleCost = f.styledAt.Sub(now)
}

// fetchImages asks for the images of a style pass, and those of objects with them.
func (f *frame) fetchImages(list []css.Fetch) {
	for i := range list {
		if list[i].Kind != css.Font {
			f.showImages(list[i].Element)
			f.styled(&list[i])
		}
	}
	f.showImages(dom.ID(f.parser.Elements()))
}

func (f *frame) fetchFonts(list []css.Fetch) {
	for i := range list {
		if list[i].Kind == css.Font {
			f.styled(&list[i])
		}
	}
}

// styled asks for what a declaration fetches.
func (f *frame) styled(x *css.Fetch) {
	w := want{
		url: x.URL, referrer: f.referrer(), foundBy: "style", rules: schedule.Resource{Rendered: true},
		initiator: waterfall.Initiator{Type: "parser", URL: f.url.WithoutFragment().String()},
		rule:      waterfall.Rule{Property: x.Property, Line: x.Line},
	}
	if !x.SheetURL.IsZero() {
		w.referrer = x.SheetURL
		w.initiator.URL = x.SheetURL.WithoutFragment().String()
	}
	switch x.Mode {
	case css.CORS:
		w.mode, w.credentials = fetch.CORS, fetch.SameOriginCredentials
	case css.SameOrigin:
		w.mode = fetch.SameOrigin
	default:
		w.mode = fetch.NoCORS
	}
	switch x.Kind {
	case css.Font:
		f.startFont(x.Font, w)
		return
	case css.SVGDocument: // as recorded: it is the element that asks, with the sheet as referrer
		w.typ, w.destination = waterfall.Other, fetch.Image
		w.initiator.URL = f.url.WithoutFragment().String()
	default:
		w.typ, w.destination = waterfall.Image, fetch.Image
	}
	if !fetchable(w.url) {
		f.unfetchableOnce(w)
		return
	}
	f.fetch(w)
}

// unfetchableOnce is unfetchable for what every style pass comes upon again.
func (f *frame) unfetchableOnce(w want) {
	if f.once("unfetchable " + w.url.String()) {
		f.unfetchable(w.url, w)
	}
}

// once reports whether it is asked about what for the first time: style passes
// come upon the same things again.
func (f *frame) once(what string) bool {
	if f.decided == nil {
		f.decided = map[string]bool{}
	}
	if f.decided[what] {
		return false
	}
	f.decided[what] = true
	return true
}

// A pending element waits for layout before it asks for something.
type pending struct {
	id     dom.ID
	w      want
	srcset string // of an image with sizes=auto: its width decides
}

// showLazy asks for the lazy images and frames that are near the window.
func (f *frame) showLazy() {
	rest := f.lazy[:0]
	for _, i := range f.lazy {
		switch {
		case f.hidden(i.id):
		case !f.near(i.id, lazyImageMargin):
			rest = append(rest, i)
		default:
			if f.loaded { // as recorded: until then the parser is said to have asked
				i.w.initiator = waterfall.Initiator{Type: "other"}
			}
			f.autoSized(&i)
			f.fetch(i.w)
		}
	}
	f.lazy = rest
	frames := f.lazyFrames
	f.lazyFrames = nil
	for _, i := range frames {
		switch {
		case f.hidden(i.id):
		case !f.near(i.id, lazyFrameMargin):
			f.lazyFrames = append(f.lazyFrames, i)
		default:
			f.frameDocument(i.id, i.w)
		}
	}
}

// hidden reports whether an element is in what is not rendered.
func (f *frame) hidden(id dom.ID) bool { return !f.styler.Displayed(f.table(), id) }

// showImages asks for the images of objects and embeds up to an element: they
// begin when they are laid out, in tree order with what styles fetch.
func (f *frame) showImages(upTo dom.ID) {
	for len(f.plugins) > 0 && f.plugins[0].id <= upTo {
		p := f.plugins[0]
		f.plugins = f.plugins[1:]
		switch {
		case f.hidden(p.id):
		case p.w.typ == waterfall.Document:
			f.objects = append(f.objects, p)
		default:
			f.fetch(p.w)
		}
	}
}

// showDocuments loads the documents of objects and embeds, after all images.
func (f *frame) showDocuments() {
	list := f.objects
	f.objects = nil
	for _, p := range list {
		f.frameDocument(p.id, p.w)
	}
}
