package loader

import (
	"fmt"
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/fetch"
	"pageload/loader/schedule"
	"pageload/loader/waterfall"
	"pageload/parse"
	"pageload/parse/weburl"
)

// discover asks for what the preload scanner found.
func (f *frame) discover(ref *parse.Ref) {
	var w want
	switch {
	case f.wanted(ref, &w):
		f.ask(&w)
	case w.typ == waterfall.Image:
		f.seen(&w)
	}
}

// reach takes a reference that the tree builder came to. What the scanner had
// found is found again in memory; the element then has its effects: it is
// waited for, takes its place in the cascade, delays the load event.
func (f *frame) reach(ref *parse.Ref) {
	switch ref.Kind {
	case parse.Preconnect:
		f.l.helpers.preconnect(f, ref)
		return
	case parse.DNSPrefetch:
		f.l.helpers.resolve(f, ref)
		return
	case parse.Frame:
		f.childFrame(ref)
		return
	}
	if ref.Fallback {
		f.fallback(ref)
		return
	}
	var w want
	if !f.wanted(ref, &w) {
		return
	}
	if len(ref.Candidates) > 0 {
		f.alternatives(ref, &w)
	}
	switch ref.Kind {
	case parse.Video, parse.Audio:
		if ref.ElementName == "source" {
			w.media = f.table().Parent(ref.Element)
		}
		f.media = append(f.media, w)
		return
	case parse.Track:
		f.tracks = append(f.tracks, w)
		return
	case parse.Object, parse.Embed:
		f.plugins = later(f.plugins, ref, &w)
		return
	case parse.Icon:
		// Blink's Document::IconURLs looks at the children of the head only.
		if t := f.table(); t.Atom(t.Parent(ref.Element)) == atom.Head {
			f.icons = later(f.icons, ref, &w)
		}
		return
	case parse.Background:
		return // a presentational hint: style finds it
	}
	if ref.Kind == parse.Image && ref.Lazy {
		w.lazy = true
		w.foundBy = "layout"
		f.lazy = later(f.lazy, ref, &w)
		return
	}
	r := f.ask(&w)
	if r == nil {
		return
	}
	switch ref.Kind {
	case parse.Stylesheet:
		f.linkSheet(ref, r)
	case parse.Preload:
		f.preloadedSheet(ref, r)
	case parse.Script:
		f.externalScript(ref, r)
	}
}

// later appends what is asked for later. Its copies are not on reach's stack, which goes deep from there.
//
//go:noinline
func later(list []pending, ref *parse.Ref, w *want) []pending {
	return append(list, pending{id: ref.Element, w: *w, srcset: ref.AutoSizes})
}

// wanted says in w, which is empty, what a reference asks for, and reports whether it asks for something.
func (f *frame) wanted(ref *parse.Ref, w *want) bool {
	if ref.Err != nil {
		f.skip(ref)
		return false
	}
	if !ref.Wanted() || ref.URL.IsZero() {
		return false
	}
	w.url, w.mode, w.referrer, w.policy, w.foundBy, w.offset = ref.URL, fetch.NoCORS, f.referrer(), ref.ReferrerPolicy, "parser", ref.Offset
	w.initiator.Type, w.initiator.URL, w.initiator.Line = "parser", f.url.WithoutFragment().String(), ref.Line
	w.rules.Hint, w.rules.Scanner, w.rules.InBody = hint(ref.FetchPriority), ref.FoundBy == parse.Scanner, ref.InBody
	w.rules.BlocksRender, w.rules.Small = ref.Blocking, ref.Small
	if w.rules.Scanner {
		w.foundBy = "scanner"
	}
	switch ref.CrossOrigin {
	case parse.Anonymous:
		w.mode, w.credentials = fetch.CORS, fetch.SameOriginCredentials
	case parse.UseCredentials:
		w.mode = fetch.CORS
	}
	switch ref.Kind {
	case parse.Stylesheet, parse.Import:
		w.typ, w.destination, w.keep = waterfall.Stylesheet, fetch.Style, keepAll
		w.rules.MediaMismatch = !ref.MediaMatches || ref.Alternate
	case parse.Script:
		w.typ, w.destination = waterfall.Script, fetch.Script
		w.rules.Async, w.rules.Defer = ref.Async, ref.Defer
		if ref.Script == parse.Module {
			w.asModule()
		}
	case parse.Image:
		w.typ, w.destination = waterfall.Image, fetch.Image
	case parse.Preload:
		return f.preload(ref, w)
	case parse.ModulePreload:
		w.typ, w.destination = waterfall.Script, fetch.Script
		w.rules.LinkPreload = true
		w.asModule()
	case parse.Prefetch:
		w.typ, w.destination = waterfall.Other, fetch.Prefetch
		w.rules.Prefetch = true
	case parse.Video, parse.Audio:
		w.typ, w.destination = waterfall.Media, fetch.Video
		if ref.Kind == parse.Audio {
			w.destination = fetch.Audio
		}
	case parse.Track:
		w.typ, w.destination = waterfall.TextTrack, fetch.Track
		if ref.CrossOrigin == parse.CORSNone {
			w.mode = fetch.SameOrigin
		}
	case parse.SVGUse:
		w.typ, w.destination, w.mode = waterfall.Other, fetch.Image, fetch.SameOrigin
	case parse.Object, parse.Embed:
		return f.plugin(ref, w)
	case parse.Icon:
		w.typ, w.destination = waterfall.Other, fetch.Icon
		w.rules.Icon = true
	default: // a manifest, which is fetched where a page can be installed; a background, which style finds
		return false
	}
	w.refPolicy(ref)
	return f.mayFetch(ref, w)
}

