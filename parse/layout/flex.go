package layout

import (
	"slices"

	"pageload/parse/css"
)

// items are the boxes that a flex or grid container lays out: texts between them
// stand in a box of their own.
func (l *layouter) items(n *node) []*node {
	list := make([]*node, 0, len(n.kids))
	var run *node
	for i, k := range n.kids {
		if k.positioned() {
			k.x, k.y = 0, 0
			continue
		}
		if k.kind == kindText || k.kind == kindBreak {
			if k.text == " " && run == nil {
				continue
			}
			if run == nil {
				box := css.Box{Display: css.DisplayBlock, FontSize: n.box.FontSize, LineHeight: n.box.LineHeight, Font: n.box.Font, Bold: n.box.Bold, NoWrap: n.box.NoWrap}
				box.Flex.Shrink = 1
				run = &node{box: &box, parent: n}
				list = append(list, run)
			}
			run.kids = append(run.kids, n.kids[i])
			continue
		}
		run = nil
		list = append(list, k)
	}
	slices.SortStableFunc(list, func(a, b *node) int { return a.box.Order - b.box.Order })
	return list
}

// item is a flex item while its line is made.
type item struct {
	n     *node
	e     edges
	basis float64 // content size along the main axis
	least float64
	main  float64
}

// flex lays out a flex container and returns the height of its content (CSS
// Flexbox 1, section 9).
func (l *layouter) flex(n *node, in space, e *edges) float64 {
	list := l.items(n)
	if n.box.Flex.Column {
		return l.flexColumn(n, list, in, e)
	}
	gap := or(n.box.ColumnGap.Resolve(in.width), 0)
	rowGap := or(n.box.RowGap.Resolve(in.height), 0)
	items := make([]item, len(list))
	for i, k := range list {
		items[i] = l.flexItem(k, in)
	}
	y := 0.0
	for len(items) > 0 {
		line := items
		used := 0.0
		for i := range items {
			w := items[i].outer(items[i].basis)
			if i > 0 {
				w += gap
			}
			if n.box.Flex.Wrap && i > 0 && used+w > in.width+0.01 {
				line = items[:i]
				break
			}
			used += w
		}
		items = items[len(line):]
		if y > 0 {
			y += rowGap
		}
		y += l.flexLine(n, line, in, e, gap, y, len(items) == 0 && y == 0)
	}
	return y
}

func (it *item) outer(w float64) float64 { return w + it.e.padX() + it.e.marginX() }

func (l *layouter) flexItem(k *node, in space) item {
	it := item{n: k, e: k.edges(in.width)}
	pad := it.e.padX()
	basis := k.declared(k.box.Flex.Basis, in.width, pad)
	if !known(basis) {
		basis = k.declared(k.box.Width, in.width, pad)
	}
	least, most := 0.0, 0.0
	if k.kind == kindReplaced {
		l.sizeReplaced(k, in, &it.e)
		most = k.w - pad
		if least = most; k.compressible() {
			least = 0
		}
	} else {
		least, most = l.content(k)
	}
	if !known(basis) {
		basis = most
		if k.box.Width.Kind == css.LengthMinContent {
			basis = least
		}
	}
	it.basis = k.clampWidth(basis, in.width, pad)
	if k.box.Clips {
		least = 0
	}
	if w := k.declared(k.box.Width, in.width, pad); known(w) {
		least = min(least, w)
	}
	if m := k.declared(k.box.MinWidth, in.width, pad); known(m) {
		least = m
	}
	it.least = min(least, max(it.basis, 0))
	if m := k.declared(k.box.MaxWidth, in.width, pad); known(m) {
		it.least = min(it.least, m)
	}
	return it
}

