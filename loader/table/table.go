package table

import (
	"bufio"
	"cmp"
	"encoding/csv"
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

// A cell is a value of one column: text, a number as it is written, a truth, or
// nothing.
type cell struct {
	kind cellKind
	text string
}

type cellKind uint8

const (
	nothing cellKind = iota
	words
	amount
	truth
)

// A column is a name and how its value is found.
type column struct {
	name  string
	value func(*waterfall.Request, *waterfall.Phases) cell
}

var columns = [...]column{
	{"id", func(r *waterfall.Request, _ *waterfall.Phases) cell { return count(int64(r.ID)) }},
	{"frame", func(r *waterfall.Request, _ *waterfall.Phases) cell { return count(int64(r.Frame)) }},
	{"chain", func(r *waterfall.Request, _ *waterfall.Phases) cell { return count(int64(cmp.Or(r.Chain, r.ID))) }},
	{"method", func(r *waterfall.Request, _ *waterfall.Phases) cell { return word(r.Method) }},
	{"url", func(r *waterfall.Request, _ *waterfall.Phases) cell { return word(r.URL) }},
	{"status", func(r *waterfall.Request, _ *waterfall.Phases) cell { return known(int64(r.Status), r.Status != 0) }},
	{"type", func(r *waterfall.Request, _ *waterfall.Phases) cell { return word(strings.ToLower(string(r.Type))) }},
	{"mime", func(r *waterfall.Request, _ *waterfall.Phases) cell { return word(r.MIMEType) }},
	{"protocol", func(r *waterfall.Request, _ *waterfall.Phases) cell { return word(r.Proto) }},
	{"priority", func(r *waterfall.Request, _ *waterfall.Phases) cell {
		return word(string(cmp.Or(r.FinalPriority, r.Priority)))
	}},
	{"blocking", func(r *waterfall.Request, _ *waterfall.Phases) cell { return word(r.RenderBlocking) }},
	{"initiator", func(r *waterfall.Request, _ *waterfall.Phases) cell { return word(r.Initiator.URL) }},
	{"line", func(r *waterfall.Request, _ *waterfall.Phases) cell {
		return known(int64(r.Initiator.Line), r.Initiator.Line > 0)
	}},
	{"connection", func(r *waterfall.Request, _ *waterfall.Phases) cell {
		return cell{kind: kind(r.ConnID != 0, amount), text: strconv.FormatUint(r.ConnID, 10)}
	}},
	{"reused", func(r *waterfall.Request, _ *waterfall.Phases) cell {
		return cell{truth, strconv.FormatBool(r.Reused)}
	}},
	{"remote", func(r *waterfall.Request, _ *waterfall.Phases) cell { return word(r.Remote) }},
	{"cache", func(r *waterfall.Request, _ *waterfall.Phases) cell { return word(r.FromCache) }},
	{"transferred", func(r *waterfall.Request, _ *waterfall.Phases) cell {
		return known(r.Transferred(), r.FromCache == "")
	}},
	{"body", func(r *waterfall.Request, _ *waterfall.Phases) cell { return known(r.BodyBytes, r.Status != 0) }},
	{"decoded", func(r *waterfall.Request, _ *waterfall.Phases) cell {
		return known(r.DecodedBytes, r.Status != 0 && r.DecodedBytes >= 0)
	}},
	{"start", func(r *waterfall.Request, _ *waterfall.Phases) cell { return ms(r.Start) }},
	{"end", func(r *waterfall.Request, p *waterfall.Phases) cell {
		if r.Start == waterfall.None {
			return ms(p.Total)
		}
		return ms(r.Start.Truncate(time.Microsecond) + p.Total)
	}},
	{"total", func(_ *waterfall.Request, p *waterfall.Phases) cell { return ms(p.Total) }},
	{"blocked", func(_ *waterfall.Request, p *waterfall.Phases) cell { return ms(p.Blocked) }},
	{"queueing", func(_ *waterfall.Request, p *waterfall.Phases) cell { return ms(p.Queueing) }},
	{"dns", func(_ *waterfall.Request, p *waterfall.Phases) cell { return ms(p.DNS) }},
	{"connect", func(_ *waterfall.Request, p *waterfall.Phases) cell { return ms(p.Connect) }},
	{"ssl", func(_ *waterfall.Request, p *waterfall.Phases) cell { return ms(p.SSL) }},
	{"send", func(_ *waterfall.Request, p *waterfall.Phases) cell { return ms(p.Send) }},
	{"wait", func(_ *waterfall.Request, p *waterfall.Phases) cell { return ms(p.Wait) }},
	{"receive", func(_ *waterfall.Request, p *waterfall.Phases) cell { return ms(p.Receive) }},
	{"waited_for", func(r *waterfall.Request, _ *waterfall.Phases) cell { return word(reasons(r)) }},
	{"server_timing", func(r *waterfall.Request, _ *waterfall.Phases) cell { return word(metrics(r)) }},
	{"error", func(r *waterfall.Request, _ *waterfall.Phases) cell {
		return word(cmp.Or(r.NetError, r.Err, r.BlockedReason))
	}},
}

// Columns returns the names of the columns in their order. Later versions may
// add columns at the end.
func Columns() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

func kind(ok bool, k cellKind) cellKind {
	if ok {
		return k
	}
	return nothing
}

func word(s string) cell { return cell{kind(s != "", words), s} }

func known(n int64, ok bool) cell { return cell{kind(ok, amount), strconv.FormatInt(n, 10)} }

func count(n int64) cell { return known(n, true) }

func ms(d time.Duration) cell {
	us := d.Microseconds()
	sign := ""
	if us < 0 {
		sign, us = "-", -us
	}
	return cell{kind(d != waterfall.None, amount), fmt.Sprintf("%s%d.%03d", sign, us/1000, us%1000)}
}

func reasons(r *waterfall.Request) string {
	var list []string
	for _, w := range r.Waits {
		list = append(list, w.Reason)
	}
	return strings.Join(list, "; ")
}

func metrics(r *waterfall.Request) string {
	var list []string
	for _, m := range r.ServerTiming() {
		list = append(list, m.Name+"="+ms(m.Duration).text)
	}
	return strings.Join(list, "; ")
}

var errNone = errors.New("table: no waterfall")

// CSV writes a line of names and a line a request, as RFC 4180 says. A text that
// a spreadsheet would take for a formula has an apostrophe before it: URLs and
// header fields are the page's, and it may be hostile.
func CSV(w io.Writer, wf *waterfall.Waterfall) error {
	if wf == nil {
		return errNone
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	err := c.Write(Columns())
	line := make([]string, len(columns))
	for _, r := range sorted(wf) {
		p := r.Phases()
		for i := range columns {
			v := columns[i].value(r, &p)
			if line[i] = v.text; v.kind == nothing {
				line[i] = ""
			} else if v.kind == words && strings.ContainsRune("=+-@\t\r\n", rune(v.text[0])) {
				line[i] = "'" + v.text
			}
		}
		if err == nil {
			err = c.Write(line)
		}
	}
	c.Flush()
	if err = cmp.Or(err, c.Error()); err != nil {
		return fmt.Errorf("table: write: %w", err)
	}
	return nil
}

// JSONLines writes an object a request, each on a line.
func JSONLines(w io.Writer, wf *waterfall.Waterfall) error {
	if wf == nil {
		return errNone
	}
	b := bufio.NewWriter(w)
	for _, r := range sorted(wf) {
		p := r.Phases()
		for i := range columns {
			v := columns[i].value(r, &p)
			switch v.kind {
			case nothing:
				v.text = "null"
			case words:
				text, err := json.Marshal(v.text)
				if err != nil {
					return fmt.Errorf("table: %w", err)
				}
				v.text = string(text)
			}
			separator := ","
			if i == 0 {
				separator = "{"
			}
			b.WriteString(separator + `"` + columns[i].name + `":` + v.text)
		}
		b.WriteString("}\n")
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("table: write: %w", err)
	}
	return nil
}

// sorted returns the rows in the order in which they were made.
func sorted(wf *waterfall.Waterfall) []*waterfall.Request {
	rows := make([]*waterfall.Request, len(wf.Requests))
	for i := range rows {
		rows[i] = &wf.Requests[i]
	}
	slices.SortStableFunc(rows, func(a, b *waterfall.Request) int { return cmp.Compare(a.Start, b.Start) })
	return rows
}
