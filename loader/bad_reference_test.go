package loader_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

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
		{"file, image", `<img src="file:///etc/passwd">`, "file:///etc/passwd", []string{"local files"}},
		{"file, sheet", `<link rel="stylesheet" href="file:///x.css">`, "file:///x.css", []string{"local files"}},
		{"file, import", `<style>@import "file:///x.css";</style>`, "file:///x.css", []string{"local files"}},
		{"file, frame", `<iframe src="file:///etc/passwd"></iframe>`, "file:///etc/passwd", []string{"local files"}},
		{"file, CSS image", `<p style="background: url(file:///x.png)">x</p>`, "file:///x.png", []string{"local files"}},
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

// wantLimit checks that a bound was named, once.
func (p *loaded) wantLimit(name string) {
	p.w.Helper()
	n := 0
	for _, l := range p.Limits {
		if strings.Contains(l.Text, name) {
			n++
		}
	}
	if n != 1 {
		p.w.Errorf("%d notes name the limit %s, want 1: %v", n, name, p.Limits)
	}
}

func TestLimitOfRequests(t *testing.T) {
	inWorld(t, "\n-- index.html --\n<!doctype html>"+numbered(50, `<img src="%d.png">`), func(w *world) {
		w.profile.Limits.Requests = 20
		p := w.load("/")
		if len(p.Requests) != 20 || len(w.received()) != 20 {
			t.Errorf("%d requests made, %d came, want 20", len(p.Requests), len(w.received()))
		}
		p.wantLimit("Limits.Requests")
		if !strings.Contains(p.Limits[0].Text, "19.png") {
			t.Errorf("limit %q does not name the first that was dropped", p.Limits[0].Text)
		}
	})
}

func TestLimitOfRequestsCountsRedirects(t *testing.T) {
	inWorld(t, "\n-- index.html --\n<!doctype html>"+numbered(20, `<img src="r/%d">`), func(w *world) {
		w.profile.Limits.Requests = 20
		for i := range 20 {
			w.serve[fmt.Sprintf("site/r/%d", i)] = func(c net.Conn, r *http.Request) bool {
				_, err := io.WriteString(c, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /x.png\r\n\r\n")
				return err == nil
			}
		}
		p := w.load("/")
		if len(p.Requests) > 40 {
			t.Errorf("%d requests, want at most twice the limit of 20", len(p.Requests))
		}
		p.wantLimit("Limits.Requests")
	})
}

func TestLimitsOfFrames(t *testing.T) {
	const self = "\n-- index.html --\n<!doctype html><iframe src=\"?1\"></iframe><iframe src=\"?2\"></iframe>"
	tests := []struct {
		name   string
		limits loader.Limits
		frames int
		words  string
	}{
		{"depth", loader.Limits{Depth: 3}, 1 + 2 + 4 + 8, "Limits.Depth"},
		{"number", loader.Limits{Frames: 5}, 5, "Limits.Frames"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, self, func(w *world) {
				w.profile.Limits = test.limits
				p := w.load("/")
				if len(p.Requests) != test.frames {
					t.Errorf("%d documents, want %d", len(p.Requests), test.frames)
				}
				if len(p.Limits) == 0 || !strings.Contains(p.Limits[0].Text, test.words) {
					t.Errorf("limits %v, want %s", p.Limits, test.words)
				}
				if p.Page.Load == waterfall.None {
					t.Error("no load event")
				}
			})
		})
	}
}

// A style sheet or module that imports another one for ever.
func TestLimitOfImports(t *testing.T) {
	tests := []struct{ name, markup, next string }{
		{"sheets", `<link rel="stylesheet" href="/i/0.css">`, "@import \"/i/%d.css\";"},
		{"modules", `<script type="module" src="/i/0.js"></script>`, "import \"/i/%d.js\";"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, "\n-- index.html --\n<!doctype html>"+test.markup+"<img src=a.png>", func(w *world) {
				w.profile.Limits.ImportDepth = 5
				for i := range 20 {
					body := fmt.Sprintf(test.next, i+1)
					ext := ".css"
					if test.name == "modules" {
						ext = ".js"
					}
					w.serve[fmt.Sprintf("site/i/%d%s", i, ext)] = respondOK(mediaTypes[ext], body)
				}
				p := w.load("/")
				if len(p.Requests) != 2+6 { // the page, the image, the first and five deeper ones
					t.Errorf("%d requests, want 8:\n%s", len(p.Requests), p)
				}
				p.wantLimit("Limits.ImportDepth")
			})
		})
	}
}

