package parse_test

import (
	"fmt"
	"strings"

	"pageload/parse"
	"pageload/parse/weburl"
)

const page = `<!doctype html>
<title>Shop</title>
<link rel="stylesheet" href="/style.css">
<link rel="stylesheet" href="/print.css" media="print">
<script src="app.js" async></script>
<body>
<picture>
  <source type="image/avif" srcset="hero.avif">
  <img src="hero.jpg">
</picture>
<iframe src="https://ads.test/frame"></iframe>
<a href="/about">About us</a>
`

func ExampleParse() {
	u := weburl.MustParse("https://shop.test/en/")
	d, err := parse.Parse(strings.NewReader(page), parse.Options{URL: u})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Title())
	for _, l := range d.Links() {
		fmt.Println(l.Kind, l.URL, l.Text)
	}
	nodes, _ := d.Query("picture > *")
	for _, n := range nodes {
		fmt.Println(n.Data)
	}
	// Output:
	// Shop
	// anchor https://shop.test/about About us
	// source
	// img
}

func ExampleReferences() {
	u := weburl.MustParse("https://shop.test/en/")
	for ref, err := range parse.References(strings.NewReader(page), parse.Options{URL: u}) {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(ref.Line, ref.Kind, ref.URL)
	}
	// Output:
	// 3 stylesheet https://shop.test/style.css
	// 4 stylesheet https://shop.test/print.css
	// 5 script https://shop.test/en/app.js
	// 9 image https://shop.test/en/hero.avif
	// 11 frame https://ads.test/frame
}

// A parser is fed as bytes come. The scanner's references are there at once;
// the tree builder goes on when the caller lets it.
func ExampleParser_Feed() {
	p := parse.New(parse.Options{URL: weburl.MustParse("https://shop.test/"), Charset: "utf-8"})
	for _, piece := range []string{`<script src="a.js"></script><img sr`, `c="b.png"><p>Hello`} {
		for _, r := range p.Feed([]byte(piece)) {
			fmt.Println("scanner:", r.Kind, r.URL)
		}
	}
	p.End()
	for e, ok := p.Next(); ok; e, ok = p.Next() {
		switch e.Kind {
		case parse.EventRef:
			fmt.Println("builder:", e.Ref.Kind, e.Ref.URL)
		default:
			fmt.Println("builder:", e.Kind)
		}
	}
	// Output:
	// scanner: script https://shop.test/a.js
	// scanner: image https://shop.test/b.png
	// builder: script https://shop.test/a.js
	// builder: body
	// builder: image https://shop.test/b.png
	// builder: end
}
