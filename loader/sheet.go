package loader

import (
	"pageload/fetch"
	"pageload/fetch/policy"
	"pageload/loader/waterfall"
	"pageload/parse"
	"pageload/parse/css"
	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// A sheet is a style sheet as a link, a style element or an @import uses it.
// Several may share a resource.
type sheet struct {
	resource  *resource  // nil for a style element
	parsed    *css.Sheet // nil until it is here
	imports   []*sheet   // by the index of the import; nil where it is not fetched
	owner     dom.ID
	media     css.MediaList
	blocking  bool // scripts and rendering wait for it
	inBody    bool // it holds up the parser, not what was rendered before it
	parent    *sheet
	title     string
	alternate bool
	url       weburl.URL
	depth     int
	onLoad    string // media once it has loaded; "": the same
}

// pending reports whether the sheet or one that it imports is on its way.
func (s *sheet) pending() bool {
	if s.resource != nil && s.resource.state != ended {
		return true
	}
	for _, i := range s.imports {
		if i != nil && i.pending() {
			return true
		}
	}
	return false
}

// adopt gives the sheet its content and asks for its imports.
func (f *frame) adopt(s *sheet, parsed *css.Sheet, referrer weburl.URL, initiator string) {
	l := f.l
	s.parsed = parsed
	f.dirty, f.restyled = true, true
	if l.profile.Scope.AllStyles {
		f.everythingOf(s, parsed, referrer)
	}
	list := parsed.Imports()
	if len(list) == 0 {
		return
	}
	s.imports = make([]*sheet, len(list))
	for i := range list {
		imp := &list[i]
		switch {
		case !imp.SupportsOK:
			continue
		case imp.URL.IsZero():
			l.skipped(f, "@import %q: not a URL", short(imp.Raw))
			continue
		case s.depth >= l.limits.ImportDepth:
			l.limitHit(s.resource, f.number, "style sheets imported more than %d deep (Limits.ImportDepth): %s is not fetched", l.limits.ImportDepth, short(imp.URL.String()))
			continue
		case f.sheetUses >= l.limits.Sheets:
			l.limitHit(s.resource, f.number, "more than %d uses of style sheets (Limits.Sheets): %s is left out", l.limits.Sheets, short(imp.URL.String()))
			continue
		case s.imported(imp.URL): // a loop: the sheet is not loaded again (CSSOM, and Blink's StyleRuleImport)
			continue
		}
		w := want{
			url: imp.URL, typ: waterfall.Stylesheet, destination: fetch.Style, mode: fetch.NoCORS, keep: keepAll,
			referrer: referrer, foundBy: "import",
			initiator: waterfall.Initiator{Type: "parser", URL: initiator, Line: imp.Line},
		}
		if s.resource != nil {
			w.mode, w.credentials = s.resource.mode, s.resource.credentials
		}
		if !fetchable(imp.URL) {
			f.unfetchable(imp.URL, w)
			continue
		}
		child := &sheet{owner: s.owner, media: imp.Media, blocking: s.blocking, parent: s, url: imp.URL, depth: s.depth + 1}
		child.resource = f.ask(&w)
		if child.resource == nil {
			continue
		}
		f.sheetUses++
		s.imports[i] = child
		child.resource.usedBy(child)
		if child.resource.state == ended {
			f.sheetArrived(child)
		}
	}
}

// imported reports whether u is the sheet itself or one that led to it.
func (s *sheet) imported(u weburl.URL) bool {
	want := u.WithoutFragment().String()
	for ; s != nil; s = s.parent {
		if !s.url.IsZero() && s.url.WithoutFragment().String() == want {
			return true
		}
	}
	return false
}

// sheetArrived gives a sheet the content of its resource, which has ended.
func (f *frame) sheetArrived(s *sheet) {
	r := s.resource
	if r.sheet() == nil || s.parsed != nil {
		f.dirty = true
		return
	}
	if s.onLoad != "" {
		s.media = css.ParseMedia(s.onLoad)
	}
	f.adopt(s, r.sheet(), r.final(), r.final().WithoutFragment().String())
}

// sheetProblems names the limits that a style sheet, or a document's style, has
// reached.
func (l *load) sheetProblems(r *resource, f *frame, list []css.Problem) {
	for _, p := range list {
		what := f.url
		if r != nil {
			what = r.final()
		}
		l.limitHit(r, f.number, "style of %s: %v", short(what.String()), p)
	}
}

// linkSheet adds the style sheet of a link element.
func (f *frame) linkSheet(ref *parse.Ref, r *resource) {
	s := &sheet{resource: r, owner: ref.Element, media: ref.Media, url: ref.URL, blocking: ref.MediaMatches && !ref.Alternate, inBody: f.inBody}
	s.onLoad = f.onLoadOf(ref.Element).media
	f.titled(s, ref.Title, ref.Alternate)
	f.sheets = append(f.sheets, s)
	r.usedBy(s)
	if r.state == ended {
		f.sheetArrived(s)
	}
	if s.blocking && f.inBody && s.pending() {
		f.wait.sheet = s
	}
}

// preloadedSheet adds the style sheet that a preload becomes once it has loaded.
func (f *frame) preloadedSheet(ref *parse.Ref, r *resource) {
	o := f.onLoadOf(ref.Element)
	if !o.sheet || r.rules.Type() != waterfall.Stylesheet {
		return
	}
	s := &sheet{resource: r, owner: ref.Element, media: ref.Media, url: ref.URL, inBody: f.inBody, onLoad: o.media}
	f.sheets = append(f.sheets, s)
	r.usedBy(s)
	if r.state == ended {
		f.sheetArrived(s)
	}
}

// inlineSheet adds a style element.
func (f *frame) inlineSheet(e *parse.Event) {
	table := f.table()
	nonce, _ := table.Attr(e.Element, "nonce")
	if !f.allowsInline(policy.InlineStyle, nonce, e.Text) {
		return
	}
	media, _ := table.Attr(e.Element, "media")
	s := &sheet{owner: e.Element, media: css.ParseMedia(media), inBody: f.inBody}
	s.blocking = s.media.Match(f.device)
	title, _ := table.Attr(e.Element, "title")
	f.titled(s, title, false)
	f.sheets = append(f.sheets, s)
	parsed := f.l.profile.Memory.inline(e.Text, f.base())
	f.l.sheetProblems(nil, f, parsed.Problems())
	// As recorded: imports that the scanner did not find have no place to name.
	f.adopt(s, parsed, f.url, "about:client")
	if s.blocking && f.inBody && s.pending() {
		f.wait.sheet = s
	}
}

// sources are the document's style sheets for the cascade.
func (f *frame) sources() []css.Source {
	list := make([]css.Source, 0, len(f.sheets))
	for _, s := range f.sheets {
		if s.parsed != nil && !s.alternate && (s.title == "" || s.title == f.preferred) {
			list = append(list, s.source())
		}
	}
	return list
}

// titled notes a sheet's title: the first one in the document is that of the
// preferred set, and sheets with another are not applied (CSSOM, section 6.2,
// "add a CSS style sheet").
func (f *frame) titled(s *sheet, title string, alternate bool) {
	s.title, s.alternate = title, alternate
	if title != "" && !alternate && f.preferred == "" {
		f.preferred = title
	}
}

func (s *sheet) source() css.Source {
	c := css.Source{Sheet: s.parsed, Media: s.media, Owner: s.owner, URL: s.url}
	if s.resource != nil {
		c.URL = s.resource.final()
	}
	if len(s.imports) > 0 {
		c.Imported = make([]css.Source, len(s.imports))
		for i, imp := range s.imports {
			if imp != nil && imp.parsed != nil {
				c.Imported[i] = imp.source()
			}
		}
	}
	return c
}
