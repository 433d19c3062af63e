package schedule

import (
	"container/heap"
	"strconv"

	"pageload/conn"
)

// Kind chooses the rules by which requests are held back. The zero value is
// Chromium.
type Kind uint8

// The kinds of schedules.
const (
	// Chromium holds requests back as the browser does.
	Chromium Kind = iota
	// Eager lets everything start at once; only the connections limit it. For
	// crawlers, which want bytes and not fidelity.
	Eager
)

// String returns the kind's name as the command line has it.
func (k Kind) String() string {
	if k == Eager {
		return "eager"
	}
	return "chromium"
}

// The limits of Chromium's gates.
const (
	// tightLimit is how many requests below High may run in a document whose
	// body has not begun (resource_load_scheduler.cc, kTightLimitForRendererSideScheduler).
	tightLimit = 2
	// tightMedium is how many Medium ones may run besides.
	tightMedium = 2
	// delayableLimit is how many delayable requests a page has in flight
	// (resource_scheduler.cc, kDefaultMaxNumDelayableRequestsPerClient).
	delayableLimit = 10
	// hostLimit is how many requests to one host may be in flight for a
	// delayable one to start (kMaxNumDelayableRequestsPerHostPerClient).
	hostLimit = 6
)

// An Item is a request as the gates see it.
type Item struct {
	ID       int32  // from 0; memory is kept for as many as the greatest
	Frame    int32  // from 0; as for ID
	Host     string // scheme, host and port: requests of one host share its limit
	Priority conn.Priority
	Free     bool // no gate applies: navigations, and origins known to speak HTTP/2 (for the second gate)
	Document bool // a navigation: the gates of its own document do not hold it
}

// Gates hold a page's requests back until they may start. The zero value holds
// back as Chromium does.
type Gates struct {
	Kind Kind

	seq    uint32
	known  int     // items that have not ended
	items  []*item // by ID; nil: unknown
	room   []item  // that are not used yet
	spare  *item   // that have ended, to be used again, linked by next
	frames []*frame
	hosts  map[string]*host
	last   *host // that was asked for: most requests of a page are for one

	now       []*item  // may start, in order, from started on
	started   int      // of now
	changed   []int32  // held for another reason than before; may have started since
	open      hostHeap // hosts with a waiting delayable request and room for it
	delayable int      // delayable requests in flight
	said      [3]said
}

type stage uint8

const (
	inTight stage = iota // held by the frame's tight mode
	inPage               // held by the page's or host's limit
	ready                // handed to now
	running
)

type item struct {
	host     *host
	frame    *frame
	next     *item // of Gates.spare
	id       int32
	seq      uint32
	index    int32 // in its heap
	priority conn.Priority
	stage    stage
	free     bool // see Item
	document bool // see Item
	delay    bool
	tight    bool // counted in its frame
}

// A frame is a document's tight mode.
type frame struct {
	loose   bool // the body has begun
	waiting itemHeap
	running [conn.VeryHigh - conn.VeryLow + 1]int
}

type host struct {
	name    string
	waiting itemHeap
	running int
	index   int // in Gates.open, -1 when not there
}

// mostKept bounds the items, frames and hosts whose memory a Reset keeps, each.
const mostKept = 64

// Reset makes g empty, for a page whose requests are held back by the rules of k, and keeps memory for it.
func (g *Gates) Reset(k Kind) {
	if g.known > 0 || len(g.items) > 4*mostKept || len(g.frames) > mostKept || len(g.hosts) > mostKept {
		*g = Gates{Kind: k}
		return
	}
	g.Kind, g.seq, g.delayable = k, 0, 0
	clear(g.items)
	clear(g.now)
	g.items, g.now, g.started, g.changed, g.open = g.items[:0], g.now[:0], 0, g.changed[:0], g.open[:0]
	for _, f := range g.frames {
		if f != nil { // nothing is held or runs
			f.loose = false
		}
	}
}

