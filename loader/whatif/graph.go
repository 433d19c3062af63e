package whatif

import (
	"cmp"
	"math"
	"slices"

	"pageload/loader/waterfall"
)

// slack is how late a request may be made after what it waited for, to be taken
// for one that waited for it.
const slack = 0.004

// graph finds out what each request of the recording waited for.
func (s *simulation) graph() {
	for i := range s.w.Requests {
		s.nodes = append(s.nodes, s.newNode(i))
	}
	s.documents()
	causes := s.w.Causes()
	for i, n := range s.nodes {
		if causes[i] >= 0 {
			n.cause = s.nodes[causes[i]]
		}
		n.doc = s.byFrame[n.req.Frame]
		if n.req.Type == waterfall.Document && n.cause != nil && n.req.Frame != 0 && !n.req.Redirect { // the frame's own: it was found in the parent
			n.doc = s.main
			if n.cause.own != nil {
				n.doc = n.cause.own
			}
		}
		if n.doc == nil {
			n.doc = s.main
		}
		n.trigger = s.triggerOf(n)
		s.place(n)
	}
	s.pace()
	for _, d := range s.docs {
		d.sort()
	}
	s.roles()
	s.explain()
}

// documents finds the responses that are documents: the last hop of each frame.
func (s *simulation) documents() {
	s.byFrame = map[int32]*document{}
	for _, n := range s.nodes {
		r := n.req
		if r.Type != waterfall.Document || r.RedirectURL != "" && r.Status >= 300 && r.Status < 400 {
			continue
		}
		d := &document{node: n, frame: r.Frame, main: s.main == nil}
		if s.main == nil {
			s.main = d
		} else if s.byFrame[r.Frame] != nil {
			continue // a frame that a script navigated
		}
		n.own = d
		s.byFrame[r.Frame] = d
		s.docs = append(s.docs, d)
	}
}

// triggerOf says what let a request be made.
func (s *simulation) triggerOf(n *node) trigger {
	r := n.req
	fromDocument := n.cause != nil && n.cause.own != nil
	switch {
	case n.cause == nil && (r.FoundBy == "navigation" || n.index == 0):
		return byNavigation
	case r.Redirect:
		return byRedirect
	case r.FoundBy == "browser":
		return byLoad
	case r.FoundBy == "link header" && fromDocument:
		return byHints
	case r.FoundBy == "style" || r.FoundBy == "layout":
		return byStyle
	case r.FoundBy == "import" && n.cause != nil && !fromDocument:
		return byCause
	case r.FoundBy == "parser":
		return byBuilder
	case r.FoundBy == "" && n.cause != nil && !fromDocument: // a file, which does not say
		if n.cause.req.Type == waterfall.Stylesheet && r.Type != waterfall.Stylesheet {
			return byStyle
		}
		return byCause
	case r.FoundBy == "" && r.Initiator.Type == "other" && s.w.Page.Load != waterfall.None && r.Start >= s.w.Page.Load:
		return byLoad
	}
	return byBytes
}

// place finds where in its document a request is named.
func (s *simulation) place(n *node) {
	d := n.doc
	switch n.trigger {
	case byBytes, byBuilder, byStyle:
	default:
		return
	}
	r := n.req
	switch {
	case r.Offset > 0:
		size := d.node.req.DecodedBytes
		if size <= 0 {
			size = d.node.req.BodyBytes
		}
		if size > 0 {
			n.pos = d.node.body * min(1, float64(r.Offset)/float64(size))
		}
	case r.FoundBy == "" && r.Initiator.Line > 0:
		n.pos = -float64(min(r.Initiator.Line, 1<<30)) // see lines
	}
	d.refs = append(d.refs, n)
}

// lines turns places that are known by their line only into bytes, and gives what
// styles found the places of a page whose images are spread evenly.
func (d *document) lines() {
	last, styled := 1.0, 0
	for _, n := range d.refs {
		last = max(last, -n.pos)
		if n.trigger == byStyle && n.pos == 0 && n.req.Type != waterfall.Font {
			styled++
		}
	}
	k := 0
	for _, n := range d.refs {
		switch {
		case n.pos < 0:
			n.pos = d.node.body * -n.pos / (last * 1.02)
		case n.trigger == byStyle && n.pos == 0 && n.req.Type != waterfall.Font:
			n.pos = d.bodyAt + (d.node.body-d.bodyAt)*(float64(k)+0.5)/float64(styled)
			k++
		}
	}
}

