package dom

import (
	"iter"
	"strings"
)

// AttrFlags says what an attribute's range of the source needs before it is
// its value or name.
type AttrFlags uint8

// The flags of attributes.
const (
	// AttrDirty: the value holds a character reference, a carriage return or a NUL.
	AttrDirty AttrFlags = 1 << iota
	// AttrUpper: the name holds an upper case letter or a NUL.
	AttrUpper
)

// Span is a range of the source, by byte offsets.
type Span struct{ Start, End uint32 }

// SourceAttr is an attribute as ranges of the source.
type SourceAttr struct {
	Name, Value Span
	Flags       AttrFlags
}

type attr = SourceAttr

// Attr returns the value of the attribute with this name, which is in lower
// case, and whether there is one. Character references are decoded; only then
// it allocates.
func (t *Table) Attr(id ID, name string) (value string, ok bool) {
	e := t.at(id)
	if e.names&nameBit(name) == 0 {
		return "", false
	}
	attrs := t.attrs[e.attrs:][:e.nattrs]
	for i := range attrs {
		if a := &attrs[i]; a.is(t.src, name) {
			return a.value(t.src), true
		}
	}
	return "", false
}

// nameBit is one of 16 bits by which most questions for attributes that an element
// has not are answered without looking at those that it has.
func nameBit[T string | []byte](name T) uint16 {
	n := len(name)
	if n == 0 {
		return 1
	}
	return 1 << ((int(name[0]) + 5*int(name[n-1]) + n) & 15)
}

// Names is a set of names of attributes, as far as it takes to say of most elements
// that they have none of them.
type Names uint16

// NamesOf returns the set of these names, which are in lower case.
func NamesOf(names ...string) (s Names) {
	for _, n := range names {
		s |= Names(nameBit(n))
	}
	return s
}

// MayHave reports whether an element may have an attribute of these names: false is
// certain, true is not.
func (t *Table) MayHave(id ID, s Names) bool { return t.at(id).names&uint16(s) != 0 }

// nameBits returns the bits of all these attributes.
func (t *Table) nameBits(attrs []SourceAttr) (bits uint16) {
	for i := range attrs {
		a := &attrs[i]
		if a.Flags&AttrUpper != 0 {
			return 1<<16 - 1
		}
		bits |= nameBit(t.src[a.Name.Start:a.Name.End])
	}
	return bits
}

// Attrs returns the names and values of the element's attributes in the
// order of the source. Names are in lower case, but in SVG and MathML as the
// HTML standard spells them, such as viewBox.
func (t *Table) Attrs(id ID) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		e := t.at(id)
		attrs := t.attrs[e.attrs : e.attrs+int32(e.nattrs)]
		ns := e.ns
		for i := range attrs {
			name := attrs[i].name(t.src)
			switch ns {
			case SVG:
				if s, ok := svgAttrs[name]; ok {
					name = s
				}
			case MathML:
				if name == "definitionurl" {
					name = "definitionURL"
				}
			}
			if !yield(name, attrs[i].value(t.src)) {
				return
			}
		}
	}
}

// NumAttrs returns the number of the element's attributes.
func (t *Table) NumAttrs(id ID) int { return int(t.at(id).nattrs) }

// IDAttr returns the value of the id attribute, "" if there is none.
func (t *Table) IDAttr(id ID) string {
	s, _ := t.Attr(id, "id")
	return s
}

// Classes returns the element's classes in the order of the source, repeats
// included. The caller must not modify the slice.
func (t *Table) Classes(id ID) []string {
	e := t.at(id)
	if e.classes == 0 {
		e.classes = int32(len(t.classes)) + 1
		v, _ := t.Attr(id, "class")
		for v != "" && e.nclasses < 1<<16-1 {
			var word string
			word, v = nextWord(v)
			if word != "" {
				t.classes = append(t.classes, word)
				e.nclasses++
			}
		}
	}
	first := e.classes - 1
	end := first + int32(e.nclasses)
	return t.classes[first:end:end]
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

// nextWord cuts the first run of characters that are no ASCII white space.
func nextWord(s string) (word, rest string) {
	i := 0
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	j := i
	for j < len(s) && !isSpace(s[j]) {
		j++
	}
	return s[i:j], s[j:]
}

// is reports whether the attribute has this lower case name.
func (a *SourceAttr) is(src []byte, name string) bool {
	if a.Name.End-a.Name.Start != uint32(len(name)) {
		return a.Flags&AttrUpper != 0 && a.name(src) == name
	}
	b := src[a.Name.Start:a.Name.End]
	if a.Flags&AttrUpper == 0 {
		return string(b) == name
	}
	return a.name(src) == name
}

func (a *SourceAttr) name(src []byte) string {
	s := view(src, a.Name)
	if a.Flags&AttrUpper == 0 {
		return s
	}
	return lowerName(s)
}

// lowerName is the tokenizer's treatment of names: ASCII upper case becomes
// lower case, NUL becomes U+FFFD.
func lowerName(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case 'A' <= c && c <= 'Z':
			b.WriteByte(c + 'a' - 'A')
		case c == 0:
			b.WriteString("\uFFFD")
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func (a *SourceAttr) value(src []byte) string {
	s := view(src, a.Value)
	if a.Flags&AttrDirty == 0 {
		return s
	}
	return DecodeAttr(s)
}

// Is reports whether the attribute, of this source, has this lower case name.
func (a *SourceAttr) Is(src []byte, name string) bool { return a.is(src, name) }

// NameIn returns the attribute's name in lower case.
func (a *SourceAttr) NameIn(src []byte) string { return a.name(src) }

// ValueIn returns the attribute's decoded value. It allocates only where
// something had to be decoded; else it is a view of src.
func (a *SourceAttr) ValueIn(src []byte) string { return a.value(src) }