// Style sheets of which each imports two others: few requests, but many uses.
func TestImportsMultiply(t *testing.T) {
	inWorld(t, "\n-- index.html --\n<!doctype html><link rel=stylesheet href=/i/0a.css><img src=a.png>", func(w *world) {
		const depth = 14 // sixteen thousand uses
		w.profile.Limits.ImportDepth = depth
		for i := range depth + 2 {
			body := fmt.Sprintf("@import \"/i/%da.css\"; @import \"/i/%db.css\";", i+1, i+1)
			for _, which := range []string{"a", "b"} {
				w.serve[fmt.Sprintf("site/i/%d%s.css", i, which)] = respondOK("text/css", body)
			}
		}
		p := w.load("/")
		if len(p.Requests) > 2*depth+3 {
			t.Errorf("%d requests for %d style sheets", len(p.Requests), 2*depth+1)
		}
		if len(p.Limits) == 0 || len(p.Limits) > 10 {
			t.Errorf("%d notes of limits, want one or a few", len(p.Limits))
		}
		if p.Page.Load == waterfall.None {
			t.Error("no load event")
		}
	})
}

// respondOK is a handler that answers with a body and keeps the connection.
func respondOK(mediaType, body string) handler {
	return func(c net.Conn, _ *http.Request) bool {
		_, err := fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", mediaType, len(body), body)
		return err == nil
	}
}

func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// generated serves a document that is made while it is sent.
func generated(head, piece string, pieces int) handler {
	return func(c net.Conn, _ *http.Request) bool {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n")
		fmt.Fprintf(c, "%x\r\n%s\r\n", len(head), head)
		for range pieces {
			if _, err := fmt.Fprintf(c, "%x\r\n%s\r\n", len(piece), piece); err != nil {
				return false
			}
		}
		_, err := io.WriteString(c, "0\r\n\r\n")
		return err == nil
	}
}

// A document above the limit ends there; what it named until then is loaded.
func TestLimitOfDocument(t *testing.T) {
	inWorld(t, "\n-- index.html --\nx", func(w *world) {
		w.profile.Limits.DocumentSize = 2 << 20
		w.serve["site/big.html"] = generated("<!doctype html><title>big</title><img src=a-200x200.png>", "<p>"+strings.Repeat("text ", 12<<10)+"</p>", 2000)
		p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/big.html"})
		var se *loader.SizeError
		if !errors.As(p.err, &se) || se.Limit != "Limits.DocumentSize" || se.Bytes != 2<<20 {
			t.Errorf("error %v, want a SizeError of Limits.DocumentSize", p.err)
		}
		r := p.row("/big.html")
		if !strings.Contains(r.Err, "Limits.DocumentSize") || r.BodyBytes < 2<<20 || r.BodyBytes > 3<<20 {
			t.Errorf("row: %d bytes, error %q", r.BodyBytes, r.Err)
		}
		if a := p.row("/a-200x200.png"); a.Status != 200 {
			t.Errorf("image: status %d, %q", a.Status, a.Err)
		}
	})
}

// A large document arrives and is scanned while its tree builder waits for a
// script.
func TestLargeDocumentWaitsForScript(t *testing.T) {
	inWorld(t, `{"responses": {"/slow.js": {"delay": 3000}}}`+"\n-- index.html --\nx", func(w *world) {
		text := "<p>" + strings.Repeat("text ", 12<<10) + "</p>"
		w.serve["site/big.html"] = generated("<!doctype html><script src=slow.js></script>", text+"<img src=a-200x200.png>", 100)
		p := w.load("/big.html")
		p.wantRequests("/big.html", "/slow.js", "/a-200x200.png")
		if got := p.row("/big.html"); got.BodyBytes < 6_000_000 || got.Times.End > ms {
			t.Errorf("document: %d bytes, over at %v; want 6 MB at once", got.BodyBytes, got.Times.End)
		}
		p.wantMilestones(3000, 3000, 3000)
	})
}

// A million references: the limits of the document and the page are named and
// the page is over.
func TestMillionReferences(t *testing.T) {
	inWorld(t, "\n-- index.html --\nx", func(w *world) {
		w.profile.Limits.Requests = 200
		w.profile.Limits.References = 50_000
		thousands := 1000
		if raceEnabled {
			thousands = 100 // the detector makes it slow, and sees no more in the rest
		}
		w.serve["site/many.html"] = generated("<!doctype html><base href=//site.test/i/>", numbered(1000, `<img src=%d.png>`), thousands)
		p := w.load("/many.html")
		if len(p.Requests) != 200 {
			t.Errorf("%d requests, want 200", len(p.Requests))
		}
		p.wantLimit("Limits.Requests")
		p.wantLimit("references")
		if p.Page.Load == waterfall.None {
			t.Error("no load event")
		}
	})
}

