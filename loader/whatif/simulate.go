package whatif

import (
	"container/heap"
	"errors"
	"math"
	"strconv"

	"pageload/loader/schedule"
	"pageload/loader/waterfall"
)

// Simulate returns the waterfall that the load of w would have had. w is not
// modified; rows share header fields and bodies with it. The error says what of
// the options cannot be used with this recording, or that it has no document.
func Simulate(w *waterfall.Waterfall, o Options) (*waterfall.Waterfall, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	s := &simulation{
		o: o, origins: map[string]*origin{}, groups: map[string]*group{}, http2: map[string]bool{}, private: privates(w),
		byHint: map[*node][]*node{}, gates: schedule.Gates{Kind: o.Schedule}, renderStart: nan, interactiveAt: nan, ready: nan, loaded: nan,
	}
	if err := s.edit(w); err != nil {
		return nil, err
	}
	s.w = w
	s.measure()
	s.graph0()
	if s.main == nil {
		return nil, errors.New("whatif: simulate: the recording has no document")
	}
	s.run()
	return s.result(), nil
}

// A simulation is one in progress. Times are seconds from the start of the
// navigation. It uses no clock: what happens next is the first of its events.
type simulation struct {
	o       Options
	w       *waterfall.Waterfall // is not changed
	private map[uint64]bool

	nodes   []*node
	ends    []*node // by their ends in the recording
	docs    []*document
	byFrame map[int32]*document
	main    *document
	origins map[string]*origin
	groups  map[string]*group
	wires   []*wire
	http2   map[string]bool
	byHint  map[*node][]*node // what the head of a response names
	gates   schedule.Gates
	line    line

	now      float64
	seq      int
	events   events
	reached  []*wire
	lastWire uint64
	left     int // nodes that have not ended
	forced   int // nodes looked at by force
	loosened int // documents

	renderLag, parseLag, readyLag, loadLag float64
	deferring                              bool
	renderStart, interactiveAt             float64
	ready, loaded                          float64
	beforeReady, beforeLoad                int          // what milestones wait for
	preloaded                              map[int]bool // by index
	removed                                []bool
	preconnects                            []*group
}

// graph0 is graph where there is a document at all.
func (s *simulation) graph0() {
	for i := range s.w.Requests {
		if s.w.Requests[i].Type == waterfall.Document {
			s.graph()
			return
		}
	}
}

// An event is something that happens at a time.
type event struct {
	at  float64
	seq int
	do  func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].seq < e[j].seq
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	old := *e
	x := old[len(old)-1]
	*e = old[:len(old)-1]
	return x
}

// at lets something happen at a time.
func (s *simulation) at(t float64, do func()) {
	s.seq++
	heap.Push(&s.events, event{max(t, s.now), s.seq, do})
}

// when lets something happen when a request has ended, at once if it has.
func (s *simulation) when(n *node, do func()) {
	if n.done {
		do()
		return
	}
	n.onEnd = append(n.onEnd, do)
}

// run lets everything happen.
func (s *simulation) run() {
	s.line.rate, s.line.upRate = float64(s.o.Network.Down)/8, float64(s.o.Network.Up)/8
	s.move()
	s.ahead()
	s.begin()
	for s.left > 0 || len(s.events) > 0 {
		t := s.line.next()
		if len(s.events) > 0 && s.events[0].at <= t {
			s.advance(s.events[0].at, false)
			heap.Pop(&s.events).(event).do()
		} else if !math.IsInf(t, 1) {
			s.advance(t, true)
		} else if !s.force() {
			break
		}
		s.release()
	}
}

// advance lets bytes pass until a time, and handles what has come.
func (s *simulation) advance(t float64, next bool) {
	s.now = max(s.now, t)
	s.reached = s.line.pass(s.now, next, s.reached[:0])
	for _, c := range s.reached {
		s.arrived(c)
	}
}

// force lets go on what waits for what never comes, since requests of a file may
// wait for each other: a gate that keeps back what its document's parser waits
// for, then the first request that was not made.
func (s *simulation) force() bool {
	for ; s.loosened < len(s.docs); s.loosened++ {
		d := s.docs[s.loosened]
		if !d.inBody {
			d.inBody = true
			s.loosened++
			s.gates.EndTight(d.frame)
			return true
		}
	}
	for _, n := range s.nodes[s.forced:] {
		s.forced++
		if !happened(n.made) && !n.done {
			n.conditions = 0
			s.make(n)
			return true
		}
	}
	return false
}

