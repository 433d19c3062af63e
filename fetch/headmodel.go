package fetch

import (
	"net/http"
	"strings"
	"sync/atomic"

	"pageload/fetch/http1"
)

// headModels makes Headers that stay out of those of responses, and shares their text: a server says nearly the same each time, so that of one with
// the same fields before only the values that differ are copied. Its zero value is ready. Any number of goroutines may use it.
type headModels struct {
	models [1 << modelBits]atomic.Pointer[Header] // by their fields' names
}

const (
	modelBits  = 5       // the kinds of heads of as many servers as a page has
	modelBytes = 4 << 10 // the largest head that is a model for others: more than most policies need
)

// keep returns the fields of h.
func (m *headModels) keep(h http1.Header) Header {
	n := h.Len()
	if n == 0 {
		return nil
	}
	kind, size := uint32(0), 0
	for i := range n {
		name, value := h.At(i)
		kind = (kind ^ uint32(len(name))) * 16777619 // FNV, of the names' lengths
		size += len(name) + len(value)
	}
	slot := &m.models[kind>>(32-modelBits)]
	if model := slot.Load(); model != nil && len(*model) == n {
		if out := like(*model, h); out != nil {
			return out
		}
	}
	out := copied(h, size)
	if size <= modelBytes {
		slot.Store(&out)
	}
	return out
}

// like returns h's fields with the names of model, and those values of it that are the same; nil if the names are not.
func like(model Header, h http1.Header) Header {
	size, same := 0, true
	for i := range model {
		name, value := h.At(i)
		if string(name) != model[i].Name {
			return nil
		}
		if string(value) != model[i].Value {
			size, same = size+len(value), false
		}
	}
	if same {
		return model // nobody changes it
	}
	out := make(Header, len(model))
	copy(out, model)
	var text strings.Builder
	text.Grow(size)
	for i := range out {
		if _, value := h.At(i); string(value) != out[i].Value {
			from := text.Len()
			text.Write(value)
			out[i].Value = text.String()[from:]
		}
	}
	return out
}

// copied returns a copy of h's fields, whose text has size bytes: two allocations whatever its length.
func copied(h http1.Header, size int) Header {
	var text strings.Builder
	text.Grow(size)
	out := make(Header, h.Len())
	for i := range out {
		name, value := h.At(i)
		from := text.Len()
		text.Write(name)
		text.Write(value)
		s := text.String()[from:]
		out[i] = Field{s[:len(name)], s[len(name):]}
	}
	return out
}

// statusText returns the reason phrase, without a copy if it is the usual one.
func statusText(status int, phrase []byte) string {
	if s := http.StatusText(status); string(phrase) == s {
		return s
	}
	return string(phrase)
}
