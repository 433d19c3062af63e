package css

import (
	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// ancestorFilter counts, by hash, the classes, ids and tags of the elements that
// are open. A selector that asks for an ancestor which is not there is turned
// away without walking up (the idea of WebKit's SelectorFilter).
type ancestorFilter struct {
	counts [filterSize]uint32
	quirks bool
}

const (
	filterSize = 1 << 12
	maxHashes  = 3  // of a selector
	worthwhile = 64 // selectors that it could spare the walk
)

// hashOf is FNV-1a, folded to the filter's size; 0 is never a hash.
func hashOf(kind byte, s string, fold bool) uint16 {
	h := uint32(2166136261) ^ uint32(kind)
	for i := range len(s) {
		c := s[i]
		if fold && 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		h = (h ^ uint32(c)) * 16777619
	}
	return uint16((h^h>>12^h>>24)%(filterSize-1)) + 1
}

// required returns hashes of what the ancestors of the selector's subject must have.
func required(s *complexSelector, quirks bool) (out [maxHashes]uint16) {
	n := 0
	for i := 1; i < len(s.compounds) && n < maxHashes; i++ {
		if comb := s.compounds[i-1].comb; comb != ' ' && comb != '>' {
			return out // a sibling; what is left of it is above too, but this is enough
		}
		c := &s.compounds[i]
		switch {
		case c.id != "":
			out[n] = hashOf('#', c.id, quirks)
			n++
		default:
			found := false
			for k := range c.rest {
				if c.rest[k].kind == selClass {
					out[n] = hashOf('.', c.rest[k].name, quirks)
					n++
					found = true
					break
				}
			}
			if !found && c.tagAtom != 0 {
				out[n] = tagHash(c.tagAtom)
				n++
			}
		}
	}
	return out
}

func tagHash(a atom.Atom) uint16 { return uint16(uint32(a)*2654435761>>20)%(filterSize-1) + 1 }

// add counts an element in, or out with by = ^0.
func (f *ancestorFilter) add(t *dom.Table, id dom.ID, by uint32) {
	if a := tagAtom(t, id); a != 0 {
		f.counts[tagHash(a)] += by
	}
	for _, c := range t.Classes(id) {
		f.counts[hashOf('.', c, f.quirks)] += by
	}
	if v := t.IDAttr(id); v != "" {
		f.counts[hashOf('#', v, f.quirks)] += by
	}
}

// lacks reports whether an ancestor that the hashes stand for is surely not there.
func (f *ancestorFilter) lacks(hashes *[maxHashes]uint16) bool {
	for _, h := range hashes {
		if h == 0 {
			return false
		}
		if f.counts[h] == 0 {
			return true
		}
	}
	return false
}