// sort brings a document's references into their order, and finds where its body
// begins: at the first that only a body has.
func (d *document) sort() {
	d.bodyAt = math.Inf(1)
	head := 0.0
	for _, n := range d.refs {
		if n.pos <= 0 || n.trigger == byStyle {
			continue
		}
		r := n.req
		switch {
		case r.RenderBlocking == "InBodyParserBlocking", r.Type == waterfall.Image && !r.LinkPreload, r.Type == waterfall.Media, r.Type == waterfall.Document:
			d.bodyAt = min(d.bodyAt, n.pos)
		case r.Type == waterfall.Stylesheet, r.RenderBlocking == "Blocking":
			head = max(head, n.pos)
		}
	}
	if math.IsInf(d.bodyAt, 1) {
		d.bodyAt = head
	}
	d.bodyAt = min(d.bodyAt, d.node.body)
	d.lines()
	slices.SortStableFunc(d.refs, func(a, b *node) int { return cmp.Compare(a.pos, b.pos) })
}

// pace finds out how servers sent: all at once, or bit by bit where that took
// longer than the network needs.
func (s *simulation) pace() {
	rate := float64(s.o.Recorded.Down) / 8
	if rate == 0 {
		rate = s.rate0()
	}
	order := slices.Clone(s.nodes)
	slices.SortStableFunc(order, func(a, b *node) int { return cmp.Compare(a.headAt0(), b.headAt0()) })
	windows := map[uint64]float64{} // of a connection, in bytes
	for _, n := range order {
		if happened(n.fixed) {
			continue
		}
		head := n.headAt0()
		took := n.end0 - head
		window := windows[n.req.ConnID]
		if window == 0 {
			window = 10 * segment
		}
		expected := 0.0
		if !s.o.Recorded.NoSlowStart {
			for left := n.body - window; left > 0; left -= window {
				expected += n.origin.rtt0
				window *= 2
			}
			if n.req.ConnID != 0 {
				windows[n.req.ConnID] = window + n.body
			}
		}
		if rate > 0 {
			expected = max(expected, n.body/rate)
		}
		own := took - expected
		n.releases = []release{{n.head, 0}}
		switch {
		case own < slack || took <= 0 || rate > 0 && n.body/rate > 0.5*took:
			n.releases = append(n.releases, release{n.head + n.body, 0})
		case n.own != nil:
			n.releases = append(n.releases, n.own.arrivals(n, head, own/took)...)
		default:
			const pieces = 8
			for k := range pieces {
				n.releases = append(n.releases, release{n.head + n.body*float64(k+1)/pieces, own * float64(k+1) / pieces})
			}
		}
	}
}

// arrivals is when a document's bytes came, as far as its references tell.
func (d *document) arrivals(n *node, head, share float64) []release {
	var list []release
	for _, r := range d.refs {
		if r.trigger == byBytes && r.pos > 0 {
			list = append(list, release{n.head + r.pos, max(0, r.start0-head) * share})
		}
	}
	list = append(list, release{n.head + n.body, (n.end0 - head) * share})
	slices.SortStableFunc(list, func(a, b release) int { return cmp.Compare(a.bytes, b.bytes) })
	for i := len(list) - 2; i >= 0; i-- { // what comes later was not there earlier
		list[i].after = min(list[i].after, list[i+1].after)
	}
	const most = 64
	if step := len(list)/most + 1; step > 1 {
		kept := list[:0]
		for i, r := range list {
			if i%step == 0 || i == len(list)-1 {
				kept = append(kept, r)
			}
		}
		list = kept
	}
	return list
}

// rate0 estimates what the recording's line passed, in bytes a second, from the
// busiest tenth of a second; 0 where it was too quick to be seen.
func (s *simulation) rate0() float64 {
	const slot = 0.1
	moved := map[int]float64{}
	for _, n := range s.nodes {
		if happened(n.fixed) {
			continue
		}
		from := n.headAt0()
		d := max(n.end0-from, 1e-6)
		first, last := int(from/slot), int(n.end0/slot)
		if last-first > 2000 {
			continue
		}
		for k := first; k <= last; k++ {
			part := min(n.end0, float64(k+1)*slot) - max(from, float64(k)*slot)
			moved[k] += n.body * min(1, max(part, 0)/d)
		}
	}
	most := 0.0
	for _, m := range moved {
		most = max(most, m)
	}
	rate := most / slot
	const modem = 128e3 / 8
	if rate < modem {
		return 0
	}
	for _, n := range s.nodes {
		if !happened(n.fixed) && n.body > 4*segment && n.body > 3*rate*(n.end0-n.headAt0()) {
			return 0 // faster than that: it was no line that kept the others
		}
	}
	return rate
}
