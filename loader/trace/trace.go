package trace

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"pageload/loader/waterfall"
)

// The processes of the trace.
const (
	requests    = 1
	connections = 2
)

// An event is one of the Trace Event Format's.
type event struct {
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Phase    string         `json:"ph"`
	Time     int64          `json:"ts"` // µs
	Duration *int64         `json:"dur,omitempty"`
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	ID       string         `json:"id,omitempty"`
	Scope    string         `json:"s,omitempty"`
	Args     map[string]any `json:"args,omitempty"`
}

// Write writes the trace: an object with traceEvents, one a line.
func Write(w io.Writer, wf *waterfall.Waterfall) error {
	if wf == nil {
		return errors.New("trace: no waterfall")
	}
	t := &writer{w: bufio.NewWriter(w), wf: wf, until: wf.Last()}
	t.begin()
	t.w.WriteString(`{"displayTimeUnit":"ms","otherData":{"url":` + quoted(wf.Page.URL) + `,"start":"` + wf.Page.Start.UTC().Format(time.RFC3339Nano) + `"},"traceEvents":[`)
	t.names()
	t.milestones()
	for _, r := range sorted(wf) {
		t.request(r)
	}
	for i := range wf.Connections {
		t.connection(i+1, &wf.Connections[i])
	}
	t.w.WriteString("\n]}\n")
	if err := cmp.Or(t.err, t.w.Flush()); err != nil {
		return fmt.Errorf("trace: write: %w", err)
	}
	return nil
}

type writer struct {
	w     *bufio.Writer
	wf    *waterfall.Waterfall
	zero  time.Duration // offset of the trace's beginning: 0 or before
	until time.Duration // to which what goes on is drawn
	some  bool          // an event was written
	err   error
}

// begin finds the earliest time, so that none is negative.
func (t *writer) begin() {
	for i := range t.wf.Requests {
		t.before(t.wf.Requests[i].Start)
	}
	for i := range t.wf.Connections {
		for _, s := range t.wf.Connections[i].Spans(t.until) {
			t.before(s.From)
		}
	}
}

func (t *writer) before(d time.Duration) {
	if d != waterfall.None {
		t.zero = min(t.zero, d.Truncate(time.Microsecond))
	}
}

// ts is an offset as the trace has it.
func (t *writer) ts(d time.Duration) int64 { return max(0, (d - t.zero).Microseconds()) }

func (t *writer) put(e event) {
	if t.err != nil {
		return
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.err = err
		return
	}
	if t.some {
		t.w.WriteByte(',')
	}
	t.some = true
	t.w.WriteByte('\n')
	t.w.Write(text)
}

// names gives the processes and threads their names and order.
func (t *writer) names() {
	meta := func(name string, process, thread int, args map[string]any) {
		t.put(event{Name: name, Phase: "M", Process: process, Thread: thread, Args: args})
	}
	meta("process_name", requests, 0, map[string]any{"name": "requests"})
	meta("process_sort_index", requests, 0, map[string]any{"sort_index": requests})
	meta("process_name", connections, 0, map[string]any{"name": "connections"})
	meta("process_sort_index", connections, 0, map[string]any{"sort_index": connections})
	for i := range t.wf.Connections {
		c := &t.wf.Connections[i]
		name := "#" + strconv.FormatUint(c.ID, 10) + " " + c.Host
		if c.Port != 0 {
			name += ":" + strconv.Itoa(int(c.Port))
		}
		meta("thread_name", connections, i+1, map[string]any{"name": name})
		meta("thread_sort_index", connections, i+1, map[string]any{"sort_index": i + 1})
	}
}

func (t *writer) milestones() {
	p := &t.wf.Page
	for _, m := range []struct {
		name string
		at   time.Duration
	}{{"navigation start", 0}, {waterfall.RenderStart, p.RenderStart}, {waterfall.DOMInteractive, p.DOMInteractive}, {waterfall.DOMContentLoaded, p.DOMContentLoaded}, {waterfall.Load, p.Load}} {
		if m.at != waterfall.None {
			t.put(event{Name: m.name, Category: "milestone", Phase: "i", Scope: "p", Time: t.ts(m.at), Process: requests})
		}
	}
}

// request writes a request and its phases as nested asynchronous events.
func (t *writer) request(r *waterfall.Request) {
	id := "0x" + strconv.FormatInt(int64(r.ID), 16)
	spans := r.Spans()
	start := max(r.Start, -1<<62)
	if r.Start == waterfall.None {
		start = 0
	}
	end := start
	if len(spans) > 0 {
		start, end = spans[0].From, spans[len(spans)-1].To
	}
	e := event{Name: name(r.URL), Category: "request", Process: requests, ID: id}
	open, shut := e, e
	open.Phase, open.Time, open.Args = "b", t.ts(start), arguments(r)
	shut.Phase, shut.Time = "e", t.ts(end)
	t.put(open)
	for _, s := range spans {
		if s.To == s.From {
			continue
		}
		e := event{Name: s.Phase.String(), Category: "request", Process: requests, ID: id}
		e.Phase, e.Time = "b", t.ts(s.From)
		t.put(e)
		e.Phase, e.Time = "e", t.ts(s.To)
		t.put(e)
	}
	t.put(shut)
}

// arguments are what a click on the request shows.
func arguments(r *waterfall.Request) map[string]any {
	args := map[string]any{"id": r.ID, "url": r.URL, "method": r.Method, "type": string(r.Type), "transferred": r.Transferred()}
	text := func(name, s string) {
		if s != "" {
			args[name] = s
		}
	}
	if r.Status != 0 {
		args["status"] = r.Status
	}
	text("priority", string(cmp.Or(r.FinalPriority, r.Priority)))
	text("protocol", r.Proto)
	text("mime", r.MIMEType)
	text("initiator", r.Initiator.URL)
	text("renderBlocking", r.RenderBlocking)
	text("remote", r.Remote)
	text("cache", r.FromCache)
	text("error", cmp.Or(r.NetError, r.Err, r.BlockedReason))
	if r.ConnID != 0 {
		args["connection"] = r.ConnID
		args["reused"] = r.Reused
	}
	var waits []string
	for _, w := range r.Waits {
		waits = append(waits, w.Reason)
	}
	text("waitedFor", strings.Join(waits, "; "))
	for _, m := range r.ServerTiming() {
		args["serverTiming "+m.Name] = float64(m.Duration.Microseconds()) / 1e3
	}
	return args
}

// connection writes the connection's phases but the requests, which may overlap.
func (t *writer) connection(thread int, c *waterfall.ConnectionRow) {
	for _, s := range c.Spans(t.until) {
		if s.Phase == waterfall.ConnRequest {
			continue
		}
		from := t.ts(s.From)
		dur := t.ts(s.To) - from
		t.put(event{Name: s.Phase.String(), Category: "connection", Phase: "X", Time: from, Duration: &dur, Process: connections, Thread: thread})
	}
}

// name is the last part of the path, or the host.
func name(u string) string {
	u, _, _ = strings.Cut(u, "#")
	p, _, _ := strings.Cut(u, "?")
	p = strings.TrimSuffix(p, "/")
	return cmp.Or(p[strings.LastIndexByte(p, '/')+1:], u, "?")
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil { // a string never fails
		return `""`
	}
	return string(b)
}

func sorted(wf *waterfall.Waterfall) []*waterfall.Request {
	rows := make([]*waterfall.Request, len(wf.Requests))
	for i := range rows {
		rows[i] = &wf.Requests[i]
	}
	slices.SortStableFunc(rows, func(a, b *waterfall.Request) int { return cmp.Compare(a.Start, b.Start) })
	return rows
}
