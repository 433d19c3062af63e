package weburl

import (
	"slices"
	"strings"

	"golang.org/x/text/encoding"
)

// stackBuffer is how long a URL may get before its parsing needs a buffer of the heap, in bytes.
const stackBuffer = 384

// Parse reads an absolute URL. White space and control characters around it and tabs and newlines in it are ignored, as
// the standard wants. The error is an *Error. The URL does not keep s in memory.
func Parse(s string) (URL, error) { return parse(s, URL{}, nil) }

// MustParse is Parse for texts that are known to be URLs; it panics where they are not.
func MustParse(s string) URL {
	u, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

// Parse resolves a reference, absolute or relative, against u. Where u is zero, the reference must be absolute.
func (u URL) Parse(ref string) (URL, error) { return parse(ref, u, nil) }

// ParseEncoded is Parse for a reference of a document in the encoding enc, in which a query is written: "?ä" in a
// latin1 document is "?%E4". Characters that the encoding lacks become "&#NNN;" percent-encoded. Only the query of
// http, https, ftp and file URLs is affected; everything else is UTF-8 always. A nil encoding is UTF-8, and so are the
// UTF-16 encodings here.
func (u URL) ParseEncoded(ref string, enc encoding.Encoding) (URL, error) { return parse(ref, u, enc) }

// A parser holds what is known of the URL that is being made. Its methods are the states of the standard's basic URL
// parser, section 4.4. Each takes the URL's text so far, appends to it and returns it, with a reason where it fails.
// (Were the text a field, it would have to be in the heap: what is stored through a pointer escapes.)
type parser struct {
	u    URL // offsets and kind; the text comes at the end
	base URL

	// legacy says that the document is not UTF-8; query is then the query that has to be put at u.queryStart+1 in its
	// encoding, if it is not ASCII.
	legacy bool
	query  string
}

func parse(s string, base URL, enc encoding.Encoding) (URL, error) {
	if len(s) > MaxLength {
		return URL{}, newError(s, whyTooLong)
	}
	var stack [stackBuffer]byte
	p := parser{base: base, legacy: enc != nil}
	b, why := p.start(stack[:0], clean(s))
	if why != "" {
		return URL{}, newError(s, why)
	}
	if p.query != "" {
		query := encodeQuery(p.query, specialQuerySet, enc)
		b = slices.Insert(b, int(p.u.queryStart)+1, query...)
		p.u.fragStart += uint32(len(query))
	}
	if len(b) > MaxLength {
		return URL{}, newError(s, whyTooLongURL)
	}
	p.u.href = string(b)
	return p.u, nil
}

// clean removes leading and trailing control characters and spaces, and all tabs and newlines.
func clean(s string) string {
	for s != "" && s[0] <= ' ' {
		s = s[1:]
	}
	for s != "" && s[len(s)-1] <= ' ' {
		s = s[:len(s)-1]
	}
	for i := range len(s) {
		if c := s[i]; c <= '\r' && (c == '\t' || c == '\n' || c == '\r') {
			return withoutNewlines(s)
		}
	}
	return s
}

func withoutNewlines(s string) string {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if c := s[i]; c != '\t' && c != '\n' && c != '\r' {
			b = append(b, c)
		}
	}
	return string(b)
}

// start is the scheme start, scheme and no scheme states.
func (p *parser) start(b []byte, s string) (_ []byte, why string) {
	n := schemeLength(s)
	if n == 0 {
		switch {
		case p.base.IsZero():
			return b, whyNoBase
		case p.base.opaque && !strings.HasPrefix(s, "#"):
			return b, whyOpaqueBase
		case p.base.kind == kindFile:
			return p.file(b, s)
		}
		return p.relative(b, s)
	}
	for i := range n {
		b = append(b, lower(s[i]))
	}
	p.u.kind = kindOf(string(b))
	p.u.schemeEnd = uint32(n)
	b = append(b, ':')
	s = s[n+1:]
	switch {
	case p.u.kind == kindFile:
		return p.file(b, s)
	case p.u.kind != notSpecial && p.u.kind == p.base.kind && !strings.HasPrefix(s, "//"):
		return p.relative(b, s)
	case p.u.kind != notSpecial:
		return p.authority(b, trimSlashes(s))
	case strings.HasPrefix(s, "//"):
		return p.authority(b, s[2:])
	}
	p.u.userEnd, p.u.hostStart, p.u.hostEnd, p.u.pathStart = uint32(len(b)), uint32(len(b)), uint32(len(b)), uint32(len(b))
	if strings.HasPrefix(s, "/") {
		return p.path(b, s[1:]), ""
	}
	return p.opaquePath(b, s), ""
}

