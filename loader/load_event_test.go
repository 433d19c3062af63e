package loader_test

import (
	"testing"

	"pageload/loader"
	"pageload/loader/waterfall"
)

// TestWhatDelaysLoad has the table of what the load event waits for as it was
// measured (browser: a response of one second).
func TestWhatDelaysLoad(t *testing.T) {
	tests := []struct {
		name   string
		head   string
		body   string
		slow   string // what comes after a second
		delays bool
		made   bool // it is requested at all
	}{
		{"script", `<script src="x.js"></script>`, "", "/x.js", true, true},
		{"async script", `<script async src="x.js"></script>`, "", "/x.js", true, true},
		{"deferred script", `<script defer src="x.js"></script>`, "", "/x.js", true, true},
		{"module script", `<script type="module" src="x.js"></script>`, "", "/x.js", true, true},
		{"async module", `<script type="module" async src="x.js"></script>`, "", "/x.js", true, true},
		{"style sheet", `<link rel="stylesheet" href="x.css">`, "", "/x.css", true, true},
		{"style sheet for print", `<link rel="stylesheet" media="print" href="x.css">`, "", "/x.css", true, true},
		{"alternate style sheet", `<link rel="alternate stylesheet" title="t" href="x.css">`, "", "/x.css", true, true},
		{"imported sheet", `<style>@import "x.css";</style>`, "", "/x.css", true, true},
		{"image", "", `<img src="x.png">`, "/x.png", true, true},
		{"poster", "", `<video poster="x.png" preload="none" src="x.mp4"></video>`, "/x.png", true, true},
		{"image button", "", `<input type="image" src="x.png">`, "/x.png", true, true},
		{"CSS background", "", `<p style="background: url(x.png)">x</p>`, "/x.png", true, true},
		{"cursor", "", `<p style="cursor: url(x.png), auto">x</p>`, "/x.png", true, true},
		{"font in use", `<style>@font-face { font-family: F; src: url(x.woff2) } p { font-family: F }</style>`, "<p>x</p>", "/x.woff2", true, true},
		{"SVG use", "", `<svg><use href="x.svg#a"/></svg>`, "/x.svg", true, true},
		{"video", "", `<video src="x.mp4"></video>`, "/x.mp4", true, true},
		{"audio", "", `<audio src="x.mp3"></audio>`, "/x.mp3", true, true},
		{"object", "", `<object data="x.png"></object>`, "/x.png", true, true},
		{"embed", "", `<embed src="x.png">`, "/x.png", true, true},
		{"frame", "", `<iframe src="x.html"></iframe>`, "/x.html", true, true},
		{"lazy frame in range", "", `<iframe loading="lazy" src="x.html"></iframe>`, "/x.html", true, true},
		{"used preload", `<link rel="preload" as="image" href="x.png">`, `<img src="x.png">`, "/x.png", true, true},

		{"unused preload", `<link rel="preload" as="image" href="x.png">`, "", "/x.png", false, true},
		{"unused preload of a font", `<link rel="preload" as="font" crossorigin href="x.woff2">`, "", "/x.woff2", false, true},
		{"modulepreload", `<link rel="modulepreload" href="x.js">`, "", "/x.js", false, true},
		{"prefetch", `<link rel="prefetch" href="x.bin">`, "", "/x.bin", false, true},
		{"lazy image", "", `<img loading="lazy" src="x.png">`, "/x.png", false, true},
		{"text track", "", `<video src="v.mp4"><track default src="x.vtt"></video>`, "/x.vtt", false, true},
		{"icon", `<link rel="icon" href="x.ico">`, "", "/x.ico", false, true},

		{"font not in use", `<style>@font-face { font-family: F; src: url(x.woff2) }</style>`, "<p>x</p>", "/x.woff2", false, false},
		{"preload of a video", `<link rel="preload" as="video" href="x.mp4">`, "", "/x.mp4", false, false},
		{"nomodule script", `<script nomodule src="x.js"></script>`, "", "/x.js", false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := `{"responses": {"` + test.slow + `": {"delay": 1000}}}` + "\n-- index.html --\n<!doctype html><html><head>" +
				test.head + "</head><body>" + test.body + "</body></html>\n-- x.woff2 --\nwOF2\n-- x.html --\nframe\n"
			inWorld(t, text, func(w *world) {
				p := w.load("/")
				made, want := false, 0
				for i := range p.Requests {
					made = made || p.name(p.Requests[i].URL) == test.slow
				}
				if made != test.made {
					t.Errorf("requested: %v, want %v\n%s", made, test.made, p)
				}
				if test.delays {
					want = 1000
				}
				if got := p.Page.Load.Milliseconds(); got != int64(want) {
					t.Errorf("load at %d ms, want %d\n%s", got, want, p)
				}
				if made && p.row(test.slow).Times.End < 1000*ms {
					t.Errorf("the load does not wait for %s to end\n%s", test.slow, p)
				}
			})
		})
	}
}

// A failure delays the load event until it is known and not longer.
func TestFailedRequestStopsDelaying(t *testing.T) {
	inWorld(t, "{\"responses\": {\"/missing.png\": {\"delay\": 200}}}\n-- index.html --\n<!doctype html><img src=missing.png><script src=http://nowhere.test/x.js></script>", func(w *world) {
		p := w.load("/")
		if p.Page.Load != p.row("/missing.png").Times.End || inMS(p.Page.Load) != "200" {
			t.Errorf("load at %v, want at the end of missing.png\n%s", p.Page.Load, p)
		}
	})
}

func TestIconsOfAProfile(t *testing.T) {
	const named = "\n-- index.html --\n<!doctype html><link rel=icon href=i.ico>x"
	const unnamed = "\n-- index.html --\n<!doctype html>x"
	tests := []struct {
		name  string
		icons loader.Icons
		site  string
		want  string
	}{
		{"named", loader.NamedIcons, named, "/ /i.ico"},
		{"named, none there", loader.NamedIcons, unnamed, "/"},
		{"none", loader.NoIcons, named, "/"},
		{"all", loader.AllIcons, unnamed, "/ /favicon.ico"},
		{"all, one named", loader.AllIcons, named, "/ /i.ico"},
		{"all, data", loader.AllIcons, "\n-- index.html --\n<!doctype html><link rel=icon href=data:,>x", "/"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, test.site, func(w *world) {
				w.profile.Icons = test.icons
				p := w.load("/")
				if got := p.names(); got != test.want {
					t.Errorf("requests %s, want %s", got, test.want)
				}
				for i := range p.Requests[1:] {
					if r := &p.Requests[i+1]; r.Type != waterfall.Other || r.Priority != waterfall.High || r.Start < p.Page.Load {
						t.Errorf("icon: %s %s at %v, want Other High after load at %v", r.Type, r.Priority, r.Start, p.Page.Load)
					}
				}
			})
		})
	}
}
