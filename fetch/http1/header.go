package http1

import (
	"bytes"
	"iter"
	"net/http"
)

// Header is a list of fields in the order and spelling in which they came. It is a view of the Response that it was read into:
// valid until that Response is used for the next one. The zero value is an empty list. Safe for concurrent reading.
type Header struct {
	buf    []byte
	fields []field
}

// A field is where one field's name and value are in a buffer.
type field struct {
	name, nameLen   uint32
	value, valueLen uint32
	known           known
}

// Len returns the number of fields.
func (h Header) Len() int { return len(h.fields) }

// At returns the name and value of field i, as sent; the value has no white space around it. Do not modify them.
func (h Header) At(i int) (name, value []byte) {
	f := &h.fields[i]
	return h.buf[f.name : f.name+f.nameLen : f.name+f.nameLen], h.buf[f.value : f.value+f.valueLen : f.value+f.valueLen]
}

// Raw returns the fields as they came, from the first name to the last value; nil if there are none. Do not modify it.
func (h Header) Raw() []byte {
	if len(h.fields) == 0 {
		return nil
	}
	last := &h.fields[len(h.fields)-1]
	return h.buf[h.fields[0].name : last.value+last.valueLen]
}

// Get returns the value of the first field of that name (in any case), nil if there is none and an empty
// slice if it has no value. Do not modify it; string(v) keeps it.
func (h Header) Get(name string) []byte {
	for i := range h.fields {
		if int(h.fields[i].nameLen) == len(name) {
			if n, v := h.At(i); equalFold(n, name) {
				return v
			}
		}
	}
	return nil
}

// Values yields the value of every field of that name (in any case), in order.
func (h Header) Values(name string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range h.fields {
			if n, v := h.At(i); equalFold(n, name) && !yield(v) {
				return
			}
		}
	}
}

// All yields name and value of every field, in order.
func (h Header) All() iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for i := range h.fields {
			if !yield(h.At(i)) {
				return
			}
		}
	}
}

// Clone returns a copy that stays valid.
func (h Header) Clone() Header {
	if len(h.fields) == 0 {
		return Header{}
	}
	return Header{bytes.Clone(h.buf), append([]field(nil), h.fields...)}
}

// HTTPHeader returns the fields as net/http has them: canonical names, no order between names.
func (h Header) HTTPHeader() http.Header {
	m := make(http.Header, len(h.fields))
	for n, v := range h.All() {
		m.Add(string(n), string(v))
	}
	return m
}
