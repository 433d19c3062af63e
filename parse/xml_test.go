package parse

import (
	"strings"
	"testing"
)

// TestXMLDepth: the depth of XML is bounded, whatever the elements are called.
func TestXMLDepth(t *testing.T) {
	p := New(Options{XML: true, MaxDepth: 100})
	p.Feed([]byte(`<svg xmlns="http://www.w3.org/2000/svg">` + strings.Repeat("<script><br>", 1000)))
	limit := ""
	for e, ok := p.Next(); ok; e, ok = p.Next() {
		if e.Kind == EventLimit {
			limit = e.Limit.Name
		}
	}
	if limit != "depth" || len(p.b.oe) > 100 {
		t.Errorf("%d elements open, limit %q", len(p.b.oe), limit)
	}
}

// TestXML: SVG and XHTML documents are XML: no scanner, CDATA sections are text
// everywhere, every element ends at its end tag, and UTF-8 is the default.
func TestXML(t *testing.T) {
	for _, test := range []struct{ name, src, want string }{
		{"SVG", `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><style><![CDATA[a{}<b>]]></style><image xlink:href="é.png"/><script href="a.js"/><foreignObject><p xmlns="http://www.w3.org/1999/xhtml"><img src="b.png"/></p></foreignObject><feImage href="c.png"/></svg>`,
			`body svg; style "a{}<b>"; image %C3%A9.png; script a.js; image b.png; image c.png`},
		{"XHTML", `<!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="a.js"/><style type="text/css">p &gt; b{}</style></head><body><p><div/><table><img src="b.png"/></table><svg xmlns="http://www.w3.org/2000/svg"><image href="c.png"/></svg></p></body></html>`,
			`script a.js; style "p > b{}"; body body; image b.png; image c.png`},
		{"other XML", `<rss><channel><image src="a"/><link rel="stylesheet" href="b"/><img src="c"/></channel></rss>`, ""},
		{"not well-formed", `<svg xmlns="http://www.w3.org/2000/svg"><g><image href="a"/></svg></x><image href="b"`, "body svg; image a"},
	} {
		for _, step := range []int{1 << 20, 1} {
			p := New(Options{URL: testURL, XML: true})
			var got []string
			next := func() {
				for e, ok := p.Next(); ok; e, ok = p.Next() {
					switch e.Kind {
					case EventRef:
						got = append(got, e.Ref.Kind.String()+" "+strings.TrimPrefix(e.Ref.URL.String(), "http://site.test/dir/"))
					case EventInlineStyle:
						got = append(got, `style "`+e.Text+`"`)
					case EventBody:
						got = append(got, "body "+p.Document().Table.Tag(e.Element))
					}
				}
			}
			scanned := 0
			for rest := test.src; rest != ""; {
				n := min(step, len(rest))
				scanned += len(p.Feed([]byte(rest[:n])))
				rest = rest[n:]
				next()
			}
			scanned += len(p.End())
			next()
			if s := strings.Join(got, "; "); s != test.want || scanned > 0 {
				t.Errorf("%s by %d: %d from the scanner\ngot  %s\nwant %s", test.name, step, scanned, s, test.want)
			}
			if test.name == "XHTML" && p.Document().Table.Quirks() {
				t.Error("XHTML in quirks mode")
			}
		}
	}
}
