package whatif

import (
	"cmp"
	"math"
	"slices"

	"pageload/loader/waterfall"
)

// A mark is a place in a document at which its tree builder has something to do.
type mark struct {
	pos    float64
	node   *node // that is made known here, or waited for
	reveal bool  // the node is made known
	stop   bool  // the builder waits for the node, and as a script does for the style sheets before it
	sheets bool  // it waits for the style sheets before it
	body   bool  // the body begins
}

// roles finds out what blocks rendering, stops parsers and delays milestones.
func (s *simulation) roles() {
	p := &s.w.Page
	for _, n := range s.nodes {
		r := n.req
		if n.refused() {
			continue
		}
		fromDocument := n.cause != nil && n.cause.own != nil
		switch r.Type {
		case waterfall.Stylesheet:
			n.blocks = r.RenderBlocking == "Blocking" || r.RenderBlocking == "" && r.Priority == waterfall.VeryHigh && fromDocument
			n.stops = r.RenderBlocking == "InBodyParserBlocking"
			if n.cause != nil && !fromDocument && n.cause.req.Type == waterfall.Stylesheet { // an import is part of the sheet
				n.blocks, n.pos = n.cause.blocks, n.cause.pos
			}
			if (n.blocks || n.stops) && n.doc != nil {
				n.doc.sheets = append(n.doc.sheets, n)
			}
		case waterfall.Script:
			n.stops = r.RenderBlocking == "Blocking" || r.RenderBlocking == "InBodyParserBlocking"
			n.defers = n.doc == s.main && r.RenderBlocking == "NonBlocking" && p.DOMContentLoaded != waterfall.None && n.end0 <= sec(p.DOMContentLoaded)+slack
		}
		ended := n.end0
		if r.Type == waterfall.Media {
			ended = n.headAt0()
		}
		prefetch := r.Type == waterfall.Other && r.Priority == waterfall.VeryLow
		n.delays = p.Load != waterfall.None && ended <= sec(p.Load)+1e-6 && n.trigger != byLoad && r.FoundBy != "layout" && r.Type != waterfall.TextTrack && !prefetch
	}
	for _, d := range s.docs {
		slices.SortStableFunc(d.sheets, func(a, b *node) int { return cmp.Compare(a.pos, b.pos) })
	}
}

// explain compares when each request was made with when what it waited for was
// there. What is left is the browser's own time, or it waited for something that
// the recording does not name: for what had just ended then.
func (s *simulation) explain() {
	s.ends = slices.Clone(s.nodes)
	slices.SortStableFunc(s.ends, func(a, b *node) int { return cmp.Compare(a.end0, b.end0) })
	for _, d := range s.docs {
		s.build0(d)
	}
	for _, n := range s.nodes {
		from := 0.0
		switch n.trigger {
		case byNavigation:
		case byRedirect, byCause:
			if n.cause != nil {
				from = n.cause.end0
			}
		case byHints:
			from = n.cause.headAt0()
			if happened(n.cause.hints) && n.start0 < from {
				from, n.early = sec(n.cause.req.Times.FirstByte), true
			}
		case byBytes:
			from = n.doc.arrived0(n.pos)
		case byBuilder:
			from = n.doc.built0[n.index]
		case byStyle:
			from = n.doc.rendered0
			if n.cause != nil && n.cause.own == nil {
				from = max(from, n.cause.end0)
			}
		case byLoad:
			from = max(0, sec(s.w.Page.Load))
			n.lag = max(0, n.start0-from)
			continue
		}
		if n.lag = max(0, n.start0-from); n.lag > slack && n.trigger != byNavigation && n.trigger != byRedirect {
			if x := s.endedBy(n.start0, from); x != nil && x != n {
				n.after, n.lag = x, n.start0-x.end0
			}
		}
	}
	s.lags()
}

// endedBy returns the request that ended last by a time, if it was just before
// it and after another time; nil if there is none.
func (s *simulation) endedBy(at, after float64) *node {
	i, _ := slices.BinarySearchFunc(s.ends, at+1e-5, func(n *node, at float64) int { return cmp.Compare(n.end0, at) })
	for i--; i >= 0 && s.ends[i].end0 > max(at-slack, after+1e-6); i-- {
		if x := s.ends[i]; x.start0 < at && x.matters() {
			return x
		}
	}
	return nil
}

// matters reports whether a browser does something else at the end of a request:
// it goes on behind scripts and style sheets, and takes others where one failed.
func (n *node) matters() bool {
	switch n.req.Type {
	case waterfall.Script, waterfall.Stylesheet, waterfall.Document:
		return true
	}
	return n.req.Failed() || n.req.Status >= 400
}

