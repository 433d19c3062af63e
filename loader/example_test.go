package loader_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"pageload/conn"
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

// A page is loaded through a proxy. For what the environment says:
// p.Pool.Dialer.Proxy = conn.EnvironmentProxy(os.Getenv).
func ExampleProfile_proxy() {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := strings.Cut(r.Header.Get("Proxy-Authorization"), " ")
		fmt.Println("the proxy was asked for", r.RequestURI, "with credentials", user)
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<!doctype html><title>Shop</title>")
	}))
	defer proxy.Close()

	via, err := conn.ParseProxy(strings.Replace(proxy.URL, "http://", "http://user:password@", 1))
	if err != nil {
		fmt.Println(err)
		return
	}
	var p loader.Profile
	p.Pool.Dialer.Proxy = conn.FixedProxy(via)
	page, err := p.Load(context.Background(), "http://shop.test/")
	if err != nil {
		fmt.Println(err) // a *conn.ProxyError where the proxy refuses
	}
	fmt.Println(page.Status(), page.Waterfall().Page.Title)
	p.Close(context.Background())
	// Output:
	// the proxy was asked for http://shop.test/ with credentials Basic
	// 200 Shop
}

// Only addresses of the public Internet are connected to, whatever names and
// redirects say; the error says which rule refused one.
func ExampleProfile_publicOnly() {
	var p loader.Profile
	defer p.Close(context.Background())
	p.Pool.Dialer.Policy = conn.PublicOnly()
	_, err := p.Load(context.Background(), "http://[::ffff:169.254.169.254]/latest/meta-data/")
	var rule *conn.AddressRule
	if errors.As(err, &rule) {
		fmt.Println("refused:", rule)
	}
	// Output: refused: 169.254.0.0/16: link-local
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
