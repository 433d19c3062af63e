package parse

import (
	"pageload/parse/css"
	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// Kind says what a reference is to.
type Kind uint8

// The kinds of references.
const (
	Stylesheet    Kind = iota + 1 // link rel=stylesheet
	Import                        // @import in a style element, as the preload scanner sees it
	Script                        // script src, or href in SVG
	Image                         // img, picture, poster, input, SVG image and feImage
	Preload                       // link rel=preload; see Ref.As
	ModulePreload                 // link rel=modulepreload
	Prefetch                      // link rel=prefetch
	Preconnect                    // link rel=preconnect: a connection, no request
	DNSPrefetch                   // link rel=dns-prefetch: a lookup, no request
	Icon                          // link rel=icon
	Manifest                      // link rel=manifest
	Frame                         // iframe or frame
	Object                        // object data
	Embed                         // embed src
	Video                         // video src, or a source of it
	Audio                         // audio src, or a source of it
	Track                         // track src
	SVGUse                        // SVG use with another document
	Background                    // background attribute of body and the parts of tables
)

var kindNames = [...]string{
	"", "stylesheet", "import", "script", "image", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch",
	"icon", "manifest", "frame", "object", "embed", "video", "audio", "track", "svg-use", "background",
}

// String returns the kind in lower case, such as "stylesheet".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return ""
}

// Finder says who found a reference.
type Finder uint8

// The finders.
const (
	Scanner Finder = iota // the preload scanner, from bytes as they arrive
	Builder               // the tree builder, when it came to the element
)

// String returns "scanner" or "builder".
func (f Finder) String() string {
	if f == Builder {
		return "builder"
	}
	return "scanner"
}

// ScriptKind is the kind of a script by its type attribute (HTML standard,
// section 4.12.1.1, "prepare the script element").
type ScriptKind uint8

// The kinds of scripts.
const (
	NoScript       ScriptKind = iota // not a script
	Classic                          // JavaScript
	Module                           // type=module
	ImportMap                        // type=importmap
	SpeculationSet                   // type=speculationrules
	DataBlock                        // any other type: data for scripts, such as application/ld+json
)

// CORS is the state of a crossorigin attribute.
type CORS uint8

// The states of crossorigin.
const (
	CORSNone       CORS = iota // no attribute
	Anonymous                  // attribute without value, or with any other than use-credentials
	UseCredentials             // use-credentials
)

// FetchPriority is the value of a fetchpriority attribute.
type FetchPriority uint8

// The values of fetchpriority.
const (
	PriorityAuto FetchPriority = iota
	PriorityHigh
	PriorityLow
)

// Ref is a reference to something that a browser would fetch, or would if
// something were otherwise: see [Ref.Wanted].
type Ref struct {
	Kind    Kind
	FoundBy Finder
	URL     weburl.URL // zero if Err is not nil
	Raw     string     // as in the document, decoded
	// Line is where the parser was: the line, from 1, on which the tag ends.
	Line int
	// Offset is how many bytes of the document, as they were fed, had to be
	// there to know of it: the end of its tag.
	Offset int

	Element     dom.ID // 0 from the scanner
	ElementName string // "img", "link", …; of a source its own

	As             string // of a preload: "script", "style", "image", "font", "fetch" or "track"
	Script         ScriptKind
	Async, Defer   bool
	NoModule       bool
	ParserInserted bool // always true: no script runs that could insert one

	Media        css.MediaList
	MediaMatches bool // on Options.Device; true without media
	Alternate    bool // alternate style sheet
	Title        string
	Type         string // type attribute

	CrossOrigin    CORS
	Integrity      string
	Nonce          string
	ReferrerPolicy string // of the element, else of the last meta before it
	FetchPriority  FetchPriority
	Blocking       bool // blocking=render

	Lazy bool // loading=lazy, with scripting
	// AutoSizes is the srcset of a lazy image with sizes=auto, of which the width
	// of its box chooses; URL is what the rest of sizes chooses.
	AutoSizes     string
	Width, Height int  // attributes in pixels; -1 unknown
	Small         bool // an image that cannot be among the five that Chromium prefers: at most 10,000 square pixels by its attributes
	ImageSet      bool // an image chosen from srcset or picture, which mixed content treats differently
	// InBody is, from the scanner, whether a body or img tag came before, as
	// Chromium's does it; from the builder, whether the element is in the body.
	InBody bool

	HasSrcDoc  bool // iframe with srcdoc; URL is zero
	SrcDoc     string
	HasSandbox bool
	Sandbox    string
	Preload    string // of video and audio: "none", "metadata", "auto" or ""; "auto" with autoplay
	Default    bool   // of a track
	Fallback   bool   // a source that is only tried when those before it have failed

	// Candidates are all images of srcset and picture, if Options.AllCandidates.
	Candidates []weburl.URL

	Err error // why there is no URL, or why it is not fetched
}

// Wanted reports whether a browser without scripts requests it (now or,
// if Lazy, when it comes into view). It does not know of Content-Security-Policy,
// of what is cached, or of styles that hide an object.
func (r *Ref) Wanted() bool {
	switch {
	case r.Err != nil, r.NoModule, r.Fallback:
		return false
	}
	switch r.Kind {
	case Video, Audio:
		return r.Preload != "none"
	case Track:
		return r.Default
	case Frame:
		return !r.HasSrcDoc
	}
	return true
}
