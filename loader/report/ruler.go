package report

import (
	"pageload/loader/internal/figure"
	"strings"
	"time"
)

// ruler returns the time axis: as many round times as there is room for.
func (c *chart) ruler() string {
	step := c.step()
	line := []byte(spaces(c.width))
	for at := time.Duration(0); at <= c.end; at += step {
		label := figure.Duration(at)
		if at == 0 {
			label = "0"
		}
		cell := c.place(at) / parts
		if cell+1+len(label) > c.width {
			break
		}
		line[cell] = '|'
		copy(line[cell+1:], label)
	}
	if c.ascii {
		return string(line)
	}
	return strings.ReplaceAll(string(line), "|", "╵")
}

// step returns the distance of the ruler's times: 1, 2 or 5 of a unit, so far
// apart that labels have room.
func (c *chart) step() time.Duration {
	const room = 10 // cells a label needs
	for unit := 100 * time.Microsecond; ; unit *= 10 {
		for _, n := range []time.Duration{1, 2, 5} {
			if int64(c.end/(n*unit))*room <= int64(c.width) {
				return n * unit
			}
		}
	}
}

// markLine returns the line with the milestones' letters, or nothing.
func (c *chart) markLine() string {
	if len(c.marks) == 0 {
		return ""
	}
	line := []byte(spaces(c.width))
	for _, m := range c.marks {
		line[m.cell] = m.letter
	}
	return string(line)
}