// schemeLength returns the length of the scheme that s begins with, 0 where it begins with none.
func schemeLength(s string) int {
	if s == "" || !isAlpha(s[0]) {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case isAlpha(c), isDigit(c), c == '+', c == '-', c == '.':
		case c == ':':
			return i
		default:
			return 0
		}
	}
	return 0
}

func trimSlashes(s string) string {
	for s != "" && isSlash(s[0]) {
		s = s[1:]
	}
	return s
}

// takeBase makes the URL the base's text up to end and its offsets.
func (p *parser) takeBase(b []byte, end uint32) []byte {
	p.u = p.base
	return append(b[:0], p.base.href[:end]...)
}

// takeBaseAuthority makes the URL the base's up to its authority, with an empty path.
func (p *parser) takeBaseAuthority(b []byte) []byte {
	end := p.base.authorityEnd()
	b = p.takeBase(b, end)
	p.u.pathStart = end
	return b
}

// takeBasePath makes the URL the base's up to its path.
func (p *parser) takeBasePath(b []byte) []byte {
	return append(p.takeBaseAuthority(b), p.base.Path()...)
}

// relative is the relative and relative slash states.
func (p *parser) relative(b []byte, s string) (_ []byte, why string) {
	special := p.base.kind != notSpecial
	switch {
	case s == "" || s[0] == '#':
		return p.fragment(p.takeBase(b, p.base.fragStart), s), ""
	case s[0] == '?':
		return p.tail(p.takeBase(b, p.base.queryStart), s), ""
	case s[0] != '/' && !(special && s[0] == '\\'):
		return p.path(p.shorten(p.takeBasePath(b)), s), ""
	}
	s = s[1:]
	switch {
	case special && s != "" && isSlash(s[0]):
		return p.authority(p.takeBase(b, p.base.schemeEnd+1), trimSlashes(s))
	case strings.HasPrefix(s, "/"):
		return p.authority(p.takeBase(b, p.base.schemeEnd+1), s[1:])
	}
	return p.path(p.takeBaseAuthority(b), s), ""
}

// pathStart is the path start state: the path after an authority.
func (p *parser) pathStart(b []byte, s string) []byte {
	p.u.pathStart = uint32(len(b))
	special := p.u.kind != notSpecial
	switch {
	case s != "" && (s[0] == '/' || special && s[0] == '\\'):
		return p.path(b, s[1:])
	case special:
		return p.path(b, s)
	}
	return p.tail(b, s)
}

// tail is the query and fragment states; s is empty or begins with ? or #.
func (p *parser) tail(b []byte, s string) []byte {
	p.u.queryStart = uint32(len(b))
	if s == "" || s[0] != '?' {
		return p.fragment(b, s)
	}
	query, rest := s[1:], ""
	if i := strings.IndexByte(query, '#'); i >= 0 {
		query, rest = query[:i], query[i:]
	}
	b = append(b, '?')
	switch {
	case p.u.kind == notSpecial:
		b = appendEncoded(b, query, querySet)
	case p.legacy && p.u.kind != kindWS && p.u.kind != kindWSS && !isASCII(query):
		p.query = query
	default:
		b = appendEncoded(b, query, specialQuerySet)
	}
	return p.fragment(b, rest)
}

// fragment is the fragment state; s is empty or begins with #.
func (p *parser) fragment(b []byte, s string) []byte {
	p.u.fragStart = uint32(len(b))
	if s == "" {
		return b
	}
	return appendEncoded(append(b, '#'), s[1:], fragmentSet)
}
