package parse

import (
	"pageload/parse/css"
	"pageload/parse/weburl"
)

// Scripting says what the page is told about scripts: with scripting the
// contents of noscript are text, without it they are elements. No script is
// run either way.
type Scripting uint8

// The values of Scripting.
const (
	ScriptingOn  Scripting = iota // the default, as in a browser
	ScriptingOff                  // noscript counts, loading=lazy does not
)

// Options say what is known of a document from elsewhere, and how much of it
// may be kept. The zero value is a document without a URL: only absolute
// references can be resolved then.
type Options struct {
	URL     weburl.URL // of the document, after redirects
	Base    weburl.URL // base without a base element; zero: URL. An srcdoc frame has its parent's
	Charset string     // of the Content-Type field, "" if it says none
	// ParentCharset is the encoding of the document of the same origin that this
	// is a frame of, which it has if nothing else says one; "" for none.
	ParentCharset string
	SrcDoc        bool       // the document is an iframe's srcdoc: never in quirks mode, and UTF-8
	XML           bool       // the document is SVG, XHTML or other XML by its media type: no preload scanner, and the rules of XML
	Device        css.Device // for media, sizes and srcset
	Scripting     Scripting

	// AllCandidates fills [Ref.Candidates], for archivers.
	AllCandidates bool
	// NoLinks leaves out EventLink; [Document.Links] has the links all the same.
	NoLinks bool
	// Buffers lends what is only needed while the document is parsed; nil: each
	// parser has its own. The parser of a [Replay] gives it back when it has
	// finished.
	Buffers *Buffers
	// Owned says that the bytes which are fed are the parser's from then on, and the
	// room behind them, up to their capacity: nobody else changes them. They are not
	// copied where that can be avoided.
	Owned bool
	// Size is about how many bytes the document has, so that room for what it may
	// hold is made at once, within bounds; 0 where that is not known.
	Size int

	// Bounds; 0 is the default, negative is none.
	MaxBytes      int64 // of the document, decoded; default 100 MB, at most 2 GB
	MaxElements   int   // default 1,000,000
	MaxRefs       int   // references of each finder; default 100,000
	MaxDepth      int   // of nesting; default 512, as in Chromium (kMaximumHTMLParserDOMTreeDepth); at most 8,192
	MaxAttributes int   // of one element; default 1,024, at most 65,535
}

// resolved puts the defaults in.
func (o Options) resolved() Options {
	o.MaxBytes = bound(o.MaxBytes, 100<<20, 1<<31-1)
	o.MaxElements = bound(o.MaxElements, 1_000_000, 1<<31-1)
	o.MaxRefs = bound(o.MaxRefs, 100_000, 1<<31-1)
	o.MaxDepth = max(4, bound(o.MaxDepth, 512, 8192))
	o.MaxAttributes = bound(o.MaxAttributes, 1024, 1<<16-1)
	o.Device.NoScript = o.Device.NoScript || o.Scripting == ScriptingOff
	if o.Base.IsZero() {
		o.Base = o.URL
	}
	return o
}

func bound[T int | int64](v, def, most T) T {
	switch {
	case v == 0:
		return def
	case v < 0:
		return most
	}
	return min(v, most)
}
