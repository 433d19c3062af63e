package css

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

func TestImports(t *testing.T) {
	tests := []struct{ src, want string }{
		{`@import "a"; @import url(b); @import url('c') ;p{} @import "d";`, "a b c"},
		{`@charset "x"; @layer a, b; @import "a";`, "a"},
		{`@layer a{} @import "a";`, ""},
		{`@namespace x "y"; @import "a";`, ""},
		{`@unknown; @import "a";`, "a"},
		{`@unknown{} @import "a";`, ""},
		{`p; @import "a";`, ""},
		{`@import "a`, "a"},
		{`@import url(a`, "a"},
		{`@import "a" {} @import "b";`, ""},
		{`@media screen{@import "a";}`, ""},
		{`@import a; @import "b";`, "b"},
		{`@import ""; @import url(); @import " "; @import "?q#f"; @import "a";`, "q a"},
		{`@import url("a" integrity("x")); @import url("b" bogus);`, "a"},
		{`@import "a" supports(not (display: grid)); @import "b" supports((foo: bar)); @import "c" supports(bogus(x));`, "a= b= c="},
		{`@import "a" supports(display: grid); @import "b" supports((display: grid));`, "a b"},
		{`@import "a" supports(display: nonsense); @import "b" supports(); @import "c" supports(foo);`, "-a -b -c"},
		{`@import "http://[bad";`, "!http://[bad"},
	}
	for _, tt := range tests {
		var got []string
		for _, i := range ParseSheet([]byte(tt.src), baseURL).Imports() {
			switch name := strings.TrimPrefix(i.URL.Path(), "/css/"); {
			case i.URL.IsZero():
				got = append(got, "!"+i.Raw)
			case !i.SupportsOK:
				got = append(got, "-"+name)
			case !i.Media.Match(Device{}):
				got = append(got, name+"=")
			case i.URL.HasQuery():
				got = append(got, i.URL.Query())
			default:
				got = append(got, name)
			}
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%q: imports %q, want %q", tt.src, s, tt.want)
		}
	}
	list := ParseSheet([]byte("\n@import 'a' layer(x.y) supports(display:grid) screen;\n@import 'b' layer;@import 'c' supports(nope:1);"), baseURL).Imports()
	if len(list) != 3 || list[0].Line != 2 || list[0].Layer != "x.y" || !list[0].HasLayer || !list[0].SupportsOK || list[0].Media.Match(Device{Print: true}) ||
		!list[1].HasLayer || list[1].Layer != "" || list[2].SupportsOK {
		t.Errorf("imports = %+v", list)
	}
}

