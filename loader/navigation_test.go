package loader_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pageload/fetch"
	"pageload/loader"
	"pageload/loader/spool"
	"pageload/loader/waterfall"
	"pageload/parse/css"
)

// A form is sent as a browser sends it, and once: what a redirect leads to is a GET.
func TestPost(t *testing.T) {
	const site = `{"responses": {"/form": {"status": 303, "headers": {"Location": "/done.html"}}}}
-- done.html --
<!doctype html><img src="a-200x200.png">
`
	tests := []struct {
		name        string
		n           loader.Navigation
		contentType string
	}{
		{"urlencoded", loader.Navigation{Body: []byte("a=1&b=2")}, "application/x-www-form-urlencoded"},
		{"typed", loader.Navigation{Method: "POST", Body: []byte(`{"a":1}`), ContentType: "application/json"}, "application/json"},
		{"empty", loader.Navigation{Method: "POST"}, "application/x-www-form-urlencoded"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, site, func(w *world) {
				test.n.URL = "http://site.test/form"
				test.n.Referrer = "http://site.test/ask.html"
				p := w.try(w.Context(), test.n)
				if p.err != nil {
					t.Fatal(p.err)
				}
				if got, want := fmt.Sprint(w.received()), "[POST site/form GET site/done.html GET site/a-200x200.png]"; got != want {
					t.Errorf("received %s, want %s", got, want)
				}
				r := w.request("site/form")
				if got := r.Form.Get("body"); got != string(test.n.Body) {
					t.Errorf("body %q, want %q", got, test.n.Body)
				}
				if got := r.Header.Get("Content-Type"); got != test.contentType {
					t.Errorf("Content-Type %q, want %q", got, test.contentType)
				}
				if got := r.Header.Get("Origin"); got != "http://site.test" {
					t.Errorf("Origin %q, want that of the referrer", got)
				}
				if got := r.Header.Get("Referer"); got != test.n.Referrer {
					t.Errorf("Referer %q, want %q", got, test.n.Referrer)
				}
				first, second := &p.Requests[0], &p.Requests[1]
				if first.Method != "POST" || !bytes.Equal(first.PostData, test.n.Body) || first.PostType != test.contentType {
					t.Errorf("first row: %s %q %q", first.Method, first.PostData, first.PostType)
				}
				if second.Method != "GET" || len(second.PostData) > 0 {
					t.Errorf("second row: %s %q, want GET without body", second.Method, second.PostData)
				}
				if got := p.page.URL().String(); got != "http://site.test/done.html" {
					t.Errorf("URL %s, want where the redirect led", got)
				}
			})
		})
	}
}

// 307 and 308 repeat the method and the body.
func TestPostIsRepeated(t *testing.T) {
	inWorld(t, `{"responses": {"/form": {"status": 307, "headers": {"Location": "/again"}}}}`+"\n-- index.html --\nx", func(w *world) {
		w.serve["site/again"] = respond("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\nx")
		p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/form", Body: []byte("a=1")})
		if p.err != nil {
			t.Fatal(p.err)
		}
		if r := w.request("site/again"); r.Method != "POST" || r.Form.Get("body") != "a=1" {
			t.Errorf("second hop: %s %q, want POST with the body", r.Method, r.Form.Get("body"))
		}
		if r := p.row("/again"); r.Method != "POST" || string(r.PostData) != "a=1" {
			t.Errorf("second row: %s %q, want POST with the body", r.Method, r.PostData)
		}
	})
}

func TestFieldsOfANavigation(t *testing.T) {
	inWorld(t, "\n-- index.html --\n<!doctype html><img src=a.png>", func(w *world) {
		p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/", Header: []fetch.Field{{Name: "User-Agent", Value: "me"}, {Name: "X-Extra", Value: "1"}}})
		if p.err != nil {
			t.Fatal(p.err)
		}
		doc, img := w.request("site/").Header, w.request("site/a.png").Header
		if doc.Get("User-Agent") != "me" || doc.Get("X-Extra") != "1" {
			t.Errorf("document: %v, want the navigation's fields", doc)
		}
		if img.Get("User-Agent") == "me" || img.Get("X-Extra") != "" {
			t.Errorf("image: %v, want the profile's fields only", img)
		}
		if !slices.Contains(p.Requests[0].RequestHeader, waterfall.Field{Name: "X-Extra", Value: "1"}) {
			t.Errorf("the row does not have the field: %v", p.Requests[0].RequestHeader)
		}
	})
}

