package eventlog

import (
	"time"

	"pageload/loader/waterfall"
)

// A Log is a list of events. The zero value is empty and ready. It is used by one goroutine at a time.
type Log struct {
	chunks [][]byte   // all but the last are full; an event lies in one
	rest   []any      // what is kept as it is, by its number in the bytes
	n      int        // events
	rows   int        // with a Discovery
	ends   int        // with an Exchange
	space  *Workspace // nil: nothing was written, or nothing will be
}

// The sizes of chunks. The first is for a page that fails or is small; what a large page wastes of its last is little of what it has.
const (
	firstChunk = 512
	mostChunk  = 2048

	mostScratch = 16 << 10 // what one large event has made larger is not kept
)

// Len is the number of events.
func (l *Log) Len() int { return l.n }

// Add appends an event. Nothing of it is kept that its maker may change afterwards, but for Data of types that are
// not the waterfall's, and for what an Exchange or Discovery refers to by slices of other than header fields and strings.
//
// The Data of a Responded event is not written down: its Exchange is that of the event which ends the request. See [Log.Events].
func (l *Log) Add(e *waterfall.Event) {
	if l.space == nil {
		l.space = &Workspace{}
	}
	w := l.space
	b := l.event(w.scratch[:0], e, &w.before)
	if cap(b) > cap(w.scratch) && cap(b) <= mostScratch {
		w.scratch = b
	}
	l.n++
	size, last := firstChunk, len(l.chunks)-1
	if last >= 0 {
		if c := l.chunks[last]; cap(c)-len(c) >= len(b) {
			l.chunks[last] = append(c, b...)
			return
		}
	}
	if last >= 0 {
		size = min(2*cap(l.chunks[last]), mostChunk)
	}
	l.chunks = append(l.chunks, append(make([]byte, 0, max(size, len(b))), b...))
}

// Use has Add work in w, which no other log may use until End.
func (l *Log) Use(w *Workspace) { l.space = w }

// End gives back what only Add needs, with nothing of the events in it. No event may be added afterwards.
func (l *Log) End() *Workspace {
	w := l.space
	l.space = nil
	if w != nil {
		w.before = before{}
	}
	return w
}

// A Workspace is what a Log needs as long as events are added. The zero value is ready. One that a log gave back may be used by another.
type Workspace struct {
	before  before
	scratch []byte // in which an event is written first
}

// Events makes the events again, each with Data of its own. A Responded event has the Exchange of the event that
// ends the request, and none as long as that has not ended.
func (l *Log) Events() []waterfall.Event {
	if l.n == 0 {
		return nil
	}
	r := reader{
		l: l, rows: make([]waterfall.Discovery, 0, l.rows), ends: make([]waterfall.Exchange, 0, l.ends),
		heads: make([]int32, l.rows+1), words: map[string]string{},
	}
	list := make([]waterfall.Event, l.n)
	i := 0
	for _, r.b = range l.chunks {
		for len(r.b) > 0 {
			e := &list[i]
			r.event(e)
			if e.Kind == waterfall.Responded {
				r.responded(e.Request, int32(i))
			} else if x, ok := e.Data.(*waterfall.Exchange); ok {
				if at := r.head(e.Request); at >= 0 {
					list[at].Data = x
				}
			}
			i++
		}
	}
	return list
}

// slot is where the last text of a kind is kept: the kinds that often have the same again have a place of their own.
func slot(k waterfall.Kind) int {
	switch k {
	case waterfall.Held:
		return 1
	case waterfall.Waited:
		return 2
	case waterfall.PriorityChanged:
		return 3
	}
	return 0
}

// before is what an event is compared with.
type before struct {
	at      time.Duration
	request int32
	frame   int32
	texts   [4]string // by slot
	data    string    // of a Milestone
	row     waterfall.Discovery
	end     waterfall.Exchange
	use     waterfall.CacheUse // of end, with entries that are never nil
}
