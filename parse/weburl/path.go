package weburl

import (
	"bytes"
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

// path is the standard's path state: it appends the segments at the beginning of s to p.buf, where a base's path may
// stand already, and returns what follows the path. There is always at least one segment.
func (p *parser) path(s string) (rest string) {
	if n, ok := plainPath(s); ok && p.u.kind != kindFile {
		p.buf = append(p.buf, '/')
		p.buf = append(p.buf, s[:n]...)
		return p.endPath(s[n:])
	}
	special := p.u.kind != notSpecial
	for {
		end, slash := segment(s, special)
		seg := s[:end]
		switch dots(seg) {
		case 2:
			p.shorten()
			if !slash {
				p.buf = append(p.buf, '/')
			}
		case 1:
			if !slash {
				p.buf = append(p.buf, '/')
			}
		default:
			empty := len(p.buf) == int(p.u.pathStart)
			p.buf = append(p.buf, '/')
			if p.u.kind == kindFile && empty && isDriveLetter(seg) {
				p.buf = append(p.buf, seg[0], ':')
			} else {
				p.buf = appendEncoded(p.buf, seg, pathSet)
			}
		}
		if !slash {
			return p.endPath(s[end:])
		}
		s = s[end+1:]
	}
}

// endPath keeps a path that begins with two slashes from being read as an authority: the standard's serialiser, section 4.5.
func (p *parser) endPath(rest string) string {
	path := p.buf[p.u.pathStart:]
	if !p.u.hasHost && len(path) > 1 && path[0] == '/' && path[1] == '/' {
		p.buf = append(p.buf, "/."...)
		copy(p.buf[p.u.pathStart+2:], p.buf[p.u.pathStart:])
		copy(p.buf[p.u.pathStart:], "/.")
		p.u.pathStart += 2
	}
	return rest
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

// shorten removes the last segment of the path; a file's drive letter stays.
func (p *parser) shorten() {
	path := p.buf[p.u.pathStart:]
	if p.u.kind == kindFile && len(path) == 3 && isAlpha(path[1]) && path[2] == ':' {
		return
	}
	if i := bytes.LastIndexByte(path, '/'); i >= 0 {
		p.buf = p.buf[:int(p.u.pathStart)+i]
	}
}

// opaquePath is the standard's opaque path state: "data:text/plain,x". A space before ? or # is encoded.
func (p *parser) opaquePath(s string) (rest string) {
	end := strings.IndexAny(s, "?#")
	if end < 0 {
		end = len(s)
	}
	path := s[:end]
	space := end < len(s) && strings.HasSuffix(path, " ")
	if space {
		path = path[:len(path)-1]
	}
	p.buf = appendEncoded(p.buf, path, controlSet)
	if space {
		p.buf = append(p.buf, "%20"...)
	}
	return s[end:]
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
