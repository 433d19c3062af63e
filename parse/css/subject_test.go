package css

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"pageload/parse/dom"
)

const subjectPage = `<html class="A b"><body id=Top class="x y-z" lang=en><div class="a b" id=d1><p class=c>t<a href=x class="B a">u</a><a>v</a></p><ul class=list>
<li><li class=on id=i><b class=c><i></i></b></ul></div><svg><foreignObject class=f><span></span></foreignObject><g id=g></g></svg><x-y class=é></x-y></body></html>`

var subjectSeeds = []string{
	"a", ".a", "#d1", "*", "div.a#d1", "DIV .B", ".a>.c a", "ul li + li > b", "p ~ ul i", ".list li:hover, a[href^=\"x\"]", "a:not(.B, [href=')'])",
	":is(.a, #i) b", "b::before", "li:nth-child(2n + 1 of .on)", ".a  ,  .b", ".a\n>\t.c", "body:lang(en) p", "foreignobject span", "svg *", ":root .c",
	"x-y", ".é", "a, ", ", a", "> a", "a >", "a > > b", "a + , b", "&", "a b", ".5x", "#5", "a|b", "*|a", "a/**/b", "a\\62", "::slotted(a)", ":host(.a) b", ":host", ".a::part(x)",
	"[a=\"]\"] b", "[a='\n']", ":not(a", "a)", "a]b", "a{b", "a\x00b", "-a", "--x", "-", ".-", ":", "::", ":hover(", "a:where()", "div:has(> p) a", "html.a .X", "#top .x", "p a#q#r.s.t",
	":is(.a, #[\xc1) b", ":is(.a, [) b]) b", ":is(.a]) b", ":not([a] [b=')']) b",
}

// agree checks that a subject asks for nothing that a matching element lacks.
func agree(t *testing.T, tab *dom.Table, quirks bool, text string) {
	list, ok := subjects(nil, text)
	if !ok {
		return
	}
	parsed, _ := new(listParser).parse(text, selectorContext{})
	if parsed == nil {
		return
	}
	if len(parsed) != len(list) {
		t.Fatalf("%q: %d subjects of %d selectors", text, len(list), len(parsed))
	}
	m := matcher{t: tab, quirks: quirks, steps: 1 << 20}
	for i := range parsed {
		if s := &parsed[i]; s.shadow != nil || s.pseudo == pseudoShadow {
			t.Fatalf("%q reaches into a shadow tree", text)
		}
		own := subjectOf(&parsed[i])
		for id := range tab.Descendants(0) {
			if !m.complex(&parsed[i], id) {
				continue
			}
			var above []uint16
			for p := tab.Parent(id); p != 0; p = tab.Parent(p) {
				for _, f := range new(tagTraits).traits(nil, tab, p) {
					above = append(above, f.hash())
				}
			}
			for _, s := range []subject{list[i], own} {
				if s.key != 0 && !slices.Contains(new(tagTraits).traits(nil, tab, id), s.key) {
					t.Fatalf("%q matches element %d <%s>, which lacks its key", text, id, tab.Tag(id))
				}
				for _, h := range s.above {
					if h != 0 && !slices.Contains(above, h) {
						t.Fatalf("%q matches element %d <%s>, whose ancestors lack a trait", text, id, tab.Tag(id))
					}
				}
			}
		}
	}
}

func subjectTable(t testing.TB) *dom.Table {
	root, err := html.Parse(strings.NewReader(subjectPage))
	if err != nil {
		t.Fatal(err)
	}
	tab, _ := tableOf(root)
	return tab
}

func TestSubjectsAskNoMoreThanSelectors(t *testing.T) {
	tab := subjectTable(t)
	for _, s := range subjectSeeds {
		agree(t, tab, false, s)
		agree(t, tab, true, s)
	}
}

func TestSubjects(t *testing.T) {
	key := func(kind byte, name string) trait { return traitOf(kind, name) }
	for _, c := range []struct {
		text  string
		keys  []trait // nil: to be parsed at once
		above trait   // of the first
	}{
		{"a", []trait{key('t', "a")}, 0},
		{"A.b#c", []trait{key('#', "c")}, 0},
		{".x .b, #c > *", []trait{key('.', "b"), 0}, key('.', "x")},
		{".x + .b", []trait{key('.', "b")}, 0},
		{"#i .x ~ .b:hover", []trait{key('.', "b")}, key('#', "i")},
		{"ul>a:not(.x)", []trait{key('t', "a")}, key('t', "ul")},
		{"a[b=\"c d\"]::before", []trait{key('t', "a")}, 0},
		{"", nil, 0}, {" ", nil, 0}, {"&", nil, 0}, {"a|b", nil, 0}, {":host", nil, 0}, {"::slotted(a)", nil, 0}, {"a\\.b", nil, 0}, {"a/**/", nil, 0},
	} {
		list, ok := subjects(nil, c.text)
		if ok != (c.keys != nil) {
			t.Errorf("subjects(%q) = %v", c.text, ok)
			continue
		}
		for i, k := range c.keys {
			if list[i].key != k {
				t.Errorf("subjects(%q)[%d] is another one", c.text, i)
			}
		}
		if want := c.above.hash(); ok && c.above != 0 && list[0].above[0] != want || ok && c.above == 0 && list[0].above[0] != 0 {
			t.Errorf("subjects(%q) asks for %d above, want %d", c.text, list[0].above[0], want)
		}
	}
}

// FuzzSubjects: what is read off a selector without parsing it never turns an
// element away that the parsed one matches.
func FuzzSubjects(f *testing.F) {
	for _, s := range subjectSeeds {
		f.Add(s)
	}
	tab := subjectTable(f)
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1000 {
			return
		}
		agree(t, tab, false, s)
		agree(t, tab, true, s)
	})
}
