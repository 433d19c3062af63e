package weburl

import (
	"bytes"
	"slices"
	"strings"
)

// pathStops are the bytes at which the quick look at a path stops to think.
var pathStops = makePathStops()

func makePathStops() (t [256]bool) {
	for c := range t {
		t[c] = classes[c]&pathSet != 0
	}
	t['.'], t['%'], t['\\'] = true, true, true
	return t
}

// plainPath returns how long the path at the beginning of s is where it can be copied as it is: no dot segments, no
// backslashes, nothing to encode.
func plainPath(s string) (n int, ok bool) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !pathStops[c] {
			continue
		}
		switch c {
		case '?', '#':
			return i, true
		case '.':
			if i == 0 || s[i-1] == '/' {
				return i, false
			}
		case '%':
			if i+2 < len(s) && s[i+1] == '2' && s[i+2]|0x20 == 'e' {
				return i, false
			}
		default:
			return i, false
		}
	}
	return len(s), true
}

// path is the standard's path state: it appends the segments at the beginning of s to b, where a base's path may stand
// already, and what follows the path. There is always at least one segment.
func (p *parser) path(b []byte, s string) []byte {
	if n, ok := plainPath(s); ok && p.u.kind != kindFile {
		return p.endPath(append(append(b, '/'), s[:n]...), s[n:])
	}
	special := p.u.kind != notSpecial
	for {
		end, slash := segment(s, special)
		seg := s[:end]
		switch dots(seg) {
		case 2:
			b = p.shorten(b)
			if !slash {
				b = append(b, '/')
			}
		case 1:
			if !slash {
				b = append(b, '/')
			}
		default:
			first := len(b) == int(p.u.pathStart)
			b = append(b, '/')
			if first && p.u.kind == kindFile && isDriveLetter(seg) {
				b = append(b, seg[0], ':')
			} else {
				b = appendEncoded(b, seg, pathSet)
			}
		}
		if !slash {
			return p.endPath(b, s[end:])
		}
		s = s[end+1:]
	}
}

// endPath keeps a path that begins with two slashes from being read as an authority (the standard's serialiser, section
// 4.5), and goes on with what follows the path.
func (p *parser) endPath(b []byte, rest string) []byte {
	if !p.u.hasHost && bytes.HasPrefix(b[p.u.pathStart:], []byte("//")) {
		b = slices.Insert(b, int(p.u.pathStart), '/', '.')
		p.u.pathStart += 2
	}
	return p.tail(b, rest)
}

// segment returns where the path segment at the beginning of s ends, and whether a slash ends it.
func segment(s string, special bool) (end int, slash bool) {
	for i := range len(s) {
		switch s[i] {
		case '/':
			return i, true
		case '\\':
			if special {
				return i, true
			}
		case '?', '#':
			return i, false
		}
	}
	return len(s), false
}

// dots returns 1 for a single-dot segment, 2 for a double-dot segment (each dot also as %2e), else 0.
func dots(seg string) int {
	n := 0
	for seg != "" && n < 3 {
		switch {
		case seg[0] == '.':
			seg = seg[1:]
		case len(seg) >= 3 && seg[0] == '%' && seg[1] == '2' && seg[2]|0x20 == 'e':
			seg = seg[3:]
		default:
			return 0
		}
		n++
	}
	if n > 2 {
		return 0
	}
	return n
}

// shorten removes the last segment of the path in b; a file's drive letter stays.
func (p *parser) shorten(b []byte) []byte {
	path := b[p.u.pathStart:]
	if p.u.kind == kindFile && len(path) == 3 && isAlpha(path[1]) && path[2] == ':' {
		return b
	}
	if i := bytes.LastIndexByte(path, '/'); i >= 0 {
		return b[:int(p.u.pathStart)+i]
	}
	return b
}

// opaquePath is the standard's opaque path state: "data:text/plain,x". A space before ? or # is encoded.
func (p *parser) opaquePath(b []byte, s string) []byte {
	p.u.opaque = true
	end := strings.IndexAny(s, "?#")
	if end < 0 {
		return p.tail(appendEncoded(b, s, controlSet), "")
	}
	path, space := strings.CutSuffix(s[:end], " ")
	b = appendEncoded(b, path, controlSet)
	if space {
		b = append(b, "%20"...)
	}
	return p.tail(b, s[end:])
}

// isDriveLetter reports whether s is a Windows drive letter: "C:" or "C|".
func isDriveLetter(s string) bool {
	return len(s) == 2 && isAlpha(s[0]) && (s[1] == ':' || s[1] == '|')
}

// startsWithDriveLetter reports whether s starts with a Windows drive letter that is a segment of its own.
func startsWithDriveLetter(s string) bool {
	if len(s) < 2 || !isDriveLetter(s[:2]) {
		return false
	}
	return len(s) == 2 || isSlash(s[2]) || s[2] == '?' || s[2] == '#'
}

func isSlash(c byte) bool { return c == '/' || c == '\\' }
