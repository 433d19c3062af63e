package css_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"pageload/parse"
	"pageload/parse/css"
	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// checkGrowing computes style each time that a piece of a document has come, once
// going on from the time before and once anew: both must find the same. It returns
// how many elements the former had not to visit again, in all.
func checkGrowing(t *testing.T, style string, pieces ...string) (spared int) {
	t.Helper()
	base := weburl.MustParse("http://a.test/")
	sources := []css.Source{{Sheet: css.ParseSheet([]byte(style), base), URL: base}}
	growing := css.Styler{Growing: true}
	growing.SetSources(sources)
	p := parse.New(parse.Options{URL: base})
	doc := p.Document()
	for i := 0; i <= len(pieces); i++ {
		if i < len(pieces) {
			p.Feed([]byte(pieces[i]))
		} else {
			p.End()
		}
		for _, ok := p.Next(); ok; _, ok = p.Next() {
		}
		visited := growing.Visited()
		got := growing.Collect(doc.Table, base, css.Device{})
		anew := new(css.Styler)
		anew.SetSources(sources)
		want := anew.Collect(doc.Table, base, css.Device{})
		spared += anew.Visited() - (growing.Visited() - visited)
		for _, list := range [...][]css.Fetch{got, want} {
			for i := range list {
				if list[i].Kind == css.Font {
					list[i].Element = 0 // its own text may have come later than that of another one
				}
			}
		}
		where := fmt.Sprintf("style %q, after piece %d of %q", style, i+1, pieces)
		if len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: got %s, anew %s", where, fetches(got), fetches(want))
		}
		for id := dom.ID(1); int(id) <= doc.Table.Len(); id++ {
			if g, w := growing.Displayed(doc.Table, id), anew.Displayed(doc.Table, id); g != w {
				t.Fatalf("%s: element %d (%s) displayed: %v, anew %v", where, id, doc.Table.Tag(id), g, w)
			}
		}
	}
	return spared
}

func fetches(list []css.Fetch) string {
	var b strings.Builder
	for _, f := range list {
		fmt.Fprintf(&b, "[%s %s %d %s]", f.Kind, f.URL.Path(), f.Element, f.Property)
	}
	return b.String()
}

// What pages and style sheets are put together from.
var (
	growMarkup = []string{"<div class=a>", "<div class=b>", "</div>", "<p>", "<p class='a c'>", "<span id=x>", "</span>", "text", " ", "é漢", "<ul><li>", "<li class=b>", "</ul>",
		"<table><tr><td class=c>", "</table>", "<tr class=a>", "<b>", "</b>", "<i class=b>", "</i>", "<select><option>", "<option selected>", "</select>", "<input class=a value=v>", "<q>", "</q>",
		"<body class=a>", "<body class=b>", "<template><p class=a>", "</template>", "<details><summary>s</summary>", "</details>", "<img class=b>", "<h1>", "</h1>", "<svg><g class=a>", "</svg>",
		"<p style='background:url(st.png)'>", "<p style='background:var(--v)'>", "<a href=q>", "</a>", "<textarea>", "</textarea>", "<head>", "</head>", "<style>", "</style>", "<html class=c>", "<object class=a>", "</object>",
		"<div hidden>", "<div style='display:none'>", "<frameset>", "<fieldset disabled><legend>", "</legend>", "<button>", "<div style='content-visibility:auto' class=a>"}
	growStyle = []string{".a{background:url(a.png)}", ".b{display:none}", ".c{list-style:url(c.png)}", "p + .a{mask:url(pa.png)}", ".a ~ .b{cursor:url(ab.png),auto}", ".a:last-child{background:url(last.png)}",
		"div:not(:only-child) .c{background:url(not.png)}", "p:empty{background:url(empty.png)}", "div:has(.b){background:url(has.png)}", ".a::after{content:url(after.png)}", "p::before{content:'x' url(before.png)}",
		"@font-face{font-family:F;src:url(f.woff2)}", "@font-face{font-family:F;src:url(g.woff2);unicode-range:U+80-FFFF}", "@font-face{font-family:G;src:url(h.woff2)}", "body{font-family:F,G}", ".b{font-family:G}",
		"h1{font:bold 1px F}", "p::first-line{background:url(line.png)}", "option:checked{background:url(opt.png)}", "input:valid{background:url(in.png)}", "li:nth-child(2){background:url(li.png)}", "li:nth-last-child(1){background:url(nth.png)}",
		":root{--v:url(v.png)}", ".c{--v:url(w.png)}", "td{background:var(--v)}", "tr:first-child{display:none}", ".b .a{display:block!important}", "html.c body{background:url(html.png)}", "@media print{.a{display:none}}",
		"@container (width>1px){.a{background:url(cont.png)}}", "div{container-type:inline-size}", "@scope(.a)to(.b){p{background:url(scope.png)}}", "q::after{content:url(q.png)}", ".a{&:first-child{background:url(nest.png)}}",
		"ul:l\\61st-child{background:url(esc.png)}", ".a::after{content:'.'}", "fieldset :disabled{background:url(dis.png)}"}
)

func growParts(r *rand.Rand, from []string, most int) string {
	var b strings.Builder
	for range r.IntN(most) {
		b.WriteString(from[r.IntN(len(from))])
	}
	return b.String()
}

func TestGrowing(t *testing.T) {
	spared := 0
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 1))
		style := growParts(r, growStyle, 8)
		var pieces []string
		for range 1 + r.IntN(4) {
			pieces = append(pieces, growParts(r, growMarkup, 14))
		}
		spared += checkGrowing(t, style, pieces...)
	}
	if spared == 0 {
		t.Error("it went on nowhere")
	}
}

// TestGrowingSpares has a document of which most is not visited a second time.
func TestGrowingSpares(t *testing.T) {
	many := strings.Repeat("<p class=a>text</p>", 100)
	if spared := checkGrowing(t, ".a{background:url(a.png)}p + .b{background:url(b.png)}", "<body><div>"+many, "<p class=b>"+many); spared < 200 {
		t.Errorf("%d elements were not visited again, want more than 200", spared)
	}
	for _, style := range []string{".a:last-child{background:url(a.png)}", "div:has(.b){display:none}", ".a{&:empty{background:url(b.png)}}"} {
		if spared := checkGrowing(t, style, "<body><div>"+many, "<p class=b>"+many); spared != 0 {
			t.Errorf("%s: %d elements were not visited again, want 0", style, spared)
		}
	}
}

func FuzzGrowing(f *testing.F) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 2))
		f.Add(growParts(r, growStyle, 8), growParts(r, growMarkup, 20), growParts(r, growMarkup, 20))
	}
	f.Fuzz(func(t *testing.T, style, first, second string) {
		if len(style)+len(first)+len(second) > 1<<12 {
			return
		}
		checkGrowing(t, style, first, second)
	})
}
