package browsertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp/kb"
)

var wide = look{width: 1280, height: 800}

func TestReport(t *testing.T) {
	b := browser(t)
	t.Run("summary", func(t *testing.T) {
		x := open(t, b, sample(40), wide)
		x.has("heading", x.text("header.top"), "A page", "http://www.test/", "Render start 150 ms", "DOMContentLoaded 165 ms", "Load 280 ms", "Requests 40", "On the wire", "Decoded", "Hosts 5", "Connections 4", "Cache hits 1", "Failures 2")
		x.has("notes", x.text("#notes"), "Limits reached", "10,000 requests: 3 dropped")
		x.want("rows", x.text("#count"), "40 requests")
		x.has("the document's row", x.text(`.row[data-i="0"]`), "/ www.test", "200", "document", "Low", "100 B", "100 ms")
		if n := eval[int](x, `document.querySelectorAll(".lines.over .mile").length`); n != 3 {
			t.Errorf("%d lines of milestones", n)
		}
		x.want("bars", eval[string](x, `[...document.querySelectorAll('.row[data-i="1"] .seg')].map(e => e.className).filter(c => !c.includes("crit")).join()`), "seg p-blocked thin,seg p-wait,seg p-receive")
	})
	t.Run("filter", func(t *testing.T) {
		x := open(t, b, sample(40), wide)
		x.write("#text", "file-1 v=77")
		x.want("text", fmt.Sprint(x.names()), "[file-11.bin?v=77]")
		x.want("text", x.text("#count"), "1 of 40 requests")
		x.write("#text", "zzz")
		x.has("nothing", x.text("#nothing"), "No row passes")
		x.click("#reset")
		x.want("reset", x.text("#count"), "40 requests")
		x.click(".chip.fail")
		x.want("failed", fmt.Sprint(x.names()), "[file-2.bin?v=14 file-3.bin?v=21]")
		x.want("pressed", eval[string](x, `document.querySelector(".chip.fail").getAttribute("aria-pressed")`), "true")
		x.click(".chip.fail")
		x.click(".chip.type:nth-child(2)")
		x.want("type", x.text("#count"), "10 of 40 requests")
		x.js(`const e = document.getElementById("host"); e.value = "h3.test"; e.dispatchEvent(new Event("change"))`)
		x.want("type and host", x.text("#nothing"), "No row passes the filter. Show all")
	})
	t.Run("sort", func(t *testing.T) {
		x := open(t, b, sample(40), wide)
		x.click(`[data-sort="size"]`)
		x.want("largest", x.names()[0], "file-39.bin?v=273")
		x.want("said", eval[string](x, `document.querySelector('[data-sort="size"]').parentElement.getAttribute("aria-sort")`), "descending")
		x.click(`[data-sort="size"]`)
		x.want("smallest", x.names()[0], "file-2.bin?v=14")
		x.click(`[data-sort="status"]`)
		x.click(`[data-sort="status"]`)
		x.want("no status comes last, so first downwards", fmt.Sprint(x.names()[:2]), "[file-2.bin?v=14 file-3.bin?v=21]")
	})
	t.Run("details", func(t *testing.T) {
		x := open(t, b, sample(40), wide)
		x.click(`.row[data-i="12"] .name`)
		x.has("pane", x.text("#detail"), "GET file-12.bin?v=84", "http://h0.test/dir/file-12.bin?v=84", "TIMINGS", "blocked", "20 ms", "40 ms", "WHY IT WAITED", "tight mode: 2 of 2 low-priority requests in flight",
			"INITIATOR CHAIN", "file-8.bin?v=56", "Found by scanner", "SERVER TIMING", "Data base 12.5 ms", "CONNECTION", "#1, used before", "127.0.0.1:40000 → 127.0.0.1:80", "RESPONSE", "ETag", `"12"`, "REQUEST", "Mozilla/5.0")
		x.click("#detail ol.chain .link:nth-of-type(1)")
		x.has("the first of the chain", x.text("#detail"), "GET /", "NAME LOOKUP", "isp", "NOERROR ttl 60 s", "9.0 ms")
		x.click(`.row[data-i="2"] .name`)
		x.has("failed", x.text("#detail"), "conn: connection refused (net::ERR_CONNECTION_REFUSED)")
		x.click("#detail .x")
		if !eval[bool](x, `document.getElementById("detail").hidden`) {
			t.Error("the pane did not close")
		}
	})
	t.Run("hover", func(t *testing.T) {
		x := open(t, b, sample(40), wide)
		x.hover(6)
		x.has("tip", x.text("#tip"), "GET http://h2.test/dir/file-6.bin?v=42", "blocked 20 ms", "wait 40 ms", "all, from 12 ms", "waited 5.0 ms: tight mode")
	})
	t.Run("keyboard", func(t *testing.T) {
		x := open(t, b, sample(400), wide)
		x.focus(`.row[data-i="0"]`)
		focus := func() string {
			return eval[string](x, `document.activeElement.dataset.i ?? document.activeElement.tagName`)
		}
		x.keys(kb.ArrowDown, kb.ArrowDown)
		x.want("down", focus(), "2")
		x.keys(kb.End)
		x.want("end", focus(), "399")
		x.has("the last row is drawn", strings.Join(x.names(), " "), "file-399.bin")
		x.keys(kb.Home, kb.ArrowDown, kb.Enter)
		x.want("enter", focus(), "H2")
		x.has("pane", x.text("#detail h2"), "GET file-1.bin?v=7")
		x.keys(kb.Escape)
		x.want("back at the row", focus(), "1")
		x.keys("/")
		x.want("slash", eval[string](x, `document.activeElement.id`), "text")
		x.focus("#tab-requests")
		x.keys(kb.ArrowRight)
		x.want("next view", eval[string](x, `document.activeElement.id + " " + document.activeElement.getAttribute("aria-selected")`), "tab-connections true")
	})
	t.Run("connections", func(t *testing.T) {
		x := open(t, b, sample(40), wide)
		x.click("#tab-connections")
		x.want("rows", x.text("#count"), "4 connections")
		x.has("row", x.text(`.row[data-i="2"]`), "#3 h2.test", "127.0.0.1:80", "http/1.1", "10", "closed by us")
		for _, phase := range []string{"names", "tcp", "wait", "receive", "close"} {
			if eval[int](x, `document.querySelectorAll('.row[data-i="2"] .p-`+phase+`').length`) == 0 {
				t.Errorf("the row has no %s", phase)
			}
		}
		x.click(`.row[data-i="2"] .name`)
		x.has("pane", x.text("#detail"), "#3 h2.test", "LIFE", "REQUESTS", "file-6.bin?v=42", "TCP", "127.0.0.1:80 at 5.0 ms +10 ms, connected", "KERNEL", "CLOSE", "first FIN us", "FIN_WAIT_1")
		x.click("#detail .link")
		x.want("leads to its request", eval[string](x, `document.querySelector("[aria-selected=true][role=tab]").id`), "tab-requests")
		x.has("pane", x.text("#detail h2"), "GET file-2.bin?v=14")
	})
	t.Run("tree", func(t *testing.T) {
		x := open(t, b, sample(40), wide)
		x.click("#tab-tree")
		x.has("path", x.text("#path"), "Critical path to load: 3 steps", "/ ", "found in line")
		names := x.names()
		if at := slices.Index(names, "file-8.bin?v=56"); at < 0 || names[at+1] != "file-9.bin?v=63" {
			t.Errorf("what came from file 8 does not stand below it: %q", names)
		}
		level := func(i int) string {
			return eval[string](x, fmt.Sprintf(`document.querySelector('.row[data-i="%d"]').getAttribute("aria-level")`, i))
		}
		x.want("levels", level(0)+level(1)+level(9), "123")
		x.focus(`.row[data-i="0"]`)
		x.keys(kb.ArrowLeft)
		x.want("folded", x.text("#count"), "1 of 40 requests")
		x.keys(kb.ArrowRight)
		x.want("unfolded", x.text("#count"), "40 requests")
		x.click("#only")
		x.want("only the path", x.text("#count"), "3 of 40 requests")
	})
	t.Run("print", func(t *testing.T) {
		x := open(t, b, sample(300), wide)
		if n := len(x.names()); n >= 300 {
			t.Errorf("%d rows are drawn on a screen", n)
		}
		x.js(`dispatchEvent(new Event("beforeprint"))`)
		if n := len(x.names()); n != 300 {
			t.Errorf("%d rows are printed, want 300", n)
		}
		x.js(`dispatchEvent(new Event("afterprint"))`)
		if n := len(x.names()); n >= 300 {
			t.Errorf("%d rows are drawn after printing", n)
		}
	})
	t.Run("screen reader", func(t *testing.T) {
		x := open(t, b, sample(40), wide)
		x.click(`.row[data-i="12"] .name`)
		checkNames(x, "grid", "row", "gridcell", "columnheader", "tab", "tablist", "searchbox", "complementary")
		x.click("#tab-tree")
		checkNames(x, "treegrid", "row")
		x.want("count", eval[string](x, `document.getElementById("grid").getAttribute("aria-rowcount")`), "41")
		x.has("a bar in words", eval[string](x, `document.querySelector('.row[data-i="1"] .track').getAttribute("aria-label")`), "starts at 2.0 ms, takes 101 ms", "wait 40 ms")
	})
	t.Run("nothing", func(t *testing.T) {
		w := sample(0)
		w.Connections, w.Page.Err = nil, "loader: no answer"
		x := open(t, b, w, wide)
		x.has("heading", x.text("header.top"), "Not loaded: loader: no answer")
		x.click("#tab-tree")
		x.click("#tab-connections")
		x.has("no row", x.text("#nothing"), "No row passes")
	})
}

// checkNames checks that all that can be operated has a name in the tree that
// screen readers get, and that the tree has the roles.
func checkNames(x *tab, roles ...string) {
	x.t.Helper()
	seen := map[string]bool{}
	for _, n := range call(x, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if n.Ignored || n.Role == nil {
			continue
		}
		role := strings.Trim(string(n.Role.Value), `"`)
		seen[role] = true
		name := ""
		if n.Name != nil {
			name = strings.Trim(string(n.Name.Value), `"`)
		}
		switch role {
		case "button", "combobox", "searchbox", "tab", "checkbox", "grid", "treegrid", "tablist", "tabpanel", "complementary":
			if name == "" {
				x.t.Errorf("a %s has no name", role)
			}
		}
	}
	for _, r := range roles {
		if !seen[r] {
			x.t.Errorf("nothing is a %s", r)
		}
	}
}
