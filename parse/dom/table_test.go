package dom

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

func TestTableRelatives(t *testing.T) {
	var tab Table
	root := tab.Add(0, "html")
	body := tab.Add(root, "body", "class", "a  b\tc", "ID", "x")
	p := tab.Add(body, "p")
	my := tab.Add(body, "my-element")
	svg := tab.Add(body, "svg", "viewbox", "0 0 1 1")
	circle := tab.Add(svg, "circle")
	if got := []ID{tab.Parent(p), tab.Next(p), tab.Prev(my), tab.FirstChild(body), tab.LastChild(body), tab.FirstChild(0), tab.Parent(root)}; !slices.Equal(got, []ID{body, my, p, p, svg, root, 0}) {
		t.Errorf("relatives = %v", got)
	}
	if got := fmt.Sprint(tab.Index(p), tab.Index(my), tab.Index(svg), tab.Tag(my), tab.Atom(my), tab.Namespace(circle), tab.Namespace(my)); got != "1 2 3my-element svg html" {
		t.Errorf("got %s", got)
	}
	if got := tab.Classes(body); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("Classes = %q", got)
	}
	for name, value := range tab.Attrs(svg) {
		if name != "viewBox" || value != "0 0 1 1" {
			t.Errorf("Attrs(svg) = %q, %q", name, value)
		}
	}
	if got := slices.Collect(tab.Descendants(0)); !slices.Equal(got, []ID{root, body, p, my, svg, circle}) {
		t.Errorf("Descendants = %v", got)
	}
	if got := slices.Collect(tab.Descendants(svg)); !slices.Equal(got, []ID{circle}) {
		t.Errorf("Descendants(svg) = %v", got)
	}
	if got := slices.Collect(tab.Descendants(p)); len(got) != 0 {
		t.Errorf("Descendants(p) = %v", got)
	}
}

func TestTableInsertBeforeRenumbers(t *testing.T) {
	var tab Table
	root := tab.Add(0, "body")
	a, b := tab.Add(root, "a"), tab.Add(root, "table")
	c := tab.New(&Element{Atom: atom.B})
	if !tab.Inert(c) {
		t.Error("an element out of the tree is not inert")
	}
	tab.Insert(root, c, b)
	if tab.Index(a) != 1 || tab.Index(c) != 2 || tab.Index(b) != 3 || tab.Inert(c) {
		t.Errorf("Index = %d %d %d", tab.Index(a), tab.Index(c), tab.Index(b))
	}
	tab.Detach(a)
	if tab.Index(c) != 1 || tab.Index(b) != 2 || tab.FirstChild(root) != c {
		t.Errorf("after Detach: Index = %d %d", tab.Index(c), tab.Index(b))
	}
	tab.AddText(c, "x")
	to := tab.Clone(c)
	tab.Insert(root, to, 0)
	tab.MoveChildren(root, to)
}

// TestMayHave: what an element has it may have, and of most else it is said that it
// has it not.
func TestMayHave(t *testing.T) {
	var tab Table
	id := tab.Add(0, "p", "class", "x", "style", "", "data-k", "1")
	copied, none := tab.Clone(id), tab.Add(0, "p")
	for _, name := range []string{"class", "style", "data-k"} {
		if s := NamesOf("q", name); !tab.MayHave(id, s) || !tab.MayHave(copied, s) {
			t.Errorf("MayHave(%s) is false", name)
		}
		if tab.MayHave(none, NamesOf(name)) {
			t.Errorf("MayHave(%s) is true of an element without attributes", name)
		}
	}
	if tab.MayHave(id, NamesOf("id", "hidden")) || tab.MayHave(id, NamesOf()) {
		t.Error("MayHave is true of what lies elsewhere")
	}
}

func TestTableTexts(t *testing.T) {
	src := "a &amp; b\r\nc\x00d  <i>"
	var tab Table
	tab.SetSource([]byte(src))
	p := tab.New(&Element{Atom: atom.P})
	tab.Insert(0, p, 0)
	tab.InsertText(p, Span{1, 2}, TextData)
	if tab.HasText(p) {
		t.Error("white space counts as text")
	}
	tab.InsertText(p, Span{2, 14}, TextData)
	tab.InsertText(p, Span{15, 16}, TextData)
	if got := slices.Collect(tab.Texts(p)); !slices.Equal(got, []string{" & b\ncd", " "}) {
		t.Errorf("Texts = %q", got)
	}
	if !tab.HasText(p) {
		t.Error("HasText = false")
	}
	if got := tab.TextContent(p, 0); got != " & b\ncd " {
		t.Errorf("TextContent = %q", got)
	}
}

func TestLineAt(t *testing.T) {
	src := "1\n2\r\n3\r4\r\r\n6"
	want := "112223344556"
	for first := range len(src) {
		var tab Table
		tab.SetSource([]byte(src))
		tab.LineAt(uint32(first)) // counting stops anywhere, answers stay the same
		for off := range len(src) {
			if got := fmt.Sprint(tab.LineAt(uint32(off))); got != want[off:off+1] {
				t.Errorf("after LineAt(%d): LineAt(%d) = %s, want %c", first, off, got, want[off])
			}
		}
	}
}

var decodeTests = []string{
	"", "plain", "&amp;", "&amp", "&ampx", "&amp=", "&notit;", "&notin;", "&not;", "&semi;", "&lt&gt", "& &; &", "&#65;&#x41;&#X41", "&#", "&#x", "&#;", "&#xg",
	"&#0;", "&#128;", "&#x9f", "&#xD800;", "&#x110000;", "&#99999999999;", "&CounterClockwiseContourIntegral;", "&CounterClockwiseContourIntegralx;",
	"&nGt;x", "&hellip", "&copy2", "&copy;2", "?a=1&copy=2&reg;", "&AMP;&AMP", "&eacute", "&frac12", "&sup1", "&sup1x", "&fjlig;", "a&b=c&d=e", "&&amp;", "&zwnj;",
}

// attrOracle decodes as golang.org/x/net/html does an attribute's value.
func attrOracle(t testing.TB, s string) string {
	z := html.NewTokenizer(strings.NewReader(`<a b="` + s + `">`))
	if z.Next() != html.StartTagToken {
		t.Fatal("no start tag")
	}
	_, v, _ := z.TagAttr()
	return string(v)
}

func TestDecodeAgainstNetHTML(t *testing.T) {
	for _, s := range decodeTests {
		if got, want := DecodeText(s, TextData), html.UnescapeString(s); got != want {
			t.Errorf("DecodeText(%q) = %q, want %q", s, got, want)
		}
		if s == "&#99999999999;" { // wraps around there
			continue
		}
		if got, want := DecodeAttr(s), attrOracle(t, s); got != want {
			t.Errorf("DecodeAttr(%q) = %q, want %q", s, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range decodeTests {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsAny(s, "\r\x00\"") || strings.Contains(s, "&#") {
			s = strings.NewReplacer("\r", "", "\x00", "", `"`, "", "#", "").Replace(s)
		}
		if got, want := DecodeText(s, TextData), html.UnescapeString(s); got != want {
			t.Errorf("DecodeText(%q) = %q, want %q", s, got, want)
		}
		if got, want := DecodeAttr(s), attrOracle(t, s); got != want {
			t.Errorf("DecodeAttr(%q) = %q, want %q", s, got, want)
		}
	})
}
