package css

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"pageload/parse/dom"
	"pageload/parse/weburl"
)

// selectorsOf parses a selector list as a rule's prelude.
func selectorsOf(s string) ([]complexSelector, error) {
	toks, ok := tokenize(s, maxSelectorTokens)
	if !ok {
		return nil, errSelector
	}
	return parseSelectorList(trimTokens(cursor{src: s, toks: toks}), selectorContext{})
}

const matchPage = `<!doctype html><html lang=en><head><title>t</title></head><body id=top class="b x">
<div id=a class="one two"><p class=one>t<span data-a="one two" lang=de-AT>u</span></p><p id=b>v</p><p></p></div>
<ul class=list><li>1<li class="x two">2<li>3<li id=c>4</ul>
<form><fieldset disabled><legend><input id=in-legend></legend><input id=d type=checkbox checked><input type=TEXT required></fieldset>
<select><optgroup disabled><option>1<option selected>2</optgroup></select><textarea readonly></textarea><button>b</button></form>
<a href="http://x.test/y.PDF" rel=NoFollow>l</a><a>m</a><svg><g><path class=one></path></g><foreignObject id=fo><p id=fp></p></foreignObject></svg><div><div><div class=two><b><i>deep</i></b></div></div></div>
</body></html>`

func parsePage(t testing.TB, src string) (*html.Node, *dom.Table, map[*html.Node]dom.ID) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	table, ids := tableOf(root)
	return root, table, ids
}

// differ returns the elements on which the matcher and cascadia disagree.
func differ(root *html.Node, t *dom.Table, ids map[*html.Node]dom.ID, list []complexSelector, oracle cascadia.SelectorGroup) (diff []string) {
	m := matcher{t: t, steps: 1 << 20}
	for n, id := range ids {
		got, want := m.list(list, id), oracle.Match(n)
		if got != want {
			diff = append(diff, n.Data)
		}
	}
	return diff
}

var baseURL = weburl.MustParse("https://site.test/css/a.css")

var matchSelectors = []string{
	"*", "p", "P", "#a", ".one", "p.one", ".one.two", "div p", "div > p", "p + p", "p ~ p", "ul li", "body * i", "html body > div div div.two > b i",
	"[id]", "[id=a]", "[data-a~=two]", "[data-a~='one two']", "[lang|=de]", "[href^=http]", "[href$='.PDF']", "[href*=x\\.test]", "[href$='.pdf' i]", "[class='']",
	":first-child", "li:last-child", ":only-child", "p:first-of-type", "p:last-of-type", "b:only-of-type", "li:nth-child(2n+1)", "li:nth-child(even)", "li:nth-last-child(-n+2)",
	"p:nth-of-type(2)", "p:nth-last-of-type(1)", "li:nth-child(3)", ":root", ":empty", ":checked", "p:not(.one)", ":not(p, div, li)", "div:has(.two)", "ul:has(li#c)", "p, li, a", "div:not(:has(p)) > div", "svg path.one", "svg g > *",
}

func TestMatchAgainstCascadia(t *testing.T) {
	root, table, ids := parsePage(t, matchPage)
	for _, s := range matchSelectors {
		list, err := selectorsOf(s)
		if err != nil {
			t.Errorf("selectorsOf(%q): %v", s, err)
			continue
		}
		oracle, err := cascadia.ParseGroup(s)
		if err != nil {
			t.Fatalf("cascadia: %q: %v", s, err)
		}
		if diff := differ(root, table, ids, list, oracle); len(diff) > 0 {
			t.Errorf("%q: cascadia disagrees on %v", s, diff)
		}
		for i := range list {
			want := oracle[i].Specificity()
			if got := list[i].specificity; got != uint32(want[0]<<20|want[1]<<10|want[2]) && !strings.Contains(s, ":has") {
				t.Errorf("%q: specificity %x, want %v", s, got, want)
			}
		}
	}
}

// randomSelector makes selectors of the kinds that both sides know.
func randomSelector(r *rand.Rand, depth int) string {
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	var b strings.Builder
	for i := range 1 + r.IntN(3) {
		if i > 0 {
			b.WriteString(pick(" ", " > ", " + ", " ~ ", " "))
		}
		b.WriteString(pick("", "*", "p", "div", "li", "span", "ul", "b", "i", "body"))
		simple := b.Len()
		for range r.IntN(3) {
			b.WriteString(pick(".one", ".two", ".x", "#a", "#c", "[id]", "[class~=two]", ":first-child", ":last-child", ":empty", ":nth-child(2n)", ":nth-last-child(-n+3)",
				":first-of-type", ":last-of-type", ":nth-of-type(odd)", ":root"))
			if depth > 0 && r.IntN(4) == 0 {
				b.WriteString(":not(" + randomSelector(r, depth-1) + ")")
			}
			if depth > 0 && r.IntN(6) == 0 {
				b.WriteString(":has(" + randomSelector(r, 0) + ")")
			}
		}
		if s := b.String(); simple == b.Len() && (s == "" || strings.HasSuffix(s, " ")) {
			b.WriteString("*")
		}
	}
	return b.String()
}

func TestMatchRandomAgainstCascadia(t *testing.T) {
	root, table, ids := parsePage(t, matchPage)
	r := rand.New(rand.NewPCG(7, 7))
	for range 3000 {
		s := randomSelector(r, 1)
		oracle, err := cascadia.ParseGroup(s)
		if err != nil {
			t.Fatalf("cascadia: %q: %v", s, err)
		}
		list, err := selectorsOf(s)
		if err != nil {
			t.Fatalf("selectorsOf(%q): %v", s, err)
		}
		if diff := differ(root, table, ids, list, oracle); len(diff) > 0 {
			t.Fatalf("%q: cascadia disagrees on %v", s, diff)
		}
	}
}

