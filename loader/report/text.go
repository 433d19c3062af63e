package report

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"pageload/loader/waterfall"
)

// TextOptions say how Text draws. The zero value is ready: 100 columns, no
// colour, Unicode.
type TextOptions struct {
	Width       int  // columns of the terminal; 0: 100; less than 60 counts as 60
	Color       bool // with ANSI colours
	ASCII       bool // bars and marks of ASCII characters, all others escaped
	Connections bool // with a row a connection, and what is known of each
	Names       bool // with every name lookup and its steps; else a line each for the first names
}

const (
	defaultWidth = 100
	minWidth     = 60
)

// Text draws the waterfall for a terminal. The waterfall may be that of a load
// that still goes on; it is not changed. The error is that of w.
func Text(w io.Writer, wf *waterfall.Waterfall, o TextOptions) error {
	if wf == nil {
		return errors.New("report: no waterfall")
	}
	t := &text{wf: wf, options: o, out: screen{color: o.Color, ascii: o.ASCII}}
	t.width = max(minWidth, cmp.Or(o.Width, defaultWidth))
	t.rows = sorted(wf.Requests)
	t.layout()
	t.heading()
	for _, r := range t.rows {
		t.row(r)
		if len(t.out.buf) >= flushAt {
			if err := t.flush(w); err != nil {
				return err
			}
		}
	}
	t.legend()
	if o.Connections {
		if err := t.connections(func() error { return t.flush(w) }); err != nil {
			return err
		}
	}
	t.totals()
	t.names()
	t.serverTiming()
	t.problems()
	return t.flush(w)
}

// flushAt is when the drawn part is handed to the writer.
const flushAt = 64 << 10

// text is one drawing under way.
type text struct {
	wf      *waterfall.Waterfall
	options TextOptions
	width   int
	rows    []*waterfall.Request
	columns columns
	chart   chart
	out     screen
}

func (t *text) flush(w io.Writer) error {
	if _, err := w.Write(t.out.buf); err != nil {
		return fmt.Errorf("report: write: %w", err)
	}
	t.out.buf, t.out.painted = t.out.buf[:0], 0
	return nil
}

// sorted returns the requests by start; those that start together stay in the
// order in which they were made.
func sorted(list []waterfall.Request) []*waterfall.Request {
	rows := make([]*waterfall.Request, len(list))
	for i := range list {
		rows[i] = &list[i]
	}
	slices.SortStableFunc(rows, func(a, b *waterfall.Request) int { return cmp.Compare(a.Start, b.Start) })
	return rows
}

// columns are the widths of the table's columns. A space is between each two.
type columns struct {
	method, status, typ, priority, name, size, bar int
}

// layout shares out the width and sets up the time axis.
func (t *text) layout() {
	c := columns{method: 4, status: 7, typ: 5, priority: 2, size: 8}
	for _, r := range t.rows {
		c.method = max(c.method, min(len(r.Method), 7))
	}
	if t.width >= 120 {
		c.typ, c.priority = len("stylesheet"), len("VeryHigh")
	}
	left := t.width - (c.method + c.status + c.typ + c.priority + c.size + 6)
	c.name = left / 2
	longest := len("host and path")
	for _, r := range t.rows {
		if longest = max(longest, len(escapeURL(shortURL(r.URL)))); longest >= c.name {
			break
		}
	}
	c.name = min(c.name, longest)
	c.bar = left - c.name
	t.columns = c
	t.chart = newChart(c.bar, t.end(), t.out.color, t.out.ascii)
	p := &t.wf.Page
	t.chart.mark('R', p.RenderStart)
	t.chart.mark('D', p.DOMContentLoaded)
	t.chart.mark('L', p.Load)
}

// end returns the end of the time axis: the last that happened to a request, or
// the last milestone.
func (t *text) end() time.Duration {
	p := &t.wf.Page
	end := max(p.RenderStart, p.DOMContentLoaded, p.Load)
	for _, r := range t.rows {
		if !r.Done {
			end = max(end, p.End)
		}
		if spans := r.Spans(); len(spans) > 0 {
			end = max(end, spans[len(spans)-1].To)
		}
	}
	return end
}

func (t *text) heading() {
	s, c := &t.out, &t.columns
	title := escapeURL(t.wf.Page.URL)
	if x := t.wf.Page.Title; x != "" {
		title += "  " + s.escape(x)
	}
	s.paint(styleBold, strings.TrimRight(elideEnd(title, t.width, s.ascii), " "))
	s.newline()
	if e := t.wf.Page.Err; e != "" {
		s.paint(styleBad, "not loaded: "+s.escape(reason(e, t.wf.Page.URL)))
		s.newline()
	}
	if len(t.rows) == 0 {
		return
	}
	s.newline()
	s.cell("", c.method)
	s.cell("status", c.status)
	s.cell("type", c.typ)
	s.cell("priority"[:min(c.priority, 8)], c.priority)
	s.cell("host and path", c.name)
	s.right("size", c.size)
	s.str(" ")
	s.trimmed(t.chart.ruler())
	if marks := t.chart.markLine(); marks != "" {
		s.str(spaces(t.width - c.bar))
		s.trimmed(marks)
	}
}

// row draws one request.
func (t *text) row(r *waterfall.Request) {
	s, c := &t.out, &t.columns
	bad := r.Failed() || r.Status >= 400
	color := styleNone
	if bad {
		color = styleBad
	}
	s.cell(s.escape(r.Method), c.method)
	s.paintCell(color, status(r, s.ascii), c.status)
	s.cell(typeName(r.Type, c.typ), c.typ)
	s.cell(priorityName(r.FinalPriority, c.priority), c.priority)
	s.paintCell(color, elideMiddle(escapeURL(shortURL(r.URL)), c.name, s.ascii), c.name)
	s.right(size(r), c.size)
	s.str(" ")
	t.chart.begin()
	spans := r.Spans()
	for _, p := range spans {
		t.chart.add(p.Phase, p.From, p.To)
	}
	if n := len(spans); !r.Done && n > 0 { // it is still doing the last thing
		t.chart.add(spans[n-1].Phase, spans[n-1].To, t.wf.Page.End)
	} else if n == 0 {
		t.chart.add(waterfall.PhaseBlocked, r.Start, r.Start)
	}
	s.trimmed(t.chart.bar())
}

func (t *text) legend() {
	if len(t.rows) == 0 {
		return
	}
	s := &t.out
	s.newline()
	for _, p := range []waterfall.Phase{waterfall.PhaseBlocked, waterfall.PhaseDNS, waterfall.PhaseConnect,
		waterfall.PhaseSSL, waterfall.PhaseWait, waterfall.PhaseReceive} {
		s.paint(t.chart.styleOf(p), t.chart.sample(p))
		s.str(" " + p.String() + "  ")
	}
	if t.width < 110 || !t.options.Connections && t.width < 100 { // as wide as the line would be
		s.trimmed("")
	} else {
		s.str(" ")
	}
	s.str("R render start  D DOMContentLoaded  L load")
	if t.options.Connections {
		s.str("  ")
		s.paint(t.chart.styleOf(phaseClose), t.chart.sample(phaseClose))
		s.str(" close")
	}
	s.newline()
}
