package loader

import (
	"slices"
	"time"

	"pageload/fetch"
	"pageload/loader/schedule"
	"pageload/loader/waterfall"
	"pageload/parse"
	"pageload/parse/css"
	"pageload/parse/dom"
	"pageload/parse/layout"
	pmodule "pageload/parse/module"
	"pageload/parse/weburl"
)

// A frame is a document and what it asked for: the page itself, or a document
// within it. Each has its own parser, style, tight mode and memory of what it
// fetched, as in Chromium each has its own ResourceFetcher.
type frame struct {
	l         *load
	number    int32 // 0 is the page
	parent    *frame
	depth     int
	url       weburl.URL    // changed by moveTo only
	own       weburl.Origin // its origin, the document's were it not sandboxed
	from      weburl.Origin // of a srcdoc document: its parent's
	status    int
	resource  *resource  // its document; nil for srcdoc
	owner     dom.ID     // its element in the parent
	sandboxed bool       // it, or one around it, without allow-same-origin
	device    css.Device // the profile's, with the size of the frame
	part      partition
	askers    []*asker // the last ones

	referrerPolicy string
	priorities     schedule.Document
	parser         *parse.Replay
	options        parse.Options     // of the parser
	known          bool              // something was known of them when the head came
	begun          bool              // the first of them came
	asked          bool              // the memory was asked in vain
	herd           herd              // of loads that came for the document at the same time
	recorded       bool              // they were, by this load
	whole          bool              // all of them came
	arrived        bool              // the whole document has been fed
	headAt         time.Duration     // when the response's head came
	fed            int               // bytes of it that the scanner has seen; the parser may hold some back until it knows the encoding
	wait           wait              // what the tree builder waits for
	yields         int               // how often it let others go first, at a pace
	yielded        bool              // it does so now
	builtTo        int               // how far the tree builder has come, in bytes
	ahead          []parse.Ref       // what the scanner saw and did not ask for yet
	inBody         bool              // the tree builder has made the body
	memory         memory            // what was fetched, by URL
	sheets         []*sheet          // of the document, in the order of their elements
	security       *security         // nil: nothing is forbidden
	sheetUses      int               // imports among sheets, each use of one counted
	preferred      string            // title of the preferred style sheets
	deferred       []*script         // scripts that run after parsing, in order
	media          []want            // what starts one step after the tree builder
	fallbacks      map[dom.ID][]want // what media elements fall back to
	tracks         []want            // what starts after that
	plugins        []pending         // objects and embeds that were not laid out yet
	objects        []pending         // those that are documents
	icons          []pending
	imports        *pmodule.Map
	importMaps     int
	children       []*frame
	delaying       int // resources that delay the load event and have not ended

	layout       *layout.Layout // of the boxes, since the last style; nil: nobody asked
	styler       css.Styler
	applied      []css.Source     // the sheets of the last style
	appliedUses  []sheetUse       // the same in their places; nil: not asked for
	unset        bool             // the styler does not have them
	pass         *pass            // the last style, where the document is known
	lazy         []pending        // images that wait to come into view
	lazyFrames   []pending        // frames that do
	nextFamilies []*fontRequest   // whose sources have all failed
	decided      map[string]bool  // what style passes came upon before
	started      map[fontKey]bool // faces that were asked for
	restyled     bool             // there is a sheet that the styler does not have
	dirty        bool             // there is something that style has not seen
	rendered     bool             // style was computed once
	styledAt     time.Time        // when it last was
	styleCost    time.Duration    // what that took

	parsed, ready, loaded bool // DOM interactive, DOMContentLoaded, load
	forms                 bool // there is a control that a form filler looks at
	failed                bool // there is no document
}

func (l *load) newFrame(parent *frame, u weburl.URL) *frame {
	f := &frame{l: l, number: int32(len(l.frames)), parent: parent}
	f.moveTo(u)
	if parent != nil {
		f.depth = parent.depth + 1
		f.referrerPolicy = parent.referrerPolicy
		parent.children = append(parent.children, f)
	}
	l.frames = append(l.frames, f)
	return f
}

