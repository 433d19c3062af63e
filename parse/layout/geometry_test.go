package layout_test

import (
	"strings"
	"testing"

	"pageload/parse/css"
	"pageload/parse/layout"
)

// TestStyleByLayout has styles that depend on where boxes lie; what Chromium 156
// fetches for them is in the cases container1, container2 and w-cv of the loader.
func TestStyleByLayout(t *testing.T) {
	tests := []struct{ name, style, body, want string }{
		{"grid column", ".g{display:grid;grid-template-columns:300px 1fr}.c{container-type:inline-size}@container (max-width:300px){p{background:url(n)}}@container (min-width:301px){p{background:url(w)}}", "<div class=g><div class=c><p></div></div>", "n"},
		{"padding", "body{margin:0}.o{padding:0 600px}.c{container-type:inline-size}@container (width:80px){p{background:url(a)}}", "<div class=o><div class=c><p></div></div>", "a"},
		{"contents do not count", ".o{float:left}.c{container-type:inline-size}@container (width:0){p{background:url(a)}}", "<div class=o><div class=c><p>text</div></div>", "a"},
		{"nested", "body{margin:0}.c{container-type:inline-size;width:50%}@container (width:320px){p{background:url(a)}}", "<div class=c><div class=c><p></div></div>", "a"},
		{"a container that depends on another", "body{margin:0}.c{container-type:inline-size}@container (width>1000px){.d{width:200px}}@container (width:200px){p{background:url(a)}}", "<div class=c><div class='c d'><p></div></div>", "a"},
		{"height needs size containment", ".c{container-type:inline-size;height:300px}@container (height>1px){p{background:url(a)}}", "<div class=c><p></div>", ""},
		{"height", ".c{container-type:size;height:300px}@container (height:300px) and (orientation:landscape){p{background:url(a)}}", "<div class=c><p></div>", "a"},
		{"inline boxes have no size", ".c{container-type:inline-size}@container (width>=0){p{background:url(a)}}", "<span class=c><p></span>", ""},
		{"content-visibility in view", ".v{content-visibility:auto}p{background:url(a)}", "<div class=v><p></div>", "a"},
		{"content-visibility far below", ".v{content-visibility:auto;background:url(v)}p{background:url(a)}", "<div style=height:5000px></div><div class=v><p></div>", "v"},
	}
	for _, tt := range tests {
		doc, s := styled(t, []byte("<!doctype html><style>"+tt.style+"</style><body>"+tt.body))
		s.Layout = func(b *css.Boxes) css.Geometry { return layout.Compute(doc.Table, b, css.Device{}) }
		var names []string
		for _, f := range s.Collect(doc.Table, doc.Base(), css.Device{}) {
			names = append(names, strings.TrimPrefix(f.URL.Path(), "/"))
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("%s: fetches %q, want %q", tt.name, got, tt.want)
		}
	}
}
