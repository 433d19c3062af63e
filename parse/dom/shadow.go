package dom

import "golang.org/x/net/html/atom"

// Shadow trees are declarative here: a template that is a shadow root
// ([Table.ShadowRoot]) stays a child of its host in the table. The Flat methods
// walk the elements as they are rendered: what is in a shadow root takes the
// place of its host's children, and these the place of the slots that they are
// assigned to (DOM standard, section 4.2.2; CSS Scoping 1, section 3.5).

// assignment says which children of a host stand in which slot of its shadow tree.
type assignment struct {
	size  int       // of the table when it was made
	slots map[ID]ID // child: its slot
	first map[ID]ID // slot: the first child in it
	next  map[ID]ID // child: the next one in its slot
	text  ID        // the slot without a name, where the host's own text stands; 0: there is none
}

// HasShadow reports whether there is a shadow root in the table.
func (t *Table) HasShadow() bool { return len(t.shadows) > 0 }

// Shadow returns the shadow root of an element, 0 if it has none.
func (t *Table) Shadow(host ID) ID {
	if t.shadows == nil {
		return 0
	}
	return t.shadows[host]
}

// assignments returns the assignment of a host's children, nil if the element is no host.
func (t *Table) assignments(host ID) *assignment {
	root := t.Shadow(host)
	if root == 0 {
		return nil
	}
	if a := t.assigned[host]; a != nil && a.size == t.Len() {
		return a
	}
	a := &assignment{size: t.Len(), slots: map[ID]ID{}, first: map[ID]ID{}, next: map[ID]ID{}}
	named := map[string]ID{}
	for id := range t.Descendants(root) {
		if t.Atom(id) == atom.Slot && t.Namespace(id) == HTML {
			name, _ := t.Attr(id, "name")
			if _, known := named[name]; !known {
				named[name] = id
			}
		}
	}
	a.text = named[""]
	last := map[ID]ID{}
	for c := t.FirstChild(host); c != 0; c = t.Next(c) {
		if c == root {
			continue
		}
		name, _ := t.Attr(c, "slot")
		slot := named[name]
		if slot == 0 {
			continue
		}
		a.slots[c] = slot
		if p := last[slot]; p != 0 {
			a.next[p] = c
		} else {
			a.first[slot] = c
		}
		last[slot] = c
	}
	if t.assigned == nil {
		t.assigned = map[ID]*assignment{}
	}
	t.assigned[host] = a
	return a
}

// SlotOf returns the slot that a child of a host is assigned to. host is false
// where its parent is no host; slot is 0 where it is rendered nowhere.
func (t *Table) SlotOf(id ID) (slot ID, host bool) {
	if t.shadows == nil {
		return 0, false
	}
	a := t.assignments(t.Parent(id))
	if a == nil {
		return 0, false
	}
	return a.slots[id], true
}

// RootOf returns the shadow root that an element lies in, 0 for the document.
func (t *Table) RootOf(id ID) ID {
	if t.shadows == nil {
		return 0
	}
	for id = t.Parent(id); id != 0 && !t.ShadowRoot(id); {
		id = t.Parent(id)
	}
	return id
}

// FlatFirst returns the first element that is rendered in an element, 0 for none.
func (t *Table) FlatFirst(id ID) ID {
	if t.shadows == nil || id == 0 {
		return t.FirstChild(id)
	}
	if root := t.shadows[id]; root != 0 {
		return t.FirstChild(root)
	}
	if t.Atom(id) == atom.Slot {
		if a := t.assignments(t.Parent(t.RootOf(id))); a != nil {
			if c := a.first[id]; c != 0 {
				return c
			}
			if t.FlatText(id) != id {
				return 0 // a text stands there instead
			}
		}
	}
	return t.FirstChild(id)
}

// FlatNext returns the element that is rendered behind an element.
func (t *Table) FlatNext(id ID) ID {
	if t.shadows != nil {
		if a := t.assignments(t.Parent(id)); a != nil {
			return a.next[id]
		}
	}
	return t.Next(id)
}

// FlatText returns the element whose own texts are rendered right in id: its
// shadow root, or the host whose text stands in it, or itself; 0 for none.
func (t *Table) FlatText(id ID) ID {
	if t.shadows == nil || id == 0 {
		return id
	}
	if root := t.shadows[id]; root != 0 {
		return root
	}
	if t.Atom(id) != atom.Slot {
		return id
	}
	host := t.Parent(t.RootOf(id))
	a := t.assignments(host)
	switch {
	case a == nil:
		return id
	case a.text == id && t.at(host).text != 0:
		return host
	case a.first[id] != 0:
		return 0
	}
	return id
}
