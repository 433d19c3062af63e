package whatif

import (
	"cmp"
	"math"
	"slices"
)

// A document is one that the page is made of: what it names, and how far the
// simulated browser has come with it.
type document struct {
	node  *node
	frame int32
	main  bool

	refs   []*node // named in it, in order
	sheets []*node // style sheets that scripts and rendering wait for, in order
	marks  []mark
	points []float64 // all places that matter, in order
	bodyAt float64

	known0    []known // of the recording
	built0    map[int]float64
	body0     float64
	rendered0 float64
	parsed0   float64

	began    bool // the head is there
	whole    bool
	point    int // the next of points
	scanned  int // the next of refs
	built    int // the next of marks
	waiting  bool
	inBody   bool
	rendered bool
	parsed   bool
}

// prepare makes the list of places that matter.
func (d *document) prepare() {
	slices.SortStableFunc(d.marks, func(a, b mark) int { return cmp.Compare(a.pos, b.pos) })
	for _, n := range d.refs {
		d.points = append(d.points, n.pos)
	}
	for _, m := range d.marks {
		d.points = append(d.points, m.pos)
	}
	slices.Sort(d.points)
	d.points = slices.Compact(d.points)
}

// got is how much of the document's body is there.
func (d *document) got() float64 {
	if d.whole {
		return math.Inf(1)
	}
	return d.node.got - d.node.head
}

// target is the next place that matters, counted from the response's first byte.
func (d *document) target() float64 {
	got := d.got() + rounding
	for d.point < len(d.points) && d.points[d.point] <= got {
		d.point++
	}
	if d.point < len(d.points) {
		return d.node.head + d.points[d.point]
	}
	return math.Inf(1)
}

// progress lets the scanner and the tree builder go on.
func (s *simulation) progress(d *document) {
	if !d.began {
		return
	}
	got := d.got() + rounding
	for d.scanned < len(d.refs) && d.refs[d.scanned].pos <= got {
		n := d.refs[d.scanned]
		d.scanned++
		if n.trigger == byBytes || n.trigger == byStyle {
			s.met(n)
		}
	}
	s.build(d)
}

// build lets the tree builder go on until it has to wait.
func (s *simulation) build(d *document) {
	if d.waiting || !d.began {
		return
	}
	got := d.got() + rounding
	for d.built < len(d.marks) {
		m := &d.marks[d.built]
		if m.pos > got {
			return
		}
		if m.reveal {
			s.met(m.node)
		}
		if m.body {
			d.inBody = true
			s.gates.EndTight(d.frame)
			s.render(d)
		}
		if m.stop && !m.node.done {
			s.resume(d, m.node)
			return
		}
		if m.sheets {
			if n := d.pending(m.pos); n != nil {
				s.resume(d, n)
				return
			}
		}
		d.built++
	}
	if d.whole && !d.parsed {
		d.parsed = true
		if d.main {
			s.at(s.now+s.parseLag, s.interactive)
		}
	}
}

// resume lets the builder go on when a request has ended.
func (s *simulation) resume(d *document, n *node) {
	d.waiting = true
	s.when(n, func() {
		d.waiting = false
		s.build(d)
	})
}

// pending returns the first style sheet up to a place that has not ended.
func (d *document) pending(pos float64) *node {
	for len(d.sheets) > 0 && d.sheets[0].done {
		d.sheets = d.sheets[1:]
	}
	for _, n := range d.sheets {
		if n.pos > pos {
			break
		}
		if !n.done {
			return n
		}
	}
	return nil
}

// render lets what styles fetch be asked for, once no style sheet of the head is
// pending.
func (s *simulation) render(d *document) {
	if d.rendered {
		return
	}
	for _, n := range d.sheets {
		if n.pos > d.bodyAt {
			break
		}
		if n.blocks && !n.done {
			s.when(n, func() { s.render(d) })
			return
		}
	}
	d.rendered = true
	if d.main {
		s.at(s.now+s.renderLag, func() { s.renderStart = s.now })
	}
	for _, n := range d.refs {
		if n.trigger == byStyle {
			s.met(n)
		}
	}
}
