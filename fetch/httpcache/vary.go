package httpcache

import "strings"

// maxVary bounds the fields that a response may depend on. What names more is as unlikely to be asked for again as "*".
const maxVary = 64

// varied returns the values that the request had for the fields which Vary names (RFC 9111 section 4.1); ok is false for a response that answers no
// other request. One response a URL is kept, as in Chromium.
func varied(h Header, field func(string) string) (list []Field, ok bool) {
	v := h.joined("Vary")
	if v == "" {
		return nil, true
	}
	for name := range elements(v) {
		if name == "*" || len(list) == maxVary {
			return nil, false
		}
		if name = strings.ToLower(name); !has(list, name) {
			list = append(list, Field{name, field(name)})
		}
	}
	return list, true
}

// answers reports whether a request has the same values; else which field differs.
func answers(list []Field, field func(string) string) (differs string, ok bool) {
	for _, f := range list {
		if field(f.Name) != f.Value {
			return f.Name, false
		}
	}
	return "", true
}
