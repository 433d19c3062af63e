package loader

import (
	"pageload/conn"
	"pageload/fetch"
	"pageload/loader/schedule"
	"pageload/loader/waterfall"
	"pageload/parse/css"
	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// A resource is something that a frame asked for, from its discovery to its
// last byte. Its redirects are rows of their own in the waterfall but one
// resource here.
//
// A load has many that wait, and all that have ended, so it is small: what only some have, or have for some time, lies behind pointers.
type resource struct {
	url    weburl.URL
	from   *asker
	rare   *rare    // nil: nothing of it
	flight *flight  // nil while it is not in flight
	made   *product // nil: nothing of it

	rules        schedule.Packed
	id           int32  // of the present hop
	chain        int32  // of the first hop
	line, offset int32  // of markup, see waterfall.Discovery
	hash         uint32 // of its URL, in its frame's memory

	destination fetch.Destination
	mode        fetch.Mode
	credentials fetch.Credentials
	keep        keep
	priority    conn.Priority // as it is now
	state       state

	imageSet bool // see want
	lazy     bool // see want
	noStale  bool // see want
	silent   bool // data: URLs make no row
	dropped  bool // a redirect turned the method into GET
	noStore  bool
	delays   bool // the load event waits for it
	usable   bool // a font that has arrived and can be decoded
	failed   bool // it has ended without what was asked for
	used     bool // an element or a rule uses it, not only the scanner or a preload
}

// state is a resource's life.
type state uint8

const (
	waiting  state = iota // in a gate; leaves by send
	inFlight              // with the fetcher; leaves by its Done
	ended                 // well or not
)

// An asker is who asks for resources, and how it came upon them: many have it in common. It is not changed.
type asker struct {
	frame     *frame
	referrer  weburl.URL
	policy    string              // referrer policy, empty for the frame's
	initiator waterfall.Initiator // without the line
	foundBy   string
}

// rare is what few resources have of a want. It is not changed.
type rare struct {
	rule      waterfall.Rule
	nonce     string
	integrity string
	child     *frame
	media     dom.ID
}

// A product is what has become of a resource, as far as others need it.
type product struct {
	final  *weburl.URL // where redirects led; nil: nowhere
	sheet  *css.Sheet  // of a style sheet that has arrived
	users  []*sheet    // that use it
	body   []byte      // of a module
	mime   string      // of a module
	module *module
	fonts  []*fontRequest // that wait for it
	before *resource      // of the same URL and another type, fetched ahead for what has not come yet
}

// ahead reports whether it was fetched before anything needed it.
func (r *resource) ahead() bool {
	return r.rules.Ahead()
}

// product returns that of the resource, to be changed.
func (r *resource) product() *product {
	if r.made == nil {
		r.made = &product{}
	}
	return r.made
}

// child is the frame whose document the resource is, nil if it is none.
func (r *resource) child() *frame {
	if r.rare == nil {
		return nil
	}
	return r.rare.child
}

// isPage reports whether the resource is the page's own document.
func (r *resource) isPage() bool { return r.child() != nil && r.child().number == 0 }

// final is where the resource came from, after redirects.
func (r *resource) final() weburl.URL {
	switch {
	case r.flight != nil && !r.flight.final.IsZero():
		return r.flight.final
	case r.made != nil && r.made.final != nil:
		return *r.made.final
	}
	return r.url
}

// sheet is what has come of a style sheet, nil if nothing has.
func (r *resource) sheet() *css.Sheet {
	if r.made == nil {
		return nil
	}
	return r.made.sheet
}

// usedBy notes a sheet that waits for the resource.
func (r *resource) usedBy(s *sheet) {
	p := r.product()
	p.users = append(p.users, s)
}

// A want is what is asked for.
type want struct {
	url         weburl.URL
	typ         waterfall.Type
	rules       schedule.Resource
	destination fetch.Destination
	mode        fetch.Mode
	credentials fetch.Credentials
	referrer    weburl.URL
	policy      string // referrer policy, empty for the frame's
	initiator   waterfall.Initiator
	offset      int            // in the document, of markup
	rule        waterfall.Rule // of a style sheet
	foundBy     string
	keep        keep
	nonce       string
	integrity   string
	imageSet    bool   // an image chosen from srcset or picture
	lazy        bool   // it does not delay the load event
	noStale     bool   // it revalidates what was given stale
	child       *frame // whose document it is
	media       dom.ID // the media element whose source it is; 0 if it has none to fall back to
}

// resource is the want of a frame as it is kept.
func (w *want) resource(f *frame) *resource {
	r, rules := f.l.resources.next(), w.rules
	rules.Type = w.typ
	r.url, r.from, r.rules, r.line, r.offset = w.url, f.asker(w), rules.Pack(), int32(w.initiator.Line), int32(w.offset)
	r.destination, r.mode, r.credentials, r.keep = w.destination, w.mode, w.credentials, w.keep
	r.imageSet, r.lazy, r.noStale = w.imageSet, w.lazy, w.noStale
	if w.rule != (waterfall.Rule{}) || w.nonce != "" || w.integrity != "" || w.child != nil || w.media != 0 {
		r.rare = &rare{w.rule, w.nonce, w.integrity, w.child, w.media}
	}
	return r
}

// want is what was asked for.
func (r *resource) want() want {
	w := want{
		url: r.url, typ: r.rules.Type(), rules: r.rules.Resource(), destination: r.destination, mode: r.mode, credentials: r.credentials,
		referrer: r.from.referrer, policy: r.from.policy, initiator: r.from.initiator, offset: int(r.offset), foundBy: r.from.foundBy,
		keep: r.keep, imageSet: r.imageSet, lazy: r.lazy, noStale: r.noStale,
	}
	w.initiator.Line = int(r.line)
	if x := r.rare; x != nil {
		w.rule, w.nonce, w.integrity, w.child, w.media = x.rule, x.nonce, x.integrity, x.child, x.media
	}
	return w
}

// asker returns who asks for w, one for all that have it in common. Those of a frame are few and come one after the other.
func (f *frame) asker(w *want) *asker {
	for i := len(f.askers) - 1; i >= 0; i-- {
		a := f.askers[i]
		if a.foundBy == w.foundBy && a.initiator.URL == w.initiator.URL && a.initiator.Type == w.initiator.Type && a.policy == w.policy && a.referrer == w.referrer {
			return a
		}
	}
	const most = 8 // a document names as many as it likes
	if len(f.askers) == most {
		f.askers = f.askers[:copy(f.askers, f.askers[1:])]
	}
	a := &asker{f, w.referrer, w.policy, w.initiator, w.foundBy}
	a.initiator.Line = 0
	f.askers = append(f.askers, a)
	return a
}

// resources are those of a load: made several at a time, and found by the ID of their present hop.
type resources struct {
	byID  []*resource  // those in a gate or in flight; nil elsewhere
	rooms [][]resource // in the order of their use
	at    int          // the room in use
	used  int          // of that
}

// next returns a new resource.
func (s *resources) next() *resource {
	const first, most = 2, 16 // so that a small page does not take a large room
	if s.at < len(s.rooms) && s.used == len(s.rooms[s.at]) {
		s.at, s.used = s.at+1, 0
	}
	if s.at == len(s.rooms) {
		size := first
		if s.at > 0 {
			size = min(2*len(s.rooms[s.at-1]), most)
		}
		s.rooms = append(s.rooms, make([]resource, size))
	}
	s.used++
	return &s.rooms[s.at][s.used-1]
}

// reset makes s empty and keeps memory, for some fifty of them, when nobody uses one any more.
func (s *resources) reset() {
	const rooms, ids = 6, 256
	if len(s.rooms) > rooms {
		clear(s.rooms[rooms:])
		s.rooms = s.rooms[:rooms]
	}
	for i := range min(s.at+1, len(s.rooms)) {
		clear(s.rooms[i])
	}
	s.at, s.used = 0, 0
	if cap(s.byID) > ids {
		s.byID = nil
	}
	clear(s.byID)
	s.byID = s.byID[:0]
}

// get returns the resource whose present hop has the ID, nil if it has ended.
func (s *resources) get(id int32) *resource {
	if int(id) >= len(s.byID) {
		return nil
	}
	return s.byID[id]
}

// put says which resource has the ID, nil for none.
func (s *resources) put(id int32, r *resource) {
	if s.byID == nil {
		s.byID = make([]*resource, 0, 16)
	}
	for int(id) >= len(s.byID) {
		s.byID = append(s.byID, nil)
	}
	s.byID[id] = r
}

// keep says what of a body the loader needs.
type keep uint8

const (
	keepNothing keep = iota // counted and dropped
	keepMagic               // the first four bytes: is it a font?
	keepAll                 // style sheets, modules
	keepStream              // documents
)
