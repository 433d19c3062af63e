package loader_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"pageload/loader"
	"pageload/loader/waterfall"
)

// shop is a small site for the examples.
func shop() *httptest.Server {
	files := map[string]string{
		"/":         `<!doctype html><title>Shop</title><link rel="stylesheet" href="site.css"><body><img src="hero.png"><p class="offer">New</p><a href="/cart">Cart</a>`,
		"/site.css": `.offer { background: url(stripes.png) } .other { background: url(unused.png) }`,
	}
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", mediaType(r.URL.Path))
		io.WriteString(w, files[r.URL.Path])
	}))
}

// A page is loaded with all that a browser would fetch for it: the image of the
// rule that matches, and not that of the rule that does not.
func ExampleProfile_Load() {
	site := shop()
	defer site.Close()

	var p loader.Profile
	page, err := p.Load(context.Background(), site.URL+"/")
	if err != nil {
		fmt.Println(err) // page has what was loaded until then
	}
	w := page.Waterfall()
	fmt.Println(page.Status(), w.Page.Title)
	for _, r := range w.Requests {
		fmt.Println(r.Status, r.Type, r.Priority, strings.TrimPrefix(r.URL, site.URL))
	}
	p.Close(context.Background())
	// Output:
	// 200 Shop
	// 200 Document VeryHigh /
	// 200 Stylesheet VeryHigh /site.css
	// 200 Image Medium /hero.png
	// 200 Image Low /stripes.png
}

// A load can be followed while it goes on.
func ExampleProfile_Navigate() {
	site := shop()
	defer site.Close()

	var p loader.Profile
	defer p.Close(context.Background())
	_, err := p.Navigate(context.Background(), loader.Navigation{
		URL: site.URL + "/",
		Observe: func(e waterfall.Event) {
			if d, ok := e.Data.(*waterfall.Discovery); ok {
				fmt.Println("found by the", d.FoundBy+":", strings.TrimPrefix(d.URL, site.URL))
			}
		},
	})
	fmt.Println(err)
	// Output:
	// found by the navigation: /
	// found by the scanner: /site.css
	// found by the scanner: /hero.png
	// found by the style: /stripes.png
	// <nil>
}

// Links are never followed by a load; a crawler takes them from the page.
func ExamplePage_Links() {
	site := shop()
	defer site.Close()

	var p loader.Profile
	defer p.Close(context.Background())
	page, err := p.Load(context.Background(), site.URL+"/")
	if err != nil {
		fmt.Println(err)
	}
	for _, l := range page.Links() {
		fmt.Println(l.URL.Path())
	}
	// Output:
	// /cart
}
