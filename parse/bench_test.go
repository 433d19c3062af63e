package parse

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// typicalPage makes a page of the size and shape of a shop's front page: some
// 65 KB, 1,475 elements and 70 references.
func typicalPage() string {
	r := rand.New(rand.NewPCG(3, 4))
	words := strings.Fields("lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua")
	text := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(words[r.IntN(len(words))] + " ")
		}
		return b.String()
	}
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html lang=\"en\"><head>\n<meta charset=\"utf-8\">\n<title>typical &amp; page</title>\n")
	for i := range 6 {
		fmt.Fprintf(&b, "<link rel=\"stylesheet\" href=\"/typical/css/site-%d.css?v=3\">\n", i)
	}
	b.WriteString("<style>.hero { background: url(/typical/img/hero.jpg) }</style>\n")
	for i := range 14 {
		fmt.Fprintf(&b, "<script src=\"/typical/js/app-%d.js\" defer></script>\n", i)
	}
	b.WriteString("<script>window.dataLayer = window.dataLayer || []; if (1 < 2) { push('x') }</script>\n</head>\n<body class=\"home page-template\">\n")
	for i := range 52 {
		fmt.Fprintf(&b, "<section id=\"sec-%d\" class=\"block c%d c%d wide\">\n<h2 class=\"title c%d\">%s</h2>\n", i, r.IntN(300), r.IntN(300), r.IntN(300), text(4))
		if i < 48 {
			fmt.Fprintf(&b, "<img class=\"pic c%d\" src=\"/typical/img/p%d.jpg\" width=\"%d\" height=\"200\" alt=\"%s\">\n", r.IntN(300), i, 200+i, text(3))
		}
		b.WriteString("<ul class=\"list\">\n")
		for j := range 5 {
			fmt.Fprintf(&b, "<li class=\"c%d\"><a href=\"/typical/item/%d?from=home&amp;pos=%d\" data-k=\"%d\">%s</a></li>\n", r.IntN(300), i, j, r.IntN(50), text(3))
		}
		fmt.Fprintf(&b, "</ul>\n<div class=\"row c%d\"><p>%s<span class=\"c%d\">%s</span></p><p>%s</p></div>\n", r.IntN(300), text(12), r.IntN(300), text(2), text(14))
		for range 5 {
			fmt.Fprintf(&b, "<div class=\"c%d\"><span>%s</span></div>\n", r.IntN(300), text(2))
		}
		b.WriteString("</section>\n")
	}
	b.WriteString("</body></html>\n")
	return b.String()
}

func BenchmarkParser(b *testing.B) {
	page := []byte(typicalPage())
	for _, v := range []struct {
		name string
		o    Options
		size int
	}{
		{"whole", Options{URL: testURL, NoLinks: true}, 1 << 30},
		{"links", Options{URL: testURL}, 1 << 30},
		{"pieces", Options{URL: testURL, NoLinks: true}, 1460},
	} {
		b.Run(v.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(page)))
			elements := 0
			for b.Loop() {
				p := New(v.o)
				for rest := page; len(rest) > 0; {
					n := min(len(rest), v.size)
					p.Feed(rest[:n])
					rest = rest[n:]
					for _, ok := p.Next(); ok; _, ok = p.Next() {
					}
				}
				p.End()
				for _, ok := p.Next(); ok; _, ok = p.Next() {
				}
				elements = p.Document().Table.Len()
			}
			b.ReportMetric(float64(elements), "elements")
		})
	}
}

func BenchmarkParserReset(b *testing.B) {
	page := []byte(typicalPage())
	b.ReportAllocs()
	b.SetBytes(int64(len(page)))
	var p Parser
	for b.Loop() {
		p.Reset(Options{URL: testURL, NoLinks: true})
		p.Feed(page)
		p.End()
		for _, ok := p.Next(); ok; _, ok = p.Next() {
		}
	}
}

func BenchmarkScanner(b *testing.B) {
	page := []byte(typicalPage())
	b.ReportAllocs()
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		New(Options{URL: testURL}).Feed(page)
	}
}

func BenchmarkTokenizer(b *testing.B) {
	page := []byte(typicalPage())
	b.ReportAllocs()
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		z := tokenizer{src: page, final: true, maxAttrs: 1024}
		sim := simulator{scripting: true}
		var t token
		for z.next(&t) {
			sim.token(&z, &t)
			z.attrs = z.attrs[:0]
		}
	}
}

func BenchmarkNetHTMLTokenizer(b *testing.B) {
	page := []byte(typicalPage())
	b.ReportAllocs()
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		z := html.NewTokenizer(bytes.NewReader(page))
		for z.Next() != html.ErrorToken {
			z.TagName()
			for more := true; more; {
				_, _, more = z.TagAttr()
			}
		}
	}
}

func BenchmarkNetHTMLParse(b *testing.B) {
	page := []byte(typicalPage())
	b.ReportAllocs()
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		if _, err := html.Parse(bytes.NewReader(page)); err != nil {
			b.Fatal(err)
		}
	}
}