// Add asks for a start. It takes effect with Next.
func (g *Gates) Add(i Item) {
	g.seq++
	f, h := g.frame(i.Frame), g.host(i.Host)
	it := g.item()
	it.host, it.frame, it.id, it.seq, it.index = h, f, i.ID, g.seq, -1
	it.priority, it.free, it.document = i.Priority, i.Free, i.Document
	g.put(i.ID, it)
	g.known++
	if g.Kind == Eager || i.Document {
		it.stage = ready
		g.now = append(g.now, it)
		return
	}
	if f.loose || f.admits(it.priority) {
		g.leaveTight(f, it)
		return
	}
	it.stage = inTight
	f.waiting.push(it)
	g.changed = append(g.changed, it.id)
}

// Next returns a request that may start and counts it as in flight, until
// there is none.
func (g *Gates) Next() (id int32, ok bool) {
	for g.started < len(g.now) {
		it := g.now[g.started]
		g.now[g.started] = nil
		g.started++
		if it.stage == ready {
			g.run(it)
			return it.id, true
		}
	}
	g.now, g.started = g.now[:0], 0
	if g.delayable < delayableLimit && len(g.open) > 0 {
		h := g.open[0]
		it := h.waiting.pop()
		g.run(it)
		return it.id, true
	}
	return 0, false
}

// Done says that a request has ended, or is wanted no more. Unknown ones are ignored.
func (g *Gates) Done(id int32) {
	it := g.get(id)
	if it == nil {
		return
	}
	g.items[id] = nil
	g.known--
	h, f := it.host, it.frame
	at := it.stage
	switch at {
	case inTight:
		f.waiting.remove(it.index)
	case inPage:
		h.waiting.remove(it.index)
		g.place(h)
	case ready:
		it.stage = running // Next skips it
	case running:
		if g.Kind != Eager {
			h.running--
			if it.delay {
				g.delayable--
			}
			g.place(h)
		}
	}
	if it.tight {
		f.running[it.priority-conn.VeryLow]--
		g.drain(f)
	}
	if at != ready { // else it is in now
		*it = item{next: g.spare}
		g.spare = it
	}
}

// Rename gives a request another ID, as a redirect does.
func (g *Gates) Rename(old, id int32) {
	if it := g.get(old); it != nil {
		g.items[old] = nil
		it.id = id
		g.put(id, it)
	}
}

// SetPriority changes a request's priority, also while it is in flight.
func (g *Gates) SetPriority(id int32, p conn.Priority) {
	it := g.get(id)
	if it == nil || it.priority == p {
		return
	}
	old, f, h := it.priority, it.frame, it.host
	it.priority = p
	if it.tight {
		f.running[old-conn.VeryLow]--
		f.running[p-conn.VeryLow]++
	}
	switch it.stage {
	case inTight:
		f.waiting.fix(it.index)
		g.drain(f)
	case inPage:
		if it.delays() {
			h.waiting.fix(it.index)
		} else {
			h.waiting.remove(it.index)
			it.stage = ready
			g.now = append(g.now, it)
		}
		g.place(h)
	case running:
		if it.delay && !it.delays() {
			it.delay = false
			g.delayable--
		}
	}
}

// EndTight says that a document's body has begun.
func (g *Gates) EndTight(number int32) {
	f := g.frame(number)
	if f.loose {
		return
	}
	f.loose = true
	g.drain(f)
}

// Changed returns the requests that since the last call came to be held, or to
// be held by another gate; some may have started since. The slice is valid
// until the next call of any method.
func (g *Gates) Changed() []int32 {
	list := g.changed
	g.changed = g.changed[:0]
	return list
}

// Reason says why a request has not started, and nothing if no gate holds it.
func (g *Gates) Reason(id int32) string {
	it := g.get(id)
	if it == nil {
		return ""
	}
	switch it.stage {
	case inTight:
		if n := it.frame.total(); !g.said[0].is(n) {
			g.said[0].last = "tight mode: " + strconv.Itoa(n) + " requests of this document in flight before its body"
		}
		return g.said[0].last
	case inPage:
		if h := it.host; h.running >= hostLimit {
			if !g.said[1].is(h.running) {
				g.said[1].last = strconv.Itoa(h.running) + " of " + strconv.Itoa(hostLimit) + " requests to this host in flight"
			}
			return g.said[1].last
		}
		if !g.said[2].is(g.delayable) {
			g.said[2].last = strconv.Itoa(g.delayable) + " of " + strconv.Itoa(delayableLimit) + " delayable requests in flight"
		}
		return g.said[2].last
	}
	return ""
}

