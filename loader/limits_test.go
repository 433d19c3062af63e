package loader_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"pageload/loader"
	"pageload/loader/waterfall"
)

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
