package dom

import (
	"slices"
	"testing"
)

func TestTouched(t *testing.T) {
	for _, c := range []struct {
		name string
		grow func(t *Table, body, p ID)
		want []ID
		ok   bool
	}{
		{"nothing", func(*Table, ID, ID) {}, nil, true},
		{"children at the end", func(t *Table, body, p ID) { t.Add(body, "div"); t.Add(body, "div"); t.Add(p, "b") }, []ID{2, 3}, true},
		{"children of new ones", func(t *Table, body, _ ID) { t.AddText(t.Add(t.Add(body, "div"), "b"), "x") }, []ID{2}, true},
		{"text", func(t *Table, _, p ID) { t.AddText(p, "x") }, []ID{3}, true},
		{"a child before another", func(t *Table, body, p ID) { t.Insert(body, t.New(&Element{Name: "x"}), p) }, nil, false},
		{"an element that goes", func(t *Table, _, p ID) { t.Detach(p) }, nil, false},
		{"one that moves", func(t *Table, body, p ID) { t.MoveChildren(body, t.Add(body, "div")) }, nil, false},
		{"an attribute", func(t *Table, body, _ ID) {
			t.AddAttrs(body, []SourceAttr{{Name: t.addSource("a"), Value: t.addSource("b")}})
		}, nil, false},
		{"another mark", func(t *Table, _, _ ID) { t.Mark() }, nil, false},
	} {
		tab := new(Table)
		body := tab.Add(tab.Add(0, "html"), "body")
		p := tab.Add(body, "p")
		if _, ok := tab.Touched(0); ok {
			t.Errorf("%s: touched since no mark", c.name)
		}
		mark := tab.Mark()
		c.grow(tab, body, p)
		got, ok := tab.Touched(mark)
		if ok != c.ok || ok && !slices.Equal(got, c.want) {
			t.Errorf("%s: touched %v, %v, want %v, %v", c.name, got, ok, c.want, c.ok)
		}
	}
}
