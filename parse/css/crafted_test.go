package css

import (
	"fmt"
	"strings"
	"testing"

	"pageload/parse/dom"
)

// crafted are sheets and documents made to be slow, of a size.
var crafted = []struct {
	name  string
	sheet func(n int) string
	page  func(t *dom.Table, body dom.ID, n int)
	limit string // of a large size; "": none is needed
}{
	{"rules that no element has", func(n int) string { return repeat(n, ".a%d .b{background:url(x)}") }, wide, ""},
	{"rules of other ancestors", func(n int) string { return repeat(n, ".a%d p{background:url(x)}") }, wide, "selector steps"},
	{"rules of all elements", func(n int) string { return repeat(n, "p{background:url(x%d)}") }, wide, "selector steps"},
	{"rules that undo on all elements", func(n int) string { return "p{background:url(x)}" + repeat(n, "p{background:none}") }, wide, "selector steps"},
	{"siblings", func(n int) string { return "p~p~p~p~b{display:none}p:nth-last-child(2n of p){display:none}" }, wide, "selector steps"},
	{"ancestors", func(n int) string { return strings.Repeat("p ", 30) + "b p{display:none}" }, deep, "selector steps"},
	{"has", func(n int) string { return "p:has(b){display:none}" }, deep, "selector steps"},
	{"one element of many classes", func(n int) string { return repeat(n, ".c%d{background:url(x)}") }, func(t *dom.Table, body dom.ID, n int) {
		t.Add(body, "p", "class", repeat(n, "c%d "))
	}, "selector steps"},
	{"one class many times", func(n int) string { return repeat(n, ".c{background:url(x)}") }, func(t *dom.Table, body dom.ID, n int) {
		t.Add(body, "p", "class", strings.Repeat("c ", n))
	}, "selector steps"},
	{"selectors of one rule", func(n int) string { return repeat(n/16, ".c%d,") + "p{background:url(x)}" }, wide, ""},
	{"keys in parentheses", func(n int) string { return "p" + strings.Repeat(":not(.a)", 20) + "{background:url(x)}" }, wide, ""},
}

func repeat(n int, format string) string {
	var b strings.Builder
	for i := range n {
		if strings.Contains(format, "%d") {
			fmt.Fprintf(&b, format, i)
		} else {
			b.WriteString(format)
		}
	}
	return b.String()
}

func wide(t *dom.Table, body dom.ID, n int) {
	for range n {
		t.Add(body, "p")
	}
}

func deep(t *dom.Table, body dom.ID, n int) {
	for at := body; n > 0; n-- {
		at = t.Add(at, "p")
	}
}

// craftedSteps collects a crafted page of a size.
func craftedSteps(sheet string, page func(*dom.Table, dom.ID, int), n, max int) (steps int, limits string) {
	tab := new(dom.Table)
	page(tab, tab.Add(tab.Add(0, "html"), "body"), n)
	parsed := ParseSheet([]byte(sheet), baseURL)
	s := Styler{MaxSteps: max}
	s.SetSources([]Source{{Sheet: parsed}})
	s.Collect(tab, baseURL, Device{})
	for _, p := range append(parsed.Problems(), s.Problems()...) {
		limits += p.Limit
	}
	return s.steps, limits
}

// TestCraftedPagesAreBounded counts what matching takes: it grows with the page,
// or it ends at a limit that is told.
func TestCraftedPagesAreBounded(t *testing.T) {
	const small, times, most = 500, 4, 200_000
	for _, c := range crafted {
		t.Run(c.name, func(t *testing.T) {
			few, _ := craftedSteps(c.sheet(small), c.page, small, most)
			many, limits := craftedSteps(c.sheet(small*times), c.page, small*times, most)
			if limits != c.limit {
				t.Errorf("limits %q, want %q", limits, c.limit)
			}
			if many > most+most/10 || limits == "" && many > 2*times*few+times*small {
				t.Errorf("%d steps, and %d for a page of %d times the size", few, many, times)
			}
		})
	}
}

// BenchmarkCrafted takes crafted pages of full size: 100,000 rules or elements.
func BenchmarkCrafted(b *testing.B) {
	for _, c := range crafted {
		b.Run(strings.ReplaceAll(c.name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			steps := 0
			for b.Loop() {
				steps, _ = craftedSteps(c.sheet(100_000), c.page, 50_000, 0)
			}
			b.ReportMetric(float64(steps), "steps")
		})
	}
}
