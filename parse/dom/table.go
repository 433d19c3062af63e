package dom

import (
	"iter"

	"golang.org/x/net/html/atom"
)

// ID names an element of a [Table]. The zero value is no element; the first
// element is 1, and elements are numbered as they are created, which is the
// order of their start tags in the document.
type ID int32

// Namespace is the namespace of an element. The zero value is HTML.
type Namespace uint8

// The namespaces that HTML markup can make.
const (
	HTML Namespace = iota
	SVG
	MathML
)

// String returns "html", "svg" or "math".
func (n Namespace) String() string {
	switch n {
	case SVG:
		return "svg"
	case MathML:
		return "math"
	}
	return "html"
}

// flags of an element.
const (
	flagInert    = 1 << iota // in template contents or out of the tree
	flagText                 // has text that is not only white space
	flagRenumber             // the children's index fields are stale
	flagShadow               // a template that is a declarative shadow root
	flagDetached             // not in the tree

)

// element is one row. Rows hold no pointers, so that the garbage collector
// has nothing to look at in them.
type element struct {
	parent, prev, next, first, last ID
	index                           int32 // among element siblings, from 1
	attrs                           int32 // first attribute in Table.attrs
	classes                         int32 // first class in Table.classes plus 1; 0: not split yet
	text, lastText                  int32 // first and last text in Table.texts plus 1
	start                           uint32
	tag                             atom.Atom
	name                            int32 // in Table.names plus 1, where tag is 0
	nattrs, nclasses                uint16
	names                           uint16 // bits of the attributes' names, see nameBit
	ns                              Namespace
	flags                           uint8
}

// Table is the element table of one document. It grows while the document is
// parsed. The zero value is an empty table. A table is used by one goroutine
// at a time, readers included, because some answers are computed on demand.
//
// Methods that take an ID panic when it is no element of the table, as an
// index that is out of range does; those that return one of an element's
// relatives accept 0 and return 0 for it.
type Table struct {
	src      []byte // attribute and text ranges point into it; only ever appended to
	elements []element
	attrs    []attr
	texts    []text
	classes  []string
	names    []string // tags without an atom
	nameIDs  map[string]int32
	lines    []uint32 // offsets of the line ends in src[:lined]
	lined    uint32
	firstTop ID // first and last element without a parent
	lastTop  ID
	quirks   bool
	shadows  map[ID]ID // hosts of shadow roots
	assigned map[ID]*assignment

	rearranged bool

	marks   int  // how often Mark was called
	marked  ID   // the last element then
	touched []ID // of those up to it: what has got children or text at its end since
	edited  bool // something else has happened to them
}

// Len returns the number of elements. Their IDs are 1 to Len.
func (t *Table) Len() int { return len(t.elements) }

func (t *Table) at(id ID) *element { return &t.elements[id-1] }

// Atom returns the element's tag as an atom, 0 where golang.org/x/net/html/atom
// has none for it.
func (t *Table) Atom(id ID) atom.Atom { return t.at(id).tag }

// Tag returns the element's local name: in lower case, but for the SVG names
// that the HTML standard spells otherwise, such as foreignObject.
func (t *Table) Tag(id ID) string {
	e := t.at(id)
	if e.name != 0 {
		return t.names[e.name-1]
	}
	return e.tag.String()
}

// Namespace returns the element's namespace.
func (t *Table) Namespace(id ID) Namespace { return t.at(id).ns }

// Parent returns the parent element, 0 for the root.
func (t *Table) Parent(id ID) ID {
	if id == 0 {
		return 0
	}
	return t.at(id).parent
}

// Prev returns the element before it among its siblings, 0 if it is the first.
func (t *Table) Prev(id ID) ID {
	if id == 0 {
		return 0
	}
	return t.at(id).prev
}

// Next returns the element after it among its siblings, 0 if it is the last.
func (t *Table) Next(id ID) ID {
	if id == 0 {
		return 0
	}
	return t.at(id).next
}

// FirstChild returns the first child element. For 0 it returns the root.
func (t *Table) FirstChild(id ID) ID {
	if id == 0 {
		return t.firstTop
	}
	return t.at(id).first
}

// LastChild returns the last child element. For 0 it returns the last
// element without a parent, which is the root too.
func (t *Table) LastChild(id ID) ID {
	if id == 0 {
		return t.lastTop
	}
	return t.at(id).last
}

// Index returns the position among its element siblings, from 1.
func (t *Table) Index(id ID) int {
	e := t.at(id)
	if p := e.parent; p != 0 && t.at(p).flags&flagRenumber != 0 {
		n := int32(0)
		for c := t.at(p).first; c != 0; c = t.at(c).next {
			n++
			t.at(c).index = n
		}
		t.at(p).flags &^= flagRenumber
	}
	return int(e.index)
}

// Descendants returns the elements below id in document order, for 0 all that
// are in the tree. The table must not grow meanwhile.
func (t *Table) Descendants(id ID) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		for c := t.FirstChild(id); c != 0; {
			if !yield(c) {
				return
			}
			next := t.at(c).first
			for next == 0 && c != id {
				if next = t.at(c).next; next == 0 {
					c = t.at(c).parent
					if c == id {
						return
					}
				}
			}
			c = next
		}
	}
}

// Line returns the line on which the element's start tag begins, from 1. For
// an element that no tag made it is the line where it was implied.
func (t *Table) Line(id ID) int { return t.LineAt(t.at(id).start) }

// Offset returns where the element's start tag begins in [Table.Source].
func (t *Table) Offset(id ID) uint32 { return t.at(id).start }

// Inert reports whether the element lies in the contents of a template, which
// nothing renders or loads, or is not in the document tree at all.
func (t *Table) Inert(id ID) bool { return t.at(id).flags&(flagInert|flagDetached) != 0 }

// ShadowRoot reports whether the element is a template with shadowrootmode,
// whose contents are its parent's shadow tree and are not inert.
func (t *Table) ShadowRoot(id ID) bool { return t.at(id).flags&flagShadow != 0 }

// Quirks reports whether the document is in quirks mode, where class and id
// selectors match without regard to case (HTML standard, section 13.2.6.4.1).
func (t *Table) Quirks() bool { return t.quirks }
