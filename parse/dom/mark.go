package dom

import "slices"

// Mark notes how far the table has come, for [Table.Touched]. A table has one mark.
func (t *Table) Mark() int {
	t.marks++
	t.marked, t.touched, t.edited = ID(len(t.elements)), t.touched[:0], false
	return t.marks
}

// mostTouched is how many elements are noted: the open ones get children and text,
// and others hardly ever.
const mostTouched = 256

func (t *Table) touch(id ID) {
	switch {
	case id == 0 || t.edited || slices.Contains(t.touched, id):
	case len(t.touched) >= mostTouched:
		t.edited = true
	default:
		t.touched = append(t.touched, id)
	}
}

// Touched returns the elements that were there at the mark and have got children
// or text since, at their end; for 0, above the root, it tells nothing. ok is false
// where anything else has happened to what was there, and where it is not the last
// mark. The list is valid until the table changes.
func (t *Table) Touched(mark int) (list []ID, ok bool) {
	return t.touched, mark == t.marks && mark > 0 && !t.edited
}
