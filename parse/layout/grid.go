package layout

import (
	"math"

	"pageload/parse/css"
)

// cell is an item in its place in a grid: from these tracks, so many of them.
type cell struct {
	n               *node
	row, col        int
	rows, cols      int
	e               edges
	fixedRow, fixed bool // the row, the column is said
}

const maxTracks = 1000

// grid lays out a grid container and returns the height of its content (CSS
// Grid 2).
func (l *layouter) grid(n *node, in space, e *edges) float64 {
	gap := or(n.box.ColumnGap.Resolve(in.width), 0)
	rowGap := or(n.box.RowGap.Resolve(in.height), 0)
	tracks := repeated(n.box.Columns, in.width, gap)
	cells := l.cells(n, len(tracks), in)
	columns := 1
	rows := 0
	for i := range cells {
		columns = max(columns, cells[i].col+cells[i].cols)
		rows = max(rows, cells[i].row+cells[i].rows)
	}
	for len(tracks) < columns {
		tracks = append(tracks, css.Track{})
	}
	widths := l.trackWidths(tracks, cells, in.width, gap)

	heights := make([]float64, rows)
	fixed := make([]bool, rows)
	for i := range min(rows, len(n.box.Rows)) {
		if v := n.box.Rows[i].Max.Resolve(in.height); known(v) {
			heights[i], fixed[i] = v, true
		} else if v := n.box.Rows[i].Min.Resolve(in.height); known(v) {
			heights[i] = v
		}
	}
	for i := range cells {
		c := &cells[i]
		w := span(widths, c.col, c.cols, gap)
		l.gridItem(c, space{width: w, height: unknown})
		h := c.n.h + c.e.marginY()
		if c.rows == 1 {
			if !fixed[c.row] {
				heights[c.row] = max(heights[c.row], h)
			}
		}
	}
	for i := range cells { // those over several rows make the last of them higher
		c := &cells[i]
		if c.rows == 1 {
			continue
		}
		have := span(heights, c.row, c.rows, rowGap)
		if last := c.row + c.rows - 1; c.n.h+c.e.marginY() > have && !fixed[last] {
			heights[last] += c.n.h + c.e.marginY() - have
		}
	}
	if free := in.height - span(heights, 0, rows, rowGap); known(free) && free > 0 {
		share(n.box.Rows, heights, fixed, free)
	}
	for i := range cells {
		c := &cells[i]
		in := space{width: span(widths, c.col, c.cols, gap)}
		c.n.x = e.pad[left] + start(widths, c.col, gap) + l.across(c.n, in, &c.e)
		c.n.y = e.pad[top] + start(heights, c.row, rowGap) + c.e.margin[top]
		if c.n.kind != kindReplaced && c.n.box.Height.Kind == css.LengthAuto {
			c.n.h = max(c.n.h, span(heights, c.row, c.rows, rowGap)-c.e.marginY())
		}
	}
	return span(heights, 0, rows, rowGap)
}

// share gives the height that is left to rows that want it: those in fr, else
// those whose height nothing fixes.
func share(tracks []css.Track, heights []float64, fixed []bool, free float64) {
	total := 0.0
	for i := range heights {
		if i < len(tracks) {
			total += tracks[i].Fr
		}
	}
	open := 0
	for _, f := range fixed {
		if !f {
			open++
		}
	}
	for i := range heights {
		switch {
		case total > 0:
			if i < len(tracks) {
				heights[i] += free * tracks[i].Fr / total
			}
		case !fixed[i]:
			heights[i] += free / float64(open)
		}
	}
}

// repeated fills repeat(auto-fill) in.
func repeated(list []css.Track, width, gap float64) []css.Track {
	var fill []css.Track
	used := 0.0
	for _, t := range list {
		size := trackFloor(&t, width)
		if t.Fill {
			fill = append(fill, t)
		} else {
			used += size + gap
		}
	}
	if len(fill) == 0 {
		return append([]css.Track(nil), list...)
	}
	each := 0.0
	for i := range fill {
		each += max(1, trackFloor(&fill[i], width)) + gap
	}
	times := 1
	if known(width) {
		times = max(1, min(maxTracks/len(fill), int((width-used+gap)/each)))
	}
	var out []css.Track
	done := false
	for _, t := range list {
		switch {
		case !t.Fill:
			out = append(out, t)
		case !done:
			for range times {
				out = append(out, fill...)
			}
			done = true
		}
	}
	return out
}

