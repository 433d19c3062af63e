package policy_test

import (
	"fmt"

	"pageload/fetch/policy"
	"pageload/parse/weburl"
)

func ExampleCSP() {
	page := weburl.MustParse("https://shop.example/")
	var csp policy.CSP
	csp.Add(policy.ParseCSP("default-src 'self'; img-src *.cdn.example data:; script-src 'nonce-r4nd0m'", page.Origin(), policy.Header)...)
	// A meta element further down.
	csp.Add(policy.ParseCSP("font-src 'none'", page.Origin(), policy.Meta)...)

	for _, r := range []policy.Request{
		{Kind: policy.Style, URL: weburl.MustParse("https://shop.example/a.css")},
		{Kind: policy.Image, URL: weburl.MustParse("https://eu.cdn.example/a.png")},
		{Kind: policy.Image, URL: weburl.MustParse("https://shop.example/a.png")},
		{Kind: policy.Script, URL: weburl.MustParse("https://else.example/a.js"), Nonce: "r4nd0m", ParserInserted: true},
		{Kind: policy.Font, URL: weburl.MustParse("https://shop.example/a.woff2")},
		{Kind: policy.Frame, URL: weburl.MustParse("https://video.example/")},
	} {
		ok, directive := csp.Allows(r)
		fmt.Printf("%s %s %v %q\n", r.Kind, r.URL, ok, directive)
	}
	fmt.Println("inline style", csp.AllowsInline(policy.InlineStyle, "", "p { color: red }"))
	// Output:
	// style https://shop.example/a.css true ""
	// image https://eu.cdn.example/a.png true ""
	// image https://shop.example/a.png false "img-src"
	// script https://else.example/a.js true ""
	// font https://shop.example/a.woff2 false "font-src"
	// frame https://video.example/ false "default-src"
	// inline style false
}

func ExampleMixed() {
	page := weburl.MustParse("https://shop.example/").Origin()
	for _, r := range []struct {
		url  string
		kind policy.Kind
	}{
		{"http://img.example/a.png", policy.Image},
		{"http://img.example/a.js", policy.Script},
		{"https://img.example/a.js", policy.Script},
	} {
		u, verdict := policy.Mixed(page, weburl.MustParse(r.url), r.kind, false)
		fmt.Println(verdict, u)
	}
	// Output:
	// upgrade https://img.example/a.png
	// block http://img.example/a.js
	// allow https://img.example/a.js
}

func ExampleIntegrity() {
	in := policy.ParseIntegrity("sha256-AAAA sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO")
	h := in.New() // written to while the body arrives
	h.Write([]byte("alert('Hello, "))
	h.Write([]byte("world.');"))
	fmt.Println(in.MatchesSum(h.Sum(nil)), in.Matches([]byte("alert('Hello!');")))
	fmt.Println(in.Eligible(false, false)) // from another origin without CORS
	// Output:
	// true false
	// false
}

func ExampleOpaque() {
	blocked, why := policy.Opaque{MIME: "text/html", Body: []byte("<!doctype html><title>Not found")}.Blocked()
	fmt.Println(blocked, why)
	// Output: true the body looks like HTML
}

func ExampleFrameAllowed() {
	self, top := weburl.MustParse("https://video.example/").Origin(), weburl.MustParse("https://shop.example/").Origin()
	fmt.Println(policy.FrameAllowed([]string{"SAMEORIGIN"}, nil, self, []weburl.Origin{top}))
	var csp policy.CSP
	csp.Add(policy.ParseCSP("frame-ancestors *.example", self, policy.Header)...)
	fmt.Println(policy.FrameAllowed([]string{"SAMEORIGIN"}, &csp, self, []weburl.Origin{top}))
	// Output:
	// false X-Frame-Options: sameorigin
	// true
}