// flexLine lays out one line and returns its height.
func (l *layouter) flexLine(n *node, line []item, in space, e *edges, gap, y float64, only bool) float64 {
	free := in.width - gap*float64(len(line)-1)
	grow, shrink := 0.0, 0.0
	for i := range line {
		it := &line[i]
		it.main = it.basis
		free -= it.outer(it.basis)
		grow += it.n.box.Flex.Grow
		shrink += it.n.box.Flex.Shrink * it.basis
	}
	frozen := make([]bool, len(line))
	for range len(line) + 1 { // until no bound is hit any more
		again := false
		for i := range line {
			it := &line[i]
			if frozen[i] {
				continue
			}
			switch {
			case free > 0 && grow > 0:
				it.main = it.basis + free*it.n.box.Flex.Grow/max(grow, 1)
			case free < 0 && shrink > 0:
				it.main = it.basis + free*it.n.box.Flex.Shrink*it.basis/shrink
			}
			w := max(it.n.clampWidth(it.main, in.width, it.e.padX()), it.least)
			if w != it.main {
				frozen[i], again = true, true
				free -= w - it.basis
				grow -= it.n.box.Flex.Grow
				shrink -= it.n.box.Flex.Shrink * it.basis
				it.main = w
			}
		}
		if !again {
			break
		}
	}
	height := 0.0
	for i := range line {
		it := &line[i]
		l.sizeItem(it.n, it.main, unknown, in, &it.e)
		height = max(height, it.n.h+it.e.marginY())
	}
	if only && known(in.height) {
		height = max(height, in.height)
	}
	left0 := in.width + gap
	autos := 0
	for i := range line {
		left0 -= line[i].outer(line[i].main) + gap
		for _, side := range []int{left, right} {
			if line[i].n.box.AutoMargin(side) {
				autos++
			}
		}
	}
	x, between := justified(n.box.Flex, left0, len(line))
	if autos > 0 {
		x, between = 0, 0
	}
	auto := func(it *item, side int) float64 {
		if it.n.box.AutoMargin(side) && left0 > 0 {
			return left0 / float64(autos)
		}
		return 0
	}
	if n.box.Flex.Reverse {
		slices.Reverse(line)
	}
	for i := range line {
		it := &line[i]
		x += auto(it, left)
		it.n.x = e.pad[left] + x + it.e.margin[left]
		it.n.y = e.pad[top] + y + it.e.margin[top] + it.aligned(n, height)
		x += auto(it, right) + it.outer(it.main) + gap + between
	}
	return height
}

// justified returns how far the first item moves, and how much is between items
// beside the gap (CSS Box Alignment 3, section 5).
func justified(f css.FlexBox, free float64, count int) (first, between float64) {
	where := f.Justify
	if f.Reverse {
		switch where {
		case "", "normal", "flex-start":
			where = "end"
		case "flex-end":
			where = "start"
		}
	}
	switch {
	case where == "center":
		return free / 2, 0
	case where == "end" || where == "flex-end" || where == "right":
		return free, 0
	case free <= 0:
		return 0, 0
	case where == "space-between" && count > 1:
		return 0, free / float64(count-1)
	case where == "space-around":
		return free / float64(2*count), free / float64(count)
	case where == "space-evenly":
		return free / float64(count+1), free / float64(count+1)
	}
	return 0, 0
}

// aligned stretches an item across its line, or says how far down it goes.
func (it *item) aligned(container *node, height float64) float64 {
	where := crosswise(container, it.n)
	free := height - it.n.h - it.e.marginY()
	if it.n.box.AutoMargin(top) && it.n.box.AutoMargin(bottom) {
		where = "center"
	}
	switch where {
	case "center":
		return free / 2
	case "end", "flex-end", "self-end":
		return free
	case "", "normal", "stretch":
		if it.n.kind != kindReplaced && it.n.box.Height.Kind == css.LengthAuto && free > 0 {
			it.n.h += free
		}
	}
	return 0
}