// Who refers to what is said as the document's policy has it.
func TestReferrers(t *testing.T) {
	tests := []struct{ name, policy, markup, same, cross string }{
		{"default", "", `<img src="/a.png"><img src="http://cdn.test/a.png">`, "http://site.test/dir/?q", "http://site.test/"},
		{"header", "no-referrer", `<img src="/a.png"><img src="http://cdn.test/a.png">`, "", ""},
		{"meta", "", `<meta name="referrer" content="origin"><img src="/a.png"><img src="http://cdn.test/a.png">`, "http://site.test/", "http://site.test/"},
		{"element", "no-referrer", `<img src="/a.png" referrerpolicy="unsafe-url"><img src="http://cdn.test/a.png" referrerpolicy="unsafe-url">`, "http://site.test/dir/?q", "http://site.test/dir/?q"},
		{"style sheet", "", `<style>p { background: url(/a.png), url(http://cdn.test/a.png) }</style><p>x</p>`, "http://site.test/dir/?q", "http://site.test/"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, "{\"responses\": {\"cdn/b.png\": {}, \"/dir/\": {\"headers\": {\"Referrer-Policy\": \""+test.policy+"\"}}}}\n-- dir/index.html --\n<!doctype html>"+test.markup, func(w *world) {
				w.load("/dir/?q#frag")
				for key, want := range map[string]string{"site/a.png": test.same, "cdn/a.png": test.cross, "site/dir/": ""} {
					if got := w.request(key).Header.Get("Referer"); got != want {
						t.Errorf("%s: Referer %q, want %q", key, got, want)
					}
				}
			})
		})
	}
}

// What a browser sends over http to a host that is not trustworthy: no Sec-Fetch
// fields and no client hints.
func TestFieldsOfPlainHTTP(t *testing.T) {
	inWorld(t, "\n-- index.html --\n<!doctype html><img src=a.png><script type=module src=m.js></script>", func(w *world) {
		p := w.load("/")
		for i := range p.Requests {
			for _, f := range p.Requests[i].RequestHeader {
				if strings.HasPrefix(strings.ToLower(f.Name), "sec-") {
					t.Errorf("%s: %s: %s was sent", p.name(p.Requests[i].URL), f.Name, f.Value)
				}
			}
		}
		if got := w.request("site/").Header.Get("Upgrade-Insecure-Requests"); got != "1" {
			t.Errorf("Upgrade-Insecure-Requests %q, want 1", got)
		}
		if got := w.request("site/m.js").Header.Get("Origin"); got != "http://site.test" {
			t.Errorf("module: Origin %q, want the page's", got)
		}
	})
}

// The encoding of the document decides what its URLs' queries are.
func TestEncodings(t *testing.T) {
	const page = "<!doctype html>%s<title>caf\xe9</title><img src=\"a-200x200.png?q=caf\xe9\"><link rel=stylesheet href=\"\xe9.css\">"
	tests := []struct{ name, contentType, meta, query, title string }{
		{"by the header", "text/html; charset=iso-8859-1", "", "q=caf%E9", "café"},
		{"by a meta element", "text/html", "<meta charset=windows-1252>", "q=caf%E9", "café"},
		{"the header before the meta element", "text/html; charset=windows-1251", "<meta charset=utf-8>", "q=caf%E9", "cafй"},
		{"by nothing", "text/html", "", "q=caf%E9", "café"},
		{"UTF-8, broken", "text/html; charset=utf-8", "", "q=caf%EF%BF%BD", "caf\ufffd"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, "\n-- index.html --\nx", func(w *world) {
				body := fmt.Sprintf(page, test.meta)
				w.serve["site/x.html"] = respond(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", test.contentType, len(body), body))
				p := w.load("/x.html")
				if got := w.request("site/a-200x200.png").URL.RawQuery; got != test.query {
					t.Errorf("query %q, want %q", got, test.query)
				}
				if p.Page.Title != test.title {
					t.Errorf("title %q, want %q", p.Page.Title, test.title)
				}
			})
		})
	}
}