// arrived0 is when a byte of the document was there in the recording, as far as
// the references tell.
func (d *document) arrived0(pos float64) float64 {
	i, _ := slices.BinarySearchFunc(d.known0, pos, func(k known, pos float64) int { return cmp.Compare(k.pos, pos) })
	if i < len(d.known0) {
		return d.known0[i].at
	}
	return d.node.end0
}

// known says that a byte was there at a time, if not before.
type known struct{ pos, at float64 }

// build0 follows the tree builder through the recording.
func (s *simulation) build0(d *document) {
	head := d.node.headAt0()
	for _, n := range d.refs {
		if n.trigger == byBytes && n.pos > 0 {
			d.known0 = append(d.known0, known{n.pos, min(max(n.start0, head), d.node.end0)})
		}
	}
	for i := len(d.known0) - 2; i >= 0; i-- {
		d.known0[i].at = min(d.known0[i].at, d.known0[i+1].at)
	}
	d.built0 = map[int]float64{}
	at, body, sheet, sheets := head, false, 0, 0.0 // when the sheets before here were in
	pass := func(pos float64) {
		for ; sheet < len(d.sheets) && d.sheets[sheet].pos <= pos; sheet++ {
			sheets = max(sheets, d.sheets[sheet].end0)
		}
	}
	begin := func() {
		body, d.body0 = true, max(at, d.arrived0(d.bodyAt))
		d.marks = append(d.marks, mark{pos: d.bodyAt, body: true})
	}
	for _, n := range d.refs {
		if !body && n.pos >= d.bodyAt {
			begin()
		}
		at = max(at, d.arrived0(n.pos))
		if n.trigger == byBuilder {
			pass(n.pos)
			if n.start0 > at+slack { // it came late: a script without a file of its own, perhaps
				if x := s.endedBy(n.start0, at); x != nil {
					d.marks = append(d.marks, mark{pos: n.pos, node: x, stop: x.req.Type != waterfall.Stylesheet, sheets: x.req.Type == waterfall.Stylesheet})
				}
				at = n.start0
			}
			d.built0[n.index] = at
			d.marks = append(d.marks, mark{pos: n.pos, node: n, reveal: true})
		}
		if n.stops {
			pass(n.pos)
			at = max(at, n.end0)
			if n.req.Type == waterfall.Script {
				at = max(at, sheets)
			}
			d.marks = append(d.marks, mark{pos: n.pos, node: n, stop: true, sheets: n.req.Type == waterfall.Script})
		}
	}
	if !body {
		begin()
	}
	d.parsed0 = max(at, d.node.end0)
	if p := &s.w.Page; d.main && p.DOMInteractive != waterfall.None {
		if t := sec(p.DOMInteractive); t > d.parsed0+slack {
			if x := s.endedBy(t, d.parsed0); x != nil {
				d.marks = append(d.marks, mark{pos: d.node.body, node: x, stop: x.req.Type != waterfall.Stylesheet, sheets: x.req.Type == waterfall.Stylesheet})
				d.parsed0 = x.end0
			}
		}
	}
	d.rendered0 = d.body0
	for _, n := range d.sheets {
		if n.blocks && n.pos <= d.bodyAt {
			d.rendered0 = max(d.rendered0, n.end0)
		}
	}
}

// lags finds out how late milestones came.
func (s *simulation) lags() {
	p, d := &s.w.Page, s.main
	if p.RenderStart != waterfall.None {
		s.renderLag = max(0, sec(p.RenderStart)-d.rendered0)
	}
	if p.DOMInteractive != waterfall.None {
		s.parseLag = max(0, sec(p.DOMInteractive)-d.parsed0)
	}
	ready := d.parsed0 + s.parseLag
	load := 0.0
	for _, n := range s.nodes {
		if n.defers {
			ready = max(ready, n.end0)
			s.deferring = true
		}
		if n.delays && n.req.Type != waterfall.Media {
			load = max(load, n.end0)
		}
	}
	if s.deferring {
		for _, n := range d.sheets {
			if n.end0 <= sec(p.DOMContentLoaded)+slack {
				ready = max(ready, n.end0)
			}
		}
	}
	if p.DOMContentLoaded != waterfall.None {
		s.readyLag = max(0, sec(p.DOMContentLoaded)-ready)
		load = max(load, sec(p.DOMContentLoaded))
	}
	if p.Load != waterfall.None {
		s.loadLag = max(0, sec(p.Load)-load)
	}
	for _, x := range []*float64{&s.renderLag, &s.parseLag, &s.readyLag, &s.loadLag} {
		if math.IsNaN(*x) {
			*x = 0
		}
	}
}
