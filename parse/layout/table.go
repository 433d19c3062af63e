package layout

import (
	"strconv"

	"pageload/parse/css"
)

// tableRow is a row with the cells that begin in it.
type tableRow struct {
	n     *node // nil: made up for cells without a row
	group *node // around it, nil: none
	cells []tableCell
}

type tableCell struct {
	n         *node
	e         edges
	col, cols int
	rows      int
}

// rowsOf returns the rows of a table, and its captions.
func (l *layouter) rowsOf(n *node) (rows []tableRow, captions []*node) {
	held := map[int]int{} // columns that a cell of an earlier row takes: rows left
	addRow := func(r, group *node, kids []*node) {
		row := tableRow{n: r, group: group}
		col := 0
		for _, k := range kids {
			if k.kind == kindText || k.outOfFlow() {
				continue
			}
			for held[col] > 0 {
				col++
			}
			c := tableCell{n: k, col: col, cols: l.span(k, "colspan"), rows: l.span(k, "rowspan")}
			for i := range c.cols {
				if c.rows > 1 {
					held[col+i] = c.rows
				}
			}
			col += c.cols
			row.cells = append(row.cells, c)
		}
		for c := range held {
			if held[c]--; held[c] <= 0 {
				delete(held, c)
			}
		}
		rows = append(rows, row)
	}
	var loose []*node // cells right in the table
	flush := func(group *node) {
		if len(loose) > 0 {
			addRow(nil, group, loose)
			loose = nil
		}
	}
	var walk func(n, group *node)
	walk = func(n, group *node) {
		for _, k := range n.kids {
			switch {
			case k.kind == kindText || k.outOfFlow():
			case k.box.Display == css.DisplayTableGroup && group == nil:
				flush(group)
				walk(k, k)
			case k.box.Display == css.DisplayTableRow:
				flush(group)
				addRow(k, group, k.kids)
			case k.box.Display == css.DisplayTableCaption:
				captions = append(captions, k)
			default:
				loose = append(loose, k)
			}
		}
		flush(group)
	}
	walk(n, nil)
	return rows, captions
}

func (l *layouter) span(n *node, name string) int {
	if n.id == 0 {
		return 1
	}
	v, ok := l.t.Attr(n.id, name)
	if !ok {
		return 1
	}
	i, err := strconv.Atoi(v)
	if err != nil {
		return 1
	}
	return max(1, min(i, maxTracks))
}

// columnsOf returns the least and the most widths of a table's columns, and what
// cells say of them in pixels or parts of the whole.
func (l *layouter) columnsOf(rows []tableRow, width float64) (least, most, fixed []float64) {
	count := 0
	for i := range rows {
		for _, c := range rows[i].cells {
			count = max(count, c.col+c.cols)
		}
	}
	least, most, fixed = make([]float64, count), make([]float64, count), make([]float64, count)
	for i := range fixed {
		fixed[i] = unknown
	}
	for i := range rows {
		for k := range rows[i].cells {
			c := &rows[i].cells[k]
			c.e = c.n.edges(width)
			c.e.margin = [4]float64{}
			a, b := l.content(c.n)
			a, b = a+c.e.padX(), b+c.e.padX()
			if c.n.kind == kindReplaced {
				a, b = l.outer(c.n, space{unknown, unknown}, &c.e)
			}
			w := c.n.declared(c.n.box.Width, width, c.e.padX())
			if known(w) && c.n.compressible() {
				w = max(0, c.n.box.Width.Resolve(width)-c.e.padX()) // a part of the table, borders and all
			}
			if c.cols > 1 {
				continue
			}
			if known(w) {
				w = max(a, w+c.e.padX())
				fixed[c.col] = max(or(fixed[c.col], 0), w)
				b = w
			}
			least[c.col], most[c.col] = max(least[c.col], a), max(most[c.col], b)
		}
	}
	for i := range rows {
		for k := range rows[i].cells {
			c := &rows[i].cells[k]
			if c.cols <= 1 {
				continue
			}
			a, b := l.content(c.n)
			spread(least, c, a+c.e.padX())
			spread(most, c, b+c.e.padX())
		}
	}
	return least, most, fixed
}

// spread makes the columns of a cell over several of them as wide as it needs.
func spread(sizes []float64, c *tableCell, need float64) {
	have := span(sizes, c.col, c.cols, 0)
	if need <= have {
		return
	}
	for i := c.col; i < c.col+c.cols; i++ {
		sizes[i] += (need - have) / float64(c.cols)
	}
}

