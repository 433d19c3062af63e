package loader_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"pageload/loader"
	"pageload/loader/waterfall"
)

// FuzzPage loads pages of any markup, style sheets and modules. Whatever they
// are, the load comes to an end, in order, and every row with it; a bubble in
// which nothing can go on fails at once.
func FuzzPage(f *testing.F) {
	for _, pattern := range []string{"testdata/sites/*.txtar", "testdata/fidelity/cases/*.txtar"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("no seeds in %s: %v", pattern, err)
		}
		for _, file := range files {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				f.Fatal(err)
			}
			var html, css, js string
			for _, a := range ar.Files {
				switch filepath.Ext(a.Name) {
				case ".html":
					html += string(a.Data)
				case ".css":
					css += string(a.Data)
				case ".js":
					js += string(a.Data)
				}
			}
			f.Add(html, css, js, uint8(len(html)))
		}
	}
	f.Fuzz(func(t *testing.T, html, css, js string, chunk uint8) {
		if len(html)+len(css)+len(js) > 20_000 {
			t.Skip("longer inputs show nothing that shorter ones do not")
		}
		inWorld(t, "", func(w *world) {
			w.names.Set("*.test", w.names.Zone["site.test"])
			w.profile.Limits = loader.Limits{Requests: 100, Frames: 10, Depth: 2, ImportDepth: 4}
			for ext, body := range map[string]string{"css": css, "js": js} {
				w.any(ext, body)
			}
			w.serve["site/page"] = pieces(html, 1+int(chunk)*8)
			w.any("html", html)
			p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/page"})
			if p.err != nil {
				t.Fatalf("error %v", p.err)
			}
			checkLives(t, p.page.Events())
			m := p.Page
			if m.DOMInteractive == waterfall.None || m.DOMContentLoaded < m.DOMInteractive || m.Load < m.DOMContentLoaded || m.End < m.Load {
				t.Errorf("milestones out of order: %+v", m)
			}
			if len(p.Requests) > 200 {
				t.Errorf("%d requests, the limit is 100 and what redirects add", len(p.Requests))
			}
		})
	})
}

// any makes all files of an ending the same.
func (w *world) any(ext, body string) {
	w.endings = append(w.endings, ending{"." + ext, respondOK(mediaTypes["."+ext], body)})
}

// pieces serves a document in pieces of n bytes.
func pieces(body string, n int) handler {
	return func(c net.Conn, _ *http.Request) bool {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
		for rest := body; rest != ""; {
			p := rest[:min(n, len(rest))]
			rest = rest[len(p):]
			if _, err := fmt.Fprintf(c, "%x\r\n%s\r\n", len(p), p); err != nil {
				return false
			}
		}
		_, err := io.WriteString(c, "0\r\n\r\n")
		return err == nil && !strings.Contains(body, "\x00")
	}
}
