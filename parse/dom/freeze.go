package dom

// Rearranged reports whether an element was taken from its place, or given more
// attributes, after it had been inserted. If not, what the table says of an
// element's name, attributes and ancestors was so from the beginning.
func (t *Table) Rearranged() bool { return t.rearranged }

// Freeze computes all that the table otherwise computes when it is asked for, so
// that from then on any number of goroutines may read it. It must not grow any
// more.
func (t *Table) Freeze() {
	for id := ID(1); int(id) <= len(t.elements); id++ {
		t.Index(id)
		t.Classes(id)
	}
	t.LineAt(uint32(len(t.src)))
	for i := range t.elements {
		t.elements[i].flags &^= flagRenumber
	}
}
