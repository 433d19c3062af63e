package waterfall

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Fold builds the waterfall of a log, which may be given in parts. It may be that
// of a load still going on: rows that have not ended say so by Done. Fold does not
// modify the log and copies what it keeps of it; bodies are shared.
func Fold(log ...[]Event) *Waterfall {
	f := folder{w: &Waterfall{Page: Page{RenderStart: None, DOMInteractive: None, DOMContentLoaded: None, Load: None, End: None}}, at: map[int32]int{}, conns: map[uint64]int{}}
	rows := 0
	for _, part := range log {
		for i := range part {
			if part[i].Kind == Discovered {
				rows++
			}
		}
	}
	if rows > 0 { // a row is large: none is moved
		f.w.Requests, f.at = make([]Request, 0, rows), make(map[int32]int, rows)
	}
	for _, part := range log {
		for i := range part {
			f.event(&part[i])
		}
	}
	f.carry()
	f.w.Events = inOrder(log)
	return f.w
}

// inOrder returns the events by time, those of the same time as they stand. Events are large, so it is their times that are sorted.
func inOrder(log [][]Event) []Event {
	n := 0
	for _, part := range log {
		n += len(part)
	}
	if n == 0 {
		return nil
	}
	type when struct {
		at   time.Duration
		i    int
		from *Event
	}
	order := make([]when, 0, n)
	for _, part := range log {
		for i := range part {
			order = append(order, when{part[i].At, len(order), &part[i]})
		}
	}
	slices.SortFunc(order, func(a, b when) int {
		switch {
		case a.at < b.at || a.at == b.at && a.i < b.i:
			return -1
		case a.i == b.i:
			return 0
		}
		return 1
	})
	list := make([]Event, n)
	for i := range order {
		list[i] = *order[i].from
	}
	return list
}

// folder is the state of a fold: the waterfall so far, where each request's row
// is, and where each connection's.
type folder struct {
	w     *Waterfall
	at    map[int32]int
	conns map[uint64]int
}

func (f *folder) event(e *Event) {
	if e.Kind == Connection { // outlives the page: its close is not the page's end
		f.connection(e)
		return
	}
	f.w.Page.End = max(f.w.Page.End, e.At)
	switch e.Kind {
	case NavigationStart:
		f.w.Page.URL = e.Text
		if t, ok := e.Data.(time.Time); ok {
			f.w.Page.Start = t
		}
	case Milestone:
		if e.Frame == 0 {
			f.milestone(e)
		}
	case Limit:
		f.w.Limits = append(f.w.Limits, Note{e.At, e.Request, e.Text})
	case Skipped:
		f.w.Skipped = append(f.w.Skipped, Note{e.At, e.Request, e.Text})
	case Hint:
		f.w.Hints = append(f.w.Hints, Note{e.At, e.Request, e.Text})
	case Busy:
		f.busy(e)
	case LoadFailed:
		f.w.Page.Err = e.Text
	case Discovered:
		f.discovered(e)
	default:
		if i, ok := f.at[e.Request]; ok {
			f.w.Requests[i].apply(e)
		}
	}
}

// busy adds a task, or goes on with the last one where it is the same work.
func (f *folder) busy(e *Event) {
	d, _ := e.Data.(time.Duration)
	list := f.w.MainThread
	if n := len(list) - 1; n >= 0 && list[n].What == e.Text && list[n].To >= e.At {
		list[n].To = max(list[n].To, e.At+d)
		if list[n].Request != e.Request {
			list[n].Request = 0
		}
		return
	}
	f.w.MainThread = append(list, Task{e.At, e.At + d, e.Request, e.Text})
}

func (f *folder) milestone(e *Event) {
	p := &f.w.Page
	if t, ok := e.Data.(string); ok && t != "" {
		p.Title = t
	}
	switch e.Text {
	case RenderStart:
		p.RenderStart = e.At
	case DOMInteractive:
		p.DOMInteractive = e.At
	case DOMContentLoaded:
		p.DOMContentLoaded = e.At
	case Load:
		p.Load = e.At
	}
}