// begin says what each request waits for.
func (s *simulation) begin() {
	s.left = len(s.nodes)
	for _, n := range s.nodes {
		if s.removed[n.index] { // what waits for it does not wait
			n.done = true
			s.left--
		}
	}
	for _, d := range s.docs {
		d.prepare()
	}
	s.beforeReady, s.beforeLoad = 1, 1
	for _, n := range s.nodes {
		if n.origin != nil {
			n.group = s.groupOf(n.origin, s.isPrivate(n))
		}
		n.conditions = 1
		switch n.trigger {
		case byNavigation:
		case byRedirect, byCause:
			if n.cause != nil {
				n.conditions++
				s.when(n.cause, func() { s.met(n) })
			}
		case byStyle:
			n.conditions += 2 // the place, and rendering
			if n.cause != nil && n.cause.own == nil {
				n.conditions++
				s.when(n.cause, func() { s.met(n) })
			}
		case byHints:
			n.conditions++
			s.byHint[n.cause] = append(s.byHint[n.cause], n)
		default:
			n.conditions++
		}
		if n.after != nil {
			n.conditions++
			s.when(n.after, func() { s.met(n) })
		}
		if n.defers || s.deferring && n.blocks && n.doc == s.main && n.end0 <= sec(s.w.Page.DOMContentLoaded)+slack {
			s.beforeReady++
			s.when(n, s.readier)
		}
		if n.delays && n.req.Type != waterfall.Media {
			s.beforeLoad++
			s.when(n, s.loadier)
		}
	}
	for _, n := range s.nodes { // only now, so that all is in place
		s.met(n)
	}
}

// met says that one thing that a request waits for is there.
func (s *simulation) met(n *node) {
	if n.conditions--; n.conditions == 0 {
		s.at(s.now+n.lag, func() { s.make(n) })
	}
}

// make makes a request: it gets its place in the gates.
func (s *simulation) make(n *node) {
	if happened(n.made) || n.done {
		return
	}
	n.made = s.now
	n.id = int32(n.index + 1)
	if n.refused() || n.origin == nil || n.req.Redirect {
		n.started = s.now
		s.start(n)
		return
	}
	s.gates.Add(schedule.Item{
		ID: n.id, Frame: n.doc.frame, Host: n.origin.name, Priority: n.priority, Free: s.http2[n.origin.name],
		Document: n.req.Type == waterfall.Document,
	})
	n.gated = true
}

// release starts what the gates let start.
func (s *simulation) release() {
	for {
		id, ok := s.gates.Next()
		if !ok {
			break
		}
		n := s.nodes[id-1]
		n.started = s.now
		s.start(n)
	}
	for _, id := range s.gates.Changed() {
		if n := s.nodes[id-1]; n.held == "" && !happened(n.started) {
			n.held = s.gates.Reason(id)
		}
	}
}

// start lets a request that no gate holds go on.
func (s *simulation) start(n *node) {
	if happened(n.fixed) {
		s.at(s.now+n.fixed, func() { s.end(n) })
		return
	}
	s.enqueue(n)
}

// hinted handles a 103, or what else of a response's head names others.
func (s *simulation) hinted(n *node, early bool) {
	rest := s.byHint[n][:0]
	for _, x := range s.byHint[n] {
		if early && !x.early {
			rest = append(rest, x)
		} else {
			s.met(x)
		}
	}
	s.byHint[n] = rest
}

// headed handles the head of a response.
func (s *simulation) headed(n *node) {
	if n.group.origin.h2 {
		s.http2[n.origin.name] = true
	}
	if n.own != nil {
		if n.own.main {
			for _, g := range s.preconnects {
				if len(g.wires) == 0 {
					s.connect(g, false)
				}
			}
		}
		n.own.began = true
		s.hinted(n, false)
		s.progress(n.own)
	}
}

// end ends a request.
func (s *simulation) end(n *node) {
	if n.done {
		return
	}
	n.done, n.ends = true, s.now
	s.left--
	if n.gated {
		s.gates.Done(n.id)
	}
	if d := n.own; d != nil {
		d.began, d.whole = true, true
		s.hinted(n, false)
		s.progress(d)
	}
	for _, do := range n.onEnd {
		do()
	}
	n.onEnd = nil
}

// interactive says that the main document is parsed.
func (s *simulation) interactive() {
	s.interactiveAt = s.now
	s.readier()
}

// readier counts what DOMContentLoaded waits for.
func (s *simulation) readier() {
	if s.beforeReady--; s.beforeReady == 0 {
		s.at(s.now+s.readyLag, func() {
			s.ready = s.now
			s.loadier()
		})
	}
}

// loadier counts what the load event waits for.
func (s *simulation) loadier() {
	if s.beforeLoad--; s.beforeLoad == 0 {
		s.at(s.now+s.loadLag, func() {
			s.loaded = s.now
			for _, n := range s.nodes {
				if n.trigger == byLoad {
					s.met(n)
				}
			}
		})
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
