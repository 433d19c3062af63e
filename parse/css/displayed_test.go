package css

import (
	"testing"

	"pageload/parse/dom"
	"pageload/parse/weburl"
)

func TestStylerDisplayed(t *testing.T) {
	var tab dom.Table
	html := tab.Add(0, "html")
	body := tab.Add(html, "body")
	gone := tab.Add(body, "div", "class", "gone")
	inside := tab.Add(gone, "p")
	seen := tab.Add(body, "p", "style", "visibility: hidden")
	until := tab.Add(body, "div", "hidden", "until-found")
	found := tab.Add(until, "p")
	shut := tab.Add(body, "div", "class", "shut")
	within := tab.Add(tab.Add(shut, "p"), "i")
	var s Styler
	base := weburl.MustParse("http://a.test/")
	s.SetSources([]Source{{Sheet: ParseSheet([]byte(".gone { display: none } .shut { content-visibility: hidden }"), base)}})
	s.Collect(&tab, base, Device{})
	later := tab.Add(gone, "p")
	for id, want := range map[dom.ID]bool{html: true, body: true, gone: false, inside: false, seen: true, later: false, until: true, found: false, shut: true, within: false, tab.Add(body, "p"): true} {
		if got := s.Displayed(&tab, id); got != want {
			t.Errorf("Displayed(%s, element %d) = %v, want %v", tab.Tag(id), id, got, want)
		}
	}
}

// What a hidden element would fetch must not be fetched for the next one.
func TestCollectHiddenBeforePlain(t *testing.T) {
	for _, sheet := range []string{
		"rp { background: url(h.png) }",
		".gone { display: none; background: url(h.png); --x: url(h.png) } p { list-style-image: var(--x) }",
	} {
		var tab dom.Table
		body := tab.Add(tab.Add(0, "html"), "body")
		tab.AddText(tab.Add(body, "rp"), "x")
		tab.Add(body, "div", "class", "gone")
		tab.AddText(tab.Add(body, "b"), "x")
		tab.AddText(tab.Add(body, "p"), "x")
		var s Styler
		base := weburl.MustParse("http://a.test/")
		s.SetSources([]Source{{Sheet: ParseSheet([]byte(sheet), base)}})
		if got := s.Collect(&tab, base, Device{}); len(got) != 0 {
			t.Errorf("%s: fetches %v, want none", sheet, got)
		}
	}
}
