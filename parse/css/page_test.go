package css

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/tools/txtar"

	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// tableOf makes an element table of a tree of x/net/html, and tells which
// element each node became.
func tableOf(root *html.Node) (*dom.Table, map[*html.Node]dom.ID) {
	t := &dom.Table{}
	ids := map[*html.Node]dom.ID{}
	var walk func(n *html.Node, parent dom.ID)
	walk = func(n *html.Node, parent dom.ID) {
		switch n.Type {
		case html.ElementNode:
			var attrs []string
			for _, a := range n.Attr {
				attrs = append(attrs, a.Key, a.Val)
			}
			parent = t.Add(parent, n.Data, attrs...)
			ids[n] = parent
		case html.TextNode:
			if parent != 0 {
				t.AddText(parent, n.Data)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, parent)
		}
	}
	walk(root, 0)
	return t, ids
}

// page is a document with its sheets, loaded from a txtar.
type page struct {
	table   *dom.Table
	base    weburl.URL
	sources []Source
}

// loadPage parses a case: index.html and its style sheets by path.
func loadPage(t testing.TB, files map[string]string, url string) page {
	t.Helper()
	root, err := html.Parse(strings.NewReader(files["index.html"]))
	if err != nil {
		t.Fatal(err)
	}
	doc := weburl.MustParse(url)
	p := page{base: doc}
	var ids map[*html.Node]dom.ID
	p.table, ids = tableOf(root)
	attr := func(n *html.Node, name string) string {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val
			}
		}
		return ""
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "base":
			p.base, _ = doc.Parse(attr(n, "href"))
		case "link":
			if attr(n, "rel") == "stylesheet" {
				u, _ := p.base.Parse(attr(n, "href"))
				p.sources = append(p.sources, loadSheet(files, u, ParseMedia(attr(n, "media")), ids[n]))
			}
		case "style":
			if typ := attr(n, "type"); typ != "" && typ != "text/css" {
				continue
			}
			sheet := ParseSheet([]byte(n.FirstChild.Data), p.base)
			src := Source{Sheet: sheet, Media: ParseMedia(attr(n, "media")), Owner: ids[n]}
			for _, imp := range sheet.Imports() {
				src.Imported = append(src.Imported, loadSheet(files, imp.URL, MediaList{}, ids[n]))
			}
			p.sources = append(p.sources, src)
		}
	}
	return p
}

func loadSheet(files map[string]string, u weburl.URL, m MediaList, owner dom.ID) Source {
	src := Source{Media: m, Owner: owner, URL: u}
	body, ok := files[strings.TrimPrefix(u.Path(), "/")]
	if !ok {
		return src
	}
	src.Sheet = ParseSheet([]byte(body), u)
	for _, imp := range src.Sheet.Imports() {
		src.Imported = append(src.Imported, loadSheet(files, imp.URL, MediaList{}, owner))
	}
	return src
}

// TestCollectRecorded runs the pages of testdata/pages. Their file "fetches"
// holds what Chromium requested for their style, in its order: kind, path,
// property, sheet. Lines that begin with ~ are requested after a failure.
func TestCollectRecorded(t *testing.T) {
	names, err := filepath.Glob("testdata/pages/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no pages", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]string{}
			for _, f := range txtar.Parse(data).Files {
				files[f.Name] = string(f.Data)
			}
			p := loadPage(t, files, "http://site.test/")
			got := fetchLines(p, Device{})
			if want := files["fetches"]; got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func fetchLines(p page, d Device) string {
	var s Styler
	s.SetSources(p.sources)
	var b strings.Builder
	var fallbacks func(f *FontFace, depth int)
	fallbacks = func(f *FontFace, depth int) {
		for i, src := range f.Sources {
			if i > 0 || depth > 0 {
				b.WriteString("~ " + strings.Repeat(" ", depth) + src.URL.Path() + "\n")
			}
		}
		for _, n := range f.Next {
			fallbacks(n, depth+1)
		}
	}
	for _, f := range s.Collect(p.table, p.base, d) {
		b.WriteString(f.Kind.String() + " " + f.Mode.String() + " " + f.URL.Path() + " " + f.Property)
		if !f.SheetURL.IsZero() {
			b.WriteString(" " + f.SheetURL.Path())
		}
		b.WriteString("\n")
		if f.Font != nil {
			fallbacks(f.Font, 0)
		}
	}
	return b.String()
}
