package parse

import (
	"slices"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

func (b *builder) marker() { b.afe = append(b.afe, open{}) }

// clearToMarker ends the list of active formatting elements at its last marker.
func (b *builder) clearToMarker() {
	for len(b.afe) > 0 {
		o := b.afe[len(b.afe)-1]
		b.afe = b.afe[:len(b.afe)-1]
		if o.id == 0 {
			return
		}
	}
}

func (b *builder) indexFormatting(id dom.ID) int {
	for i := len(b.afe) - 1; i >= 0; i-- {
		if b.afe[i].id == id {
			return i
		}
	}
	return -1
}

func (b *builder) removeFormatting(id dom.ID) {
	if i := b.indexFormatting(id); i >= 0 {
		b.afe = slices.Delete(b.afe, i, i+1)
	}
}

// insertFormatting inserts an element and remembers it as an active
// formatting element: of more than three equal ones the first is forgotten
// (section 13.2.4.3, the Noah's Ark clause).
func (b *builder) insertFormatting(t *token) {
	b.insert(t)
	o := *b.top()
	if len(b.afe) >= b.maxDepth { // the list is walked for each text: bounded like the stack
		return
	}
	same, earliest := 0, -1
	for i := len(b.afe) - 1; i >= 0 && b.afe[i].id != 0; i-- {
		if b.afe[i].atom == o.atom && b.sameAttrs(b.afe[i].id, o.id) {
			same++
			earliest = i
		}
	}
	if same >= 3 {
		b.afe = slices.Delete(b.afe, earliest, earliest+1)
	}
	b.afe = append(b.afe, o)
}

func (b *builder) sameAttrs(x, y dom.ID) bool {
	if n := b.tab.NumAttrs(x); n != b.tab.NumAttrs(y) || n > manyAttrs {
		return false // no page repeats so many; comparing them could take very long
	}
	for name, value := range b.tab.Attrs(x) {
		if v, ok := b.tab.Attr(y, name); !ok || v != value {
			return false
		}
	}
	return true
}

// reconstruct opens the active formatting elements that are not open.
func (b *builder) reconstruct() {
	i := len(b.afe) - 1
	if i < 0 || b.afe[i].id == 0 || b.indexOpen(b.afe[i].id) >= 0 {
		return
	}
	for i > 0 && b.afe[i-1].id != 0 && b.indexOpen(b.afe[i-1].id) < 0 {
		i--
	}
	for ; i < len(b.afe); i++ {
		if b.full() || len(b.oe) >= b.maxDepth {
			return
		}
		o := b.afe[i]
		o.id = b.tab.Clone(o.id)
		parent, before := b.place(b.top().id)
		b.attach(parent, o.id, before)
		b.push(o)
		b.afe[i] = o
	}
}

// adoptionAgency closes a formatting element (section 13.2.6.4.7).
func (b *builder) adoptionAgency(t *token) {
	a := t.atom
	top := b.top()
	if n := len(b.afe); n > 0 && b.afe[n-1].id == top.id && top.is(a) { // as what follows has it
		b.pop()
		b.afe = b.afe[:n-1]
		return
	}
	if top.is(a) && b.indexFormatting(top.id) < 0 {
		b.pop()
		return
	}
	for range 8 {
		fi := len(b.afe) - 1
		for fi >= 0 && b.afe[fi].id != 0 && b.afe[fi].atom != a {
			fi--
		}
		if fi < 0 || b.afe[fi].id == 0 {
			b.otherEndTag(t)
			return
		}
		formatting := b.afe[fi]
		at := b.indexOpen(formatting.id)
		if at < 0 {
			b.afe = slices.Delete(b.afe, fi, fi+1)
			return
		}
		if !b.idInScope(at) {
			return
		}
		furthest := at + 1
		for furthest < len(b.oe) && b.oe[furthest].flags&isSpecial == 0 {
			furthest++
		}
		if furthest == len(b.oe) {
			b.popTo(at)
			b.removeFormatting(formatting.id)
			return
		}
		b.adopt(formatting, at, furthest)
	}
}

// idInScope reports whether the element at this place on the stack is in scope.
func (b *builder) idInScope(at int) bool {
	for i := len(b.oe) - 1; i > at; i-- {
		if b.oe[i].flags&isScope != 0 {
			return false
		}
	}
	return true
}

// adopt is the loop's body: the formatting element at place at of the stack
// ends, and the block at furthest gets a copy of it around its children.
func (b *builder) adopt(formatting open, at, furthest int) {
	block := b.oe[furthest]
	ancestor := b.oe[at-1]
	bookmark := b.indexFormatting(formatting.id)
	last := block.id
	i := furthest
	for j := 1; ; j++ {
		i--
		node := b.oe[i]
		if node.id == formatting.id {
			break
		}
		fi := b.indexFormatting(node.id)
		if j > 3 && fi >= 0 {
			b.afe = slices.Delete(b.afe, fi, fi+1)
			if fi < bookmark {
				bookmark--
			}
			fi = -1
		}
		if fi < 0 {
			b.oe = slices.Delete(b.oe, i, i+1)
			b.dropped(&node)
			furthest--
			continue
		}
		node.id = b.tab.Clone(node.id)
		b.afe[fi], b.oe[i] = node, node
		if last == block.id {
			bookmark = fi + 1
		}
		b.tab.Detach(last)
		b.attach(node.id, last, 0)
		last = node.id
	}
	b.tab.Detach(last)
	parent, before := ancestor.id, dom.ID(0)
	if ancestor.flags&isTablePart != 0 {
		parent, before = b.fosterPlace()
	}
	b.attach(parent, last, before)

	clone := formatting
	clone.id = b.tab.Clone(formatting.id)
	b.tab.MoveChildren(block.id, clone.id)
	b.attach(block.id, clone.id, 0)

	fi := b.indexFormatting(formatting.id)
	if fi >= 0 {
		if fi < bookmark {
			bookmark--
		}
		b.afe = slices.Delete(b.afe, fi, fi+1)
	}
	b.afe = slices.Insert(b.afe, min(bookmark, len(b.afe)), clone)
	b.oe = slices.Delete(b.oe, at, at+1) // formatting elements need nothing at their end
	b.oe = slices.Insert(b.oe, furthest, clone)
}

// otherEndTag is "any other end tag" of section 13.2.6.4.7.
func (b *builder) otherEndTag(t *token) {
	for i := len(b.oe) - 1; i >= 0; i-- {
		o := &b.oe[i]
		if o.ns == dom.HTML && o.atom == t.atom && (t.atom != 0 || b.tab.Tag(o.id) == b.name(t)) {
			b.popTo(i)
			return
		}
		if o.flags&isSpecial != 0 {
			return
		}
	}
}

// closeA closes an a element that is still open when the next begins.
func (b *builder) closeA(t *token) {
	for i := len(b.afe) - 1; i >= 0 && b.afe[i].id != 0; i-- {
		if id := b.afe[i].id; b.afe[i].atom == atom.A {
			b.adoptionAgency(t)
			b.removeOpen(id)
			b.removeFormatting(id)
			return
		}
	}
}
