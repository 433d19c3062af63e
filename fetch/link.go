package fetch

import (
	"strings"

	"pageload/fetch/internal/syntax"
)

// A Link is one link of a Link response field (RFC 8288). URL is as written: resolve it against the response's URL.
type Link struct {
	URL    string
	Params []LinkParam // in order; of names that stand twice the first
}

// A LinkParam is a parameter of a link: the name in lower case, the value without quotes.
type LinkParam struct{ Name, Value string }

// Param returns a parameter's value, "" if there is none. The name is in lower case.
func (l Link) Param(name string) string {
	v, _ := l.Lookup(name)
	return v
}

// Lookup returns a parameter's value and whether there is one; a parameter without a value, such as crossorigin, has "".
func (l Link) Lookup(name string) (value string, ok bool) {
	for _, p := range l.Params {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// HasRel reports whether the link has the relation, in any case: rel is a list separated by white space.
func (l Link) HasRel(rel string) bool {
	for r := range strings.FieldsSeq(l.Param("rel")) {
		if strings.EqualFold(r, rel) {
			return true
		}
	}
	return false
}

// ParseLink reads the value of a Link field as Chromium does: RFC 8288's syntax, where a link that breaks it is left out and the others
// stay.
func ParseLink(value string) []Link {
	var links []Link
	for s := range splitLinks(value) {
		if l, ok := parseLink(s); ok {
			links = append(links, l)
		}
	}
	return links
}

// Links returns the links of all Link fields.
func (h Header) Links() []Link {
	var links []Link
	for i := range h {
		if strings.EqualFold(h[i].Name, "Link") {
			links = append(links, ParseLink(h[i].Value)...)
		}
	}
	return links
}

// splitLinks yields what stands between the commas, but for those inside <> and quotes.
func splitLinks(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i <= len(s); i++ {
			if i == len(s) || s[i] == ',' {
				if !yield(s[start:i]) {
					return
				}
				start = i + 1
				continue
			}
			switch s[i] {
			case '<':
				if end := strings.IndexByte(s[i:], '>'); end > 0 {
					i += end
				}
			case '"':
				if end := quoteEnd(s, i); end > 0 {
					i = end
				} else {
					i = len(s) - 1
				}
			}
		}
	}
}

// quoteEnd returns the place of the quote that ends the string that begins at i, -1 if there is none.
func quoteEnd(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// parseLink reads one link.
func parseLink(s string) (l Link, ok bool) {
	s = strings.Trim(s, " \t")
	if !strings.HasPrefix(s, "<") {
		return l, false
	}
	end := strings.IndexByte(s, '>')
	if end < 0 {
		return l, false
	}
	l.URL = strings.Trim(s[1:end], " \t")
	s = s[end+1:]
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" {
			return l, true
		}
		if s[0] != ';' {
			return l, false
		}
		s = strings.TrimLeft(s[1:], " \t;")
		if s == "" {
			return l, true
		}
		var p LinkParam
		if p, s, ok = linkParam(s); !ok {
			return l, false
		}
		if _, have := l.Lookup(p.Name); !have {
			l.Params = append(l.Params, p)
		}
	}
}

// linkParam reads one parameter from the start of s.
func linkParam(s string) (p LinkParam, rest string, ok bool) {
	i := 0
	for i < len(s) && syntax.IsTokenChar(s[i]) {
		i++
	}
	if i == 0 {
		return p, s, false
	}
	p.Name = lowerASCII(s[:i])
	s = strings.TrimLeft(s[i:], " \t")
	if !strings.HasPrefix(s, "=") {
		return p, s, true
	}
	s = strings.TrimLeft(s[1:], " \t")
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexByte(s, ';')
		if end < 0 {
			end = len(s)
		}
		p.Value = strings.TrimRight(s[:end], " \t") // no token needs to be, as in Chromium
		return p, s[end:], true
	}
	end := quoteEnd(s, 0)
	if end < 0 {
		return p, s, false
	}
	p.Value, _ = quotedString(s[:end+1])
	return p, s[end+1:], true
}