func trackFloor(t *css.Track, width float64) float64 {
	a, b := t.Min.Resolve(width), t.Max.Resolve(width)
	if t.Fr > 0 || !known(b) {
		return or(a, 0)
	}
	if known(a) {
		return max(a, b)
	}
	return b
}

// cells places the items: those that say where, and the others in the free places
// that follow (CSS Grid 2, section 8.5).
func (l *layouter) cells(n *node, explicit int, in space) []cell {
	list := l.items(n)
	cells := make([]cell, 0, len(list))
	columns := max(explicit, 1)
	for _, row := range n.box.Areas {
		columns = max(columns, len(row))
	}
	for _, k := range list {
		c := cell{n: k, e: k.edges(in.width)}
		lines := columns
		if explicit > 0 {
			lines = max(explicit, columns)
		}
		c.col, c.cols, c.fixed = lineRange(k.box.ColumnStart, k.box.ColumnEnd, lines)
		c.row, c.rows, c.fixedRow = lineRange(k.box.RowStart, k.box.RowEnd, max(len(n.box.Rows), len(n.box.Areas)))
		if name := k.box.RowStart.Name + k.box.ColumnStart.Name; name != "" {
			if r, ok := area(n.box.Areas, k.box.ColumnStart.Name); ok {
				c.col, c.cols, c.fixed = r.col, r.cols, true
			}
			if r, ok := area(n.box.Areas, k.box.RowStart.Name); ok {
				c.row, c.rows, c.fixedRow = r.row, r.rows, true
			}
		}
		cells = append(cells, c)
		columns = max(columns, min(maxTracks, c.col+c.cols))
	}
	if n.box.ByColumn && explicit == 0 {
		at := 0
		for i := range cells {
			if !cells[i].fixed {
				cells[i].col = at
			}
			at = min(maxTracks, cells[i].col+cells[i].cols)
		}
		return cells
	}
	taken := map[[2]int]bool{}
	fits := func(c *cell, row, col int) bool {
		if !l.spend(c.rows * c.cols) {
			return true
		}
		for r := row; r < row+c.rows; r++ {
			for k := col; k < col+c.cols; k++ {
				if taken[[2]int{r, k}] {
					return false
				}
			}
		}
		return true
	}
	take := func(c *cell) {
		if !l.spend(c.rows * c.cols) {
			return
		}
		for r := c.row; r < c.row+c.rows; r++ {
			for k := c.col; k < c.col+c.cols; k++ {
				taken[[2]int{r, k}] = true
			}
		}
	}
	for i := range cells {
		if c := &cells[i]; c.fixed && c.fixedRow {
			take(c)
		}
	}
	row, col := 0, 0
	for i := range cells {
		c := &cells[i]
		switch {
		case c.fixed && c.fixedRow:
			continue
		case c.fixed:
			if c.col < col {
				row++
			}
			for !fits(c, row, c.col) {
				row++
			}
			c.row, col = row, c.col
		case c.fixedRow:
			for c.col = 0; c.col < maxTracks && !fits(c, c.row, c.col); c.col++ {
			}
		default:
			for col+c.cols > columns && col > 0 || !fits(c, row, col) {
				if col++; col+c.cols > columns {
					row, col = row+1, 0
				}
			}
			c.row, c.col = row, col
		}
		take(c)
	}
	return cells
}

type place struct{ row, col, rows, cols int }

// area finds a named area.
func area(areas [][]string, name string) (p place, ok bool) {
	if name == "" {
		return p, false
	}
	for r, row := range areas {
		for c, s := range row {
			if s != name {
				continue
			}
			if !ok {
				p, ok = place{r, c, 1, 1}, true
			}
			p.rows, p.cols = max(p.rows, r-p.row+1), max(p.cols, c-p.col+1)
		}
	}
	return p, ok
}

// lineRange turns lines into a track, from 0, and how many there are.
func lineRange(a, b css.GridLine, explicit int) (at, count int, fixed bool) {
	line := func(g css.GridLine) (int, bool) {
		switch {
		case g.Line > 0:
			return g.Line - 1, true
		case g.Line < 0:
			return max(0, explicit+1+g.Line), true
		}
		return 0, false
	}
	count = 1
	if a.Span > 0 {
		count = a.Span
	} else if b.Span > 0 {
		count = b.Span
	}
	from, okFrom := line(a)
	to, okTo := line(b)
	switch {
	case okFrom && okTo:
		if to < from {
			from, to = to, from
		}
		return from, max(1, to-from), true
	case okFrom:
		return from, count, true
	case okTo:
		return max(0, to-count), count, true
	}
	return 0, count, false
}

