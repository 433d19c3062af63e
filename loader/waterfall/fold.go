package waterfall

import (
	"slices"
	"time"
)

// Fold builds the waterfall of a log. The log may be that of a load still going
// on: rows that have not ended say so by Done. Fold does not modify the log and
// copies what it keeps of it; bodies are shared.
func Fold(log []Event) *Waterfall {
	f := folder{w: &Waterfall{Page: Page{RenderStart: None, DOMInteractive: None, DOMContentLoaded: None, Load: None, End: None}}, at: map[int32]int{}, conns: map[uint64]int{}}
	for i := range log {
		f.event(&log[i])
	}
	f.w.Events = slices.Clone(log)
	slices.SortStableFunc(f.w.Events, func(a, b Event) int { return int(min(1, max(-1, a.At-b.At))) })
	return f.w
}

// folder is the state of a fold: the waterfall so far, where each request's row
// is, and where each connection's.
type folder struct {
	w     *Waterfall
	at    map[int32]int
	conns map[uint64]int
}

func (f *folder) event(e *Event) {
	if e.At > f.w.Page.End {
		f.w.Page.End = e.At
	}
	switch e.Kind {
	case NavigationStart:
		f.w.Page.URL = e.Text
		if t, ok := e.Data.(time.Time); ok {
			f.w.Page.Start = t
		}
	case Milestone:
		f.milestone(e)
	case Limit:
		f.w.Limits = append(f.w.Limits, Note{e.At, e.Request, e.Text})
	case LoadFailed:
		f.w.Page.Err = e.Text
	case Connection:
		f.connection(e)
	case Discovered:
		f.discovered(e)
	default:
		if i, ok := f.at[e.Request]; ok {
			f.w.Requests[i].apply(e)
		}
	}
}

func (f *folder) milestone(e *Event) {
	p := &f.w.Page
	switch e.Text {
	case RenderStart:
		p.RenderStart = e.At
	case DOMInteractive:
		p.DOMInteractive = e.At
		if t, ok := e.Data.(string); ok {
			p.Title = t
		}
	case DOMContentLoaded:
		p.DOMContentLoaded = e.At
	case Load:
		p.Load = e.At
	}
}

func (f *folder) connection(e *Event) {
	row, ok := e.Data.(*ConnectionRow)
	if !ok {
		return
	}
	if i, ok := f.conns[row.ID]; ok {
		f.w.Connections[i] = *row
		return
	}
	f.conns[row.ID] = len(f.w.Connections)
	f.w.Connections = append(f.w.Connections, *row)
}

func (f *folder) discovered(e *Event) {
	d, ok := e.Data.(*Discovery)
	if !ok {
		return
	}
	f.at[e.Request] = len(f.w.Requests)
	f.w.Requests = append(f.w.Requests, Request{
		ID: e.Request, Frame: e.Frame, Discovery: *d, Exchange: Exchange{Times: NoTimes(), HeadBytes: -1},
		Start: e.At, Started: None, FinalPriority: d.Priority,
	})
}

// apply lets one event change one row.
func (r *Request) apply(e *Event) {
	switch e.Kind {
	case Held, Waited:
		r.endWait(e.At)
		r.Waits = append(r.Waits, Wait{e.At, None, e.Text})
	case Started:
		r.endWait(e.At)
		r.Started = e.At
	case PriorityChanged:
		r.FinalPriority = Priority(e.Text)
	case Responded:
		r.take(e)
	case Finished, Redirected:
		r.take(e)
		r.Done = true
	case Failed:
		r.take(e)
		r.Done = true
		if r.Err == "" {
			r.Err = e.Text
		}
	case Refused:
		r.endWait(e.At)
		r.take(e)
		r.Done = true
		if r.BlockedReason == "" {
			r.BlockedReason = e.Text
		}
		r.Times.End = e.At
	case Body:
		if b, ok := e.Data.([]byte); ok {
			r.Body = b
		}
	}
}

func (r *Request) take(e *Event) {
	x, ok := e.Data.(*Exchange)
	if !ok {
		return
	}
	r.Exchange = *x
	if t := x.Times.SendStart; t != None {
		r.endWait(t)
	}
	if x.Times.End != None {
		r.endWait(x.Times.End)
	}
}

func (r *Request) endWait(at time.Duration) {
	if n := len(r.Waits); n > 0 && r.Waits[n-1].To == None {
		r.Waits[n-1].To = max(at, r.Waits[n-1].From)
	}
}
