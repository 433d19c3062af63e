package layout

import (
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/css"
	"pageload/parse/dom"
)

// A node is a box of the layout: an element's, a pseudo-element's, or a text.
type node struct {
	id     dom.ID // 0: none
	box    *css.Box
	kind   kind
	text   string
	kids   []*node
	parent *node
	out    []*node // positioned boxes whose containing block this is

	// Of the border box, relative to that of the parent. For a positioned box
	// it is the static position, relative to its parent.
	x, y, w, h float64

	content     [2]float64 // size of the content box
	least, most float64    // widths of the content, once they are known
	measured    bool
}

type kind uint8

const (
	kindBox kind = iota
	kindText
	kindBreak    // br
	kindReplaced // has a size of its own, and nothing inside that is laid out
)

func (n *node) positioned() bool { return n.kind != kindText && n.box.Position >= css.Absolute }

// outOfFlow reports whether the box takes no room among its siblings.
func (n *node) outOfFlow() bool { return n.positioned() || n.floats() }

// floats reports whether the box floats.
func (n *node) floats() bool { return n.kind != kindText && n.box.Float != css.SideNone }

// inline reports whether the node stands in a line.
func (n *node) inline() bool {
	return n.kind == kindText || n.kind == kindBreak || n.box.Display.InLine()
}

// tree makes the boxes of the document.
func (l *layouter) tree() *node {
	root := &node{box: &l.boxes.Root}
	l.add(root, 0, root, 0)
	return root
}

// add adds the boxes of an element's children to n. container is the nearest
// box that positioned ones refer to.
func (l *layouter) add(n *node, id dom.ID, container *node, depth int) {
	type piece struct {
		at   uint32
		text string
	}
	var texts []piece
	if own := l.t.FlatText(id); own != 0 && l.t.HasText(own) {
		for at, s := range l.t.TextSpans(own) {
			texts = append(texts, piece{at, s})
		}
	}
	before := func(at uint32) {
		for len(texts) > 0 && texts[0].at < at {
			l.addText(n, texts[0].text)
			texts = texts[1:]
		}
	}
	for kid := l.t.FlatFirst(id); kid != 0 && kid <= maxElements; kid = l.t.FlatNext(kid) {
		before(l.t.Offset(kid))
		box := l.boxes.Of(kid)
		if box.Display == css.DisplayContents && depth < maxDepth {
			l.add(n, kid, container, depth+1)
			continue
		}
		if box.Display == css.DisplayNone || box.Display == css.DisplayTableColumn {
			continue
		}
		k := &node{id: kid, box: box, parent: n}
		switch a := l.t.Atom(kid); {
		case a == atom.Br:
			k.kind = kindBreak
		case l.replaced(kid):
			k.kind = kindReplaced
		}
		n.kids = append(n.kids, k)
		if k.positioned() {
			to := container
			if box.Position == css.Fixed {
				to = l.top(n)
			}
			to.out = append(to.out, k)
		}
		if k.kind != kindBox || depth >= maxDepth {
			continue
		}
		inner := container
		if box.Position != css.Static {
			inner = k
		}
		l.pseudo(k, box.Before, inner)
		l.add(k, kid, inner, depth+1)
		l.pseudo(k, box.After, inner)
	}
	before(^uint32(0))
}

func (l *layouter) top(n *node) *node {
	for n.parent != nil {
		n = n.parent
	}
	return n
}

func (l *layouter) pseudo(n *node, box *css.Box, container *node) {
	if box == nil || box.Display == css.DisplayTableColumn {
		return
	}
	k := &node{box: box, parent: n}
	n.kids = append(n.kids, k)
	if k.positioned() {
		container.out = append(container.out, k)
	}
	if box.Text != "" {
		l.addText(k, box.Text)
	}
}

func (l *layouter) addText(n *node, s string) {
	if strings.TrimLeft(s, " \t\n\r\f") == "" && !n.box.Preserve {
		s = " "
	}
	n.kids = append(n.kids, &node{box: n.box, parent: n, kind: kindText, text: s})
}

// shift is how far a relative position moves the box.
func (n *node) shift() (dx, dy float64) {
	if n.kind == kindText || n.box.Position != css.Relative {
		return 0, 0
	}
	width, height := 0.0, unknown
	if n.parent != nil {
		width, height = n.parent.w, n.parent.h
	}
	in := &n.box.Inset
	if v := in[left].Resolve(width); known(v) {
		dx = v
	} else if v := in[right].Resolve(width); known(v) {
		dx = -v
	}
	if v := in[top].Resolve(height); known(v) {
		dy = v
	} else if v := in[bottom].Resolve(height); known(v) {
		dy = -v
	}
	return dx, dy
}

// The sides of margins, paddings and borders.
const (
	top = iota
	right
	bottom
	left
)

func known(v float64) bool { return v == v }

// or is v, or d where v is not known.
func or(v, d float64) float64 {
	if known(v) {
		return v
	}
	return d
}
