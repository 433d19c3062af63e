package loader_test

import (
	"errors"
	"strings"
	"testing"

	"pageload/loader"
	"pageload/loader/waterfall"
)

// What is no page's URL is refused at once, with a page that says so.
func TestLoadRefusesURLs(t *testing.T) {
	tests := []struct {
		url    string
		scheme bool // the error is ErrScheme
		words  string
	}{
		{"", false, `""`},
		{"example.com/", false, "example.com/"},
		{"/path", false, "/path"},
		{"http://", false, "http://"},
		{"http://[bad", false, "http://[bad"},
		{"http://a b/", false, "http://a b/"},
		{"http://a:99999/", false, "http://a:99999/"},
		{"file:///etc/passwd", true, "file"},
		{"ftp://example.com/", true, "ftp"},
		{"javascript:alert(1)", true, "javascript"},
		{"mailto:x@example.com", true, "mailto"},
		{"about:config", true, "about"},
		{"gopher://example.com/", true, "gopher"},
		{"blob:http://example.com/x", true, "blob"},
		{"http://site.test:25/", false, "port"},
		{"https://site.test:6667/", false, "port"},
	}
	for _, test := range tests {
		t.Run(test.url, func(t *testing.T) {
			inWorld(t, "\n-- index.html --\nx", func(w *world) {
				p := w.try(w.Context(), loader.Navigation{URL: test.url})
				if p.err == nil || errors.Is(p.err, loader.ErrScheme) != test.scheme {
					t.Errorf("Load(%q): error %v, want one that is ErrScheme: %v", test.url, p.err, test.scheme)
				} else if !strings.Contains(p.err.Error(), test.words) {
					t.Errorf("Load(%q): error %q does not name %q", test.url, p.err, test.words)
				}
				if len(w.received()) > 0 || len(w.net.Dials()) > 0 {
					t.Errorf("Load(%q) dialled %v", test.url, w.net.Dials())
				}
				if p.page.Status() != 0 || p.page.Document() != nil || p.page.Links() != nil {
					t.Errorf("Load(%q): status %d, document %v", test.url, p.page.Status(), p.page.Document())
				}
			})
		})
	}
}

func TestPagesWithoutNetwork(t *testing.T) {
	for _, url := range []string{"about:blank", "data:text/html,<title>x</title><img src=http://site.test/a-200x200.png>"} {
		inWorld(t, "\n-- index.html --\nx", func(w *world) {
			p := w.try(w.Context(), loader.Navigation{URL: url})
			if p.err != nil {
				t.Errorf("Load(%q): %v", url, p.err)
			}
			if want := strings.Count(url, "<img"); len(w.received()) != want {
				t.Errorf("Load(%q) sent %v, want %d requests", url, w.received(), want)
			}
			p.wantMilestones(0, 0, 0)
		})
	}
}

// References that must not be followed have an entry that says why, or a note
// where a browser has no entry; the rest of the page is there.
func TestBadReference(t *testing.T) {
	tests := []struct {
		name   string
		markup string
		row    string // URL of the entry; empty: a note
		words  []string
	}{
		{"blocked port, image", `<img src="http://site.test:25/x.png">`, "http://site.test:25/x.png", []string{"port 25", "blocked"}},
		{"blocked port, script", `<script src="http://site.test:6667/x.js"></script>`, "http://site.test:6667/x.js", []string{"port 6667"}},
		{"blocked port, sheet", `<link rel="stylesheet" href="http://site.test:22/x.css">`, "http://site.test:22/x.css", []string{"port 22"}},
		{"blocked port, import", `<style>@import "http://site.test:22/x.css";</style>`, "http://site.test:22/x.css", []string{"port 22"}},
		{"blocked port, module import", `<script type="module">import "http://site.test:22/x.js"</script>`, "http://site.test:22/x.js", []string{"port 22"}},
		{"blocked port, frame", `<iframe src="http://site.test:21/x.html"></iframe>`, "http://site.test:21/x.html", []string{"port 21"}},
		{"blocked port, CSS image", `<p style="background: url(http://site.test:23/x.png)">x</p>`, "http://site.test:23/x.png", []string{"port 23"}},
		{"blocked port, font", `<style>@font-face { font-family: F; src: url(http://site.test:23/x.woff2) } p { font-family: F }</style><p>x</p>`, "http://site.test:23/x.woff2", []string{"port 23"}},
		{"file, image", `<img src="file:///etc/passwd">`, "", []string{"local files"}},
		{"file, sheet", `<link rel="stylesheet" href="file:///x.css">`, "", []string{"local files"}},
		{"file, import", `<style>@import "file:///x.css";</style>`, "", []string{"local files"}},
		{"file, frame", `<iframe src="file:///etc/passwd"></iframe>`, "", []string{"local files"}},
		{"file, CSS image", `<p style="background: url(file:///x.png)">x</p>`, "", []string{"local files"}},
		{"unknown scheme", `<img src="foo:bar">`, "", []string{"foo"}},
		{"ftp", `<script src="ftp://site.test/x.js"></script>`, "", []string{"ftp"}},
		{"no URL", `<img src="http://[bad">`, "", []string{"[bad", "line 2", "<img>"}},
		{"port of no number", `<link rel="stylesheet" href="//a:b/">`, "", []string{"//a:b/"}},
		{"import of no URL", `<style>@import "http://[bad";</style>`, "", []string{"[bad"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, "\n-- index.html --\n<!doctype html><title>t</title>\n"+test.markup+"<img src=\"a-200x200.png\">", func(w *world) {
				p := w.load("/")
				got := ""
				if test.row == "" {
					for _, n := range p.Skipped {
						got += n.Text + "\n"
					}
					if len(p.Skipped) != 1 || len(p.Requests) != 2 {
						t.Errorf("want one note and two requests:\n%s", p)
					}
				} else {
					r := p.row(test.row)
					if got = r.Err; r.BlockedReason == "" || r.Times.SendStart != waterfall.None || r.Times.ConnectStart != waterfall.None {
						t.Errorf("blocked %q, sent %v", r.BlockedReason, r.Times.SendStart)
					}
					if n := strings.Count(p.names(), test.row); n != 1 {
						t.Errorf("%d entries for it, want 1:\n%s", n, p)
					}
				}
				for _, word := range test.words {
					if !strings.Contains(got, word) {
						t.Errorf("%q does not say %q", got, word)
					}
				}
				if a := p.row("/a-200x200.png"); a.Failed() || p.Page.Load == waterfall.None {
					t.Errorf("the rest of the page: %q, load %v", a.Err, p.Page.Load)
				}
				if len(w.net.Dials()) > 2 {
					t.Errorf("dialled %v", w.net.Dials())
				}
			})
		})
	}
}
