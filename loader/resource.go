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
type resource struct {
	id    int32 // of the present hop
	chain int32 // of the first hop
	frame *frame
	want
	priority conn.Priority // as it is now
	blocking string        // Chromium's word
	silent   bool          // data: URLs make no row
	dropped  bool          // a redirect turned the method into GET
	told     int32         // the hop of which it was said why it waited for a connection

	state   state
	call    *fetch.Call
	noStore bool
	charset string // of the Content-Type
	nosniff bool
	mime    string
	final   weburl.URL // after redirects
	delays  bool       // the load event waits for it
	sheet   *css.Sheet // of a style sheet that has arrived
	users   []*sheet   // that use it
	body    []byte     // of a module
	module  *module
	fonts   []*fontRequest // that wait for it
	usable  bool           // a font that has arrived and can be decoded
	failed  bool           // it has ended without what was asked for
	before  *resource      // of the same URL and another type, fetched ahead for what has not come yet
	used    bool           // an element or a rule uses it, not only the scanner or a preload
	credit  *credit        // of a document that arrives
}

// state is a resource's life.
type state uint8

const (
	waiting  state = iota // in a gate; leaves by send
	inFlight              // with the fetcher; leaves by its Done
	ended                 // well or not
)

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

// keep says what of a body the loader needs.
type keep uint8

const (
	keepNothing keep = iota // counted and dropped
	keepMagic               // the first four bytes: is it a font?
	keepAll                 // style sheets, modules
	keepStream              // documents
)
