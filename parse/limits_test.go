package parse

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pageload/parse/dom"
)

// limitsOf parses a document in pieces and returns the limits it reached.
func limitsOf(t *testing.T, o Options, src string, piece int) (string, *Document) {
	t.Helper()
	p := New(o)
	var got []string
	drain := func() {
		for e, ok := p.Next(); ok; e, ok = p.Next() {
			if e.Kind == EventLimit {
				got = append(got, fmt.Sprintf("%s %d", e.Limit.Name, e.Limit.Value))
			}
		}
	}
	for len(src) > 0 {
		n := min(len(src), piece)
		p.Feed([]byte(src[:n]))
		drain()
		src = src[n:]
	}
	p.End()
	drain()
	if !p.Finished() {
		t.Error("not finished")
	}
	return strings.Join(got, ", "), p.Document()
}

func TestLimits(t *testing.T) {
	for _, test := range []struct {
		name, src, want string
		o               Options
	}{
		{"none", "<p>x", "", Options{}},
		{"elements", strings.Repeat("<p>", 100), "elements 50", Options{MaxElements: 50}},
		{"elements by end tags", strings.Repeat("</p></br>", 100), "elements 50", Options{MaxElements: 50}},
		{"elements by formatting", strings.Repeat("<b class=a><i class=b><p>x</p>", 1000), "elements 300", Options{MaxElements: 300}},
		{"references", strings.Repeat("<img src=x>", 100), "references 50", Options{MaxRefs: 50, URL: testURL}},
		{"depth", strings.Repeat("<div>", 600), "depth 512", Options{}},
		{"depth of formatting", strings.Repeat("<b><i>", 600), "depth 512", Options{}},
		{"depth of svg", "<svg>" + strings.Repeat("<g>", 600), "depth 512", Options{}},
		{"depth of tables", strings.Repeat("<table><tr><td>", 600), "depth 512", Options{}},
		{"depth of templates", strings.Repeat("<template>", 600), "depth 512", Options{}},
		{"bytes", strings.Repeat("x", 2000), "bytes 1000", Options{MaxBytes: 1000}},
		{"attributes", "<p " + attributes(60) + ">", "attributes 50", Options{MaxAttributes: 50}},
	} {
		for _, piece := range []int{1 << 20, 7} {
			got, d := limitsOf(t, test.o, test.src, piece)
			if got != test.want {
				t.Errorf("%s, pieces of %d: limits %q, want %q", test.name, piece, got, test.want)
			}
			checkTree(t, test.name, d.Table)
		}
	}
}

func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a%d=%d", i, i)
	}
	return b.String()
}

// checkTree walks a table to see that it is a tree.
func checkTree(t *testing.T, name string, tab *dom.Table) {
	t.Helper()
	n := 0
	for id := range tab.Descendants(0) {
		if n++; n > tab.Len() {
			t.Fatalf("%s: the table is no tree", name)
		}
		if p := tab.Parent(id); p == id || tab.Prev(id) == 0 && p != 0 && tab.FirstChild(p) != id {
			t.Fatalf("%s: element %d has wrong relatives", name, id)
		}
	}
}

// TestDeepTreeIsFlattened: beyond the depth elements are still there.
func TestDeepTreeIsFlattened(t *testing.T) {
	src := strings.Repeat("<div>", 1000) + "<img src=x>" + strings.Repeat("</div>", 1000) + "<p id=last>"
	_, d := limitsOf(t, Options{URL: testURL}, src, 100)
	last := dom.ID(d.Table.Len())
	if d.Table.Len() != 1005 || d.Table.IDAttr(last) != "last" || d.Table.Tag(d.Table.Parent(last)) != "body" {
		t.Errorf("%d elements, the last in %s", d.Table.Len(), d.Table.Tag(d.Table.Parent(last)))
	}
}

