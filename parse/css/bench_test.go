package css

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// benchRules writes n rules in the manner of a framework's sheet.
func benchRules(r *rand.Rand, b *strings.Builder, n, size int) {
	tags := []string{"div", "span", "a", "li", "p", "h3", "section", "article"}
	for range n {
		c1, c2 := r.IntN(300), r.IntN(300)
		t := tags[r.IntN(len(tags))]
		start := b.Len()
		switch r.IntN(10) {
		case 0:
			fmt.Fprintf(b, "#id-%d .c%d", r.IntN(60), c1)
		case 1:
			fmt.Fprintf(b, ".c%d > %s", c1, t)
		case 2:
			fmt.Fprintf(b, "%s.c%d:hover, .c%d::before", t, c1, c2)
		case 3:
			fmt.Fprintf(b, ".c%d .c%d", c1, c2)
		case 4:
			fmt.Fprintf(b, "%s[data-k=\"%d\"]", t, r.IntN(50))
		case 5:
			fmt.Fprintf(b, ".c%d %s:nth-child(2n+1)", c1, t)
		default:
			fmt.Fprintf(b, ".c%d", c1)
		}
		fmt.Fprintf(b, "{color:#%06x;margin:%dpx %dpx;padding:%dpx;display:block", r.IntN(1<<24), r.IntN(30), r.IntN(30), r.IntN(20))
		for b.Len()-start < size {
			fmt.Fprintf(b, ";border-radius:%dpx;line-height:%d.%d", r.IntN(30), r.IntN(3), r.IntN(9))
		}
		b.WriteString("}\n")
	}
}

// benchSheets makes five sheets of 88 KB with 550 selectors.
func benchSheets() [][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	var sheets [][]byte
	for i, n := range []int{200, 120, 80, 60, 40} {
		var b strings.Builder
		b.WriteString("/* a sheet */\n")
		benchRules(r, &b, n, 172)
		switch i {
		case 0:
			b.WriteString("@font-face{font-family:F0;src:url(../font/f0.woff2) format(\"woff2\")}\nbody{font-family:F0,serif}\n.hero{background:#eee url('../img/i39.jpg') no-repeat}\n.never-there .x{background-image:url(../img/no.jpg)}\n")
		case 1:
			b.WriteString("#footer{background:url(../img/i40.jpg)}\n.card:first-of-type{background-image:url( \"../img/i41.jpg\" )}\n")
		case 3:
			b.WriteString("nav ul > li.on{background:url(../img/i42.jpg)}\n")
		case 4:
			b.WriteString("@font-face{font-family:F1;src:url(../font/f1.woff2) format(\"woff2\")}\nh2{font-family:F1}\n.b43{background:url(../img/i43.jpg)}\n@media screen{.b44::before{content:\"\";background:url(../img/i44.jpg)}}\n@media print{.b44{background:url(../img/no-print.jpg)}}\n")
		}
		sheets = append(sheets, []byte(b.String()))
	}
	return sheets
}

// benchTable makes a page of 1,475 elements.
func benchTable(tb testing.TB) *dom.Table {
	r := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	b.WriteString("<!doctype html><html lang=en><head><title>t</title><meta charset=utf-8><script></script></head><body class=\"c1 c2\"><nav id=id-0><ul>")
	for i := range 40 {
		fmt.Fprintf(&b, "<li class=\"%s c%d\"><a href=\"/p%d\" data-k=%d>words here</a></li>\n", []string{"on", "off"}[i%2], r.IntN(300), i, i%50)
	}
	b.WriteString("</ul></nav><header class=\"hero c9\"><h1>Typical</h1><h2 class=b43>A title</h2></header><main class=b44>")
	for i := range 96 {
		fmt.Fprintf(&b, "<article class=\"card c%d c%d\" id=\"id-%d\"><h3 class=\"c%d\"><a href=/a>text of it</a></h3>", r.IntN(300), r.IntN(300), i+1, r.IntN(300))
		if i < 39 {
			fmt.Fprintf(&b, "<figure class=c%d><img src=i.jpg alt=some width=320 height=200></figure>", r.IntN(300))
		}
		fmt.Fprintf(&b, "<div class=c%d><p class=c%d>some text<span class=c%d>in it</span></p><ul>", r.IntN(300), r.IntN(300), r.IntN(300))
		for range 3 {
			fmt.Fprintf(&b, "<li class=c%d><a data-k=%d href=/t>words</a></li>", r.IntN(300), r.IntN(50))
		}
		b.WriteString("</ul></div></article>\n")
	}
	b.WriteString("</main><footer id=footer>end of it</footer>")
	for range 74 {
		b.WriteString("<p class=c3>a paragraph</p>")
	}
	root, err := html.Parse(strings.NewReader(b.String()))
	if err != nil {
		tb.Fatal(err)
	}
	t, _ := tableOf(root)
	return t
}

func BenchmarkParseSheet(b *testing.B) {
	sheets := benchSheets()
	base := weburl.MustParse("https://example.com/css/a.css")
	size, selectors := 0, 0
	for _, s := range sheets {
		size += len(s)
		sheet := ParseSheet(s, base)
		for i := range sheet.rules {
			selectors += len(sheet.selectors(&sheet.rules[i], new(listParser)))
		}
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range sheets {
			ParseSheet(s, base)
		}
	}
	b.ReportMetric(float64(selectors), "selectors")
}

func BenchmarkCollect(b *testing.B) {
	t := benchTable(b)
	base := weburl.MustParse("https://example.com/index.html")
	var sources []Source
	for i, s := range benchSheets() {
		u := weburl.MustParse(fmt.Sprintf("https://example.com/css/c%d.css", i))
		sources = append(sources, Source{Sheet: ParseSheet(s, u), URL: u})
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		var s Styler
		s.SetSources(sources)
		n = len(s.Collect(t, base, Device{}))
	}
	b.ReportMetric(float64(t.Len()), "elements")
	b.ReportMetric(float64(n), "fetches")
}

// BenchmarkCollectLarge is a page with 5,000 rules that all could fetch.
func BenchmarkCollectLarge(b *testing.B) {
	t := benchTable(b)
	r := rand.New(rand.NewPCG(5, 6))
	var css strings.Builder
	benchRules(r, &css, 5000, 100)
	base := weburl.MustParse("https://example.com/index.html")
	sheet := ParseSheet([]byte(strings.ReplaceAll(css.String(), "display:block", "background:url(a.png)")), base)
	b.ReportAllocs()
	for b.Loop() {
		var s Styler
		s.SetSources([]Source{{Sheet: sheet, URL: base}})
		s.Collect(t, base, Device{})
	}
	b.ReportMetric(float64(len(sheet.rules)), "rules")
}
