package loader_test

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"pageload/parse"
	"pageload/parse/css"
	"pageload/parse/weburl"
)

// BenchmarkDiscovery is what it takes to know what a page of the typical kind
// fetches when nothing of it was seen before: the scanner, the tree, the style
// sheets, the cascade over all elements. Beside it golang.org/x/net/html parses the
// document, and does no more.
func BenchmarkDiscovery(b *testing.B) {
	s := typical(b)
	defer s.close()
	base := weburl.MustParse("http://typical.test/")
	var page []byte
	var sheets [][]byte
	for path, response := range s.responses {
		_, body, _ := bytes.Cut(response, []byte("\r\n\r\n"))
		switch {
		case path == "/":
			page = body
		case strings.HasSuffix(path, ".css"):
			sheets = append(sheets, body)
		}
	}
	b.Run("pageload", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			doc, err := parse.Parse(bytes.NewReader(page), parse.Options{URL: base, NoLinks: true})
			if err != nil {
				b.Fatal(err)
			}
			var styler css.Styler
			var sources []css.Source
			for _, text := range sheets {
				sources = append(sources, css.Source{Sheet: css.ParseSheet(text, base)})
			}
			styler.SetSources(sources)
			if n := len(styler.Collect(doc.Table, base, css.Device{})); n == 0 {
				b.Fatal("the style fetches nothing")
			}
		}
	})
	b.Run("html.Parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := html.Parse(bytes.NewReader(page)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