// table lays out a table and returns the height of its content (CSS 2.2, section
// 17.5, with the automatic layout that browsers have).
func (l *layouter) table(n *node, in space, e *edges) float64 {
	rows, captions := l.rowsOf(n)
	gap := n.box.Spacing
	y := 0.0
	for _, k := range captions {
		ke := k.edges(in.width)
		l.flow(k, in, newFloats(), 0, 0)
		k.x, k.y = e.pad[left], e.pad[top]+y+ke.margin[top]
		y += k.h + ke.marginY()
	}
	if len(rows) == 0 {
		return y
	}
	least, most, fixed := l.columnsOf(rows, in.width)
	avail := in.width - gap*float64(len(least)+1)
	widths := distribute(least, most, fixed, avail)
	y += gap
	heights := make([]float64, len(rows))
	tops := make([]float64, len(rows))
	type spanning struct {
		n        *node
		from, to int
	}
	var open []spanning // cells over several rows, until the last of these
	for i := range rows {
		r := &rows[i]
		tops[i] = y
		if r.n != nil {
			heights[i] = or(r.n.box.Height.Resolve(unknown), 0)
		}
		for k := range r.cells {
			c := &r.cells[k]
			w := max(0, span(widths, c.col, c.cols, gap)-c.e.padX())
			if c.n.kind == kindReplaced {
				l.sizeReplaced(c.n, space{w, unknown}, &c.e)
			} else {
				l.sized(c.n, w, unknown, space{w, unknown}, &c.e, newFloats(), 0, 0)
			}
			if c.rows == 1 {
				heights[i] = max(heights[i], c.n.h)
			} else if len(open) < maxTracks {
				open = append(open, spanning{c.n, i, min(i+c.rows, len(rows)) - 1})
			}
		}
		rest := open[:0]
		for _, s := range open {
			if s.to > i {
				rest = append(rest, s)
			} else {
				heights[i] = max(heights[i], s.n.h-(y-tops[s.from]))
			}
		}
		open = rest
		y += heights[i] + gap
	}
	l.placeRows(rows, n, e, widths, heights, tops, gap)
	if known(in.height) {
		y = max(y, in.height)
	}
	return y
}

// placeRows sets the positions of groups, rows and cells, each relative to what
// is around it.
func (l *layouter) placeRows(rows []tableRow, n *node, e *edges, widths, heights, tops []float64, gap float64) {
	inner := span(widths, 0, len(widths), gap)
	for i := range rows {
		r := &rows[i]
		x, y := e.pad[left]+gap, e.pad[top]+tops[i]
		if g := r.group; g != nil {
			if i == 0 || rows[i-1].group != g {
				g.x, g.y, g.w = x, y, inner
			}
			g.h = y + heights[i] - g.y
			x, y = x-g.x, y-g.y
		}
		if r.n != nil {
			r.n.x, r.n.y, r.n.w, r.n.h = x, y, inner, heights[i]
			x, y = 0, 0
		}
		for k := range r.cells {
			c := &r.cells[k]
			c.n.x, c.n.y = x+start(widths, c.col, gap), y
			c.n.h = max(c.n.h, span(heights, i, c.rows, gap))
		}
	}
}

// distribute gives columns their widths: what they say, else between the least
// and the most, and the rest in proportion.
func distribute(least, most, fixed []float64, avail float64) []float64 {
	widths := make([]float64, len(least))
	low, high, open := 0.0, 0.0, 0.0
	for i := range least {
		low += least[i]
		high += most[i]
		if !known(fixed[i]) {
			open += most[i]
		}
	}
	switch {
	case avail >= high:
		extra := avail - high
		for i := range widths {
			widths[i] = most[i]
			switch {
			case open > 0:
				if !known(fixed[i]) {
					widths[i] += extra * most[i] / open
				}
			case high > 0:
				widths[i] += extra * most[i] / high
			}
		}
	case avail <= low:
		copy(widths, least)
	default:
		for i := range widths {
			widths[i] = least[i] + (most[i]-least[i])*(avail-low)/(high-low)
		}
	}
	return widths
}

func (l *layouter) tableContent(n *node) (least, most float64) {
	rows, _ := l.rowsOf(n)
	low, high, _ := l.columnsOf(rows, unknown)
	gap := n.box.Spacing
	extra := gap * float64(len(low)+1)
	return span(low, 0, len(low), 0) + extra, span(high, 0, len(high), 0) + extra
}
