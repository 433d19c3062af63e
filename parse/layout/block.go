package layout

import (
	"math"

	"pageload/parse/css"
)

// margins collects adjoining margins: the largest positive and the most
// negative one make the one that is used (CSS 2.2, section 8.3.1).
type margins struct{ most, least float64 }

func (m *margins) add(v float64) {
	m.most, m.least = max(m.most, v), min(m.least, v)
}

func (m *margins) merge(o margins) {
	m.most, m.least = max(m.most, o.most), min(m.least, o.least)
}

func (m margins) value() float64 { return m.most + m.least }

// outcome is what a box tells the one around it.
type outcome struct {
	above, below margins // of children, which are the box's own by collapsing
	empty        bool    // nothing keeps its upper and lower margins apart
}

// flow lays out a block-level box in a containing block, as wide as that lets
// it be, and sets its size. x and y are where its margin box begins among the floats.
func (l *layouter) flow(n *node, in space, fl *floats, x, y float64) outcome {
	e := n.edges(in.width)
	if n.kind == kindReplaced {
		l.sizeReplaced(n, in, &e)
		return outcome{}
	}
	avail := in.width - e.marginX() - e.padX()
	w := n.declared(n.box.Width, in.width, e.padX())
	switch k := n.box.Width.Kind; {
	case known(w):
	case k == css.LengthMinContent, k == css.LengthMaxContent, k == css.LengthFitContent, n.box.Display == css.DisplayTable:
		w = l.shrink(n, avail, k)
	default:
		w = avail
	}
	if h := n.declared(n.box.Height, in.height, e.padY()); known(h) && n.box.AspectRatio > 0 && !known(n.declared(n.box.Width, in.width, e.padX())) && n.outOfFlow() {
		w = h * n.box.AspectRatio
	}
	return l.sized(n, n.clampWidth(w, in.width, e.padX()), unknown, in, &e, fl, x, y)
}

// shrink is the shrink-to-fit width (CSS 2.2, section 10.3.5).
func (l *layouter) shrink(n *node, avail float64, kind css.LengthKind) float64 {
	least, most := l.content(n)
	switch kind {
	case css.LengthMinContent:
		return least
	case css.LengthMaxContent:
		return most
	}
	return min(max(least, avail), most)
}

// sized lays out a box whose content is w wide, and h high where that is known.
func (l *layouter) sized(n *node, w, h float64, in space, e *edges, fl *floats, x, y float64) outcome {
	n.w = w + e.padX()
	if !l.spend(1) {
		n.h = e.padY()
		return outcome{}
	}
	grows := false // where the content is higher than a ratio says
	if !known(h) {
		h = n.declared(n.box.Height, in.height, e.padY())
	}
	if !known(h) && n.box.AspectRatio > 0 {
		if h = w / n.box.AspectRatio; n.box.BorderBox {
			h = max(0, n.w/n.box.AspectRatio-e.padY())
		}
		grows = !n.box.Clips
	}
	if known(h) {
		h = n.clampHeight(h, in.height, e.padY())
	}
	content := space{width: w, height: h}
	own := l.ownContext(n)
	if own {
		fl, x, y = newFloats(), 0, 0
	} else {
		x, y = x+e.margin[left]+e.pad[left], y+e.margin[top]+e.pad[top]
	}
	var got float64
	var res outcome
	switch n.box.Display {
	case css.DisplayFlex, css.DisplayInlineFlex:
		got = l.flex(n, content, e)
	case css.DisplayGrid, css.DisplayInlineGrid:
		got = l.grid(n, content, e)
	case css.DisplayTable, css.DisplayInlineTable:
		got = l.table(n, content, e)
	default:
		if n.box.ColumnCount > 1 || n.box.ColumnWidth.Kind == css.LengthFixed {
			got = l.columns(n, content, e)
			break
		}
		openTop := !own && e.pad[top] == 0
		openBottom := !own && e.pad[bottom] == 0 && !known(h)
		got, res = l.stack(n, content, e, fl, x, y, openTop, openBottom)
		if own {
			got = max(got, fl.bottom())
		}
	}
	if n.box.ContainedHeight && !known(h) {
		got = 0
	}
	if !known(h) || grows && got > h {
		h = n.clampHeight(got, in.height, e.padY())
	}
	n.h = h + e.padY()
	n.content = [2]float64{w, h}
	res.empty = res.empty && n.h == 0 && !own
	return res
}

// ownContext reports whether a box keeps its floats and its children's margins
// to itself (CSS 2.2, section 9.4.1).
func (l *layouter) ownContext(n *node) bool {
	d := n.box.Display
	if n == l.root || n.box.Clips || n.outOfFlow() || d != css.DisplayBlock && d != css.DisplayInline {
		return true
	}
	if p := n.parent; p != nil {
		switch p.box.Display {
		case css.DisplayFlex, css.DisplayInlineFlex, css.DisplayGrid, css.DisplayInlineGrid:
			return true
		}
	}
	return false
}