// hostile are documents that make careless parsers slow. Each is repeated.
var hostile = []struct{ name, head, repeat string }{
	{"attribute value", "<p a='", "x>"},
	{"attribute name", "<p ", "x"},
	{"attributes", "<p ", "a%d "},
	{"same attributes", "<p ", "a "},
	{"tag name", "<", "x"},
	{"comment", "<!--", "-- >"},
	{"comment dashes", "<!--", "-"},
	{"bogus comment", "<?", "x"},
	{"doctype", "<!doctype ", "x"},
	{"cdata", "<svg><![CDATA[", "]]"},
	{"script", "<script>", "</scrip"},
	{"escaped script", "<script><!--", "<script "},
	{"script dashes", "<script><!--", "--"},
	{"title", "<title>", "</titl"},
	{"plaintext", "<plaintext>", "\r"},
	{"text", "", "x "},
	{"less-than", "", "<"},
	{"ampersands", "", "&"},
	{"number", "&#", "0"},
	{"name", "&", "a"},
	{"returns", "", "\r"},
	{"nested", "", "<div>"},
	{"nested spans", "", "<span>"},
	{"paragraphs", "", "<p>"},
	{"formatting", "", "<b>"},
	{"formatting with attributes", "", "<b a=%d>"},
	{"formatting and blocks", "", "<b><p>"},
	{"anchors", "", "<a href=x><div>"},
	{"misnested", "", "<b><i></b>"},
	{"end tags", "<b><i><u><p>", "</b></i></u>"},
	{"tables", "", "<table>"},
	{"table text", "<table>", "x<b>"},
	{"table rows", "<table>", "<tr><td>"},
	{"foster", "<table>", "<div>"},
	{"svg", "", "<svg>"},
	{"svg and html", "", "<svg><desc>"},
	{"math", "", "<math><mi>"},
	{"templates", "", "<template>"},
	{"shadow roots", "<div>", "<p></p><template shadowrootmode=open></template>"},
	{"selects", "", "<select><option>"},
	{"bodies", "", "<body a%d>"},
	{"images", "", "<img src=x>"},
	{"cells", "<table><tr>", "<td>x"},
	{"lists", "", "<ul><li>"},
	{"pictures", "", "<picture><source srcset=x>"},
	{"diverging", "<svg><title>", "<![CDATA[x]]><style>"},
	{"invalid UTF-8", "", "\xff\xc3"},
}

// hostileInput repeats a hostile document to this size.
func hostileInput(head, repeat string, size int) string {
	var b strings.Builder
	b.WriteString(head)
	for i := 0; b.Len() < size; i++ {
		if strings.Contains(repeat, "%d") {
			fmt.Fprintf(&b, repeat, i)
		} else {
			b.WriteString(repeat)
		}
	}
	return b.String()
}

// TestHostileInputEnds parses hostile documents byte by byte. A parser that
// goes back to the beginning of what is unfinished takes minutes for it; how
// time grows with size is for BenchmarkHostile.
func TestHostileInputEnds(t *testing.T) {
	for _, h := range hostile {
		src := hostileInput(h.head, h.repeat, 1<<14)
		_, d := limitsOf(t, Options{Charset: "utf-8", URL: testURL}, src, 1)
		checkTree(t, h.name, d.Table)
		_, whole := limitsOf(t, Options{Charset: "utf-8", URL: testURL}, src, len(src))
		if d.Table.Len() != whole.Table.Len() {
			t.Errorf("%s: %d elements byte by byte, %d whole", h.name, d.Table.Len(), whole.Table.Len())
		}
	}
}

// BenchmarkHostile reports how much longer sixteen times as much takes: 16 is
// linear, 256 would be quadratic.
func BenchmarkHostile(b *testing.B) {
	run := func(src string) time.Duration {
		start := time.Now()
		p := New(Options{Charset: "utf-8", URL: testURL})
		p.Feed([]byte(src))
		p.End()
		for _, ok := p.Next(); ok; _, ok = p.Next() {
		}
		return time.Since(start)
	}
	for _, h := range hostile {
		b.Run(strings.ReplaceAll(h.name, " ", "-"), func(b *testing.B) {
			small, big := hostileInput(h.head, h.repeat, 1<<16), hostileInput(h.head, h.repeat, 1<<20)
			b.ReportAllocs()
			b.SetBytes(int64(len(big)))
			least := time.Hour
			for range 5 {
				least = min(least, run(small))
			}
			fastest := time.Hour
			for b.Loop() {
				fastest = min(fastest, run(big))
			}
			b.ReportMetric(float64(fastest)/float64(least), "x16")
		})
	}
}
