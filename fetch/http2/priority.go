package http2

import "slices"

// A placement is what a HEADERS or PRIORITY frame says: whom the stream depends on, exclusively, and its weight.
type placement struct {
	stream, parent uint32
	weight         int
}

// chain is the one line in which all open streams depend on each other, most urgent first: Chromium's
// Http2PriorityDependencies. Weights mean nothing in it and are sent for servers that take them for priorities.
type chain struct {
	levels [Levels][]uint32
}

// last returns the last stream that is at least as urgent as l, 0 for none.
func (c *chain) last(l Level) uint32 {
	for i := int(l); i >= 0; i-- {
		if n := len(c.levels[i]); n > 0 {
			return c.levels[i][n-1]
		}
	}
	return 0
}

// add puts a new stream in and returns its parent.
func (c *chain) add(id uint32, l Level) (parent uint32) {
	parent = c.last(l)
	c.levels[l] = append(c.levels[l], id)
	return parent
}

func (c *chain) remove(id uint32, l Level) {
	if i := slices.Index(c.levels[l], id); i >= 0 {
		c.levels[l] = slices.Delete(c.levels[l], i, i+1)
	}
}

// parent returns the stream before the one at index i of l.
func (c *chain) parent(l Level, i int) uint32 {
	switch {
	case i > 0:
		return c.levels[l][i-1]
	case l > 0:
		return c.last(l - 1)
	}
	return 0
}

// child returns the stream after the one at index i of l, and its level.
func (c *chain) child(l Level, i int) (uint32, Level) {
	if i+1 < len(c.levels[l]) {
		return c.levels[l][i+1], l
	}
	for l++; l < Levels; l++ {
		if len(c.levels[l]) > 0 {
			return c.levels[l][0], l
		}
	}
	return 0, 0
}

// move changes a stream's level and appends to moved the placements that change by it, which are at most two.
func (c *chain) move(moved []placement, id uint32, from, to Level, weights *[Levels]int) []placement {
	i := slices.Index(c.levels[from], id)
	if i < 0 || from == to {
		return moved
	}
	was, is := c.parent(from, i), c.last(to)
	if is == id {
		is = was
	}
	if was != is {
		if child, l := c.child(from, i); child != 0 {
			moved = append(moved, placement{child, was, weights[l]})
		}
		moved = append(moved, placement{id, is, weights[to]})
	}
	c.levels[from] = slices.Delete(c.levels[from], i, i+1)
	c.levels[to] = append(c.levels[to], id)
	return moved
}