// TestMatch has what cascadia does not know, or knows otherwise than the standard.
func TestMatch(t *testing.T) {
	_, table, _ := parsePage(t, matchPage)
	m := matcher{t: table, steps: 1 << 20}
	tests := []struct{ sel, want string }{
		{":is(#a, #b)", "a b"},
		{":where(#a, :unknown)", "a"},
		{":is()", ""},
		{"[id]:is(div p, li)", "b c"},
		{":nth-child(2 of p)", "b"},
		{":nth-child(1 of .two)", "a"}, // and elements without an id
		{"#c:nth-last-child(1 of li)", "c"},
		{"#a:hover, #a:visited, #b:focus-within", ""},
		{"#d:checked:disabled", "d"},
		{"#in-legend:enabled", "in-legend"},
		{"#a:defined:dir(ltr)", "a"},
		{"#a:lang(en)", "a"},
		{"#a:lang('*-en')", "a"},
		{"#top > #a:has(~ ul > li#c)", "a"},
		{"#a:has(~ #c)", ""},
		{"#a:not(:has(#b))", ""},
		{":scope > body > #a", "a"},
		{"html|div#a", "-"}, // no such namespace
		{"*|div#a", "a"},
		{"|div#a", ""},
		{"#\\61", "a"},
		{"[id='a' s]", "a"},
		{"[id='A' i]", "a"},
		{"#a, #b:bogus", "-"},
		{"#a::before", "a"},
		{"#a:before", "a"},
		{"#a::-webkit-anything", "a"},
		{"#a::anything", "-"},
		{"#a::before p", "-"},
		{"#a:is(::before)", ""},
		{"#a:not(::before)", "-"},
		{"#a >", "-"},
		{"> #a", "-"},
		{"#a,, #b", "-"},
		{"", "-"},
		{"#1", "-"},
		{".1", "-"},
		{"p:nth-child(2n + )", "-"},
		{"p:nth-child()", "-"},
		{"[id=a b]", "-"},
		{"[id=a", "a"}, // the end closes it
		{"#a:has(:has(p))", "-"},
		{"#a & p", ""},
		{"foreignObject, #a foreignobject", "fo"},
		{"svg > foreignObject > #fp", "fp"},
		{"[id^=''], [id*=''], [id$='']", ""},
		{"div:has(> p)", "a"},
		{"#a:has(+ ul)", "a"},
	}
	for _, tt := range tests {
		got := "-"
		if list, err := selectorsOf(tt.sel); err == nil {
			var ids []string
			for id := range table.Descendants(0) {
				if name := table.IDAttr(id); name != "" && m.list(list, id) {
					ids = append(ids, name)
				}
			}
			got = strings.Join(ids, " ")
		}
		if got != tt.want {
			t.Errorf("%q matches %q, want %q", tt.sel, got, tt.want)
		}
	}
}

func TestMatchQuirks(t *testing.T) {
	_, table, _ := parsePage(t, `<div id=A class=Foo>`)
	for _, quirks := range []bool{false, true} {
		m := matcher{t: table, quirks: quirks, steps: 1000}
		for _, s := range []string{"#a", ".foo", ".FOO", "#a.fOO"} {
			list, _ := selectorsOf(s)
			got := false
			for id := range table.Descendants(0) {
				got = got || m.list(list, id)
			}
			if got != quirks {
				t.Errorf("quirks %v: %q matches %v", quirks, s, got)
			}
		}
	}
}

// TestMatchStepsEnd gives the matcher a selector that needs many steps: it ends
// with no match and says so.
func TestMatchStepsEnd(t *testing.T) {
	var b strings.Builder
	for range 300 {
		b.WriteString("<div>")
	}
	_, table, _ := parsePage(t, b.String())
	sel := strings.Repeat("div > div ", 20) + "+ i div"
	sheet := ParseSheet([]byte(strings.Repeat(":not("+sel+") > :has("+sel+"){display:none}\n", 50)), baseURL)
	s := Styler{MaxSteps: 10000}
	s.SetSources([]Source{{Sheet: sheet}})
	s.Collect(table, baseURL, Device{})
	if p := s.Problems(); len(p) != 1 || p[0].Limit != "selector steps" {
		t.Errorf("problems = %v", p)
	}
}

func FuzzSelector(f *testing.F) {
	for _, s := range matchSelectors {
		f.Add(s)
	}
	for _, s := range []string{":is(a,b):not(.c)", "a:nth-child(-2n+3 of .x)", "& > a", "#\\31 x", "[a='b' i]", "a|b", "::before", ":lang(de, 'fr')"} {
		f.Add(s)
	}
	root, table, ids := parsePage(f, matchPage)
	f.Fuzz(func(t *testing.T, s string) {
		list, err := selectorsOf(s)
		if err != nil {
			return
		}
		m := matcher{t: table, steps: 1 << 16}
		for id := range table.Descendants(0) {
			m.list(list, id)
		}
		if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz#.*> +~,") != "" || strings.Contains(s, "|") {
			return
		}
		// of plain names and combinators cascadia must think the same
		oracle, err := cascadia.ParseGroup(s)
		if err != nil {
			return
		}
		if diff := differ(root, table, ids, list, oracle); len(diff) > 0 {
			t.Errorf("%q: cascadia disagrees on %v", s, diff)
		}
	})
}