// mayFetch reports whether a load fetches the URL of a reference at all; if
// not, the tree builder's turn leaves a trace of it.
func (f *frame) mayFetch(ref *parse.Ref, w *want) bool {
	ok := fetchable(ref.URL)
	if !ok && ref.FoundBy == parse.Builder {
		f.unfetchable(ref.URL, *w)
	}
	return ok
}

// asModule makes the want a module script's (HTML standard, fetch a module
// script graph: CORS mode, same-origin credentials).
func (w *want) asModule() {
	w.rules.Module, w.rules.Defer = true, false
	w.keep = keepAll
	if w.mode != fetch.CORS {
		w.mode, w.credentials = fetch.CORS, fetch.SameOriginCredentials
	}
}

// preload is what a link rel=preload asks for, by its as (HTML standard,
// 4.6.7.17; the types that Chromium acts on).
func (f *frame) preload(ref *parse.Ref, w *want) bool {
	w.rules.LinkPreload = true
	switch strings.ToLower(ref.As) {
	case "style":
		w.typ, w.destination, w.keep = waterfall.Stylesheet, fetch.Style, keepAll
	case "script":
		w.typ, w.destination = waterfall.Script, fetch.Script
	case "image":
		w.typ, w.destination = waterfall.Image, fetch.Image
	case "font":
		w.typ, w.destination, w.keep = waterfall.Font, fetch.Font, keepMagic
	case "fetch":
		w.typ, w.destination = waterfall.Other, fetch.Empty
	case "track":
		w.typ, w.destination = waterfall.TextTrack, fetch.Track
	default:
		return false
	}
	w.refPolicy(ref)
	return f.mayFetch(ref, w)
}

// plugin is what object and embed ask for: by the type attribute or else the
// name's ending an image or a document.
func (f *frame) plugin(ref *parse.Ref, w *want) bool {
	w.destination = fetch.Object
	if ref.Kind == parse.Embed {
		w.destination = fetch.Embed
	}
	switch kind := pluginType(ref); {
	case kind == "":
		return false
	case kind == "image":
		w.typ = waterfall.Image
	default:
		w.typ = waterfall.Document
	}
	return f.mayFetch(ref, w)
}

// pluginType says whether an object or embed is an "image", a "document", or
// something that Chromium has no plugin for and shows the fall-back of.
func pluginType(ref *parse.Ref) string {
	switch t := essence(ref.Type); {
	case t == "image/svg+xml", t == "text/html", t == "application/xhtml+xml", t == "text/plain", t == "application/pdf":
		return "document"
	case strings.HasPrefix(t, "image/"):
		return "image"
	case t != "":
		return ""
	}
	path := ref.URL.Path()
	ext := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
	switch ext {
	case "png", "jpg", "jpeg", "gif", "webp", "avif", "bmp", "ico", "apng", "jxl":
		return "image"
	case "swf", "bin", "exe", "dll", "class", "jar", "so": // application/octet-stream and plugins that are gone
		return ""
	}
	return "document"
}

// fetchable reports whether a load fetches such URLs at all.
func fetchable(u weburl.URL) bool {
	if !u.IsHTTP() {
		return u.Scheme() == "data"
	}
	_, port := u.Address()
	return !weburl.BlockedPort(port)
}

// unfetchable gives a reference that must not be fetched a row where Chromium
// has one or a user would miss it, and a note otherwise.
func (f *frame) unfetchable(u weburl.URL, w want) {
	switch {
	case u.IsHTTP():
		f.l.refuse(f, w, "port", "net::ERR_UNSAFE_PORT", fmt.Sprintf("loader: %s: port %s is blocked (Fetch standard, bad port)", short(u.String()), u.Port()))
	case u.Scheme() == "file":
		f.l.skipped(f, "%s: a page may not load local files", short(u.String()))
	default:
		f.l.skipped(f, "%s: scheme %q is not fetched", short(u.String()), u.Scheme())
	}
}

// skip says what a reference was that makes no request.
func (f *frame) skip(ref *parse.Ref) {
	if ref.FoundBy == parse.Scanner {
		return // the tree builder will come to it
	}
	f.l.skipped(f, "line %d: <%s>: %v", ref.Line, ref.ElementName, ref.Err)
}

func hint(p parse.FetchPriority) schedule.Hint {
	switch p {
	case parse.PriorityHigh:
		return schedule.High
	case parse.PriorityLow:
		return schedule.Low
	}
	return schedule.Auto
}

// referrer is the URL that requests of the document are referred by: its own,
// or for a srcdoc document its parent's (HTML standard, 7.3.2.1).
func (f *frame) referrer() weburl.URL {
	for f.parent != nil && !f.url.IsHTTP() {
		f = f.parent
	}
	return f.url
}
