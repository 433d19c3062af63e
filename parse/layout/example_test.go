package layout_test

import (
	"fmt"
	"strings"

	"pageload/parse"
	"pageload/parse/css"
	"pageload/parse/dom"
	"pageload/parse/layout"
)

func Example() {
	const html = `<!doctype html><body><div></div><p><img width=40 height=30>`
	doc, err := parse.Parse(strings.NewReader(html), parse.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var styler css.Styler
	styler.SetSources([]css.Source{{Sheet: css.ParseSheet([]byte(`body { margin: 0 } div { height: 500px } p { padding: 1em 10% }`), doc.Base())}})
	device := css.Device{Width: 1000, Height: 600}
	page := layout.Compute(doc.Table, styler.Boxes(doc.Table, doc.Base(), device), device)
	img := dom.ID(doc.Table.Len())
	where, _ := page.Rect(img)
	fmt.Println(where, where.Near(1000, 600, 100))
	// Output: {100 532 40 30} true
}
