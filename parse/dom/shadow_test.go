package dom

import (
	"slices"
	"testing"
)

func TestFlatTree(t *testing.T) {
	var tab Table
	body := tab.Add(0, "body")
	host := tab.Add(body, "x-a")
	root := tab.New(&Element{Name: "template", Shadow: true})
	tab.Insert(host, root, 0)
	div := tab.Add(root, "div")
	slot := tab.Add(div, "slot")
	tab.Add(slot, "i") // fall-back
	named := tab.Add(root, "slot", "name", "n")
	fallback := tab.Add(named, "b")
	p, none, q := tab.Add(host, "p"), tab.Add(host, "p", "slot", "x"), tab.Add(host, "q")
	tab.AddText(host, "text")
	flat := func(id ID) (list []ID) {
		for c := tab.FlatFirst(id); c != 0; c = tab.FlatNext(c) {
			list = append(list, c)
		}
		return list
	}
	for _, tt := range []struct {
		name string
		id   ID
		want []ID
	}{{"body", body, []ID{host}}, {"host", host, []ID{div, named}}, {"slot", slot, []ID{p, q}}, {"named slot", named, []ID{fallback}}} {
		if got := flat(tt.id); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if s, hosted := tab.SlotOf(none); s != 0 || !hosted {
		t.Errorf("SlotOf(none) = %v, %v", s, hosted)
	}
	if s, hosted := tab.SlotOf(div); s != 0 || hosted {
		t.Errorf("SlotOf(div) = %v, %v", s, hosted)
	}
	if tab.RootOf(slot) != root || tab.RootOf(p) != 0 || tab.Shadow(host) != root || tab.Shadow(p) != 0 {
		t.Error("roots are wrong")
	}
	for id, want := range map[ID]ID{host: root, slot: host, named: named, p: p} {
		if got := tab.FlatText(id); got != want {
			t.Errorf("FlatText(%d) = %d, want %d", id, got, want)
		}
	}
	later := tab.Add(host, "em")
	if got := flat(slot); !slices.Equal(got, []ID{p, q, later}) {
		t.Errorf("after the table has grown: %v", got)
	}
}
