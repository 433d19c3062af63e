package fetch

import "strings"

// A Field is one header field. Name is in the form that is sent; comparison ignores case.
type Field struct {
	Name, Value string
}

// Header is the header fields of a response in the order in which they came. The zero value is empty. It is not
// changed after it was handed out, so it is safe for concurrent reading.
type Header []Field

// Get returns the value of the first field with the name, "" if there is none.
func (h Header) Get(name string) string {
	v, _ := h.Lookup(name)
	return v
}

// Lookup returns the value of the first field with the name, and whether there is one.
func (h Header) Lookup(name string) (value string, ok bool) {
	for i := range h {
		if h[i].named(name) {
			return h[i].Value, true
		}
	}
	return "", false
}

// Values returns the values of all fields with the name, nil if there is none. Lists inside a value are not split.
func (h Header) Values(name string) []string {
	var vs []string
	for i := range h {
		if h[i].named(name) {
			vs = append(vs, h[i].Value)
		}
	}
	return vs
}

// named reports whether the field has the name. Most have it in the very case in which it is asked for.
func (f *Field) named(name string) bool {
	return len(f.Name) == len(name) && (f.Name == name || strings.EqualFold(f.Name, name))
}

// Joined returns the values of all fields with the name, joined with ", " as RFC 9110 section 5.3 allows.
func (h Header) Joined(name string) string {
	var first string
	n := 0
	for i := range h {
		if h[i].named(name) {
			if n++; n > 1 {
				return strings.Join(h.Values(name), ", ")
			}
			first = h[i].Value
		}
	}
	return first
}
