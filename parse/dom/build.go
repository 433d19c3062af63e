package dom

import (
	"slices"
	"strings"

	"golang.org/x/net/html/atom"
)

// Element is what a parser knows of a new element.
type Element struct {
	Atom      atom.Atom
	Name      string // where Atom is 0: the name, as the element is to have it
	Namespace Namespace
	Attrs     []SourceAttr // copied
	Start     uint32       // offset of the start tag in the source
	Inert     bool         // in template contents
	Shadow    bool         // a template that is a declarative shadow root
}

// SetSource gives the table the text that its ranges point into. A parser
// calls it whenever the text has grown; the beginning must be what it was.
func (t *Table) SetSource(src []byte) { t.src = src }

// SetQuirks says whether the document is in quirks mode.
func (t *Table) SetQuirks(quirks bool) { t.quirks = quirks }

// Reserve makes room for so many elements, attributes and texts in all.
func (t *Table) Reserve(elements, attrs, texts int) {
	t.elements = slices.Grow(t.elements, max(0, elements-len(t.elements)))
	t.attrs = slices.Grow(t.attrs, max(0, attrs-len(t.attrs)))
	t.texts = slices.Grow(t.texts, max(0, texts-len(t.texts)))
}

// New makes an element that is in no tree until [Table.Insert].
func (t *Table) New(e *Element) ID {
	row := element{
		attrs:  int32(len(t.attrs)),
		start:  e.Start,
		tag:    e.Atom,
		ns:     e.Namespace,
		nattrs: uint16(min(len(e.Attrs), 1<<16-1)),
		flags:  flagDetached,
	}
	t.attrs = append(t.attrs, e.Attrs[:row.nattrs]...)
	row.names = t.nameBits(t.attrs[row.attrs:])
	if e.Atom == 0 {
		row.name = t.intern(e.Name)
	}
	if e.Inert {
		row.flags |= flagInert
	}
	if e.Shadow {
		row.flags |= flagShadow
	}
	t.elements = append(t.elements, row)
	return ID(len(t.elements))
}

func (t *Table) intern(name string) int32 {
	if n, ok := t.nameIDs[name]; ok {
		return n
	}
	if t.nameIDs == nil {
		t.nameIDs = make(map[string]int32)
	}
	name = strings.Clone(name)
	t.names = append(t.names, name)
	n := int32(len(t.names))
	t.nameIDs[name] = n
	return n
}

// Clone makes an element with the name and attributes of id and without its
// relatives and text, as the adoption agency algorithm needs it.
func (t *Table) Clone(id ID) ID {
	e := *t.at(id)
	e.parent, e.prev, e.next, e.first, e.last = 0, 0, 0, 0, 0
	e.text, e.lastText, e.index = 0, 0, 0
	e.flags = e.flags&(flagInert|flagShadow) | flagDetached
	t.elements = append(t.elements, e)
	return ID(len(t.elements))
}

// Insert puts an element that is in no tree below parent, before the sibling
// before or, where that is 0, as the last child. Parent 0 is the document.
func (t *Table) Insert(parent, id, before ID) {
	e := t.at(id)
	e.parent, e.next, e.flags = parent, before, e.flags&^flagDetached
	t.edited = t.edited || before != 0 || id <= t.marked
	if parent <= t.marked {
		t.touch(parent)
	}
	if e.flags&flagShadow != 0 && parent != 0 {
		if t.shadows == nil {
			t.shadows = map[ID]ID{}
		}
		t.shadows[parent] = id
	}
	first, last := &t.firstTop, &t.lastTop
	if parent != 0 {
		p := t.at(parent)
		first, last = &p.first, &p.last
		if before != 0 {
			p.flags |= flagRenumber
		}
	}
	if before == 0 {
		e.prev = *last
		*last = id
	} else {
		e.prev = t.at(before).prev
		t.at(before).prev = id
	}
	if e.prev == 0 {
		*first = id
		e.index = 1
		return
	}
	prev := t.at(e.prev)
	prev.next = id
	e.index = prev.index + 1
}

// Detach takes an element out of the tree, with all below it. Only the
// element itself is [Table.Inert] then, until it is inserted again.
func (t *Table) Detach(id ID) {
	e := t.at(id)
	if e.flags&flagDetached != 0 {
		return
	}
	if e.flags&flagShadow != 0 {
		delete(t.shadows, e.parent)
	}
	t.rearranged, t.edited = true, true
	first, last := &t.firstTop, &t.lastTop
	if e.parent != 0 {
		p := t.at(e.parent)
		first, last = &p.first, &p.last
		if e.next != 0 {
			p.flags |= flagRenumber
		}
	}
	if e.prev == 0 {
		*first = e.next
	} else {
		t.at(e.prev).next = e.next
	}
	if e.next == 0 {
		*last = e.prev
	} else {
		t.at(e.next).prev = e.prev
	}
	e.parent, e.prev, e.next = 0, 0, 0
	e.flags |= flagDetached
}