// origin is the document's.
func (f *frame) origin() weburl.Origin {
	if f.sandboxed {
		return weburl.Origin{}
	}
	return f.addressOrigin()
}

// addressOrigin is the document's were it not sandboxed: what "self" means in its
// policies.
func (f *frame) addressOrigin() weburl.Origin {
	if !f.from.Opaque() {
		return f.from
	}
	return f.own
}

// moveTo says where the document is. Origins are asked for with each request, so they are made here.
func (f *frame) moveTo(u weburl.URL) {
	f.url, f.own = u, u.Origin()
	f.l.moves++
}

// document is what was parsed. Whoever needs all of it asks for it: it has to be
// parsed then even where it is known.
func (f *frame) document() *parse.Document { return f.parser.Document() }

// table answers questions about single elements that the tree builder has made.
func (f *frame) table() *dom.Table { return f.parser.Known() }

// base is what the document's references are resolved against.
func (f *frame) base() weburl.URL { return f.parser.Base() }

// navigate asks for a frame's document.
func (l *load) navigate(f *frame, u weburl.URL, w *want) {
	if w == nil {
		w = &want{destination: fetch.Document, initiator: waterfall.Initiator{Type: "other"}, foundBy: "navigation"}
	}
	w.url, w.typ, w.mode, w.keep, w.child = u, waterfall.Document, fetch.Navigate, keepStream, f
	if l.request(f, w) == nil {
		f.fail()
	}
}

// fail says that there will be no document.
func (f *frame) fail() {
	f.failed, f.parsed, f.ready = true, true, true
}

// begin makes the parser once it is known that the response is a document that
// refers to others, of about so many bytes; 0 is not known.
func (f *frame) begin(u weburl.URL, mime, charset string, size int) {
	l := f.l
	f.moveTo(u)
	f.device = f.deviceNow()
	o := parse.Options{
		XML: isXML(mime),
		URL: u, Charset: charset, Device: f.device, MaxBytes: -1, // the sink bounds it
		NoLinks:     true, // Document.Links finds them when asked
		Buffers:     &l.profile.Memory.buffers,
		Owned:       true, // the sink has copied them
		Size:        size,
		MaxElements: l.limits.Elements, MaxRefs: l.limits.References,
	}
	if l.profile.Scope.NoScript {
		o.Scripting = parse.ScriptingOff
	}
	o.AllCandidates = l.profile.Scope.AllImages
	if f.parent != nil && f.resource == nil {
		o.SrcDoc, o.Base = true, f.parent.base()
	}
	if f.parent != nil && weburl.SameOrigin(f.origin(), f.parent.origin()) {
		_, o.ParentCharset = f.parent.parser.Encoding()
	}
	f.options, f.parser = o, l.profile.Memory.parser(o)
	if f.known = f.parser != nil; !f.known {
		f.parser = parse.NewReplay(o, nil)
	}
	f.styler.Layout = func(b *css.Boxes) css.Geometry { return layout.Compute(f.document().Table, b, f.device) }
}

// A browser's parser begins some time after the response's head, and what has
// come by then is its first piece, as far as one read of the data pipe takes it.
const (
	commitTime = 20 * time.Millisecond // the least that was recorded between a document's head and its first request
	firstPiece = 64 << 10              // Blink's NavigationBodyLoader, kMaxNumConsumedBytesInTask
)

// feed gives a piece of the document to the parser. What the preload scanner
// sees in it is asked for at once if the tree builder waits for something, or
// if it is of the first piece; else only once the builder has to wait, for until
// then the builder itself comes to everything first (Blink's
// HTMLDocumentParser::Append).
func (f *frame) feed(p []byte, at time.Duration) {
	if !f.begun {
		f.firstBytes()
	}
	if f.herd.waits() {
		f.hold(p, at)
		f.goOn(false)
		return
	}
	f.scanned(f.parser.Feed(p), at)
}

// firstBytes looks whether another load has brought the document meanwhile, or is at it.
//
//go:noinline
func (f *frame) firstBytes() {
	f.begun = true
	if f.known {
		return
	}
	if p := f.l.profile.Memory.parser(f.options); p != nil { // since the head
		f.parser = p
		return
	}
	f.asked = true
	f.herd.begin(f.l.profile.Memory.ask(f.options))
}

