package loader

import (
	"cmp"
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/fetch"
	"pageload/loader/waterfall"
	"pageload/parse"
	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// childFrame loads the document of an iframe or frame element.
func (f *frame) childFrame(ref *parse.Ref) {
	if ref.HasSrcDoc {
		if c := f.newChild(ref.Element, "srcdoc"); c != nil {
			c.from = f.addressOrigin()
			c.moveTo(c.url)
			c.inheritSecurity()
			text := ref.SrcDoc // and not ref, which then need not outlive the call
			f.l.later(func() {
				c.begin(aboutSrcdoc, "text/html", "", len(text))
				c.feed([]byte(text), f.l.now())
				c.complete()
			})
		}
		return
	}
	if ref.Err != nil {
		f.skip(ref)
		return
	}
	if ref.URL.IsZero() || ref.URL.Scheme() == "about" || ref.URL.Scheme() == "javascript" {
		return // about:blank makes no request
	}
	w := want{
		url: ref.URL, destination: fetch.Frame, referrer: f.referrer(), policy: ref.ReferrerPolicy, foundBy: "parser", offset: ref.Offset,
		initiator: waterfall.Initiator{Type: "parser", URL: f.url.WithoutFragment().String(), Line: ref.Line},
	}
	w.typ = waterfall.Document
	if !fetchable(ref.URL) {
		f.unfetchable(ref.URL, w)
		return
	}
	if ref.Lazy { // layout decides
		f.lazyFrames = append(f.lazyFrames, pending{id: ref.Element, w: w})
		return
	}
	f.frameDocument(ref.Element, w)
}

// frameDocument loads a document within the document, if its policies let it.
func (f *frame) frameDocument(owner dom.ID, w want) {
	if !f.inScope(&w) {
		return
	}
	kinds := []fetch.Destination{w.destination}
	if w.destination != fetch.Frame {
		kinds = append(kinds, fetch.Frame) // an object's document is a frame's, too
	}
	for _, as := range kinds {
		asked := w
		asked.destination = as
		about := asked.subject()
		if f.security == nil {
			continue
		}
		v := f.security.judge(&about, w.url, false)
		if v.reason != "" { // as recorded: no request, the frame shows an error
			f.l.skipped(f, "line %d: %s", w.initiator.Line, v.why)
			return
		}
		if v.url.Scheme() != w.url.Scheme() && fetch.Referrer(cmp.Or(w.policy, f.referrerPolicy), w.referrer, w.url) == "" {
			w.policy = "no-referrer" // as recorded: decided before the URL is upgraded
		}
		w.url = v.url
	}
	if c := f.newChild(owner, short(w.url.String())); c != nil {
		f.l.navigate(c, w.url, &w)
	}
}

var aboutSrcdoc = weburl.MustParse("about:srcdoc")

// newChild adds a frame, or nil where a limit forbids it.
func (f *frame) newChild(owner dom.ID, what string) *frame {
	l := f.l
	switch {
	case f.depth >= l.limits.Depth:
		l.limitHit(nil, f.number, "frames nested more than %d deep (Limits.Depth): %s is not loaded", l.limits.Depth, what)
		return nil
	case len(l.frames) >= l.limits.Frames:
		l.limitHit(nil, f.number, "more than %d frames (Limits.Frames): %s is not loaded", l.limits.Frames, what)
		return nil
	}
	l.spend(l.profile.Pace.Frame, "frame", 0)
	c := l.newFrame(f, weburl.URL{})
	c.owner = owner
	c.sandboxed = f.sandboxed
	if t := f.table(); owner != 0 && t.Atom(owner) == atom.Iframe {
		if flags, ok := t.Attr(owner, "sandbox"); ok && !hasToken(flags, "allow-same-origin") {
			c.sandboxed = true
		}
	}
	return c
}

func hasToken(list, token string) bool {
	for t := range strings.FieldsSeq(list) {
		if strings.EqualFold(t, token) {
			return true
		}
	}
	return false
}
