package layout_test

import (
	"strings"
	"testing"

	"pageload/parse/css"
	"pageload/parse/layout"
)

// Rules without number against elements without number, where a layout is asked
// for too: the bound of steps ends both, and is named.
func TestHostileContainers(t *testing.T) {
	rules := strings.Repeat(".a .b>div:nth-last-child(2n+1) p{background:url(x)}", 2000)
	doc, s := styled(t, []byte("<!doctype html><style>"+rules+"div{container-type:inline-size}@container (width>1px){p{background:url(a)}}</style>"+
		strings.Repeat("<div class=a><p class=b>x</p></div>", 2000)))
	s.MaxSteps = 100_000
	layouts := 0
	s.Layout = func(b *css.Boxes) css.Geometry {
		layouts++
		return layout.Compute(doc.Table, b, css.Device{})
	}
	s.Collect(doc.Table, doc.Base(), css.Device{})
	if p := s.Problems(); len(p) != 1 || p[0].Limit != "selector steps" {
		t.Errorf("problems: %v", p)
	}
	if layouts > 3 {
		t.Errorf("%d layouts", layouts)
	}
}
