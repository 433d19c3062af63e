package dom_test

import (
	"fmt"

	"pageload/parse/dom"
)

func ExampleTable() {
	var t dom.Table
	list := t.Add(0, "ul", "class", "menu wide")
	for _, s := range []string{"one", "two"} {
		t.AddText(t.Add(list, "li", "title", s), s)
	}
	fmt.Println(t.Classes(list))
	for id := range t.Descendants(list) {
		title, _ := t.Attr(id, "title")
		fmt.Println(t.Index(id), t.Tag(id), title, t.HasText(id))
	}
	// Output:
	// [menu wide]
	// 1 li one true
	// 2 li two true
}
