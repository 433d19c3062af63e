package parse

import (
	"strings"

	"pageload/parse/dom"
	"pageload/parse/weburl"

	"golang.org/x/text/encoding"
)

// Document is a parsed document, or as much of one as has been parsed. It is
// for one goroutine at a time.
type Document struct {
	Table *dom.Table

	url      weburl.URL
	dec      *decoder
	base     weburl.URL
	title    dom.ID
	refresh  Meta
	linked   []dom.ID // elements that may be links
	owners   []owner
	complete bool
}

func newDocument(p *Parser) *Document {
	return &Document{Table: new(dom.Table), url: p.opts.URL, dec: p.dec, base: p.opts.Base}
}

// URL returns the document's URL, as Options gave it.
func (d *Document) URL() weburl.URL { return d.url }

// Base returns what relative references are resolved against: the URL of the
// first base element that the tree builder has come to, else Options.Base.
func (d *Document) Base() weburl.URL { return d.base }

// Encoding returns the encoding of the document and its canonical name, such
// as "windows-1252". For UTF-8, and while it is not known yet, the encoding is
// nil; the name is "" then.
func (d *Document) Encoding() (encoding.Encoding, string) {
	if d.dec.name == "utf-8" {
		return nil, "utf-8"
	}
	return d.dec.enc, d.dec.name
}

// Verbatim reports whether the source that was decoded so far is the bytes of the
// document as they were fed: it had no byte order mark and is UTF-8 without errors,
// or nothing but ASCII.
func (d *Document) Verbatim() bool { return d.dec.verbatim() }

// verbatim reports whether src is the bytes that came.
func (d *decoder) verbatim() bool {
	if int(d.raw) != len(d.src) {
		return false
	}
	if d.tr == nil && len(d.anchors) <= 1 && ascii(d.src[:d.from]) {
		return true // before the declaration there is ASCII, behind it UTF-8 without errors
	}
	return ascii(d.src)
}

// QueryEncoding returns what queries of URLs in the document are encoded in,
// for [weburl.URL.ParseEncoded]; nil for UTF-8.
func (d *Document) QueryEncoding() encoding.Encoding { return d.dec.queryEncoding() }

// Complete reports whether all of the document has been parsed.
func (d *Document) Complete() bool { return d.complete }

// Refresh returns the first meta refresh; its Kind is 0 if there is none.
func (d *Document) Refresh() Meta { return d.refresh }

// Title returns the text of the first title element, white space stripped and
// collapsed, "" if there is none.
func (d *Document) Title() string {
	if d.title == 0 || d.Table.Inert(d.title) {
		return ""
	}
	return strings.Join(strings.FieldsFunc(d.Table.TextContent(d.title, 0), func(r rune) bool {
		return r < 0x80 && classes[r]&classSpace != 0
	}), " ")
}

// noteTitle notes the first title. One may have gone with a body that a
// frameset replaced.
func (d *Document) noteTitle(id dom.ID) {
	if !d.Table.Inert(id) && (d.title == 0 || d.Table.Inert(d.title)) {
		d.title = id
	}
}
