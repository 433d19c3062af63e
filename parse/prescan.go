package parse

import (
	"bytes"
	"strings"
)

// prescanBytes is how much of a document is looked at for a declaration of
// its encoding (HTML standard, section 13.2.3.2).
const prescanBytes = 1024

// prescan finds the encoding that a meta element declares, by the standard's
// algorithm of that name. It returns "" if there is none in these bytes.
func prescan(b []byte) (label string) {
	b = b[:min(len(b), prescanBytes)]
	for len(b) > 0 {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			return ""
		}
		b = b[i:]
		switch {
		case bytes.HasPrefix(b, []byte("<!--")):
			// The dashes of the end may be those of the beginning.
			end := bytes.Index(b[2:], []byte("-->"))
			if end < 0 {
				return ""
			}
			b = b[2+end+3:]
		case len(b) > 5 && bytes.EqualFold(b[:5], []byte("<meta")) && (classes[b[5]]&classSpace != 0 || b[5] == '/'):
			var complete bool
			if label, b, complete = prescanMeta(b[6:]); label != "" || !complete {
				return label
			}
		case len(b) > 1 && classes[b[1]]&classAlpha != 0, len(b) > 2 && b[1] == '/' && classes[b[2]]&classAlpha != 0:
			for len(b) > 0 && classes[b[0]]&(classSpace) == 0 && b[0] != '>' {
				b = b[1:]
			}
			for {
				name, _, rest, ok := prescanAttr(b)
				if b = rest; !ok {
					return ""
				}
				if name == "" {
					break
				}
			}
		case len(b) > 1 && (b[1] == '!' || b[1] == '/' || b[1] == '?'):
			end := bytes.IndexByte(b, '>')
			if end < 0 {
				return ""
			}
			b = b[end+1:]
		default:
			b = b[1:]
		}
	}
	return ""
}

// prescanMeta reads the attributes of a meta tag.
func prescanMeta(b []byte) (label string, rest []byte, complete bool) {
	var pragma, hasCharset, needPragma bool
	seen := make(map[string]bool)
	for {
		name, value, rest, ok := prescanAttr(b)
		if b = rest; !ok {
			return "", b, false
		}
		if name == "" {
			break
		}
		if seen[name] {
			continue
		}
		seen[name] = true
		switch name {
		case "http-equiv":
			pragma = value == "content-type"
		case "content":
			if cs := metaCharset(value); cs != "" && !hasCharset {
				label, needPragma, hasCharset = cs, true, true
			}
		case "charset":
			label, needPragma, hasCharset = value, false, true
		}
	}
	if !hasCharset || needPragma && !pragma {
		return "", b, true
	}
	if enc, _ := lookupEncoding(label); enc == "" {
		return "", b, true
	}
	return label, b, true
}

// prescanAttr is "get an attribute": name is "" at the end of the tag, ok is
// false at the end of the bytes. Names and values are in lower case.
func prescanAttr(b []byte) (name, value string, rest []byte, ok bool) {
	i := 0
	for i < len(b) && (classes[b[i]]&classSpace != 0 || b[i] == '/') {
		i++
	}
	if i == len(b) {
		return "", "", nil, false
	}
	if b[i] == '>' {
		return "", "", b[i+1:], true
	}
	start := i
	for i < len(b) && !(b[i] == '=' && i > start) && b[i] != '/' && b[i] != '>' && classes[b[i]]&classSpace == 0 {
		i++
	}
	name = strings.ToLower(string(b[start:i]))
	for i < len(b) && classes[b[i]]&classSpace != 0 {
		i++
	}
	if i == len(b) {
		return "", "", nil, false
	}
	if b[i] != '=' {
		return name, "", b[i:], true
	}
	i++
	for i < len(b) && classes[b[i]]&classSpace != 0 {
		i++
	}
	if i == len(b) {
		return "", "", nil, false
	}
	if q := b[i]; q == '"' || q == '\'' {
		n := bytes.IndexByte(b[i+1:], q)
		if n < 0 {
			return "", "", nil, false
		}
		return name, strings.ToLower(string(b[i+1 : i+1+n])), b[i+n+2:], true
	}
	start = i
	for i < len(b) && classes[b[i]]&classValEnd == 0 {
		i++
	}
	if i == len(b) {
		return "", "", nil, false
	}
	return name, strings.ToLower(string(b[start:i])), b[i:], true
}

// metaCharset extracts the encoding from the content of a meta element (HTML
// standard, "extracting a character encoding from a meta element").
func metaCharset(s string) string {
	for {
		i := strings.Index(strings.ToLower(s), "charset")
		if i < 0 {
			return ""
		}
		s = strings.TrimLeft(s[i+len("charset"):], spaces)
		if s == "" || s[0] != '=' {
			continue
		}
		s = strings.TrimLeft(s[1:], spaces)
		if s == "" {
			return ""
		}
		if s[0] == '"' || s[0] == '\'' {
			if i := strings.IndexByte(s[1:], s[0]); i >= 0 {
				return s[1 : 1+i]
			}
			return ""
		}
		if i := strings.IndexAny(s, spaces+";"); i >= 0 {
			return s[:i]
		}
		return s
	}
}
