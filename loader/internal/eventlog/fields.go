package eventlog

import (
	"encoding/binary"

	"pageload/loader/waterfall"
)

// The steps by which a header is written. Most headers are those of the request before with another value here and there.
const (
	newField = 0      // a name and its value
	newValue = 1      // the name of the field at this place of the header before, and how its value differs
	oldField = 1 << 7 // and so many fields that are as those at their places of the header before
	mostOld  = 1<<7 - 1
)

// fields writes a header by how it differs from p.
func fields(b []byte, h, p []waterfall.Field) []byte {
	if h == nil {
		b = binary.AppendUvarint(b, 0)
		return b
	}
	b = binary.AppendUvarint(b, uint64(len(h))+1)
	run := 0 // fields that are as before
	for i := range h {
		f := &h[i]
		if i < len(p) && differing(f.Name, p[i].Name)|differing(f.Value, p[i].Value) == 0 {
			if run++; run == 1 || run > mostOld {
				b = append(b, oldField)
				run = 1
			}
			b[len(b)-1] = byte(oldField + run)
			continue
		}
		run = 0
		if i < len(p) && f.Name == p[i].Name {
			old := p[i].Value
			b = append(b, newValue)
			b = joined(b, &old, f.Value)
			continue
		}
		b = append(b, newField)
		b = literal(b, f.Name)
		b = literal(b, f.Value)
	}
	return b
}

// fields reads a header that differs from p.
func (r *reader) fields(p []waterfall.Field) []waterfall.Field {
	n := r.uint()
	if n == 0 {
		return nil
	}
	h := make([]waterfall.Field, n-1)
	for i := 0; i < len(h); {
		switch step := r.byte(); step {
		case newField:
			h[i].Name = r.literal()
			h[i].Value = r.literal()
			i++
		case newValue:
			h[i] = p[i]
			r.string(&h[i].Value)
			i++
		default:
			i += copy(h[i:], p[i:i+int(step-oldField)])
		}
	}
	return h
}
