package parse

import (
	"bytes"
	"strings"

	"golang.org/x/net/html/atom"
)

const (
	// metaBytes is how much of a document is looked at for a declaration of its
	// encoding in any case (HTML standard, section 13.2.3.2).
	metaBytes = 1024
	// maxMetaBytes is how much is looked at while the head lasts. Chromium knows
	// no bound.
	maxMetaBytes = 1 << 20
)

// metaFinder looks for the meta element that declares the encoding, in bytes
// as they come. As Chromium's HTMLMetaCharsetParser it reads tokens, so that
// nothing is found in a comment or a title, in the first 1,024 bytes and
// beyond, up to the first tag that may not be in a head.
type metaFinder struct {
	z    tokenizer
	body bool // a tag was seen that may not be in a head
	done bool
}

// find looks at all that has come, of which it has seen a beginning before. It
// returns the canonical name of the encoding that is declared. src must stay as
// it is until the next call.
func (f *metaFinder) find(src []byte) string {
	if f.done {
		return ""
	}
	f.z.src, f.z.maxAttrs = src, 64
	for t := new(token); f.z.next(t); f.z.attrs = f.z.attrs[:0] {
		if t.kind == startTag {
			f.z.setModel(textModel(t.atom, false), t)
			if t.atom == atom.Meta {
				if name := f.meta(t); name != "" {
					f.done = true
					return name
				}
			}
		}
		if t.kind == startTag || t.kind == endTag {
			f.body = f.body || !inHeadTag(t)
		}
		if f.body && f.z.start >= metaBytes {
			break
		}
	}
	f.done = f.body && f.z.start >= metaBytes || len(src) >= maxMetaBytes
	return ""
}

// inHeadTag reports whether Chromium takes a tag for one of a head.
func inHeadTag(t *token) bool {
	switch t.atom {
	case atom.Script, atom.Noscript, atom.Style, atom.Link, atom.Meta, atom.Object, atom.Title, atom.Base, atom.Head:
		return true
	case atom.Html:
		return t.kind == startTag
	}
	return false
}

// meta returns the name of the encoding that a meta tag declares.
func (f *metaFinder) meta(t *token) string {
	var label string
	var pragma, needPragma bool
	for _, a := range f.z.attrs[t.attrs : int(t.attrs)+int(t.nattrs)] {
		switch value := a.ValueIn(f.z.src); {
		case a.Is(f.z.src, "http-equiv"):
			pragma = strings.EqualFold(value, "content-type")
		case label != "":
		case a.Is(f.z.src, "charset"):
			label, needPragma = value, false
		case a.Is(f.z.src, "content"):
			label, needPragma = metaCharset(value), true
		}
	}
	if label == "" || needPragma && !pragma {
		return ""
	}
	return declaredName(label)
}

// declaredName returns the canonical name of the encoding that a document
// declares in its own text, which cannot be UTF-16 then.
func declaredName(label string) string {
	switch name, _ := lookupEncoding(label); name {
	case "utf-16be", "utf-16le":
		return "utf-8"
	case "x-user-defined":
		return "windows-1252"
	default:
		return name
	}
}

// xmlEncoding finds the encoding of an XML declaration, which Chromium heeds in
// HTML too. It returns false while it needs more bytes.
func xmlEncoding(b []byte, final bool) (name string, ok bool) {
	const begin = "<?xml"
	if n := min(len(b), len(begin)); string(b[:n]) != begin[:n] {
		return "", true
	} else if n < len(begin) {
		return "", final
	}
	end := bytes.IndexByte(b, '>')
	if end < 0 {
		return "", final || len(b) >= metaBytes
	}
	_, rest, found := strings.Cut(string(b[:end]), "encoding")
	if rest = strings.TrimLeft(rest, spaces); !found || rest == "" || rest[0] != '=' {
		return "", true
	}
	label, _, quotes := quoted(rest[1:])
	if !quotes {
		return "", true
	}
	return declaredName(label), true
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