func (f *folder) connection(e *Event) {
	row, _ := e.Data.(*ConnectionRow)
	if row == nil {
		return
	}
	if i, ok := f.conns[row.ID]; ok {
		f.w.Connections[i] = *row
		return
	}
	f.conns[row.ID] = len(f.w.Connections)
	f.w.Connections = append(f.w.Connections, *row)
}

// carry joins the requests to their connections.
func (f *folder) carry() {
	conns := f.w.Connections
	if len(conns) == 0 {
		return
	}
	counts, all := make([]int, len(conns)), 0
	for i := range f.w.Requests {
		if at, ok := f.conns[f.w.Requests[i].ConnID]; ok {
			counts[at]++
			all++
		}
	}
	list := make([]Carriage, all) // one for all rows
	for i := range conns {
		conns[i].Carried, list = list[:0:counts[i]], list[counts[i]:]
	}
	for i := range f.w.Requests {
		r := &f.w.Requests[i]
		at, ok := f.conns[r.ConnID]
		if !ok || r.Times.SendStart == None {
			continue
		}
		x := Carriage{Request: r.ID, Queued: r.Times.Queued, From: r.Times.SendStart, FirstByte: r.Times.FirstByte, To: r.Times.End, Why: strings.Join(r.Waited, "; ")}
		conns[at].Carried = append(conns[at].Carried, x)
	}
	for i := range conns {
		slices.SortStableFunc(conns[i].Carried, func(a, b Carriage) int { return cmp.Compare(a.From, b.From) })
		conns[i].attribute()
	}
}

// attribute says after which response each look at the kernel was: the last
// that had ended by then.
func (c *ConnectionRow) attribute() {
	if !slices.ContainsFunc(c.Facts, func(t TCPInfo) bool { return t.When == "response" }) {
		return
	}
	c.Facts = slices.Clone(c.Facts) // the log's stay as they are
	ends := slices.DeleteFunc(slices.Clone(c.Carried), func(x Carriage) bool { return x.To == None })
	slices.SortStableFunc(ends, func(a, b Carriage) int { return cmp.Compare(a.To, b.To) })
	for i := range c.Facts {
		t := &c.Facts[i]
		n, _ := slices.BinarySearchFunc(ends, t.At+1, func(x Carriage, at time.Duration) int { return cmp.Compare(x.To, at) })
		if t.When == "response" && t.Request == 0 && n > 0 {
			t.Request = ends[n-1].Request
		}
	}
}

func (f *folder) discovered(e *Event) {
	d, _ := e.Data.(*Discovery)
	if d == nil {
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
		r.end(e)
	case Failed:
		r.end(e)
		if r.Err == "" {
			r.Err = e.Text
		}
	case Refused:
		r.end(e)
		r.Times.End = e.At
		if r.BlockedReason == "" {
			r.BlockedReason = e.Text
		}
	case Body:
		switch b := e.Data.(type) {
		case []byte:
			r.Body = b
		case Content:
			r.Content = b
		}
	}
}

// end takes the exchange of an event that ends the request.
func (r *Request) end(e *Event) {
	r.take(e)
	if r.Times.End == None {
		r.Times.End = e.At
	}
	r.endWait(r.Times.End)
	r.Done = true
}

// take replaces the exchange by the event's, if it has one. A wait for a
// connection ends with the first thing that happened after it began; where that
// was at the same moment, there was none.
func (r *Request) take(e *Event) {
	x, _ := e.Data.(*Exchange)
	if x == nil {
		return
	}
	r.Exchange = *x
	if n := len(r.Waits); n > 0 && r.Waits[n-1].To == None {
		for _, at := range [...]time.Duration{x.Times.DNSStart, x.Times.ConnectStart, x.Times.SendStart} {
			switch {
			case at == None || at < r.Waits[n-1].From:
				continue
			case at == r.Waits[n-1].From:
				r.Waits = r.Waits[:n-1]
			default:
				r.Waits[n-1].To = at
			}
			break
		}
	}
}

// endWait ends the wait that goes on, if any.
func (r *Request) endWait(at time.Duration) {
	if n := len(r.Waits); n > 0 && r.Waits[n-1].To == None {
		r.Waits[n-1].To = max(at, r.Waits[n-1].From)
	}
}