func (f *frame) scanned(refs []parse.Ref, at time.Duration) {
	if f.ahead == nil {
		f.ahead = slices.Clip(refs) // not changed, only read
	} else {
		f.ahead = append(f.ahead, refs...)
	}
	first := f.fed == 0 || f.fed < firstPiece && at-f.headAt < commitTime
	if first || f.blocked() {
		f.scanAhead()
	}
	f.fed = f.parser.Decoded()
}

// scanAhead asks for what the scanner saw and the tree builder has not come to.
func (f *frame) scanAhead() {
	ahead := f.ahead
	f.ahead = nil
	for i := range ahead {
		if ahead[i].Offset > f.builtTo {
			f.discover(&ahead[i])
		}
	}
}

// complete says that the document has arrived.
func (f *frame) complete() {
	if f.arrived {
		return
	}
	if f.herd.waits() {
		f.herd.ended = true
		f.goOn(false)
		return
	}
	f.arrived = true
	if f.parser == nil { // an image, a text: a document without references
		f.interactive()
		return
	}
	f.scanned(f.parser.End(), f.l.now())
}

// A wait is what the tree builder waits for before it goes on.
type wait struct {
	script *script // until it is here and no sheet before it is pending; nil: none
	inline bool    // an inline script: until no sheet before it is pending
	sheet  *sheet  // a style sheet in the body
}

// blocked reports whether the tree builder must wait, and forgets a wait that
// is over (HTML standard, 13.2.6.4.8 and 4.12.1.1: a parser-blocking script
// runs when it is here and no style sheet blocks scripts).
func (f *frame) blocked() bool {
	w := &f.wait
	switch {
	case w.script != nil && (!w.script.arrived() || f.sheetsPending()):
		return true
	case w.inline && f.sheetsPending():
		return true
	case w.sheet != nil && w.sheet.pending():
		return true
	}
	*w = wait{}
	return false
}

// sheetsPending reports whether a style sheet is on its way that scripts wait for.
func (f *frame) sheetsPending() bool {
	for _, s := range f.sheets {
		if s.blocking && s.pending() {
			return true
		}
	}
	return false
}

// advance lets the tree builder go on as far as it may, and style after it.
func (f *frame) advance() {
	if f.parser == nil || f.failed {
		return
	}
	f.goOn(false)
	elements, since := f.parser.Elements(), f.l.freeAt()
	for !f.parsed && !f.yielded && !f.blocked() {
		if !f.build() {
			break
		}
		if !since.IsZero() && f.exhausted(since) {
			break
		}
	}
	if f.yielded {
		f.l.wake(f.l.busyUntil)
	}
	f.dirty = f.dirty || f.parser.Elements() > elements
	switch {
	case f.yielded:
	case f.wait == (wait{}):
		f.ahead = nil // the builder has come to all of it
	default:
		f.scanAhead()
		f.parser.Rest()
	}
	f.style()
}

// build has the tree builder make an event, and reports whether it could. An event is large, and what follows
// in advance goes deep: with it on the stack, a load in flight would take 16 KB of it, and not 8.
//
//go:noinline
func (f *frame) build() bool {
	e, ok := f.parser.Next()
	if ok {
		f.builtTo = e.Offset
		f.built(&e)
	}
	return ok
}

// built takes an event of the tree builder.
func (f *frame) built(e *parse.Event) {
	l := f.l
	switch e.Kind {
	case parse.EventRef:
		f.reach(&e.Ref)
	case parse.EventInlineStyle:
		f.inlineSheet(e)
	case parse.EventInlineScript:
		f.inlineScript(e)
	case parse.EventBody:
		f.inBody, f.dirty = true, true
		l.gates.EndTight(f.number)
		l.release()
	case parse.EventMeta:
		f.meta(&e.Meta)
	case parse.EventLimit:
		l.limitHit(nil, f.number, "document: %v", e.Limit)
	case parse.EventEnd:
		f.interactive()
	}
}
