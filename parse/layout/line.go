package layout

import (
	"math"

	"pageload/parse/css"
)

// liner fills lines.
type liner struct {
	l      *layouter
	n      *node // the block container
	in     space
	e      *edges // of n
	fl     *floats
	ox, oy float64 // of the content box, among the floats

	y        float64    // of the line, in the content box
	x        float64    // where the next thing comes
	from, to float64    // where the line begins and ends
	ascent   float64    // of the line so far, above its baseline
	below    float64    // and under it
	stand    []standing // boxes in it, whose place depends on how high it becomes
	filled   bool       // something is in it
	space    float64    // white space before the next thing
	late     []*node    // floats that did not fit beside what the line has
}

// A standing box is one in a line that is laid out for itself.
type standing struct {
	n      *node
	ascent float64 // of its border box above the baseline
	y      float64 // of the line, relative to what the position of n is
}

// lines lays out inline boxes from y on and returns how much higher the
// container becomes.
func (l *layouter) lines(n *node, run []*node, in space, e *edges, fl *floats, ox, oy, y float64) float64 {
	f := &liner{l: l, n: n, in: in, e: e, fl: fl, ox: ox, oy: oy, y: y}
	f.open()
	f.nodes(run, n, e.pad[left], e.pad[top])
	f.close(false)
	return f.y - y
}

func (f *liner) open() {
	f.from, f.to = f.fl.room(f.oy+f.y, f.ox, f.in.width)
	f.x, f.filled, f.space = f.from, false, 0
	f.ascent, f.below, f.stand = 0, 0, f.stand[:0]
	f.strut(f.n.box)
}

// strut makes the line as high as text in a box.
func (f *liner) strut(b *css.Box) {
	line := b.Line()
	under := descent(b, line)
	f.ascent, f.below = max(f.ascent, line-under), max(f.below, under)
}

// descent is how much of a line of text is below its baseline.
func descent(b *css.Box, line float64) float64 { return (line-b.FontSize*1.15)/2 + b.FontSize*0.22 }

// close ends the line. An empty one has a height only where it was broken.
func (f *liner) close(broken bool) {
	if f.filled || broken {
		for _, a := range f.stand {
			a.n.y = a.y + f.ascent - a.ascent
		}
		f.y += f.ascent + f.below
	}
	late := f.late
	f.late = nil
	for _, k := range late {
		f.l.float(k, f.in, f.fl, f.ox, f.oy, f.y, f.e)
	}
	f.open()
}

// fit makes room for something that is w wide.
func (f *liner) fit(w float64, wrap bool) {
	for wrap && f.x+f.space+w > f.to+0.01 {
		if f.filled {
			f.close(false)
			continue
		}
		next := f.fl.next(f.oy + f.y)
		if next == f.oy+f.y {
			return
		}
		f.y = next - f.oy // below the floats that leave no room
		f.open()
	}
}

func (f *liner) put(w float64) {
	if f.filled {
		f.x += f.space
	}
	f.space = 0
	f.x += w
	f.filled = true
}

// nodes puts inline boxes into the lines. px and py are where the content box
// lies in the border box that positions are relative to.
func (f *liner) nodes(run []*node, around *node, px, py float64) {
	for _, k := range run {
		switch {
		case k.kind == kindText:
			f.text(k.text, around.box)
		case k.kind == kindBreak:
			k.x, k.y = px+f.x, py+f.y
			f.strut(around.box)
			f.close(true)
			if c := k.box.Clear; c != css.SideNone {
				f.y = max(f.y, f.fl.clear(c)-f.oy)
				f.open()
			}
		case k.positioned():
			k.x, k.y = px+f.x, py+f.y
		case k.floats():
			f.float(k)
			k.x, k.y = k.x-f.e.pad[left]+px, k.y-f.e.pad[top]+py
		case k.kind == kindReplaced || k.box.Display != css.DisplayInline && k.box.Display.InLine():
			f.box(k, around, px, py)
		case !k.box.Display.InLine():
			f.block(k, px, py)
		default:
			f.inline(k, px, py)
		}
	}
}

// inline puts an inline box with what is in it. Its position is where it begins,
// and its size what its lines take.
func (f *liner) inline(k *node, px, py float64) {
	e := k.edges(f.in.width)
	before := e.margin[left] + e.pad[left]
	if before != 0 {
		f.x += before
	}
	startX, startY := f.x, f.y
	if f.filled {
		startX += f.space
	}
	line := k.box.Line()
	k.x, k.y = px+startX, py+startY
	// What is inside is relative to k; k is relative to its parent.
	f.nodes(k.kids, k, px-k.x, py-k.y)
	if after := e.margin[right] + e.pad[right]; after != 0 {
		f.x += after
		f.filled = true
	}
	k.h = max(line, f.y-startY+line)
	if f.y > startY {
		k.w = f.in.width
	} else {
		k.w = max(0, f.x-startX)
	}
	if len(k.kids) > 0 && hasContent(k.kids) {
		f.strut(k.box)
	}
}

// box puts a box that is laid out for itself.
func (f *liner) box(k, around *node, px, py float64) {
	e := k.edges(f.in.width)
	f.l.sizeAlone(k, f.in, &e)
	w, h := k.w+e.marginX(), k.h+e.marginY()
	f.fit(w, !around.box.NoWrap)
	if f.filled {
		f.x += f.space
		f.space = 0
	}
	k.x, k.y = px+f.x+e.margin[left], py+f.y+e.margin[top]
	above := h // it stands on the baseline
	switch {
	case k.box.Middle:
		above = h/2 + around.box.FontSize*0.25
	case f.l.textual(k): // the text in it stands on the baseline
		above = h - e.margin[bottom] - e.pad[bottom] - descent(k.box, k.box.Line())
	}
	f.ascent, f.below = max(f.ascent, above), max(f.below, h-above)
	f.stand = append(f.stand, standing{n: k, ascent: above - e.margin[top], y: py + f.y})
	f.put(w)
}

