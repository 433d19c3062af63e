package compare

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"pageload/loader/internal/figure"
	"pageload/loader/waterfall"
)

// TextOptions say how a Diff is shown. The zero value is ready.
type TextOptions struct {
	// Color paints what is worse red and what is better green.
	Color bool
	// Rows bounds the requests listed of each sort. Zero: 50. Negative: all.
	Rows int
	// A and B are what the two loads are called. Empty: "A" and "B".
	A, B string
}

// Text writes the comparison for a terminal. Nothing that a page says gets to
// the terminal as a control character. The error is the writer's.
func (d *Diff) Text(w io.Writer, o TextOptions) error {
	t := text{o: o}
	if t.o.Rows == 0 {
		t.o.Rows = 50
	}
	t.figures(d)
	t.items("added", "+", d.Added)
	t.items("removed", "-", d.Removed)
	t.changes(d)
	t.paths(d)
	_, err := w.Write(t.buf.Bytes())
	return err
}

type text struct {
	o   TextOptions
	buf bytes.Buffer
}

func (t *text) printf(format string, a ...any) { fmt.Fprintf(&t.buf, format, a...) }

// paint returns s in a colour, red for what is worse.
func (t *text) paint(s string, worse, better bool) string {
	switch {
	case !t.o.Color || worse == better:
		return s
	case worse:
		return "\x1b[31m" + s + "\x1b[0m"
	}
	return "\x1b[32m" + s + "\x1b[0m"
}

func (t *text) figures(d *Diff) {
	a, b := clean(cmp.Or(t.o.A, "A")), clean(cmp.Or(t.o.B, "B"))
	t.printf("%s: %s\n%s: %s\n\n", a, clean(d.A.URL), b, clean(d.B.URL))
	t.printf("%-26s %12s %12s %14s\n", "", short(a), short(b), "difference")
	for _, m := range []struct {
		name string
		a, b time.Duration
	}{
		{waterfall.RenderStart, d.A.RenderStart, d.B.RenderStart}, {waterfall.DOMContentLoaded, d.A.DOMContentLoaded, d.B.DOMContentLoaded},
		{waterfall.Load, d.A.Load, d.B.Load}, {"end", d.A.End, d.B.End},
	} {
		by := "-"
		if m.a != waterfall.None && m.b != waterfall.None {
			by = signed(duration(known(m.b)-known(m.a)), known(m.b)-known(m.a) > 0)
			if m.a > 0 {
				by += fmt.Sprintf(" %+.0f%%", 100*float64(known(m.b)-known(m.a))/float64(known(m.a)))
			}
		}
		t.figure(m.name, duration(m.a), duration(m.b), by, m.b > m.a, m.b < m.a && m.b != waterfall.None)
	}
	count := func(name string, a, b int) {
		t.figure(name, fmt.Sprint(a), fmt.Sprint(b), fmt.Sprintf("%+d", b-a), b > a, b < a)
	}
	count("requests", d.A.Requests, d.B.Requests)
	count("that block rendering", d.A.Blocking, d.B.Blocking)
	count("failed", d.A.Failures, d.B.Failures)
	count("redirects", d.A.Redirects, d.B.Redirects)
	count("hosts", d.A.Hosts, d.B.Hosts)
	count("connections", d.A.Connections, d.B.Connections)
	t.size("over the network", d.A.Bytes, d.B.Bytes)
	var types []waterfall.Type
	for k := range d.A.BytesByType {
		types = append(types, k)
	}
	for k := range d.B.BytesByType {
		types = append(types, k)
	}
	slices.Sort(types)
	for _, k := range slices.Compact(types) {
		t.size("  "+clean(strings.ToLower(string(k))), d.A.BytesByType[k], d.B.BytesByType[k])
	}
	for _, s := range []*Summary{&d.A, &d.B} {
		if s.Err != "" {
			t.printf("not loaded: %s\n", clean(s.Err))
		}
	}
}

// figure is a line of the table.
func (t *text) figure(name, a, b, by string, worse, better bool) {
	if a == b {
		by = ""
	}
	line := fmt.Sprintf("%-26s %12s %12s ", name, a, b) + t.paint(fmt.Sprintf("%14s", by), worse, better)
	t.printf("%s\n", strings.TrimRight(line, " "))
}

func (t *text) size(name string, a, b int64) {
	t.figure(name, figure.Bytes(a), figure.Bytes(b), signed(figure.Bytes(b-a), b > a), b > a, b < a)
}

func signed(s string, plus bool) string {
	if plus {
		return "+" + s
	}
	return s
}

// short cuts what is the head of a column.
func short(s string) string {
	if r := []rune(s); len(r) > 12 {
		return "…" + string(r[len(r)-11:])
	}
	return s
}

func (t *text) items(title, sign string, list []Item) {
	if len(list) == 0 {
		return
	}
	t.printf("\n%s (%d)\n", title, len(list))
	for i := range list {
		if i == t.o.Rows {
			t.printf("  … and %d more\n", len(list)-i)
			break
		}
		x := &list[i]
		about := []string{clean(string(x.Row.Priority))}
		if x.Blocking {
			about = append(about, "blocks rendering")
		}
		if failed(&x.Row) {
			about = append(about, clean(outcome(&x.Row)))
		}
		about = append(about, figure.Bytes(bytesOf(&x.Row)))
		worse := sign == "+" && (x.Blocking || failed(&x.Row))
		t.printf("  %s %-11s %s (%s)\n", t.paint(sign, worse, false), clean(strings.ToLower(string(x.Row.Type))), target(&x.Row), strings.Join(about, ", "))
	}
}

func (t *text) changes(d *Diff) {
	if len(d.Changed) > 0 {
		t.printf("\nchanged (%d, %d did not)\n", len(d.Changed), d.Same)
	} else {
		t.printf("\nno other request changed (%d)\n", d.Same)
	}
	for i := range d.Changed {
		if i == t.o.Rows {
			t.printf("  … and %d more\n", len(d.Changed)-i)
			break
		}
		m := &d.Changed[i]
		t.printf("  ~ %-11s %s\n", clean(strings.ToLower(string(m.B.Type))), target(&m.A))
		for _, c := range m.Changes {
			worse := c.What == Blocking && Blocks(&m.B) || c.What == Status && failed(&m.B) && !failed(&m.A) || c.By > 0
			better := c.What == Blocking && !Blocks(&m.B) || c.What == Status && !failed(&m.B) && failed(&m.A) || c.By < 0
			t.printf("      %s\n", t.paint(clean(c.String()), worse, better))
		}
	}
}

func (t *text) paths(d *Diff) {
	for _, p := range []struct {
		name  string
		steps []Step
	}{{cmp.Or(t.o.A, "A"), d.PathA}, {cmp.Or(t.o.B, "B"), d.PathB}} {
		if len(p.steps) == 0 {
			continue
		}
		t.printf("\ncritical path of %s (* only here)\n", clean(p.name))
		for _, s := range p.steps {
			mark, why := " ", ""
			if s.Only {
				mark = "*"
			}
			if s.Why != "" {
				why = " (" + clean(s.Why) + ")"
			}
			t.printf("  %s %9s %9s  %s%s\n", mark, duration(s.From), duration(s.To), clean(s.URL), why)
		}
	}
}
