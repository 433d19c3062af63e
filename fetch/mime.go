package fetch

import (
	"strings"

	"pageload/fetch/internal/syntax"

	"golang.org/x/net/html/charset"
)

// A MIMEType is a media type of the MIME Sniffing standard. The zero value is none.
type MIMEType struct {
	Type, Subtype string      // lower case
	Params        []MIMEParam // names in lower case, each once, in order
}

// A MIMEParam is a parameter of a media type.
type MIMEParam struct{ Name, Value string }

// ParseMIME parses the text of one media type (MIME Sniffing standard section 4.4). ok is false if it is none.
func ParseMIME(s string) (m MIMEType, ok bool) {
	s = strings.Trim(s, httpSpace)
	slash := strings.IndexByte(s, '/')
	if slash <= 0 {
		return m, false
	}
	typ, rest := s[:slash], s[slash+1:]
	sub, rest, _ := strings.Cut(rest, ";")
	sub = strings.TrimRight(sub, httpSpace)
	if !syntax.IsToken(typ) || sub == "" || !syntax.IsToken(sub) {
		return m, false
	}
	m.Type, m.Subtype = lowerASCII(typ), lowerASCII(sub)
	for rest != "" {
		rest = strings.TrimLeft(rest, httpSpace)
		i := strings.IndexAny(rest, ";=")
		if i < 0 {
			break
		}
		name := lowerASCII(rest[:i])
		if rest[i] == ';' {
			rest = rest[i+1:]
			continue
		}
		rest = rest[i+1:]
		var value string
		if strings.HasPrefix(rest, `"`) {
			value, rest = quotedString(rest)
			_, rest, _ = strings.Cut(rest, ";")
		} else {
			value, rest, _ = strings.Cut(rest, ";")
			value = strings.TrimRight(value, httpSpace)
			if value == "" {
				continue
			}
		}
		if syntax.IsToken(name) && isQuotable(value) && m.index(name) < 0 {
			m.Params = append(m.Params, MIMEParam{name, value})
		}
	}
	return m, true
}

// ContentType returns the media type that a response's Content-Type fields say together (Fetch standard, extract a MIME
// type): the last one that can be parsed, with the charset of an earlier one of the same essence. ok is false if there is none.
func ContentType(h Header) (m MIMEType, ok bool) {
	var charset string
	for _, field := range h.Values("Content-Type") {
		for value := range splitList(field) {
			t, valid := ParseMIME(value)
			if !valid || t.Essence() == "*/*" {
				continue
			}
			if !ok || t.Essence() != m.Essence() {
				charset = t.Param("charset")
			} else if t.index("charset") < 0 && charset != "" {
				t.Params = append(t.Params, MIMEParam{"charset", charset})
			}
			m, ok = t, true
		}
	}
	return m, ok
}

// Essence returns type/subtype, "" for the zero value.
func (m MIMEType) Essence() string {
	if m.Type == "" {
		return ""
	}
	return m.Type + "/" + m.Subtype
}

// Param returns the value of a parameter, "" if there is none. The name is in lower case.
func (m MIMEType) Param(name string) string {
	if i := m.index(name); i >= 0 {
		return m.Params[i].Value
	}
	return ""
}

// Charset returns the name that the Encoding standard has for the charset parameter, in lower case, such as "utf-8" or
// "windows-1252" for latin1; "" if there is none or it is no encoding.
func (m MIMEType) Charset() string {
	label := m.Param("charset")
	if label == "" {
		return ""
	}
	_, name := charset.Lookup(label)
	return name
}

// String serialises the type (MIME Sniffing standard section 4.5).
func (m MIMEType) String() string {
	if m.Type == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString(m.Essence())
	for _, p := range m.Params {
		b.WriteByte(';')
		b.WriteString(p.Name)
		b.WriteByte('=')
		if p.Value != "" && syntax.IsToken(p.Value) {
			b.WriteString(p.Value)
			continue
		}
		b.WriteByte('"')
		for i := range len(p.Value) {
			if p.Value[i] == '"' || p.Value[i] == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(p.Value[i])
		}
		b.WriteByte('"')
	}
	return b.String()
}

func (m MIMEType) index(name string) int {
	for i := range m.Params {
		if m.Params[i].Name == name {
			return i
		}
	}
	return -1
}

// httpSpace is HTTP white space (Fetch standard section 2.2).
const httpSpace = " \t\r\n"

// quotedString reads a quoted string at the start of s (Fetch standard, collect an HTTP quoted string with the
// extract-value flag) and returns what follows. One without an end goes to the end.
func quotedString(s string) (value, rest string) {
	if i := strings.IndexAny(s[1:], `"\`); i >= 0 && s[1+i] == '"' {
		return s[1 : 1+i], s[2+i:]
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:]
		case '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			} else {
				b.WriteByte('\\')
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}

// splitList yields the members of a comma-separated list, where commas inside quoted strings do not count (Fetch standard, get,
// decode, and split).
func splitList(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start, quoted := 0, false
		for i := 0; i <= len(s); i++ {
			switch {
			case i == len(s) || s[i] == ',' && !quoted:
				if !yield(strings.Trim(s[start:i], " \t")) {
					return
				}
				start = i + 1
			case s[i] == '"':
				quoted = !quoted
			case s[i] == '\\' && quoted && i+1 < len(s):
				i++
			}
		}
	}
}

// isQuotable reports whether s has only HTTP quoted-string token code points. Strings here hold the bytes of a field: those of 0x80 and
// more stand for the code points of the same number.
func isQuotable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// lowerASCII is strings.ToLower for ASCII alone, without allocating where there is nothing to do.
func lowerASCII(s string) string {
	for i := range len(s) {
		if c := s[i]; 'A' <= c && c <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if c := b[i]; 'A' <= c && c <= 'Z' {
					b[i] = c + 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
