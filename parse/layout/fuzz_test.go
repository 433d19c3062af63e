package layout_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pageload/parse/css"
	"pageload/parse/dom"
	"pageload/parse/layout"
)

// finite checks that every box lies somewhere.
func finite(t *testing.T, html []byte) {
	doc, styler := styled(t, html)
	l := layout.Compute(doc.Table, styler.Boxes(doc.Table, doc.Base(), css.Device{}), css.Device{})
	for id := dom.ID(1); int(id) <= doc.Table.Len(); id++ {
		r, _ := l.Rect(id)
		for _, v := range []float64{r.X, r.Y, r.Width, r.Height} {
			if math.IsNaN(v) {
				t.Fatalf("<%s> lies at %v", doc.Table.Tag(id), r)
			}
		}
		if r.Width < 0 || r.Height < 0 {
			t.Fatalf("<%s> has the size of %v", doc.Table.Tag(id), r)
		}
	}
}

func FuzzCompute(f *testing.F) {
	files, err := filepath.Glob("testdata/pages/*.html")
	if err != nil || len(files) == 0 {
		f.Fatalf("no pages: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, html []byte) { finite(t, html) })
}

// TestHostile lays out documents that are made to be slow.
func TestHostile(t *testing.T) {
	for name, html := range map[string]string{
		"deep":      strings.Repeat("<div style=display:flex>", 100_000),
		"ratios":    strings.Repeat("<div style=aspect-ratio:1>", 300) + "x",
		"floats":    strings.Repeat("<i style=float:left>a</i>b", 20_000),
		"tables":    strings.Repeat("<table><tr><td>", 300),
		"rowspans":  "<table>" + strings.Repeat("<tr><td rowspan=1000>a<td>b", 10_000),
		"grid":      "<style>div{grid-area:1/1/1000/1000}</style><p style=display:grid>" + strings.Repeat("<div></div>", 20_000),
		"auto grid": "<style>div{grid-column:span 500}</style><p style=display:grid;grid-template-columns:repeat(999,1px)>" + strings.Repeat("<div></div>", 20_000),
		"text":      strings.Repeat("word ", 2_000_000),
		"inlines":   strings.Repeat("<b>x", 50_000),
		"infinite":  "<div style='width:1e300px;height:1e300px;margin:1e308px;padding:1e308px'>" + strings.Repeat("<p style='margin:1e308px;width:1e308%'>", 100),
		"columns":   "<div style='columns:1px 1000'>" + strings.Repeat("<p>a", 20_000),
	} {
		t.Run(name, func(t *testing.T) {
			finite(t, []byte("<!doctype html>"+html)) // or the test's own time is up
		})
	}
}