func TestManyBadReferences(t *testing.T) {
	inWorld(t, "\n-- index.html --\n<!doctype html>"+numbered(5000, `<img src="x%d:y">`), func(w *world) {
		p := w.load("/")
		if n := len(p.Skipped); n != 100 || !strings.Contains(p.Skipped[99].Text, "further") {
			t.Errorf("%d notes, want 100 and the last to say that there are more", n)
		}
	})
}

// Whoever cancels gets what was loaded until then, and an error that says why.
func TestCancelHalfWay(t *testing.T) {
	stop := errors.New("interrupted by the user")
	tests := []struct {
		name  string
		after time.Duration
		cause error
		rows  string
		done  string // those that had come
	}{
		{"while the document is awaited", 50 * ms, stop, "/", ""},
		{"while the document arrives", 150 * ms, stop, "/ /a.css /slow.png", "/a.css"},
		{"while subresources are loaded", 450 * ms, stop, "/ /a.css /slow.png /b.png /held.png", "/ /a.css /b.png"},
		{"by a timeout", 450 * ms, context.DeadlineExceeded, "/ /a.css /slow.png /b.png /held.png", "/ /a.css /b.png"},
	}
	const site = `{"responses": {"/": {"delay": 100, "marks": true, "pause": 200}, "/slow.png": {"delay": 60000}, "/slow.js": {"delay": 60000}}}
-- index.html --
<!doctype html><html><head><link rel="stylesheet" href="a.css"></head><body><img src="slow.png"><!--pause--><img src="b.png"><p style="background: url(held.png)">x</p></body></html>
`
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, site, func(w *world) {
				w.serve["site/held.png"] = func(c net.Conn, _ *http.Request) bool {
					io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 100\r\n\r\nhalf")
					c.Read(make([]byte, 1))
					return false
				}
				ctx, cancel := context.WithCancelCause(w.Context())
				defer cancel(nil)
				if test.cause == context.DeadlineExceeded {
					var end context.CancelFunc
					ctx, end = context.WithTimeout(w.Context(), test.after)
					defer end()
				} else {
					time.AfterFunc(test.after, func() { cancel(test.cause) })
				}
				start := time.Now()
				p := w.try(ctx, loader.Navigation{URL: "http://site.test/"})
				if took := time.Since(start); took != test.after {
					t.Errorf("returned after %v, want %v", took, test.after)
				}
				if !errors.Is(p.err, test.cause) {
					t.Errorf("error %v, want %v", p.err, test.cause)
				}
				if got := p.names(); got != test.rows {
					t.Errorf("requests %s, want %s", got, test.rows)
				}
				var done []string
				for i := range p.Requests {
					if r := &p.Requests[i]; !r.Failed() {
						done = append(done, p.name(r.URL))
					} else if r.NetError != "net::ERR_ABORTED" && r.NetError != "net::ERR_TIMED_OUT" {
						t.Errorf("%s: %q (%s)", p.name(r.URL), r.Err, r.NetError)
					}
				}
				if got := strings.Join(done, " "); got != test.done {
					t.Errorf("had come: %s, want %s", got, test.done)
				}
				if p.Page.Load != waterfall.None {
					t.Errorf("load at %v of a page that was cancelled", p.Page.Load)
				}
				if (p.page.Document() != nil) != (test.after > 100*ms) {
					t.Errorf("document %v after %v", p.page.Document(), test.after)
				}
			})
		})
	}
}

// A page that has been loaded is a success, also where the context ends while
// what no load event waits for is still coming.
func TestCancelAfterLoad(t *testing.T) {
	inWorld(t, `{"responses": {"/slow.png": {"delay": 60000}}}`+"\n-- index.html --\n<!doctype html><link rel=prefetch href=slow.png>x", func(w *world) {
		ctx, cancel := context.WithTimeout(w.Context(), time.Second)
		defer cancel()
		p := w.try(ctx, loader.Navigation{URL: "http://site.test/"})
		if p.err != nil || p.Page.Load == waterfall.None {
			t.Errorf("error %v, load %v", p.err, p.Page.Load)
		}
		if r := p.row("/slow.png"); !r.Failed() || inMS(r.Times.End) != "1000" {
			t.Errorf("slow.png: error %q at %v", r.Err, r.Times.End)
		}
	})
}

func TestCancelledBeforeItBegan(t *testing.T) {
	inWorld(t, "\n-- index.html --\nx", func(w *world) {
		ctx, cancel := context.WithCancel(w.Context())
		cancel()
		p := w.try(ctx, loader.Navigation{URL: "http://site.test/"})
		if !errors.Is(p.err, context.Canceled) || len(w.received()) != 0 {
			t.Errorf("error %v, received %v", p.err, w.received())
		}
	})
}
