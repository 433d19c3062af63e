package css

import (
	"slices"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// A trait is a hash of an id, a class or a tag, without regard to the case of
// letters: two that are equal may be of different names. 0 is none.
type trait uint32

// A subject is what a selector asks of its subject and of what is above that:
// enough to turn most elements away without parsing the selector.
type subject struct {
	key   trait             // of the id, or else of a class, or else of the tag; 0: any element
	above [maxHashes]uint16 // what ancestors must have; see ancestorFilter
}

// traitOf is FNV-1a over a kind ('#', '.' or 't') and a name.
func traitOf(kind byte, name string) trait {
	h := uint32(2166136261) ^ uint32(kind)
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		h = (h ^ uint32(c)) * 16777619
	}
	return trait(max(h, 1))
}

// trait returns what a compound asks for, by which it is looked up.
func (c *compound) trait() trait {
	if c.id != "" {
		return traitOf('#', c.id)
	}
	for i := range c.rest {
		if c.rest[i].kind == selClass {
			return traitOf('.', c.rest[i].name)
		}
	}
	if c.tag != "" {
		return traitOf('t', c.tag)
	}
	return 0
}

// subjectOf returns the subject of a parsed selector.
func subjectOf(s *complexSelector) subject {
	out := subject{key: s.compounds[0].trait()}
	n := 0
	for i := 1; i < len(s.compounds) && n < maxHashes; i++ {
		if comb := s.compounds[i-1].comb; comb != ' ' && comb != '>' {
			break // a sibling; what is left of it is above too, but this is enough
		}
		if f := s.compounds[i].trait(); f != 0 {
			out.above[n] = f.hash()
			n++
		}
	}
	return out
}

// addAbove puts what the parent or an ancestor must have before the others.
func (s *subject) addAbove(f trait) {
	if f != 0 {
		s.above[2], s.above[1], s.above[0] = s.above[1], s.above[0], f.hash()
	}
}

// tagTraits are those of tags that were asked for, by the last bits of their atoms.
type tagTraits [64]struct {
	tag   atom.Atom
	trait trait
}

func (k *tagTraits) of(t *dom.Table, id dom.ID) trait {
	tag := t.Atom(id)
	if tag == 0 {
		return traitOf('t', t.Tag(id))
	}
	x := &k[int(tag>>8^tag)%len(k)]
	if x.tag != tag {
		x.tag, x.trait = tag, traitOf('t', tag.String())
	}
	return x.trait
}

// traits appends those of an element.
func (k *tagTraits) traits(list []trait, t *dom.Table, id dom.ID) []trait {
	list = append(list, k.of(t, id))
	if !t.MayHave(id, keyNames) {
		return list
	}
	if v := t.IDAttr(id); v != "" {
		list = append(list, traitOf('#', v))
	}
	first := len(list)
	if v, ok := t.Attr(id, "class"); ok {
		list = classTraits(list, v)
	}
	switch classes := list[first:]; {
	case len(classes) == 2 && classes[0] == classes[1]:
		list = list[:first+1]
	case len(classes) > 2: // each counts once
		slices.Sort(classes)
		list = list[:first+len(slices.Compact(classes))]
	}
	return list
}

// classTraits appends those of the classes in an attribute.
func classTraits(list []trait, s string) []trait {
	for i := 0; i < len(s); i++ {
		start := i
		for i < len(s) && !isHTMLSpace(s[i]) {
			i++
		}
		if i > start {
			list = append(list, traitOf('.', s[start:i]))
		}
	}
	return list
}

