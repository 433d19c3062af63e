package report

import (
	"slices"
	"time"

	"pageload/loader/waterfall"
)

// parts is how finely a cell is divided: Unicode has blocks of eighths.
const parts = 8

// century bounds the axis, so that no sum on it overflows whatever a file says.
const century = 100 * 365 * 24 * time.Hour

// A chart draws bars on one time axis, from 0 to end over width cells. Bars are
// painted on a grid of eighths of a cell first.
type chart struct {
	width        int
	end          time.Duration
	color, ascii bool
	marks        []mark
	grid         []waterfall.Phase // width * parts; 0 is empty
	longest      time.Duration     // of the bar's segments so far
	dot          waterfall.Phase   // the phase of the longest
	at           int               // where the bar begins on the grid; -1: nothing was added
}

// A mark is a milestone on the axis.
type mark struct {
	letter byte
	cell   int
}

func newChart(width int, end time.Duration, color, ascii bool) chart {
	end = max(time.Millisecond, min(end, century))
	return chart{width: width, end: end, color: color, ascii: ascii, grid: make([]waterfall.Phase, width*parts)}
}

// mark puts a milestone on the axis; one that was not reached is left out. Two
// at the same place stand side by side.
func (c *chart) mark(letter byte, at time.Duration) {
	if at == waterfall.None {
		return
	}
	cell := min(c.place(at)/parts, c.width-1)
	for step := range c.width {
		for _, x := range []int{cell + step, cell - step} {
			if x >= 0 && x < c.width && !slices.ContainsFunc(c.marks, func(m mark) bool { return m.cell == x }) {
				c.marks = append(c.marks, mark{letter, x})
				return
			}
		}
	}
}

// place returns where a time is on the grid.
func (c *chart) place(at time.Duration) int {
	at = max(0, min(at, c.end))
	return int(float64(at)/float64(c.end)*float64(len(c.grid)) + 0.5)
}

// begin clears the grid for the next bar.
func (c *chart) begin() {
	clear(c.grid)
	c.longest, c.dot, c.at = -1, 0, -1
}

// add paints a segment of the bar. Sending is so short that it counts as
// waiting.
func (c *chart) add(p waterfall.Phase, from, to time.Duration) {
	if to < from || to < 0 {
		return
	}
	if p == waterfall.PhaseSend {
		p = waterfall.PhaseWait
	}
	x, y := c.place(from), c.place(to)
	for i := x; i < y; i++ {
		c.grid[i] = p
	}
	if to-from > c.longest {
		c.longest, c.dot = to-from, p
	}
	if c.at < 0 {
		c.at = x
	}
}

// bar returns the bar, as wide as the chart. However short, it can be seen.
func (c *chart) bar() string {
	if c.at >= 0 && !slices.ContainsFunc(c.grid, func(p waterfall.Phase) bool { return p != 0 }) {
		c.grid[min(c.at, len(c.grid)-1)] = c.dot
	}
	var s screen
	s.color, s.ascii = c.color, c.ascii
	if c.color && !c.ascii {
		c.blocks(&s)
	} else {
		c.letters(&s)
	}
	return string(s.buf)
}

// blocks draws the bar with blocks of eighths: at most two phases a cell.
func (c *chart) blocks(s *screen) {
	for i := range c.width {
		cell := c.grid[i*parts : (i+1)*parts]
		a, b, split := halves(cell)
		switch {
		case a == 0 && b == 0:
			c.blank(s, i)
		case split == parts || a == b:
			s.paint(c.styleOf(a), "█")
		case b == 0:
			s.paint(c.styleOf(a), leftBlock(split))
		case a == 0: // the empty part is ink, the phase is paper
			s.paint(c.styleOf(b)+";7", leftBlock(split))
		default:
			s.paint(c.styleOf(a)+";"+background(c.styleOf(b)), leftBlock(split))
		}
	}
}

// halves reduces a cell to two runs: the phase before split and the one after
// it. Where there are more runs, filled ones stay before empty ones, and longer
// ones before shorter ones.
func halves(cell []waterfall.Phase) (a, b waterfall.Phase, split int) {
	type run struct{ from, to, weight int }
	var first, second run // by weight
	for i := 0; i < len(cell); {
		j := i + 1
		for j < len(cell) && cell[j] == cell[i] {
			j++
		}
		r := run{i, j, j - i}
		if cell[i] != 0 {
			r.weight += parts
		}
		switch {
		case r.weight > first.weight:
			first, second = r, first
		case r.weight > second.weight:
			second = r
		}
		i = j
	}
	if second.weight == 0 {
		return cell[0], cell[0], len(cell)
	}
	if second.from < first.from {
		first, second = second, first
	}
	return cell[first.from], cell[second.from], first.to
}

// leftBlock returns the block that fills n eighths of a cell from the left.
func leftBlock(n int) string { return string(rune(0x2590 - n)) }

// letters draws the bar with a character a cell: that of the phase which has
// most of it. A cell that is mostly empty stays empty, but a bar has at least
// one character.
func (c *chart) letters(s *screen) {
	best, most := 0, 0 // the fullest cell
	for i := range c.width {
		if _, n := dominant(c.grid[i*parts : (i+1)*parts]); n > most {
			best, most = i, n
		}
	}
	for i := range c.width {
		p, n := dominant(c.grid[i*parts : (i+1)*parts])
		if n >= parts/2 || n > 0 && i == best {
			s.paint(c.styleOf(p), c.sample(p))
		} else {
			c.blank(s, i)
		}
	}
}

// dominant returns the phase that has most of a cell, and how much of it is filled.
func dominant(cell []waterfall.Phase) (p waterfall.Phase, filled int) {
	var count [phaseClose + 1]int
	for _, x := range cell {
		if x != 0 {
			filled++
			count[x]++
			if count[x] > count[p] || p == 0 {
				p = x
			}
		}
	}
	return p, filled
}

// blank draws an empty cell: a milestone's line, if one is there.
func (c *chart) blank(s *screen, cell int) {
	for _, m := range c.marks {
		if m.cell == cell {
			if c.ascii {
				s.paint(styleDim, ":")
			} else {
				s.paint(styleDim, "┊")
			}
			return
		}
	}
	s.str(" ")
}

// sample returns the phase's character in bars without blocks of eighths, and
// in the legend.
func (c *chart) sample(p waterfall.Phase) string {
	i := min(int(p), int(phaseClose))
	switch {
	case c.ascii:
		return " .dcs--#x"[i : i+1]
	case c.color:
		return "█"
	}
	return [...]string{" ", "·", "▁", "▃", "▅", "░", "░", "█", "×"}[i]
}

func (c *chart) styleOf(p waterfall.Phase) string {
	switch p {
	case waterfall.PhaseBlocked:
		return "90"
	case waterfall.PhaseDNS:
		return "36"
	case waterfall.PhaseConnect:
		return "33"
	case waterfall.PhaseSSL:
		return "35"
	case waterfall.PhaseSend, waterfall.PhaseWait:
		return "32"
	case phaseClose:
		return "31"
	}
	return "34"
}

// background turns the code of a text colour into that of the same background.
func background(style string) string {
	if style == "90" {
		return "100"
	}
	return "4" + style[1:]
}