// block puts a block that stands among inline boxes: it breaks the line.
func (f *liner) block(k *node, px, py float64) {
	if f.filled {
		f.close(false)
	}
	e := k.edges(f.in.width)
	r := f.l.flow(k, f.in, f.fl, f.ox, f.oy+f.y)
	above, below := r.above, r.below
	above.add(e.margin[top])
	below.add(e.margin[bottom])
	k.x, k.y = px+f.l.across(k, f.in, &e), py+f.y+above.value()
	f.y += above.value() + k.h + below.value()
	f.open()
}

// float puts a float that comes up in a line: beside it where it fits, else below.
func (f *liner) float(k *node) {
	if f.filled {
		e := k.edges(f.in.width)
		_, most := f.l.outer(k, f.in, &e)
		if f.x+f.space+most > f.to+0.01 {
			f.late = append(f.late, k)
			return
		}
	}
	was := f.x - f.from
	f.l.float(k, f.in, f.fl, f.ox, f.oy, f.y, f.e)
	f.from, f.to = f.fl.room(f.oy+f.y, f.ox, f.in.width)
	f.x = f.from + was
}

// text puts words.
func (f *liner) text(s string, box *css.Box) {
	if !f.l.spend(len(s) / 16) {
		return
	}
	m := metricsOf(box)
	gap := m.width(' ') * box.FontSize
	for i := 0; i < len(s); {
		c := s[i]
		if c == '\n' && box.Preserve {
			f.strut(box)
			f.close(true)
			i++
			continue
		}
		if isSpace(c) {
			if box.Preserve {
				f.x += gap
			} else if f.filled {
				f.space = max(f.space, gap)
			}
			i++
			continue
		}
		start := i
		for i < len(s) && !isSpace(s[i]) {
			i++
			if s[i-1] == '-' && i-1 > start || s[i-1] >= 0xE3 && s[i-1] <= 0xED && !box.NoWrap { // hyphens and ideographs let lines break
				for i < len(s) && s[i]&0xC0 == 0x80 {
					i++
				}
				break
			}
		}
		w := m.text(s[start:i]) * box.FontSize
		f.fit(w, !box.NoWrap)
		f.put(w)
		f.strut(box)
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

// content returns the widths of the content: of the narrowest that nothing
// sticks out of, and of what no line is broken in.
func (l *layouter) content(n *node) (least, most float64) {
	if n.measured {
		return n.least, n.most
	}
	n.measured = true // also where it comes upon itself
	if n.box.Contained && n.kind == kindBox {
		return 0, 0
	}
	switch n.box.Display {
	case css.DisplayFlex, css.DisplayInlineFlex:
		least, most = l.flexContent(n)
	case css.DisplayGrid, css.DisplayInlineGrid:
		least, most = l.gridContent(n)
	case css.DisplayTable, css.DisplayInlineTable:
		least, most = l.tableContent(n)
	default:
		least, most = l.blockContent(n)
	}
	n.least, n.most = least, max(least, most)
	return n.least, n.most
}

func (l *layouter) blockContent(n *node) (least, most float64) {
	line := 0.0
	gap := metricsOf(n.box).width(' ') * n.box.FontSize
	end := func() {
		most, line = max(most, line), 0
	}
	var walk func(list []*node, box *css.Box)
	walk = func(list []*node, box *css.Box) {
		for _, k := range list {
			switch {
			case k.kind == kindText:
				if !l.spend(len(k.text) / 16) {
					continue
				}
				a, b := textContent(k.text, box)
				least = max(least, a)
				line += b
			case k.kind == kindBreak:
				end()
			case k.positioned():
			case k.kind == kindBox && k.box.Display == css.DisplayInline && k.box.Float == css.SideNone:
				e := k.edges(0)
				line += e.padX() + e.marginX()
				walk(k.kids, k.box)
			default:
				e := k.edges(0)
				a, b := l.outer(k, space{unknown, unknown}, &e)
				least = max(least, a)
				if k.box.Display.InLine() || k.box.Float != css.SideNone {
					line += b
				} else {
					end()
					most = max(most, b)
				}
			}
		}
	}
	walk(n.kids, n.box)
	line = max(0, line-gap*trailing(n.kids))
	end()
	if n.box.NoWrap {
		least = max(least, most)
	}
	return least, math.Ceil(most*64) / 64
}

// trailing is how many spaces at both ends of a line count in textContent but
// are not shown.
func trailing(list []*node) (spaces float64) {
	if len(list) == 0 {
		return 0
	}
	for _, k := range []*node{list[0], list[len(list)-1]} {
		if k.kind == kindText && k.text == " " {
			spaces++
		}
	}
	return spaces
}

// outer returns the least and the most width of a box with its margins.
func (l *layouter) outer(n *node, in space, e *edges) (least, most float64) {
	extra := e.padX() + e.marginX()
	if n.kind == kindReplaced {
		w, h := n.w, n.h
		l.sizeReplaced(n, in, e)
		most, n.w, n.h = n.w+e.marginX(), w, h
		if n.compressible() {
			return e.marginX() + e.padX(), most
		}
		return most, most
	}
	w := n.declared(n.box.Width, in.width, e.padX())
	if known(w) {
		w = n.clampWidth(w, in.width, e.padX())
		return w + extra, w + extra
	}
	least, most = l.content(n)
	return n.clampWidth(least, in.width, e.padX()) + extra, n.clampWidth(most, in.width, e.padX()) + extra
}
