package weburl_test

import (
	"fmt"

	"golang.org/x/text/encoding/charmap"

	"pageload/parse/weburl"
)

func Example() {
	page, err := weburl.Parse("HTTPS://Example.com:443/shop/list.html?page=2")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(page)
	for _, ref := range []string{
		"img/a b.png", "../top.css", "//cdn.example.com/lib.js", `..\old.gif`, "?page=3", "#end", "http://exa mple.com/",
	} {
		u, err := page.Parse(ref)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(u)
	}
	// Output:
	// https://example.com/shop/list.html?page=2
	// https://example.com/shop/img/a%20b.png
	// https://example.com/top.css
	// https://cdn.example.com/lib.js
	// https://example.com/old.gif
	// https://example.com/shop/list.html?page=3
	// https://example.com/shop/list.html?page=2#end
	// weburl: "http://exa mple.com/": host: forbidden character ' '
}

func ExampleURL_Address() {
	u := weburl.MustParse("http://[2001:db8::1]/")
	host, port := u.Address()
	fmt.Println(host, port, u.Host())
	// Output: 2001:db8::1 80 [2001:db8::1]
}

func ExampleURL_ParseEncoded() {
	page := weburl.MustParse("https://example.com/")
	u, err := page.ParseEncoded("suche?wort=größe", charmap.Windows1252)
	fmt.Println(u, err)
	// Output: https://example.com/suche?wort=gr%F6%DFe <nil>
}

func ExampleOrigin() {
	a := weburl.MustParse("https://www.example.co.uk/x").Origin()
	b := weburl.MustParse("https://img.example.co.uk:8443/y").Origin()
	fmt.Println(a, b)
	fmt.Println(a.Site(), a == b, weburl.SameSite(a, b))
	// Output:
	// https://www.example.co.uk https://img.example.co.uk:8443
	// https://example.co.uk false true
}

func ExampleParseHost() {
	for _, s := range []string{"BÜCHER.example", "0x7f.1", "[1:0:0::2]", "a:80"} {
		fmt.Println(weburl.ParseHost(s))
	}
	// Output:
	// xn--bcher-kva.example <nil>
	// 127.0.0.1 <nil>
	// [1::2] <nil>
	//  weburl: "a:80": host: forbidden character ':'
}
