package parse

import (
	"bytes"
	"reflect"
	"slices"
	"sort"

	"golang.org/x/text/encoding"

	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// A Record is what a Parser made of one document, and at which byte it knew each
// thing, so that a [Replay] can say the same about the same bytes without parsing
// them. It is immutable and safe for concurrent use.
type Record struct {
	opts          Options // Device.Window left out
	asked         bool    // something depended on that window,
	width, height float64 // which had this size

	src    []byte
	first  int // bytes that the first piece must have
	refs   []Ref
	refAt  []uint32 // by refs: bytes that must have come; len(src)+1 for the end
	events []Event
	made   []made     // by events
	dry    []progress // where the builder has handled what there was, by at
	bases  []weburl.URL
	titles []string
	doc    *Document // complete, its table frozen
}

// made is where an event came from.
type made struct {
	at uint32 // bytes that must have come; len(src)+1 for the end
	progress
}

// progress is what of a document depends on how far the tree builder has come.
type progress struct {
	at       uint32
	elements int32
	base     int32 // index in Record.bases
	title    int32 // index in Record.titles
}

// like reports whether nothing but the place differs.
func (p progress) like(o progress) bool {
	p.at = o.at
	return p == o
}

// maxRecord bounds the documents that are recorded.
const maxRecord = 1 << 20

// NewRecord records how a document is parsed, which costs ten times what
// parsing does. It returns nil for a document that cannot be replayed from a
// record: one whose parse may depend on the pieces in which it arrives, whose
// source is not the bytes that came, or whose tree was changed after it was built.
func NewRecord(src []byte, o Options) *Record {
	if len(src) == 0 || len(src) > maxRecord || bytes.IndexByte(src, 0) >= 0 {
		return nil
	}
	whole := New(o)
	refs := whole.Feed(src)
	refs = append(refs, whole.End()...)
	var events []Event
	for e, ok := whole.Next(); ok; e, ok = whole.Next() {
		events = append(events, e)
	}
	doc := whole.Document()
	if !bytes.Equal(doc.Table.Source(), src) || doc.Table.Rearranged() || whole.scan.halted || whole.dec.before != nil || whole.dec.guessed {
		return nil
	}
	r := &Record{opts: o.replayed(), src: doc.Table.Source(), doc: doc}
	r.first = settledAfter(src, o)
	r.stepwise(o)
	if !reflect.DeepEqual(refs, r.refs) || !reflect.DeepEqual(events, r.events) {
		return nil
	}
	r.refs, r.events = refs, events // their strings are of the source that is kept
	doc.Table.Freeze()
	if w := o.Device.Window; w != nil && w.Asked() {
		r.asked = true
		r.width, r.height = w.Size()
	}
	return r
}

// replayed are the options without what is asked for on demand, and what no
// result depends on.
func (o Options) replayed() Options {
	o.Device.Window, o.Buffers, o.Owned, o.Size = nil, nil, false, 0
	return o
}

// settledAfter returns after how many bytes the encoding is settled.
func settledAfter(src []byte, o Options) int {
	d := decoder{max: o.resolved().MaxBytes, charset: o.Charset, parent: o.ParentCharset, xml: o.XML}
	if o.SrcDoc {
		d.charset = "utf-8"
	}
	const step = 64
	n := 0
	for n < len(src) && (d.name == "" || d.meta != nil) && n < maxGuess {
		m := min(n+step, len(src))
		d.feed(src[n:m], m == len(src))
		n = m
	}
	return n
}

// stepwise parses the document in pieces as small as matter, and notes when what
// becomes known.
func (r *Record) stepwise(o Options) {
	p := New(o)
	doc, table := p.Document(), p.Document().Table
	var s progress
	r.bases, r.titles = []weburl.URL{doc.Base()}, []string{""}
	note := func(at uint32) {
		elements := int32(table.Len())
		if t := doc.title; t != 0 && (elements != s.elements || int32(t) == elements) {
			if title := doc.Title(); title != r.titles[s.title] {
				r.titles = append(r.titles, title)
				s.title = int32(len(r.titles) - 1)
			}
		}
		if b := doc.Base(); b != r.bases[s.base] {
			r.bases = append(r.bases, b)
			s.base = int32(len(r.bases) - 1)
		}
		s.at, s.elements = at, elements
	}
	take := func(at uint32, refs []Ref) {
		for i := range refs {
			r.refs, r.refAt = append(r.refs, refs[i]), append(r.refAt, at)
		}
		for e, ok := p.Next(); ok; e, ok = p.Next() {
			note(at)
			r.events, r.made = append(r.events, e), append(r.made, made{at, s})
		}
		note(at)
		if n := len(r.dry); n == 0 || !r.dry[n-1].like(s) {
			r.dry = append(r.dry, s)
		}
	}
	take(uint32(r.first), p.Feed(r.src[:r.first]))
	for from := r.first; from < len(r.src); {
		to := from + 1
		if t := doc.title; t == 0 || int(t) < table.Len() { // a title changes with each byte
			to = from + tell(r.src[from:], r.src[:from])
		}
		take(uint32(to), p.Feed(r.src[from:to]))
		from = to
	}
	take(uint32(len(r.src))+1, p.End())
	r.refs, r.refAt = slices.Clip(r.refs), slices.Clip(r.refAt)
	r.made, r.dry = slices.Clip(r.made), slices.Clip(r.dry)
}

// tell returns how many of the next bytes it takes until a parser can come to know
// something: the end of a tag, a comment or a character reference, and all that a
// text begins with.
func tell(src, before []byte) int {
	near := before[max(0, len(before)-8):]
	if len(bytes.TrimLeft(near, " \t\n\r\f")) < 8 || bytes.ContainsAny(near, "<>;") {
		return 1
	}
	if i := bytes.IndexAny(src, "<>;"); i >= 0 {
		return i + 1
	}
	return len(src)
}

// Source returns the document. The caller must not modify it.
func (r *Record) Source() []byte { return r.src }

// Size is about how many bytes of memory the record takes.
func (r *Record) Size() int {
	return 2*len(r.src) + 100*r.doc.Table.Len() + 16*len(r.dry) + 700*(len(r.refs)+len(r.events))
}

// fits reports whether a document with these options is parsed as recorded, if
// its bytes are.
func (r *Record) fits(o *Options) bool {
	if o.replayed() != r.opts {
		return false
	}
	if !r.asked {
		return true
	}
	w := o.Device.Window
	if w == nil {
		return false
	}
	width, height := w.Size()
	return width == r.width && height == r.height
}

// dryAt is the state of a builder that has handled so many bytes.
func (r *Record) dryAt(at uint32) *progress {
	i := sort.Search(len(r.dry), func(i int) bool { return r.dry[i].at > at })
	if i == 0 {
		return &progress{}
	}
	return &r.dry[i-1]
}

// Place is how far the tree builder of a [Replay] has come. Of two replays of one
// record with the same place the documents so far are the same.
type Place struct {
	event int32  // events that were returned, where the builder was stopped at one;
	at    uint32 // else bytes that it has handled
}

// A Replay is a [Parser] that knows a document perhaps: as long as the bytes that
// it is fed are those of a [Record], it says what the record says, and from the
// first other byte on what a parser that it then feeds all of them says. Who uses
// it sees no difference but in the time it takes. It is for one goroutine at a time.
type Replay struct {
	opts   Options
	rec    *Record // nil: no record fits
	others []*Record
	same   bool // all bytes so far are those of rec
	n      int  // bytes so far, while they are the same
	refs   int  // references that were returned
	next   int  // events that were returned
	ended  bool
	place  Place
	state  *progress
	live   *Parser // nil: not needed so far
}

// NewReplay returns a parser for a document that may be one of those recorded;
// those that were recorded with other options are left out.
func NewReplay(o Options, records []*Record) *Replay {
	r := &Replay{opts: o}
	for _, rec := range records {
		if rec.fits(&o) {
			r.others = append(r.others, rec)
		}
	}
	if len(r.others) == 0 {
		r.live = New(o)
	}
	return r
}

// Feed is [Parser.Feed].
func (r *Replay) Feed(b []byte) []Ref {
	if r.ended {
		return nil
	}
	if r.rec == nil && len(r.others) > 0 && len(b) > 0 {
		r.choose(b)
	}
	if r.same {
		if rest := r.rec.src[r.n:]; len(b) <= len(rest) && bytes.Equal(rest[:len(b)], b) {
			r.n += len(b)
		} else {
			r.parse()
			r.same = false
		}
	}
	switch {
	case r.live != nil:
		return r.live.Feed(b)
	case r.rec == nil:
		return nil
	}
	return r.known()
}

// choose takes the record that begins with the first piece.
func (r *Replay) choose(b []byte) {
	for _, rec := range r.others {
		if len(b) >= rec.first && bytes.HasPrefix(rec.src, b) {
			r.rec, r.same, r.state = rec, true, &progress{}
			break
		}
	}
	r.others = nil
	if r.rec == nil {
		r.live = New(r.opts)
	}
}

// known are the references that the scanner has seen since it was last asked.
func (r *Replay) known() []Ref {
	from := r.refs
	for r.refs < len(r.rec.refs) && int(r.rec.refAt[r.refs]) <= r.reached() {
		r.refs++
	}
	return r.rec.refs[from:r.refs:r.refs]
}

// reached is how many bytes there are, the end counting as one.
func (r *Replay) reached() int {
	if r.ended {
		return r.n + 1
	}
	return r.n
}

// parse begins to parse, from the beginning up to where the replay is. It does
// nothing where that was done before.
func (r *Replay) parse() {
	if r.live != nil {
		return
	}
	r.live, r.others = New(r.opts), nil
	fed := 0 // what is fed ends where it does: a parser that owns its first piece writes behind it
	if r.rec != nil && r.place.event == 0 && r.place.at > 0 {
		// The builder had handled so much, and nothing of what came since.
		fed = min(int(r.place.at), r.n)
		r.live.Feed(r.rec.src[:fed:fed])
		if int(r.place.at) > r.n {
			r.live.End()
		}
		for ok := true; ok; {
			_, ok = r.live.Next()
		}
	}
	if fed < r.n {
		r.live.Feed(r.rec.src[fed:r.n:r.n])
	}
	if r.ended {
		r.live.End()
	}
	for range r.place.event {
		r.live.Next()
	}
}

// End is [Parser.End].
func (r *Replay) End() []Ref {
	if r.ended {
		return nil
	}
	r.ended = true
	if r.same && r.n != len(r.rec.src) {
		r.ended = false
		r.parse()
		r.ended, r.same = true, false
	}
	if r.rec == nil {
		r.parse()
	}
	if r.live != nil {
		return r.live.End()
	}
	return r.known()
}

// Next is [Parser.Next].
func (r *Replay) Next() (e Event, ok bool) {
	if r.rec == nil && r.live == nil {
		return e, false // nothing came so far
	}
	if r.same {
		if r.next == len(r.rec.events) || int(r.rec.made[r.next].at) > r.reached() {
			r.place = Place{at: uint32(r.reached())}
			r.state = r.rec.dryAt(r.place.at)
			if r.live != nil {
				r.live.Next()
			}
			return e, false
		}
		m := &r.rec.made[r.next]
		r.next++
		r.place, r.state = Place{event: int32(r.next), at: m.at}, &m.progress
		if r.live == nil {
			return r.rec.events[r.next-1], true
		}
	}
	e, ok = r.live.Next()
	if r.live.Finished() {
		r.live.release()
	}
	return e, ok
}

// Rest says that Next will not be called for a while: buffers that are not needed
// until then go to others. It may be called at any time.
func (r *Replay) Rest() {
	if r.live != nil {
		r.live.rest()
	}
}

// Decoded is [Parser.Decoded].
func (r *Replay) Decoded() int {
	switch {
	case r.live != nil:
		return r.live.Decoded()
	case r.rec == nil:
		return 0
	case r.ended || r.rec.doc.dec.tr != nil:
		return r.n
	}
	return r.n - unfinished(r.rec.src[:r.n])
}

// Place returns how far the tree builder has come in the document of a record;
// nil if the document is not the recorded one, or none fitted.
func (r *Replay) Place() (*Record, Place) {
	if !r.same {
		return nil, Place{}
	}
	return r.rec, r.place
}

// Document returns what was parsed so far, for which it parses. It grows while
// more is parsed.
func (r *Replay) Document() *Document {
	r.parse()
	return r.live.Document()
}

// Known returns the element table for questions about single elements that the
// builder has made: [dom.Table.Attr], [dom.Table.Atom], [dom.Table.Parent]. While
// nothing was parsed it holds elements that the builder has yet to make as well.
func (r *Replay) Known() *dom.Table {
	switch {
	case r.live != nil:
		return r.live.Document().Table
	case r.rec == nil:
		return new(dom.Table)
	}
	return r.rec.doc.Table
}

// Elements returns how many elements the tree builder has made.
func (r *Replay) Elements() int {
	switch {
	case r.live != nil:
		return r.live.Document().Table.Len()
	case r.rec == nil:
		return 0
	}
	return int(r.state.elements)
}

// Base is [Document.Base].
func (r *Replay) Base() weburl.URL {
	switch {
	case r.live != nil:
		return r.live.Document().Base()
	case r.rec == nil:
		return r.opts.resolved().Base
	}
	return r.rec.bases[r.state.base]
}

// Title is [Document.Title].
func (r *Replay) Title() string {
	switch {
	case r.live != nil:
		return r.live.Document().Title()
	case r.rec == nil:
		return ""
	}
	return r.rec.titles[r.state.title]
}

// Encoding is [Document.Encoding].
func (r *Replay) Encoding() (encoding.Encoding, string) {
	switch {
	case r.live != nil:
		return r.live.Document().Encoding()
	case r.rec == nil:
		return nil, ""
	}
	return r.rec.doc.Encoding()
}