func TestRefs(t *testing.T) {
	const src = `@charset "x"; @import "i.css" screen; @import url(j.css);
@namespace svg "http://www.w3.org/2000/svg";
@font-face { font-family: "F"; src: url(f.woff2) format("woff2"), local("x") }
p { background: url( "a.png" ), image-set("b.png" 1x, url(c.png) 2x); content: "no"; filter: url(d.svg#x); color: red }
@media print { .never { cursor: url(e.cur), auto; behavior: url(f.htc) } }
q { background: url(#frag); mask: url(); --v: url(g.png); src: url(h.png) }
a[href="no.png"]:not([x='url(no)']) { background: url(data:,x) }
b { background: url(http://[bad) }`
	want := []string{
		"import i.css 1 ", "import j.css 1 ", "font f.woff2 3 src", "image a.png 4 background", "image b.png 4 background", "image c.png 4 background",
		"document d.svg#x 4 filter", "image e.cur 5 cursor", "image f.htc 5 behavior", "image g.png 6 --v", "image h.png 6 src", "image data:,x 7 background", "image http://[bad 8 background !",
	}
	var got []string
	for _, r := range ParseSheet([]byte(src), baseURL).Refs() {
		s := r.Kind.String() + " " + r.Raw + " " + string(rune('0'+r.Line)) + " " + r.Property
		if r.Err != nil {
			s += " !"
		}
		got = append(got, s)
	}
	if !slices.Equal(got, want) {
		t.Errorf("refs:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestDecodeSheetVectors runs stylesheet_bytes.json: the encoding is what
// decides how the expected text reads.
func TestDecodeSheetVectors(t *testing.T) {
	readPairs(t, "stylesheet_bytes.json", func(in, want any) {
		row := in.(map[string]any)
		var body []byte
		for _, r := range row["css_bytes"].(string) {
			body = append(body, byte(r))
		}
		name, _ := row["protocol_encoding"].(string)
		var fallback encoding.Encoding
		if env, ok := row["environment_encoding"].(string); ok {
			fallback, _ = htmlindex.Get(env)
		}
		wantEnc := want.([]any)[1].(string)
		b := slices.Clone(body)
		_, got := sheetEncoding(&b, name, fallback)
		if got != wantEnc {
			t.Errorf("%q (%s, %v): %s, want %s", body, name, row["environment_encoding"], got, wantEnc)
		}
	})
}

func TestDecodeSheet(t *testing.T) {
	tests := []struct {
		name, body, charset string
		fallback            encoding.Encoding
		want                string
	}{
		{"plain", "a", "", nil, "a"},
		{"mark", "\xEF\xBB\xBFé", "latin1", nil, "é"},
		{"utf-16", "\xFF\xFEp\x00{\x00", "", nil, "p{"},
		{"content type", "\xE9", "iso-8859-1", nil, "é"},
		{"charset rule", "@charset \"latin1\";\xE9", "", nil, "@charset \"latin1\";é"},
		{"charset rule in quotes of the wrong kind", "@charset 'latin1';\xC3\xA9", "", nil, "@charset 'latin1';é"},
		{"fallback", "\xE9", "", charmap.Windows1252, "é"},
		{"unknown", "é", "nope", nil, "é"},
		{"not UTF-8", "a\xFFb", "", nil, "a\uFFFDb"},
	}
	for _, tt := range tests {
		if got := string(DecodeSheet([]byte(tt.body), tt.charset, tt.fallback)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestParseSheetLimits(t *testing.T) {
	rule := "p{display:none}"
	tests := []struct {
		limit string
		src   string
		l     Limits
	}{
		{"bytes", strings.Repeat(rule, 10), Limits{Bytes: 50}},
		{"rules", strings.Repeat(rule, 10), Limits{Rules: 5}},
		{"nested blocks", strings.Repeat("@media all{", 10) + rule, Limits{Depth: 5}},
		{"nested blocks", strings.Repeat("a{", 10) + "display:none", Limits{Depth: 5}},
		{"imports", strings.Repeat("@import 'a';", 10), Limits{Imports: 5}},
		{"selector tokens", strings.Repeat("a,", 20000) + rule, Limits{}},
		{"tokens of a value", "p{background:" + strings.Repeat("url(a),", 20000) + "}", Limits{}},
		{"sources of a font face", "@font-face{font-family:F;src:" + strings.Repeat("url(a),", 100) + "url(b)}", Limits{}},
	}
	for _, tt := range tests {
		p := ParseSheet([]byte(tt.src), baseURL, tt.l).Problems()
		if len(p) != 1 || p[0].Limit != tt.limit {
			t.Errorf("%s: problems = %v", tt.limit, p)
		}
	}
}

// TestCraftedInput holds inputs that would take for ever if something were
// quadratic: each is big enough that it would show, and the bound is generous.
func TestCraftedInput(t *testing.T) {
	const n = 100_000
	inputs := map[string]string{
		"open parens":      "p{color:" + strings.Repeat("(", n),
		"open braces":      strings.Repeat("{", n),
		"open functions":   "p{background:" + strings.Repeat("image-set(", n),
		"open not":         "p" + strings.Repeat(":not(", n),
		"at-rules":         strings.Repeat("@media (", n),
		"comments":         strings.Repeat("/*", n),
		"escapes":          strings.Repeat("\\a", n),
		"escaped name":     "p{" + strings.Repeat("a", n) + strings.Repeat("\\b", 1000),
		"bad declarations": "p{" + strings.Repeat("a:b{", 200) + strings.Repeat("x", n),
		"layers":           strings.Repeat("@layer a;", n),
		"custom":           ":root{--a:" + strings.Repeat("var(--a)", n) + "} p{background:var(--a)}",
		"doubling":         ":root{--a:x" + doubling() + "} p{background:var(--z29)}",
		"fonts":            strings.Repeat("@font-face{font-family:F;src:url(a)}", 3000) + "p{font-family:F}",
		"calc":             "@media (width:" + strings.Repeat("calc(", n),
		"media conditions": "@media " + strings.Repeat("not ", n) + "{",
		"selectors":        strings.Repeat("a>b+c~d ", n/8) + "{display:none}",
	}
	for name, src := range inputs {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			sheet := ParseSheet([]byte(src), baseURL)
			sheet.Refs()
			_, table, _ := parsePage(t, "<p style='--b:1'>x<div><a><b>")
			s := Styler{MaxSteps: 1 << 20}
			s.SetSources([]Source{{Sheet: sheet}})
			s.Collect(table, baseURL, Device{})
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}

// doubling makes thirty properties, each of which holds the one before twice.
func doubling() string {
	var b strings.Builder
	b.WriteString(";--z0:url(a)")
	for i := range 29 {
		ref := "var(--z" + itoa(i) + ")"
		b.WriteString(";--z" + itoa(i+1) + ":" + ref + "," + ref)
	}
	return b.String()
}

func itoa(i int) string {
	if i < 10 {
		return string(rune('0' + i))
	}
	return itoa(i/10) + itoa(i%10)
}

func FuzzSheet(f *testing.F) {
	for _, s := range []string{
		"@import 'a' layer(b) supports(c:d) print;p{background:url(a)}", "@layer a.b{&{x:y}}", "a{b{c:d}e:f}", "@font-face{font-family:F;src:url(a) format('woff');unicode-range:U+0-7F}",
		":root{--a:var(--b,url(x))}p{mask:var(--a)}", "@scope(a)to(b){:scope{cursor:url(c),auto}}", "@container x (width>1px){p{list-style:url(a)}}", "p::before{content:'x' url(a) attr(b)}",
		"@media(400px<=width<=2000px){p{font:italic bold 12px/2 A,serif}}", "p{background:image-set('a' 1x,url(b) type('image/png') 2x)}", "}{;@;/*", "p{background:if(media(width>1px):url(a);else:url(b))}",
	} {
		f.Add(s)
	}
	_, table, _ := parsePage(f, matchPage)
	f.Fuzz(func(t *testing.T, src string) {
		sheet := ParseSheet([]byte(src), baseURL)
		if again := ParseSheet([]byte(src), baseURL); len(again.rules) != len(sheet.rules) || len(again.decls) != len(sheet.decls) {
			t.Fatalf("%q: parsed twice, differently", src)
		}
		refs := map[string]bool{}
		for _, r := range sheet.Refs() {
			refs[r.URL.WithoutFragment().String()] = true
		}
		s := Styler{MaxSteps: 1 << 16}
		s.SetSources([]Source{{Sheet: sheet, URL: baseURL}})
		seen := map[fetchKey]bool{}
		for _, fetch := range s.Collect(table, baseURL, Device{}) {
			key := fetchKey{fetch.URL.WithoutFragment().String(), fetch.Kind, fetch.Mode}
			if seen[key] {
				t.Fatalf("%q: %v is there twice", src, key)
			}
			seen[key] = true
			if fetch.Element < 1 || int(fetch.Element) > table.Len() || fetch.URL.IsZero() || fetch.URL.Scheme() == "data" {
				t.Fatalf("%q: fetch %+v", src, fetch)
			}
			// what is fetched is written in the sheet, unless var() put it together
			if !refs[key.url] && !strings.Contains(src, "(") {
				t.Fatalf("%q: %s is no reference of the sheet", src, key.url)
			}
		}
		for _, imp := range sheet.Imports() {
			if !imp.URL.IsZero() && imp.Raw != "" && imp.Raw[0] != '#' && !refs[imp.URL.WithoutFragment().String()] {
				t.Fatalf("%q: import %q is no reference of the sheet", src, imp.Raw)
			}
		}
		ScanImports([]byte(src))
	})
}

func TestProblemString(t *testing.T) {
	if got := (Problem{Limit: "rules", Max: 5, Line: 3}).String(); got != "css: line 3: more than 5 rules" {
		t.Error(got)
	}
	if got := (Problem{Limit: "selector steps", Max: 5}).String(); got != "css: more than 5 selector steps" {
		t.Error(got)
	}
}
