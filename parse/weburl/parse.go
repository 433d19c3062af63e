package weburl

import (
	"fmt"
	"strconv"
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
// latin1 document is "?%E4". Characters that the encoding lacks become "&#NNN;" percent-encoded. Only the query of http, https, ftp and file
// URLs is affected; everything else is UTF-8 always. A nil encoding is UTF-8, and so are the UTF-16 encodings here.
func (u URL) ParseEncoded(ref string, enc encoding.Encoding) (URL, error) { return parse(ref, u, enc) }

// A parser holds the URL that is being made: its text so far in buf, its offsets in u. Its methods are the states of the
// standard's basic URL parser, section 4.4; each appends what it reads and returns a reason where it fails.
type parser struct {
	buf  []byte
	u    URL
	base URL
	enc  encoding.Encoding
}

func parse(s string, base URL, enc encoding.Encoding) (URL, error) {
	if len(s) > MaxLength {
		return URL{}, newError(s, whyTooLong)
	}
	var stack [stackBuffer]byte
	p := parser{buf: stack[:0], base: base, enc: enc}
	if why := p.start(clean(s)); why != "" {
		return URL{}, newError(s, why)
	}
	if len(p.buf) > MaxLength {
		return URL{}, newError(s, whyTooLongURL)
	}
	p.u.href = string(p.buf)
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
func (p *parser) start(s string) string {
	n := schemeLength(s)
	if n == 0 {
		switch {
		case p.base.IsZero():
			return whyNoBase
		case p.base.opaque && !strings.HasPrefix(s, "#"):
			return whyOpaqueBase
		case p.base.kind == kindFile:
			return p.file(s)
		}
		return p.relative(s)
	}
	for i := range n {
		p.buf = append(p.buf, lower(s[i]))
	}
	p.u.kind = kindOf(string(p.buf))
	p.u.schemeEnd = uint32(n)
	p.buf = append(p.buf, ':')
	s = s[n+1:]
	switch {
	case p.u.kind == kindFile:
		return p.file(s)
	case p.u.kind != notSpecial && p.u.kind == p.base.kind && !strings.HasPrefix(s, "//"):
		return p.relative(s)
	case p.u.kind != notSpecial:
		return p.authority(trimSlashes(s))
	case strings.HasPrefix(s, "//"):
		return p.authority(s[2:])
	case strings.HasPrefix(s, "/"):
		p.noAuthority()
		return p.tail(p.path(s[1:]))
	}
	p.noAuthority()
	p.u.opaque = true
	return p.tail(p.opaquePath(s))
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

// noAuthority says that the host is null and that the path begins here.
func (p *parser) noAuthority() {
	n := uint32(len(p.buf))
	p.u.userEnd, p.u.hostStart, p.u.hostEnd, p.u.pathStart = n, n, n, n
}

// takeBase makes the URL the base's text up to end and its offsets.
func (p *parser) takeBase(end uint32) {
	p.buf = append(p.buf[:0], p.base.href[:end]...)
	p.u = p.base
	p.u.href = ""
}

// takeBaseAuthority makes the URL the base's up to its authority, with an empty path.
func (p *parser) takeBaseAuthority() {
	end := p.base.authorityEnd()
	p.takeBase(end)
	p.u.pathStart = end
}

// takeBasePath makes the URL the base's up to its path.
func (p *parser) takeBasePath() {
	p.takeBaseAuthority()
	p.buf = append(p.buf, p.base.Path()...)
}

// relative is the relative and relative slash states.
func (p *parser) relative(s string) string {
	special := p.base.kind != notSpecial
	switch {
	case s == "":
		p.takeBase(p.base.fragStart)
		return p.noFragment()
	case s[0] == '?':
		p.takeBase(p.base.queryStart)
		return p.tail(s)
	case s[0] == '#':
		p.takeBase(p.base.fragStart)
		return p.fragment(s)
	case s[0] != '/' && !(special && s[0] == '\\'):
		p.takeBasePath()
		p.shorten()
		return p.tail(p.path(s))
	}
	s = s[1:]
	switch {
	case special && s != "" && isSlash(s[0]):
		p.takeBase(p.base.schemeEnd + 1)
		return p.authority(trimSlashes(s))
	case strings.HasPrefix(s, "/"):
		p.takeBase(p.base.schemeEnd + 1)
		return p.authority(s[1:])
	}
	p.takeBaseAuthority()
	return p.tail(p.path(s))
}

// authority is the authority, host, port and path start states; s begins after the two slashes.
func (p *parser) authority(s string) string {
	special := p.u.kind != notSpecial
	end := len(s)
	at := -1
scan:
	for i := range len(s) {
		switch s[i] {
		case '@':
			at = i
		case '/', '?', '#':
			end = i
			break scan
		case '\\':
			if special {
				end = i
				break scan
			}
		}
	}
	host, rest := s[:end], s[end:]
	p.u.hasHost = true
	p.buf = append(p.buf, '/', '/')
	p.u.userEnd = uint32(len(p.buf))
	if at >= 0 {
		p.userinfo(host[:at])
		if host = host[at+1:]; host == "" {
			return whyUserNoHost
		}
	}
	p.u.hostStart = uint32(len(p.buf))
	host, port, hasPort := cutPort(host)
	if host == "" && hasPort {
		return whyPortNoHost
	}
	b, why := appendHost(p.buf, host, special)
	if why != "" {
		return why
	}
	p.buf = b
	p.u.hostEnd = uint32(len(b))
	if why := p.port(port); why != "" {
		return why
	}
	p.u.pathStart = uint32(len(p.buf))
	return p.pathStart(rest)
}

// pathStart is the path start state.
func (p *parser) pathStart(s string) string {
	if s != "" && (s[0] == '/' || s[0] == '\\' && p.u.kind != notSpecial) {
		return p.tail(p.path(s[1:]))
	}
	if p.u.kind != notSpecial {
		return p.tail(p.path(s))
	}
	return p.tail(s)
}

// userinfo appends user name and password and the @, or nothing where both are empty.
func (p *parser) userinfo(s string) {
	name, password, _ := strings.Cut(s, ":")
	p.buf = appendEncoded(p.buf, name, userinfoSet)
	p.u.userEnd = uint32(len(p.buf))
	if password != "" {
		p.buf = appendEncoded(append(p.buf, ':'), password, userinfoSet)
	}
	if name != "" || password != "" {
		p.buf = append(p.buf, '@')
	}
}

// cutPort splits "host:port" at the first colon outside of brackets.
func cutPort(s string) (host, port string, ok bool) {
	brackets := false
	for i := range len(s) {
		switch s[i] {
		case '[':
			brackets = true
		case ']':
			brackets = false
		case ':':
			if !brackets {
				return s[:i], s[i+1:], true
			}
		}
	}
	return s, "", false
}

// port sets the port, and appends it where it is not the scheme's default.
func (p *parser) port(s string) string {
	p.u.port = p.u.kind.defaultPort()
	if s == "" {
		return ""
	}
	n := 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			return fmt.Sprintf("port %q is no number", cut(s))
		}
		n = min(n*10+int(s[i]-'0'), 1<<16)
	}
	if n >= 1<<16 {
		return whyPortRange
	}
	if n == int(p.u.port) && p.u.port != 0 {
		return ""
	}
	p.u.port = uint16(n)
	p.buf = append(p.buf, ':')
	p.buf = strconv.AppendInt(p.buf, int64(n), 10)
	return ""
}

// tail is the query and fragment states; s is empty or begins with ? or #.
func (p *parser) tail(s string) string {
	p.u.queryStart = uint32(len(p.buf))
	if s == "" || s[0] != '?' {
		return p.fragment(s)
	}
	s = s[1:]
	end := strings.IndexByte(s, '#')
	if end < 0 {
		end = len(s)
	}
	p.buf = append(p.buf, '?')
	switch p.u.kind {
	case notSpecial:
		p.buf = appendEncoded(p.buf, s[:end], querySet)
	case kindWS, kindWSS:
		p.buf = appendEncoded(p.buf, s[:end], specialQuerySet)
	default:
		p.buf = appendQuery(p.buf, s[:end], specialQuerySet, p.enc)
	}
	return p.fragment(s[end:])
}

// fragment is the fragment state; s is empty or begins with #.
func (p *parser) fragment(s string) string {
	if s == "" {
		return p.noFragment()
	}
	p.u.fragStart = uint32(len(p.buf))
	p.buf = appendEncoded(append(p.buf, '#'), s[1:], fragmentSet)
	return ""
}

func (p *parser) noFragment() string {
	p.u.fragStart = uint32(len(p.buf))
	return ""
}