// subjects appends the subjects of a selector list without parsing it: most
// selectors of a page are never asked whether they match. It returns false for
// what is not written plainly, which is then to be parsed at once. A list that it
// takes may yet turn out to be invalid.
func subjects(list []subject, s string) ([]subject, bool) {
	var id, class, tag trait
	var cur subject
	some := false
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case classes[c]&classSpace != 0:
			for i++; i < len(s) && classes[s[i]]&classSpace != 0; i++ {
			}
			if i < len(s) && s[i] != ',' && some && !isCombinator(s[i]) {
				cur.addAbove(firstOf(id, class, tag))
				id, class, tag = 0, 0, 0
			}
			continue
		case c == ',':
			cur.key = firstOf(id, class, tag)
			list = append(list, cur)
			id, class, tag, some, cur = 0, 0, 0, false, subject{}
			i++
			continue
		case isCombinator(c):
			if c == '>' { // else a sibling: what is above that is above this one too
				cur.addAbove(firstOf(id, class, tag))
			}
			id, class, tag = 0, 0, 0
			for i++; i < len(s) && classes[s[i]]&classSpace != 0; i++ {
			}
			some = false // no more white space makes another combinator
			continue
		case c == '.' || c == '#':
			end := plainName(s, i+1)
			if end == i+1 {
				return list, false
			}
			if c == '.' && class == 0 {
				class = traitOf('.', s[i+1:end])
			} else if c == '#' && id == 0 {
				id = traitOf('#', s[i+1:end])
			}
			i = end
		case c == '*':
			i++
		case c == '[':
			end, ok := plainBlock(s, i, ']')
			if !ok {
				return list, false
			}
			i = end
		case c == ':':
			if i++; i < len(s) && s[i] == ':' {
				i++
			}
			end := plainName(s, i)
			switch name := s[i:end]; {
			case end == i, equalFold(name, "host"):
				return list, false
			case end < len(s) && s[end] == '(':
				if k := name[0] | 0x20; k == 'h' || k == 'p' || k == 's' { // host(), part(), slotted()
					return list, false
				}
				var ok bool
				if end, ok = plainBlock(s, end, ')'); !ok {
					return list, false
				}
				fallthrough
			default:
				i = end
			}
		case classes[c]&classNameStart != 0 && c != 0 || c == '-':
			end := plainName(s, i)
			if i > 0 && classes[s[i-1]]&className != 0 {
				return list, false
			}
			tag = traitOf('t', s[i:end])
			i = end
		default: // escapes, comments, namespaces, & and what is invalid
			return list, false
		}
		some = true
	}
	if !some || len(s) > maxSelectorTokens {
		return list, false
	}
	cur.key = firstOf(id, class, tag)
	return append(list, cur), true
}

func firstOf(id, class, tag trait) trait {
	switch {
	case id != 0:
		return id
	case class != 0:
		return class
	}
	return tag
}

func isCombinator(c byte) bool { return c == '>' || c == '+' || c == '~' }

// plainName returns the end of a name without escapes.
func plainName(s string, i int) int {
	for i < len(s) && classes[s[i]]&className != 0 && s[i] != 0 {
		i++
	}
	return i
}

// plainBlock returns what follows the bracket that closes the one at i. It
// returns false where there are escapes or comments, and at a string that goes on
// over the end of its line.
func plainBlock(s string, i int, closing byte) (end int, ok bool) {
	opening, depth := s[i], 0
	for ; i < len(s); i++ {
		switch c := s[i]; c {
		case opening:
			depth++
		case closing:
			if depth--; depth == 0 {
				return i + 1, true
			}
		case '(', ')', '[', ']', '{', '}': // of another kind: they may be open across
			if opening != '(' || c != '[' {
				return 0, false
			}
			if end, ok = plainBlock(s, i, ']'); !ok { // an attribute in :not([a])
				return 0, false
			}
			i = end - 1
		case '"', '\'':
			for i++; i < len(s) && s[i] != c; i++ {
				if s[i] == '\\' || classes[s[i]]&classNewline != 0 {
					return 0, false
				}
			}
		case '\\', '/', 0:
			return 0, false
		}
	}
	return 0, false
}

// A bucket maps what subjects must have to entries, by chains of hashes.
type bucket struct {
	entries []entry
	heads   []int32 // by the lowest bits of the key: an entry's number plus 1
	any     int32   // the same for those of any element
}

// seal makes the chains, when all entries are there.
func (b *bucket) seal() {
	size := 8
	for size < len(b.entries) {
		size *= 2
	}
	b.heads = make([]int32, size)
	for i := len(b.entries) - 1; i >= 0; i-- {
		e := &b.entries[i]
		head := &b.any
		if e.key != 0 {
			head = b.head(e.key)
		}
		e.next = *head
		*head = int32(i) + 1
	}
}

// head returns where the chain of a key begins.
func (b *bucket) head(f trait) *int32 { return &b.heads[int(f)&(len(b.heads)-1)] }

// tagAtom returns the atom of an element's name in lower case, which is how
// selectors spell it: SVG's foreignObject has another one of its own.
func tagAtom(t *dom.Table, id dom.ID) atom.Atom {
	if t.Namespace(id) == dom.HTML {
		return t.Atom(id)
	}
	return atom.Lookup([]byte(lowerASCII(t.Tag(id))))
}
