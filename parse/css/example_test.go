package css_test

import (
	"fmt"

	"pageload/parse/css"
	"pageload/parse/dom"
	"pageload/parse/weburl"
)

func ExampleStyler() {
	var t dom.Table
	body := t.Add(t.Add(0, "html"), "body")
	t.Add(body, "p", "class", "hero")
	t.AddText(t.Add(body, "h1"), "Title")

	u := weburl.MustParse("https://example.com/css/main.css")
	sheet := css.ParseSheet([]byte(`
		@font-face { font-family: Head; src: url(head.woff2) }
		.hero { background: #eee url(../img/hero.jpg) }
		.other { background: url(other.jpg) }
		h1 { font-family: Head, serif }`), u)

	var s css.Styler
	s.SetSources([]css.Source{{Sheet: sheet, URL: u}})
	for _, f := range s.Collect(&t, weburl.MustParse("https://example.com/"), css.Device{}) {
		fmt.Println(f.Kind, f.Mode, f.URL, f.Property)
	}
	// Output:
	// image no-cors https://example.com/img/hero.jpg background-image
	// font cors https://example.com/css/head.woff2 font-family
}

func ExampleSheet_Refs() {
	sheet := css.ParseSheet([]byte(`@import "base.css"; p { background: url(a.png) }`), weburl.MustParse("https://example.com/css/"))
	for _, r := range sheet.Refs() {
		fmt.Println(r.Kind, r.URL)
	}
	// Output:
	// import https://example.com/css/base.css
	// image https://example.com/css/a.png
}

func ExampleParseMedia() {
	m := css.ParseMedia("print, (min-width: 600px)")
	fmt.Println(m.Match(css.Device{}), m.Match(css.Device{Width: 320}))
	// Output: true false
}

func ExampleParseSizes() {
	z := css.ParseSizes("(max-width: 600px) 100vw, calc(50vw - 40px)")
	fmt.Println(z.Resolve(css.Device{}), z.Resolve(css.Device{Width: 320}))
	// Output: 600 320
}

func ExampleSelectSrcset() {
	url, _ := css.SelectSrcset("small.jpg 400w, big.jpg 1200w", "50vw", "plain.jpg", css.Device{DPR: 2})
	fmt.Println(url)
	// Output: big.jpg
}

func ExampleScanImports() {
	for _, i := range css.ScanImports([]byte(`@import "a.css"; @import url(b.css) print; p {}`)) {
		fmt.Println(i.URL, i.Plain)
	}
	// Output:
	// a.css true
	// b.css false
}