// A style sheet's encoding is its header's, its own @charset or the document's.
func TestEncodingOfSheets(t *testing.T) {
	inWorld(t, "\n-- index.html --\nx", func(w *world) {
		page := "<!doctype html><meta charset=windows-1251><link rel=stylesheet href=a.css><p>x</p>"
		sheet := "p { background: url(\xe9.png) }"
		w.serve["site/x.html"] = respond(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s", len(page), page))
		w.serve["site/a.css"] = respond(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nContent-Length: %d\r\n\r\n%s", len(sheet), sheet))
		w.load("/x.html").wantRequests("/x.html", "/a.css", "/%D0%B9.png")
	})
}

func TestDeviceDecides(t *testing.T) {
	const site = "\n-- index.html --\n<!doctype html><meta name=viewport content=width=device-width><link rel=stylesheet media=\"(max-width: 600px)\" href=small.css>" +
		"<link rel=stylesheet media=\"(prefers-color-scheme: dark)\" href=dark.css><img srcset=\"one.png 1x, two.png 2x\" src=one.png>"
	tests := []struct {
		device      css.Device
		image       string
		small, dark string // their priorities
	}{
		{css.Device{}, "/one.png", "VeryLow", "VeryLow"},
		{css.Device{Width: 400, Height: 800, DPR: 2, Touch: true}, "/two.png", "VeryHigh", "VeryLow"},
		{css.Device{Dark: true}, "/one.png", "VeryLow", "VeryHigh"},
	}
	for _, test := range tests {
		inWorld(t, site, func(w *world) {
			w.profile.Device = test.device
			p := w.load("/")
			p.row(test.image)
			if len(p.Requests) != 4 {
				t.Errorf("%+v: requests %s", test.device, p.names())
			}
			if got := p.row("/small.css").Priority; string(got) != test.small {
				t.Errorf("%+v: small.css is %s, want %s", test.device, got, test.small)
			}
			if got := p.row("/dark.css").Priority; string(got) != test.dark {
				t.Errorf("%+v: dark.css is %s, want %s", test.device, got, test.dark)
			}
		})
	}
}

// Bodies are kept where they are asked for, decoded and up to their limit.
func TestBodies(t *testing.T) {
	const site = "\n-- index.html --\n<!doctype html><img src=a-200x200.png><script src=b-3000.js></script><link rel=stylesheet href=c.css>\n-- c.css --\np { color: red }\n"
	inWorld(t, site, func(w *world) {
		w.profile.Limits.BodyKept = 1000
		p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/", Bodies: true})
		for name, want := range map[string]int{"/": -1, "/a-200x200.png": -1, "/b-3000.js": 1000, "/c.css": -1} {
			r := p.row(name)
			full, _ := w.site.content("", name)
			if want >= 0 {
				full = full[:want]
			}
			if !bytes.Equal(r.Body, full) {
				t.Errorf("%s: %d bytes kept, want %d", name, len(r.Body), len(full))
			}
		}
		if len(p.Limits) != 1 || p.Limits[0].Text != "the first 1000 bytes of a body are kept, 2000 are not (Limits.BodyKept)" {
			t.Errorf("limits %v", p.Limits)
		}
	})
	inWorld(t, site, func(w *world) {
		bodies, err := spool.Create(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer bodies.Close()
		p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/", Bodies: true, Spool: bodies})
		for _, name := range []string{"/", "/a-200x200.png", "/b-3000.js", "/c.css"} {
			r := p.row(name)
			full, _ := w.site.content("", name)
			if got, err := io.ReadAll(r.OpenBody()); err != nil || !bytes.Equal(got, full) || r.Body != nil {
				t.Errorf("%s: %d bytes in the spool, want %d, error %v", name, len(got), len(full), err)
			}
		}
		bodies.Close()
		p = w.try(w.Context(), loader.Navigation{URL: "http://site.test/", Bodies: true, Spool: bodies})
		if r := p.row("/b-3000.js"); r.HasBody() || r.Failed() || len(p.Limits) == 0 || !strings.Contains(p.Limits[0].Text, "a body is not kept: spool: ") {
			t.Errorf("with a spool that is closed: body %t, error %q, limits %v", r.HasBody(), r.Err, p.Limits)
		}
	})
	inWorld(t, site, func(w *world) {
		p := w.load("/")
		for i := range p.Requests {
			if p.Requests[i].HasBody() {
				t.Errorf("%s: a body is kept that nobody asked for", p.Requests[i].URL)
			}
		}
		if r := p.row("/b-3000.js"); r.BodyBytes != 3000 {
			t.Errorf("b-3000.js: %d bytes counted, want 3000", r.BodyBytes)
		}
	})
}

func TestLinksOfAPage(t *testing.T) {
	inWorld(t, "\n-- index.html --\n<!doctype html><title> Two \n words </title><link rel=canonical href=/c><a href=x.html>x</a><form action=send method=post><input name=q></form>", func(w *world) {
		p := w.load("/")
		var got []string
		for _, l := range p.page.Links() {
			got = append(got, l.URL.String())
		}
		if want := "[http://site.test/c http://site.test/x.html http://site.test/send]"; fmt.Sprint(got) != want {
			t.Errorf("links %v, want %s", got, want)
		}
		if p.Page.Title != "Two words" {
			t.Errorf("title %q, want white space collapsed", p.Page.Title)
		}
		p.wantRequests("/")
	})
}

// Ranges and interim responses: a 100 before the response changes nothing.
func TestInterimResponses(t *testing.T) {
	inWorld(t, "\n-- index.html --\n<!doctype html><img src=x>", func(w *world) {
		w.serve["site/x"] = func(c net.Conn, _ *http.Request) bool {
			_, err := io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 2\r\n\r\nxx")
			return err == nil
		}
		if r := w.load("/").row("/x"); r.Status != 200 || r.BodyBytes != 2 || r.Failed() {
			t.Errorf("status %d, %d bytes, error %q", r.Status, r.BodyBytes, r.Err)
		}
	})
}
