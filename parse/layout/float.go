package layout

import "pageload/parse/css"

// floats are the floating boxes of one formatting context, in its coordinates.
type floats struct{ list []floating }

type floating struct {
	x0, y0, x1, y1 float64 // of the margin box
	side           css.Side
}

func newFloats() *floats { return &floats{} }

func (f *floats) bottom() (y float64) {
	for i := range f.list {
		y = max(y, f.list[i].y1)
	}
	return y
}

// clear returns the lowest edge of the floats of a side.
func (f *floats) clear(side css.Side) (y float64) {
	for i := range f.list {
		if f.list[i].side&side != 0 {
			y = max(y, f.list[i].y1)
		}
	}
	return y
}

// room returns from where to where, relative to x, a line at y may go that is
// width wide without floats.
func (f *floats) room(y, x, width float64) (from, to float64) {
	to = width
	for i := len(f.list) - 1; i >= 0; i-- {
		b := &f.list[i]
		if y < b.y0 || y >= b.y1 {
			continue
		}
		if b.side == css.SideLeft {
			from = max(from, b.x1-x)
		} else {
			to = min(to, b.x0-x)
		}
	}
	return from, to
}

// next returns the next lower edge of a float below y, or y where there is none.
func (f *floats) next(y float64) float64 {
	best := y
	for i := range f.list {
		if e := f.list[i].y1; e > y && (best == y || e < best) {
			best = e
		}
	}
	return best
}

// float lays out a floating box and puts it as high as it may be, not above y,
// which is relative to the content box at (ox, oy) of n's container.
func (l *layouter) float(n *node, in space, fl *floats, ox, oy, y float64, around *edges) {
	e := n.edges(in.width)
	l.sizeAlone(n, in, &e)
	w, h := n.w+e.marginX(), n.h+e.marginY()
	at := oy + y
	if c := n.box.Clear; c != css.SideNone {
		at = max(at, fl.clear(c))
	}
	for i := range fl.list {
		at = max(at, fl.list[i].y0) // not above an earlier one
	}
	from, to := fl.room(at, ox, in.width)
	for w > to-from+0.01 {
		next := fl.next(at)
		if next == at {
			break
		}
		at = next
		from, to = fl.room(at, ox, in.width)
	}
	x := from
	if n.box.Float == css.SideRight {
		x = to - w
	}
	const most = 2000 // more are there in no page that people read
	if len(fl.list) < most {
		fl.list = append(fl.list, floating{x0: ox + x, y0: at, x1: ox + x + w, y1: at + h, side: n.box.Float})
	}
	n.x = around.pad[left] + x + e.margin[left]
	n.y = around.pad[top] + at - oy + e.margin[top]
}

// sizeAlone lays out a box that is as wide as its content, unless it says how
// wide it is: floats, boxes in lines, positioned ones.
func (l *layouter) sizeAlone(n *node, in space, e *edges) {
	if n.kind == kindReplaced {
		l.sizeReplaced(n, in, e)
		return
	}
	avail := max(0, in.width-e.marginX()-e.padX())
	w := n.declared(n.box.Width, in.width, e.padX())
	if !known(w) {
		if h := n.declared(n.box.Height, in.height, e.padY()); known(h) && n.box.AspectRatio > 0 {
			w = h * n.box.AspectRatio
		} else if n.box.Width.Kind == css.LengthStretch {
			w = avail
		} else {
			w = l.shrink(n, avail, n.box.Width.Kind)
		}
	}
	l.sized(n, n.clampWidth(w, in.width, e.padX()), unknown, in, e, newFloats(), 0, 0)
}
