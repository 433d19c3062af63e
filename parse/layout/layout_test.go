package layout_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html/atom"

	"pageload/parse"
	"pageload/parse/css"
	"pageload/parse/dom"
	"pageload/parse/layout"
	"pageload/parse/weburl"
)

var show = flag.Bool("show", false, "print every box that differs from the browser's")

// styled parses a document and its style elements.
func styled(t testing.TB, html []byte) (*parse.Document, *css.Styler) {
	base := weburl.MustParse("http://layout.test/")
	doc, err := parse.Parse(bytes.NewReader(html), parse.Options{URL: base})
	if err != nil {
		t.Fatal(err)
	}
	var sources []css.Source
	for id := dom.ID(1); int(id) <= doc.Table.Len(); id++ {
		if doc.Table.Atom(id) == atom.Style {
			text := doc.Table.TextContent(id, 0)
			sources = append(sources, css.Source{Sheet: css.ParseSheet([]byte(text), base), Owner: id})
		}
	}
	s := &css.Styler{}
	s.SetSources(sources)
	return doc, s
}

// TestBrowser compares the boxes of pages with those that Chromium 156 gave them
// (see testdata/record.mjs). Boxes may differ by 4 pixels, or by a fiftieth of how
// far down they are, because letters and controls are not measured exactly.
func TestBrowser(t *testing.T) {
	files, err := filepath.Glob("testdata/pages/*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".html")
		t.Run(name, func(t *testing.T) {
			html, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			recorded, err := os.ReadFile(strings.TrimSuffix(file, ".html") + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var want [][5]any
			if err := json.Unmarshal(recorded, &want); err != nil {
				t.Fatal(err)
			}
			doc, styler := styled(t, html)
			boxes := styler.Boxes(doc.Table, doc.Base(), css.Device{})
			l := layout.Compute(doc.Table, boxes, css.Device{})
			next, wrong := 0, 0
			inBody := false
			for id := dom.ID(1); int(id) <= doc.Table.Len(); id++ {
				r, ok := l.Rect(id)
				a := doc.Table.Atom(id)
				if a == atom.Body {
					inBody = true
					continue
				}
				if !inBody || !ok || a == atom.Source || doc.Table.Atom(doc.Table.Parent(id)) == atom.Select || a == atom.Br {
					continue
				}
				for next < len(want) && (want[next][0] == "source" || want[next][0] == "option" || want[next][0] == "br") {
					next++
				}
				if next == len(want) {
					t.Fatalf("Chromium has no more boxes: <%s>", doc.Table.Tag(id))
				}
				tag := doc.Table.Tag(id)
				if i := doc.Table.IDAttr(id); i != "" {
					tag += "#" + i
				}
				if want[next][0] != tag {
					t.Fatalf("Chromium has a box for %v, we for %s", want[next], tag)
				}
				w := layout.Rect{want[next][1].(float64), want[next][2].(float64), want[next][3].(float64), want[next][4].(float64)}
				next++
				if boxes.Of(id).Display == css.DisplayInline && !replaced(a) {
					continue // Chromium's is what its letters cover
				}
				if far(r, w, a) {
					wrong++
					if *show {
						t.Logf("%-12s %-40s Chromium %v", tag, fmt.Sprint(r), w)
					}
				}
			}
			if wrong > 0 {
				t.Errorf("%d of %d boxes lie elsewhere than in Chromium (-show tells which)", wrong, len(want))
			}
		})
	}
}

func far(got, want layout.Rect, a atom.Atom) bool {
	tolerance := 4 + want.Y/50
	if math.Abs(got.Y-want.Y) > tolerance || math.Abs(got.X-want.X) > 6 {
		return true
	}
	if replaced(a) {
		return math.Abs(got.Width-want.Width) > 2 || math.Abs(got.Height-want.Height) > 2
	}
	return false
}

func replaced(a atom.Atom) bool {
	switch a {
	case atom.Img, atom.Iframe, atom.Video, atom.Canvas, atom.Svg:
		return true
	}
	return false
}
