package css

import (
	"strings"

	"pageload/parse/weburl"
)

// RefKind is what a reference of a sheet is about.
type RefKind uint8

// The kinds of references.
const (
	RefImage  RefKind = iota // an image, or anything else that a declaration names
	RefImport                // a style sheet
	RefFont
	RefDocument // an SVG document that filter, clip-path and the like refer into
)

// String returns "image", "import", "font" or "document".
func (k RefKind) String() string {
	switch k {
	case RefImport:
		return "import"
	case RefFont:
		return "font"
	case RefDocument:
		return "document"
	}
	return "image"
}

// Ref is a reference of a sheet.
type Ref struct {
	URL      weburl.URL // resolved against the sheet's base; zero where Err is set
	Raw      string     // as written, escapes resolved
	Line     int        // from 1
	Kind     RefKind
	Property string // lower case; "" for an import
	Err      error  // why it is no URL
}

// maxRefs bounds Refs.
const maxRefs = 100_000

// Refs returns every reference of the sheet in order, whether or not a browser
// would follow it: for crawlers and archivers. References only to a fragment
// and empty ones are left out.
func (s *Sheet) Refs() []Ref {
	var refs []Ref
	p := sheetParser{lexer: lexer{src: s.src}, sheet: s, line: 1}
	property, word, at := "", "", "" // of the declaration or at-rule around
	var open []refBlock
	add := func(raw string, t *token, kind RefKind) {
		if raw == "" || raw[0] == '#' || len(refs) >= maxRefs {
			return
		}
		u, err := s.base.Parse(raw)
		refs = append(refs, Ref{URL: u, Raw: raw, Line: p.lineOf(t.start), Kind: kind, Property: property, Err: err})
	}
	for {
		t := p.next()
		switch t.kind {
		case tokEOF:
			return refs
		case tokWhitespace:
			continue
		case tokAtKeyword:
			at, property, word = lowerASCII(t.text(s.src)), "", ""
			continue
		case tokIdent:
			word = lowerASCII(t.text(s.src))
			continue
		case tokColon:
			if property == "" && word != "" {
				property = word
			}
		case tokSemicolon:
			property, at = "", ""
		case tokURL:
			add(t.text(s.src), &t, refKind(at, property, open))
		case tokString:
			if at == "import" && len(open) == 0 || inside(open, "url", "image-set", "-webkit-image-set") {
				add(t.text(s.src), &t, refKind(at, property, open))
				if at == "import" {
					at = "" // the rest of the prelude names nothing
				}
			}
		case tokRParen, tokRBracket, tokRBrace:
			for n := len(open); n > 0; n = len(open) {
				b := open[n-1]
				if b.closes != t.kind && t.kind != tokRBrace {
					break
				}
				open = open[:n-1]
				if b.closes == t.kind {
					break
				}
			}
			if t.kind == tokRBrace {
				property, at = "", ""
			}
		default:
			if k, ok := t.opens(); ok {
				b := refBlock{closes: k}
				if t.kind == tokFunction {
					b.name = lowerASCII(t.text(s.src))
				}
				if t.kind == tokLBrace {
					b.name = at
					property, at = "", ""
				}
				open = append(open, b)
			}
		}
		word = ""
	}
}

// refBlock is an open block: a function, or the braces of an at-rule.
type refBlock struct {
	closes tokenKind
	name   string
}

// inside reports whether the innermost block is one of the functions.
func inside(open []refBlock, names ...string) bool {
	if len(open) == 0 || open[len(open)-1].closes != tokRParen {
		return false
	}
	for _, n := range names {
		if open[len(open)-1].name == n {
			return true
		}
	}
	return false
}

func refKind(at, property string, open []refBlock) RefKind {
	switch {
	case at == "import":
		return RefImport
	case property == "src":
		for _, b := range open {
			if b.name == "font-face" {
				return RefFont
			}
		}
	case strings.HasSuffix(property, "filter"), strings.HasSuffix(property, "clip-path"), property == "offset-path":
		return RefDocument
	}
	return RefImage
}