// trackWidths sizes the columns (CSS Grid 2, section 12, without its finer points).
func (l *layouter) trackWidths(tracks []css.Track, cells []cell, width, gap float64) []float64 {
	widths := make([]float64, len(tracks))
	mins := make([]float64, len(tracks))
	most := make([]float64, len(tracks))
	needs := make([]bool, len(tracks))
	for i := range tracks {
		t := &tracks[i]
		floor := t.Min.Resolve(width)
		mins[i] = or(floor, 0)
		needs[i] = !known(floor) || t.Fr == 0 && !known(t.Max.Resolve(width))
	}
	for i := range cells {
		c := &cells[i]
		if c.cols != 1 || !needs[c.col] {
			continue
		}
		a, b := l.outer(c.n, space{unknown, unknown}, &c.e)
		if tracks[c.col].Min.Kind == css.LengthAuto && !c.n.box.Clips && tracks[c.col].Fr > 0 || tracks[c.col].Fr == 0 {
			mins[c.col] = max(mins[c.col], a)
		}
		most[c.col] = max(most[c.col], b)
	}
	free, fr, autos := width-gap*float64(len(tracks)-1), 0.0, 0
	for i := range tracks {
		t := &tracks[i]
		switch size := t.Max.Resolve(width); {
		case t.Fr > 0:
			fr += t.Fr
			continue
		case known(size):
			widths[i] = max(size, or(t.Min.Resolve(width), 0))
		case t.Max.Kind == css.LengthMinContent:
			widths[i] = mins[i]
		default:
			widths[i] = max(mins[i], most[i])
			autos++
		}
		free -= widths[i]
	}
	if fr > 0 {
		left, shares := free, fr
		done := make([]bool, len(tracks))
		for again := true; again; {
			again = false
			for i := range tracks {
				if f := tracks[i].Fr; f > 0 && !done[i] && left*f/max(shares, 1) < mins[i] {
					widths[i], done[i], again = mins[i], true, true
					left -= mins[i]
					shares -= f
				}
			}
		}
		for i := range tracks {
			if f := tracks[i].Fr; f > 0 && !done[i] {
				widths[i] = max(0, left*f/max(shares, 1))
			}
		}
	} else if autos > 0 && known(free) {
		for i := range tracks {
			if t := &tracks[i]; t.Fr == 0 && !known(t.Max.Resolve(width)) && t.Max.Kind == css.LengthAuto {
				widths[i] = max(mins[i], widths[i]+free/float64(autos))
			}
		}
	}
	return widths
}

// gridItem lays out an item in its area.
func (l *layouter) gridItem(c *cell, in space) {
	n := c.n
	if n.kind == kindReplaced {
		l.sizeReplaced(n, in, &c.e)
		return
	}
	w := n.declared(n.box.Width, in.width, c.e.padX())
	if !known(w) {
		w = max(0, in.width-c.e.marginX()-c.e.padX())
	}
	l.sized(n, n.clampWidth(w, in.width, c.e.padX()), unknown, in, &c.e, newFloats(), 0, 0)
}

// span is how large so many tracks are, with the gaps between them.
func span(sizes []float64, at, count int, gap float64) (sum float64) {
	end := min(len(sizes), at+count)
	for i := at; i < end; i++ {
		sum += sizes[i]
	}
	return sum + gap*float64(max(0, end-at-1))
}

func start(sizes []float64, at int, gap float64) (sum float64) {
	for i := range min(at, len(sizes)) {
		sum += sizes[i] + gap
	}
	return sum
}

func (l *layouter) gridContent(n *node) (least, most float64) {
	tracks := repeated(n.box.Columns, math.NaN(), 0)
	gap := or(n.box.ColumnGap.Resolve(0), 0)
	cells := l.cells(n, len(tracks), space{unknown, unknown})
	columns := len(tracks)
	for i := range cells {
		columns = max(columns, cells[i].col+cells[i].cols)
	}
	low, high := make([]float64, columns), make([]float64, columns)
	for i := range tracks {
		if v := tracks[i].Max.Resolve(unknown); known(v) {
			low[i], high[i] = v, v
		}
	}
	for i := range cells {
		c := &cells[i]
		if c.cols == 1 {
			a, b := l.outer(c.n, space{unknown, unknown}, &c.e)
			low[c.col], high[c.col] = max(low[c.col], a), max(high[c.col], b)
		}
	}
	return span(low, 0, columns, gap), span(high, 0, columns, gap)
}