// Discard takes an element out of the tree for good: it and all below it are
// [Table.Inert] from then on.
func (t *Table) Discard(id ID) {
	t.Detach(id)
	for c := range t.Descendants(id) {
		t.at(c).flags |= flagInert
	}
}

// MoveChildren appends the child elements and texts of from to those of to.
func (t *Table) MoveChildren(from, to ID) {
	for c := t.FirstChild(from); c != 0; c = t.FirstChild(from) {
		t.Detach(c)
		t.Insert(to, c, 0)
	}
	f, e := t.at(from), t.at(to)
	if f.text == 0 {
		return
	}
	if e.text == 0 {
		e.text = f.text
	} else {
		t.texts[e.lastText-1].next = f.text
	}
	e.lastText = f.lastText
	e.flags |= f.flags & flagText
	f.text, f.lastText, f.flags = 0, 0, f.flags&^flagText
	t.rearranged, t.edited = true, true
}

// mostAdded is the number of attributes up to which AddAttrs adds any: each
// is compared with those that are there.
const mostAdded = 256

// AddAttrs gives an element attributes that it has not yet, as a second html
// or body tag does, as long as it has fewer than 256.
func (t *Table) AddAttrs(id ID, attrs []SourceAttr) {
	e := t.at(id)
	have := t.attrs[e.attrs : e.attrs+int32(e.nattrs)]
	moved := false
next:
	for i := range attrs {
		if e.nattrs >= mostAdded {
			break
		}
		name := attrs[i].name(t.src)
		for j := range have {
			if have[j].is(t.src, name) {
				continue next
			}
		}
		if !moved && int(e.attrs)+int(e.nattrs) != len(t.attrs) {
			e.attrs = int32(len(t.attrs))
			t.attrs = append(t.attrs, have...)
		}
		moved, t.rearranged, t.edited = true, true, true
		t.attrs = append(t.attrs, attrs[i])
		e.nattrs++
		e.names |= t.nameBits(attrs[i : i+1])
		have = t.attrs[e.attrs : e.attrs+int32(e.nattrs)]
	}
	e.classes, e.nclasses = 0, 0
}

// InsertText gives an element a text, which lies after those that it has.
// Where it goes on exactly where the last one ended, they are one.
func (t *Table) InsertText(parent ID, s Span, kind TextKind) {
	e := t.at(parent)
	if parent <= t.marked {
		t.touch(parent)
	}
	if e.flags&flagText == 0 && !t.blank(s, kind) {
		e.flags |= flagText
	}
	if e.lastText != 0 {
		// Kinds only differ where a part has nothing to decode.
		if x := &t.texts[e.lastText-1]; x.End == s.Start {
			x.End = s.End
			x.kind = max(x.kind, kind)
			return
		}
	}
	t.texts = append(t.texts, text{Span: s, kind: kind})
	n := int32(len(t.texts))
	if e.lastText == 0 {
		e.text = n
	} else {
		t.texts[e.lastText-1].next = n
	}
	e.lastText = n
}

// blank reports whether a text is only white space.
func (t *Table) blank(s Span, kind TextKind) bool {
	b := t.src[s.Start:s.End]
	for i, c := range b {
		if isSpace(c) {
			continue
		}
		if c != '&' && c != 0 || kind == TextPlain {
			return false
		}
		rest := DecodeText(string(b[i:]), kind)
		return strings.Trim(rest, " \t\n\r\f") == ""
	}
	return true
}

// Add appends an element to the children of parent, 0 for a root. Attributes
// are pairs of name and value. It serves tests and documents that no parser
// made; names are taken as they are, values are plain text.
func (t *Table) Add(parent ID, tag string, attrs ...string) ID {
	list := make([]SourceAttr, 0, len(attrs)/2)
	for i := 0; i+1 < len(attrs); i += 2 {
		list = append(list, SourceAttr{Name: t.addSource(attrs[i]), Value: t.addSource(attrs[i+1])})
	}
	e := Element{Atom: atom.Lookup([]byte(tag)), Name: tag, Attrs: list, Start: uint32(len(t.src))}
	switch {
	case tag == "svg":
		e.Namespace = SVG
	case tag == "math":
		e.Namespace = MathML
	case parent != 0 && t.Tag(parent) != "foreignObject":
		e.Namespace = t.Namespace(parent)
	}
	e.Inert = parent != 0 && (t.Inert(parent) || t.Atom(parent) == atom.Template)
	id := t.New(&e)
	t.Insert(parent, id, 0)
	return id
}

// AddText gives an element a text.
func (t *Table) AddText(parent ID, s string) {
	t.addSource("\n") // so that two texts with an element between them stay two
	t.InsertText(parent, t.addSource(s), TextPlain)
}

func (t *Table) addSource(s string) Span {
	start := uint32(len(t.src))
	t.src = append(t.src, s...)
	return Span{start, uint32(len(t.src))}
}
