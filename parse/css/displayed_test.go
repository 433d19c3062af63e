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
	var s Styler
	base := weburl.MustParse("http://a.test/")
	s.SetSources([]Source{{Sheet: ParseSheet([]byte(".gone { display: none }"), base)}})
	s.Collect(&tab, base, Device{})
	later := tab.Add(gone, "p")
	for id, want := range map[dom.ID]bool{html: true, body: true, gone: false, inside: false, seen: true, later: false, tab.Add(body, "p"): true} {
		if got := s.Displayed(&tab, id); got != want {
			t.Errorf("Displayed(%s, element %d) = %v, want %v", tab.Tag(id), id, got, want)
		}
	}
}