// said is the reason of a kind that was given last: most are given again and again.
type said struct {
	n    int
	last string
}

// is reports whether the reason is that of n; if not, it is to be made that.
func (s *said) is(n int) bool {
	same := s.last != "" && s.n == n
	s.n = n
	return same
}

// item returns an empty one.
func (g *Gates) item() *item {
	if it := g.spare; it != nil {
		g.spare, it.next = it.next, nil
		return it
	}
	if len(g.room) == 0 {
		g.room = make([]item, min(max(2, g.known), 16)) // so that a small page does not take a large room
	}
	it := &g.room[0]
	g.room = g.room[1:]
	return it
}

func (g *Gates) get(id int32) *item {
	if id < 0 || int(id) >= len(g.items) {
		return nil
	}
	return g.items[id]
}

func (g *Gates) put(id int32, it *item) {
	for int(id) >= len(g.items) {
		if g.items == nil {
			g.items = make([]*item, 0, 16)
		}
		g.items = append(g.items, nil)
	}
	g.items[id] = it
}

func (g *Gates) frame(n int32) *frame {
	for int(n) >= len(g.frames) {
		g.frames = append(g.frames, nil)
	}
	if g.frames[n] == nil {
		g.frames[n] = &frame{}
	}
	return g.frames[n]
}

func (f *frame) total() int {
	n := 0
	for _, c := range f.running {
		n += c
	}
	return n
}

// admits reports whether tight mode lets a request of this priority start
// (ResourceLoadScheduler::IsThrottleablePriority and ShouldBoostMedium).
func (f *frame) admits(p conn.Priority) bool {
	return p >= conn.High || f.total() < tightLimit ||
		p == conn.Medium && f.running[conn.Medium-conn.VeryLow] < tightMedium
}

// drain lets out what tight mode no longer holds. The first of the queue has
// the highest priority, so what holds it holds the rest.
func (g *Gates) drain(f *frame) {
	for len(f.waiting) > 0 && (f.loose || f.admits(f.waiting[0].priority)) {
		g.leaveTight(f, f.waiting.pop())
	}
}

func (g *Gates) leaveTight(f *frame, it *item) {
	it.tight = true
	f.running[it.priority-conn.VeryLow]++
	if !it.delays() {
		it.stage = ready
		g.now = append(g.now, it)
		return
	}
	h := it.host
	it.stage = inPage
	h.waiting.push(it)
	g.changed = append(g.changed, it.id)
	g.place(h)
}

func (g *Gates) run(it *item) {
	it.stage = running
	if g.Kind == Eager {
		return
	}
	h := it.host
	h.running++
	if it.delays() {
		it.delay = true
		g.delayable++
	}
	g.place(h)
}

// delays reports whether the second gate may hold the request: what is below
// Blink's High, on an origin that is not known to speak HTTP/2.
func (it *item) delays() bool { return it.priority < conn.High && !it.free && !it.document }

func (g *Gates) host(name string) *host {
	if g.last != nil && g.last.name == name {
		return g.last
	}
	h := g.hosts[name]
	if h == nil {
		h = &host{name: name, index: -1}
		if g.hosts == nil {
			g.hosts = map[string]*host{}
		}
		g.hosts[name] = h
	}
	g.last = h
	return h
}

// place keeps the heap of open hosts true for one host.
func (g *Gates) place(h *host) {
	want := len(h.waiting) > 0 && h.running < hostLimit
	switch {
	case want && h.index < 0:
		heap.Push(&g.open, h)
	case want && len(g.open) > 1:
		heap.Fix(&g.open, h.index)
	case !want && h.index >= 0:
		heap.Remove(&g.open, h.index)
	}
}