// stack lays out the content of a block container and returns its height: blocks
// one below the other, and lines where nothing but inline boxes is.
func (l *layouter) stack(n *node, in space, e *edges, fl *floats, ox, oy float64, openTop, openBottom bool) (height float64, res outcome) {
	var pending margins // below what is there so far
	y := 0.0
	atTop := openTop // nothing was there yet that keeps the first margin inside
	empty := true
	settle := func() {
		if atTop {
			res.above.merge(pending)
			atTop = false
		} else {
			y += pending.value()
		}
		pending = margins{}
	}
	for i := 0; i < len(n.kids); {
		k := n.kids[i]
		switch {
		case k.positioned():
			k.x, k.y = e.pad[left], e.pad[top]+y
			if !atTop {
				k.y += pending.value()
			}
			i++
			continue
		case k.floats():
			at := y
			if !atTop {
				at += pending.value()
			}
			l.float(k, in, fl, ox, oy, at, e)
			i++
			continue
		case k.inline():
			run := n.kids[i:]
			for m := range run {
				if !run[m].inline() && !run[m].outOfFlow() {
					run = run[:m]
					break
				}
			}
			i += len(run)
			if !hasContent(run) {
				for _, r := range run {
					if r.outOfFlow() {
						if r.positioned() {
							r.x, r.y = e.pad[left], e.pad[top]+y+pending.value()
						} else {
							l.float(r, in, fl, ox, oy, y+pending.value(), e)
						}
					}
				}
				continue
			}
			settle()
			empty = false
			y += l.lines(n, run, in, e, fl, ox, oy, y)
			continue
		}
		i++
		ke := k.edges(in.width)
		pending.add(ke.margin[top])
		at := y
		if !atTop {
			at += pending.value()
		}
		if k.box.Clear != css.SideNone {
			if free := fl.clear(k.box.Clear) - oy; free > at {
				// Clearance: the margin above counts no more.
				pending, atTop = margins{}, false
				y, at = free, free
				empty = false
			}
		}
		sub := in
		shift := 0.0
		if len(fl.list) > 0 && (k.kind == kindReplaced || l.ownContext(k) && k.box.Width.Kind == css.LengthAuto) {
			// A box with a context of its own stands beside floats.
			from, to := fl.room(oy+at, ox, in.width)
			if to-from < in.width && to-from > 0 {
				shift, sub.width = from, to-from
			}
		}
		r := l.flow(k, sub, fl, ox+shift, oy+at-ke.margin[top])
		k.x = e.pad[left] + shift + l.across(k, sub, &ke)
		pending.merge(r.above)
		if r.empty {
			pending.merge(r.below)
			pending.add(ke.margin[bottom])
			k.y = e.pad[top] + y + pending.value()
			continue
		}
		settle()
		empty = false
		k.y = e.pad[top] + y
		y += k.h
		pending = r.below
		pending.add(ke.margin[bottom])
	}
	if atTop && empty {
		res.above.merge(pending)
		res.empty = true
		return y, res
	}
	if openBottom {
		res.below = pending
	} else {
		y += pending.value()
	}
	return y, res
}

// across is where a block begins in its containing block: its left margin, or
// what auto margins leave (CSS 2.2, section 10.3.3).
func (l *layouter) across(n *node, in space, e *edges) float64 {
	room := in.width - n.w - e.marginX()
	if room > 0 && n.box.Margin[left].Kind == css.LengthAuto && n.kind != kindText {
		if n.box.Margin[right].Kind == css.LengthAuto {
			if autoMargin(n, left) && autoMargin(n, right) {
				return room / 2
			}
			return 0
		}
		if autoMargin(n, left) {
			return room
		}
	}
	return e.margin[left]
}

// autoMargin reports whether a margin is auto because somebody said so: the
// zero value of a box has no margins.
func autoMargin(n *node, side int) bool { return n.box.AutoMargin(side) }

// hasContent reports whether lines of these nodes have any height.
func hasContent(run []*node) bool {
	for _, n := range run {
		switch {
		case n.outOfFlow():
		case n.kind == kindText:
			if n.text != " " {
				return true
			}
		case n.kind == kindBreak, n.kind == kindReplaced, n.box.Display != css.DisplayInline:
			return true
		case hasContent(n.kids):
			return true
		default:
			if e := n.edges(0); e.padX() > 0 {
				return true
			}
		}
	}
	return false
}

// columns lays out the content in columns of one width, and then breaks it where
// each is full.
func (l *layouter) columns(n *node, in space, e *edges) float64 {
	gap := or(n.box.ColumnGap.Resolve(in.width), n.box.FontSize)
	count := n.box.ColumnCount
	if w := n.box.ColumnWidth.Resolve(in.width); known(w) && w > 0 {
		if fit := max(1, int((in.width+gap)/(w+gap))); count == 0 || fit < count {
			count = fit
		}
	}
	if count < 1 {
		count = 1
	}
	width := max(1, (in.width-gap*float64(count-1))/float64(count))
	fl := newFloats()
	whole, _ := l.stack(n, space{width: width, height: unknown}, e, fl, 0, 0, false, false)
	each := math.Ceil(whole / float64(count))
	for _, k := range n.kids {
		if !k.outOfFlow() && k.h > each {
			each = k.h
		}
	}
	if each == 0 {
		return 0
	}
	column, from := 0, 0.0
	for _, k := range n.kids {
		y := k.y - e.pad[top]
		if y+k.h-from > each+0.5 && y > from && column < count-1 {
			column, from = column+1, y
		}
		k.x += float64(column) * (width + gap)
		k.y = e.pad[top] + y - from
	}
	return each
}
