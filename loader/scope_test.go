package loader_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"pageload/fetch"
	"pageload/loader"
	"pageload/loader/waterfall"
	"pageload/parse/css"
)

const scopedSite = `{"latency": 10, "responses": {"/to-other-10x10.png": {"status": 302, "headers": {"Location": "http://other.test/there-10x10.png"}}}}
-- index.html --
<!doctype html><link rel=stylesheet href=s.css><link rel=stylesheet href=print.css media=print><script src=a.js></script>
<noscript><img src=noscript-10x10.png></noscript>
<img src=one-10x10.png srcset="one-10x10.png 1x, two-20x20.png 2x">
<picture><source srcset="wide-10x10.png" media="(min-width: 9000px)"><img src=small-10x10.png></picture>
<img src=http://other.test/far-10x10.png><img src=to-other-10x10.png>
<img src=lazy-10x10.png loading=lazy style="position:absolute;top:9000px">
<iframe src=http://other.test/frame.html></iframe>
-- s.css --
@font-face { font-family: f; src: url(f-100.woff2) } .nobody { background: url(unused-10x10.png) }
-- print.css --
p { background: url(printed-10x10.png) }
-- @other/frame.html --
<!doctype html><p>x
`

func TestScope(t *testing.T) {
	browser := "/ s.css print.css a.js one-10x10.png small-10x10.png far-10x10.png to-other-10x10.png there-10x10.png frame.html"
	for _, tt := range []struct {
		name  string
		scope loader.Scope
		want  string
	}{
		{"a browser's", loader.Scope{}, browser},
		{"no scripts", loader.Scope{NoScript: true}, strings.Replace(browser, "a.js", "noscript-10x10.png lazy-10x10.png", 1)},
		{"all images", loader.Scope{AllImages: true}, browser + " two-20x20.png wide-10x10.png"},
		{"all of the styles", loader.Scope{AllStyles: true}, browser + " f-100.woff2 unused-10x10.png printed-10x10.png"},
		{"style sheets", loader.Scope{Types: []waterfall.Type{waterfall.Stylesheet}}, "/ s.css print.css"},
		{"own host", loader.Scope{Hosts: []string{"site.test"}}, "/ s.css print.css a.js one-10x10.png small-10x10.png to-other-10x10.png"},
		{"not the other host", loader.Scope{NotHosts: []string{"oth*"}}, "/ s.css print.css a.js one-10x10.png small-10x10.png to-other-10x10.png"},
		{"asked", loader.Scope{Allow: func(url string, typ waterfall.Type) bool {
			return typ != waterfall.Image && strings.Contains(url, "site")
		}}, "/ s.css print.css a.js"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, scopedSite, func(w *world) {
				w.profile.Scope = tt.scope
				var got []string
				for _, r := range w.load("/").Requests {
					path := r.URL[strings.LastIndexByte(r.URL, '/')+1:]
					if path == "" {
						path = "/"
					}
					got = append(got, path)
				}
				want := strings.Fields(tt.want)
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("got  %v\nwant %v", got, want)
				}
			})
		})
	}
}

func TestScopeSaysWhatItLeavesOut(t *testing.T) {
	inWorld(t, scopedSite, func(w *world) {
		w.profile.Scope.Hosts = []string{"site.test"}
		page, err := w.profile.Load(context.Background(), "http://site.test/")
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, e := range page.Events() {
			if e.Kind == waterfall.Skipped {
				told = append(told, e.Text)
			}
		}
		if len(told) != 2 || told[0] != "Scope.Hosts leaves out http://other.test/far-10x10.png" {
			t.Errorf("told %q", told)
		}
		for _, r := range page.Waterfall().Requests {
			if strings.HasSuffix(r.URL, "to-other-10x10.png") && r.Err == "" && r.BlockedReason == "" {
				// The hop itself is a redirect; what it led to has no row.
				if r.RedirectURL != "" {
					t.Errorf("the redirect was followed: %+v", r)
				}
			}
		}
	})
}

// A phone chooses other images, and says that it is one.
func TestPhone(t *testing.T) {
	const site = `{"latency": 10}
-- index.html --
<!doctype html><link rel=stylesheet href=s.css><img sizes=100vw srcset="a-10x10.png 400w, b-10x10.png 1236w, c-10x10.png 2400w"><p>x
-- s.css --
@media (pointer: coarse) and (max-width: 500px) { p { background: url(touch-10x10.png) } }
`
	inWorld(t, site, func(w *world) {
		w.profile.Device = css.Phone()
		w.profile.Identity = fetch.ChromiumAndroid()
		var got []string
		for _, r := range w.load("/").Requests {
			got = append(got, r.URL[strings.LastIndexByte(r.URL, '/')+1:])
		}
		if want := []string{"", "s.css", "b-10x10.png", "touch-10x10.png"}; !slices.Equal(got, want) {
			t.Errorf("fetched %q, want %q", got, want)
		}
		for _, r := range w.requests {
			if !strings.Contains(r.UserAgent(), "Mobile") {
				t.Errorf("%s was asked for as %q", r.URL, r.UserAgent())
			}
		}
	})
}
