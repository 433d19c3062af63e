package css_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html/atom"

	"pageload/parse"
	"pageload/parse/css"
	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// shadowed returns the last path segments of what a document's style fetches,
// each style element in its own tree, sorted.
func shadowed(t *testing.T, html string) string {
	base := weburl.MustParse("http://shadow.test/")
	doc, err := parse.Parse(strings.NewReader("<!doctype html><body>"+html), parse.Options{URL: base})
	if err != nil {
		t.Fatal(err)
	}
	var s css.Styler
	var sources []css.Source
	for id := dom.ID(1); int(id) <= doc.Table.Len(); id++ {
		if doc.Table.Atom(id) == atom.Style {
			sources = append(sources, css.Source{Sheet: css.ParseSheet([]byte(doc.Table.TextContent(id, 0)), base), Owner: id})
		}
	}
	s.SetSources(sources)
	var names []string
	for _, f := range s.Collect(doc.Table, base, css.Device{}) {
		names = append(names, strings.TrimPrefix(f.URL.Path(), "/"))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// What Chromium 156 fetches for such documents is in the cases shadow1 and
// shadow2 of the loader.
func TestShadowTrees(t *testing.T) {
	const root = "<template shadowrootmode=open>"
	tests := []struct{ name, html, want string }{
		{"inner rules stay inside", "<x-a>" + root + "<style>p{background:url(a)}</style><p></p></template></x-a><p>", "a"},
		{"outer rules stay outside", "<style>p{background:url(a)}</style><x-a>" + root + "<p></p></template></x-a>", ""},
		{"outer rules and slotted elements", "<style>x-a p{background:url(a)}</style><x-a>" + root + "<slot></slot></template><p></p></x-a>", "a"},
		{"no slot, not rendered", "<style>p{background:url(a)}</style><x-a>" + root + "</template><p></p></x-a>", ""},
		{"named slots", "<style>p{background:url(a)} b{background:url(b)}</style><x-a>" + root + "<slot name=s></slot></template><p slot=s></p><b></b></x-a>", "a"},
		{"the first slot of a name", "<style>p{background:url(a)}</style><x-a>" + root + "<div style=display:none><slot></slot></div><slot></slot></template><p></p></x-a>", ""},
		{"fallback of a slot", "<x-a>" + root + "<slot><i style=background:url(a)></i></slot><slot name=s><i style=background:url(b)></i></slot></template><p></p></x-a>", "b"},
		{"a text takes the fallback's place", "<x-a>" + root + "<slot><i style=background:url(a)></i></slot></template> </x-a>", ""},
		{"host", "<x-a>" + root + "<style>:host{background:url(a)} x-a{border-image:url(b)} *{list-style:url(c)}</style></template></x-a>", "a"},
		{"host with a selector", "<x-a class=y>" + root + "<style>:host(.y){background:url(a)} :host(.z){border-image:url(b)} :host.y{list-style:url(c)}</style></template></x-a>", "a"},
		{"host around", "<div class=y><x-a>" + root + "<style>:host-context(.y) p{background:url(a)} .y p{border-image:url(b)}</style><p></p></template></x-a></div>", "a"},
		{"host as a parent", "<x-a>" + root + "<style>:host > p{background:url(a)} * > p{border-image:url(b)} :root{list-style:url(c)}</style><p></p></template></x-a>", "a"},
		{"host before", "<x-a>" + root + "<style>:host::before{content:'';background:url(a)}</style></template></x-a>", "a"},
		{"no host outside", "<style>:host{background:url(a)} :root,:host{list-style:url(b)}</style><p>", "b"},
		{"outer rules of the host win", "<style>x-a{background:url(b)}</style><x-a>" + root + "<style>:host{background:url(a)}</style></template></x-a>", "b"},
		{"important inner rules win", "<style>x-a{background:url(b)!important}</style><x-a style=background:url(c)!important>" + root + "<style>:host{background:url(a)!important}</style></template></x-a>", "a"},
		{"style attributes win over the host's rules", "<x-a style=background:url(b)>" + root + "<style>:host{background:url(a)}</style></template></x-a>", "b"},
		{"slotted", "<x-a>" + root + "<style>::slotted(p){background:url(a)} ::slotted(.y){border-image:url(b)} .z::slotted(p){list-style:url(c)} ::slotted(p)::after{content:'';background:url(d)}</style><slot></slot></template><p></p></x-a>", "a d"},
		{"slotted loses to the document", "<style>p{background:url(b)}</style><x-a>" + root + "<style>p::slotted(p),::slotted(p){background:url(a)}</style><slot></slot></template><p></p></x-a>", "b"},
		{"part", "<style>x-a::part(t){background:url(a)} ::part(u){border-image:url(b)} x-b::part(t){list-style:url(c)}</style><x-a>" + root + "<style>p{background:url(d)}</style><p part='s t' style=background:url(e)></p></template></x-a>", "a"},
		{"inherited into and through", "<style>body{--v:url(a)} x-a{--w:url(b)}</style><x-a>" + root + "<style>p{background:var(--v)} ::slotted(b){background:var(--w)}</style><p></p><slot></slot></template><b></b></x-a>", "a b"},
		{"siblings and positions", "<style>x-a :first-child{background:url(a)} x-a b:nth-child(2){background:url(b)} p + b{border-image:url(c)}</style><x-a>" + root + "<slot></slot></template><p></p><b></b></x-a>", "a b c"},
		{"trees in trees", "<x-a>" + root + "<style>p{background:url(a)} x-b{background:url(b)}</style><x-b>" + root + "<style>:host{background:url(d)} p{background:url(c)}</style><p></p></template></x-b></template></x-a>", "b c"},
		{"fonts of texts in slots", "<style>@font-face{font-family:F;src:url(f)} @font-face{font-family:G;src:url(g)} @font-face{font-family:H;src:url(h)}</style><x-a style='font-family:H;display:block'>" + root + "<style>div{font-family:F}</style><div><slot></slot></div></template>text</x-a>", "f"},
		{"faces of shadow trees do not count", "<x-a>" + root + "<style>@font-face{font-family:F;src:url(f)} p{font-family:F}</style><p>x</p></template></x-a>", ""},
		{"hidden host", "<x-a hidden>" + root + "<p style=background:url(a)></p><slot></slot></template><p style=background:url(b)></p></x-a>", ""},
	}
	for _, tt := range tests {
		if got := shadowed(t, tt.html); got != tt.want {
			t.Errorf("%s: fetches %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Elements and slots in great number cost no more than a bound.
func TestManySlots(t *testing.T) {
	var b strings.Builder
	b.WriteString("<style>p{background:url(a)}</style><x-a><template shadowrootmode=open>")
	b.WriteString(strings.Repeat("<slot name=s></slot>", 20_000))
	b.WriteString("<style>::slotted(p){border-image:url(b)} :host p{background:url(c)}</style></template>")
	b.WriteString(strings.Repeat("<p slot=s></p>", 20_000))
	if got := shadowed(t, b.String()); got != "a b" {
		t.Errorf("fetches %q", got)
	}
	deep := strings.Repeat("<x-a><template shadowrootmode=open><style>:host{background:url(a)}</style>", 300)
	if got := shadowed(t, deep); got != "a" {
		t.Errorf("trees in trees fetch %q", got)
	}
}