// sizeItem lays out an item whose content width is decided.
func (l *layouter) sizeItem(k *node, w, h float64, in space, e *edges) {
	if k.kind == kindReplaced {
		declared := k.declared(k.box.Width, in.width, e.padX())
		if !known(declared) || declared != w {
			_, ih, ratio := l.intrinsic(k)
			if ratio == 0 {
				ratio = k.box.AspectRatio
			}
			height := k.declared(k.box.Height, in.height, e.padY())
			if !known(height) {
				if height = ih; ratio > 0 {
					height = w / ratio
				}
			}
			k.setContent(w, k.clampHeight(height, in.height, e.padY()), e)
			return
		}
		l.sizeReplaced(k, in, e)
		return
	}
	l.sized(k, w, h, in, e, newFloats(), 0, 0)
}

// flexColumn lays out the items one below the other.
func (l *layouter) flexColumn(n *node, list []*node, in space, e *edges) float64 {
	gap := or(n.box.RowGap.Resolve(in.height), 0)
	y, grow := 0.0, 0.0
	if n.box.Flex.Reverse {
		slices.Reverse(list)
	}
	for i, k := range list {
		ke := k.edges(in.width)
		if i > 0 {
			y += gap
		}
		h := k.declared(k.box.Flex.Basis, in.height, ke.padY())
		l.columnItem(n, k, h, in, &ke)
		k.x, k.y = e.pad[left]+l.across(k, in, &ke), e.pad[top]+y+ke.margin[top]
		switch free := in.width - k.w - ke.marginX(); crosswise(n, k) {
		case "center":
			k.x = e.pad[left] + ke.margin[left] + free/2
		case "end", "flex-end":
			k.x = e.pad[left] + ke.margin[left] + free
		}
		y += k.h + ke.marginY()
		grow += k.box.Flex.Grow
	}
	if free := in.height - y; known(free) && free > 0 && grow > 0 {
		moved := 0.0
		for _, k := range list {
			k.y += moved
			more := free * k.box.Flex.Grow / max(grow, 1)
			k.h += more
			moved += more
		}
		y += moved
	} else if known(free) {
		first, between := justified(n.box.Flex, free, len(list))
		for i, k := range list {
			k.y += first + between*float64(i)
		}
	}
	return y
}

// crosswise is where an item goes across the main axis.
func crosswise(n, k *node) string {
	if where := k.box.Flex.AlignSelf; where != "" && where != "auto" {
		return where
	}
	return n.box.Flex.Align
}

func (l *layouter) columnItem(n, k *node, h float64, in space, e *edges) {
	if k.kind == kindReplaced {
		l.sizeReplaced(k, in, e)
		return
	}
	w := k.declared(k.box.Width, in.width, e.padX())
	if !known(w) {
		w = max(0, in.width-e.marginX()-e.padX())
		switch crosswise(n, k) {
		case "", "normal", "stretch":
		default:
			w = l.shrink(k, w, css.LengthAuto)
		}
	}
	// A basis is no more than where the height begins: what is in it may be higher.
	w = k.clampWidth(w, in.width, e.padX())
	l.sized(k, w, unknown, in, e, newFloats(), 0, 0)
	if known(h) {
		k.h = max(k.h, h+e.padY())
	}
}

func (l *layouter) flexContent(n *node) (least, most float64) {
	gap := or(n.box.ColumnGap.Resolve(0), 0)
	for i, k := range l.items(n) {
		e := k.edges(0)
		a, b := l.outer(k, space{unknown, unknown}, &e)
		if basis := k.declared(k.box.Flex.Basis, unknown, e.padX()); known(basis) && basis > 0 && !n.box.Flex.Column {
			b = basis + e.padX() + e.marginX()
		}
		switch {
		case n.box.Flex.Column:
			least, most = max(least, a), max(most, b)
		case n.box.Flex.Wrap:
			least, most = max(least, a), most+b
		default:
			least, most = least+a, most+b
		}
		if i > 0 && !n.box.Flex.Column {
			most += gap
		}
	}
	return least, most
}
