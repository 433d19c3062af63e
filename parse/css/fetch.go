package css

import (
	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// FetchKind is what a style fetches.
type FetchKind uint8

// The kinds of fetches.
const (
	Image       FetchKind = iota // an image, and what is loaded like one
	SVGDocument                  // a document that filter or clip-path refer into
	Font
)

// String returns "image", "svg document" or "font".
func (k FetchKind) String() string {
	switch k {
	case SVGDocument:
		return "svg document"
	case Font:
		return "font"
	}
	return "image"
}

// Mode is the request mode of the Fetch standard.
type Mode uint8

// The modes that style uses.
const (
	NoCORS Mode = iota
	CORS
	SameOrigin
)

// String returns the mode as in Sec-Fetch-Mode.
func (m Mode) String() string {
	switch m {
	case CORS:
		return "cors"
	case SameOrigin:
		return "same-origin"
	}
	return "no-cors"
}

// Fetch is a request that the style of a page makes.
type Fetch struct {
	URL      weburl.URL
	Kind     FetchKind
	Mode     Mode
	Element  dom.ID     // the first one that needs it
	Property string     // the longhand that names it
	SheetURL weburl.URL // of the sheet that names it, which is initiator and referrer; zero: the document
	Line     int        // from 1, 0 unknown: of that sheet, of the text of a style element, or where markup names it of the document
	Font     *FontFace  // of a Font: what to try after a failure; each Collect makes new ones
}

// fetchOf tells how the images of a property are fetched.
func (p property) fetchOf() (FetchKind, Mode) {
	switch p {
	case propMask, propShape:
		return Image, CORS
	case propClipPath:
		return SVGDocument, CORS
	case propFilter, propBackdrop, propFill, propStroke, propMarkerStart, propMarkerMid, propMarkerEnd:
		return SVGDocument, SameOrigin
	}
	return Image, NoCORS
}

// fetchKey is what two fetches that share one request have in common.
type fetchKey struct {
	url  string
	kind FetchKind
	mode Mode
}

// emit lists the images of a value that were not listed before.
func (r *run) emit(list *[]Fetch, p property, w winner, images []image, id dom.ID) {
	kind, mode := p.fetchOf()
	for i := range images {
		img, ok := images[i].pick(&r.device)
		if !ok {
			continue
		}
		url := img.url
		if img.local {
			if kind == SVGDocument || p == propMask || p == propCursor {
				continue // refers into the document itself
			}
			url = r.base
		}
		if url.Scheme() == "data" {
			continue
		}
		if f := (Fetch{URL: url, Kind: kind, Mode: mode, Element: id, Property: p.String(), Line: img.line}); r.first(&f) {
			if w.use != nil {
				f.SheetURL = w.use.url
			} else {
				f.Line = r.t.Line(id)
			}
			*list = append(*list, f)
		}
	}
}

// first reports whether a fetch is the first of its kind, and remembers it.
func (r *run) first(f *Fetch) bool {
	k := fetchKey{f.URL.WithoutFragment().String(), f.Kind, f.Mode}
	if r.seen[k] {
		return false
	}
	r.seen[k] = true
	return true
}
