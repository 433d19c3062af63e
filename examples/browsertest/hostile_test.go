package browsertest

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"pageload/loader/waterfall"
)

// TestHostile puts text that is markup and code into every place that a page or a
// server can write to, and goes through all views: a dialog, an exception, a
// request or a violation of the policy fails the test (see tab.check).
func TestHostile(t *testing.T) {
	for _, evil := range []string{
		"</script><script>alert(1)</script><img src=x onerror=alert(2)>",
		"javascript:alert(3)//\"'><svg onload=alert(4)>${alert(5)}`{{alert(6)}}\u2028alert(7)\u2029<!--<script>",
		"__proto__", "constructor",
	} {
		t.Run(evil[:7], func(t *testing.T) {
			w := sample(30)
			w.Page.Title, w.Page.URL, w.Page.Err = evil, "http://a.test/"+evil, evil
			for i := range w.Requests {
				r := &w.Requests[i]
				r.URL = "http://" + evil + "/" + r.URL
				if i%2 == 0 {
					r.URL = evil + r.URL
				}
				r.Type, r.Method, r.StatusText, r.MIMEType, r.Err, r.NetError, r.Proto = waterfall.Type(evil), evil, evil, evil, evil, evil, evil
				r.FinalPriority, r.Initiator.Type, r.RenderBlocking, r.FoundBy, r.Rule.Property, r.RedirectURL, r.FromCache = waterfall.Priority(evil), evil, evil, evil, evil, evil, evil
				r.RequestHeader, r.ResponseHeader = []waterfall.Field{{Name: evil, Value: evil}}, []waterfall.Field{{Name: "Server-Timing", Value: evil + ";dur=1;desc=" + evil}}
				r.DNS = []waterfall.DNSStep{{Level: evil, Server: evil, Question: evil, RCode: evil, Err: evil}}
				r.TLS = &waterfall.TLS{Version: evil, Cipher: evil, ALPN: evil, Subject: evil}
				r.Remote, r.Local = evil, evil
				if i > 0 {
					r.Initiator.URL, r.Waits = w.Requests[0].URL, []waterfall.Wait{{From: r.Start, To: r.Start + 9*ms, Reason: evil}}
				}
			}
			for i := range w.Connections {
				c := &w.Connections[i]
				c.Host, c.Remote, c.Proto, c.ClosedBy, c.CloseReason, c.Path = evil, evil, evil, evil, evil, &waterfall.Path{Route: evil, NextHop: evil, Changes: []waterfall.LinkChange{{Old: evil, New: evil}}}
				c.Attempts[0].Addr, c.Attempts[0].Err, c.Facts[0].When, c.Closing.Why, c.Closing.States[0].Name = evil, evil, evil, evil, evil
				c.TLS = &waterfall.TLS{Subject: evil}
			}
			w.Hints = []waterfall.Note{{Text: evil}}
			x := open(t, browser(t), w, wide)
			x.has("the text is shown", eval[string](x, `document.getElementById("title").textContent`), evil[:7])
			for _, view := range []chromedp.CSS{"#tab-requests", "#tab-connections", "#tab-tree"} {
				x.click(view)
				x.focus(`.row[data-i="0"]`)
				x.keys(kb.ArrowDown, kb.Enter)
				x.has("pane of "+string(view), eval[string](x, `document.getElementById("detail").textContent`), evil[:7])
				x.hover(1)
				x.keys(kb.Escape)
			}
			x.write("#text", "<img")
			if n := eval[int](x, `document.querySelectorAll("img, svg, object, iframe, link[rel=stylesheet]").length + document.scripts.length`); n != 2 {
				t.Errorf("%d scripts and images, want the report's own two scripts", n)
			}
		})
	}
}

// TestNotices checks that the checks of the other tests see what they are for.
func TestNotices(t *testing.T) {
	x := open(t, browser(t), sample(3), wide)
	for _, tt := range []struct{ code, notice string }{
		{`console.log("x")`, "console.log"},
		{`setTimeout(() => { throw new Error("x") })`, "exception"},
		{`setTimeout(() => alert("x"))`, "a dialog: x"},
		{`new Image().src = "http://127.0.0.1:9/"`, "violates the following Content Security Policy"},
		{`try { document.body.innerHTML = "x" } catch {}`, "TrustedHTML"},
	} {
		x.js(tt.code)
		noticed := func() bool {
			x.mu.Lock()
			defer x.mu.Unlock()
			at := slices.IndexFunc(x.problems, func(p string) bool { return strings.Contains(p, tt.notice) })
			return at >= 0
		}
		for range 100 { // events come when they come
			if eval[bool](x, "true"); noticed() {
				break
			}
		}
		if !noticed() {
			t.Errorf("%s was not noticed: %q", tt.code, x.problems)
		}
	}
	if n := len(eval[[]string](x, "violations")); n == 0 {
		t.Error("no violation was noticed")
	}
	x.js("violations = []")
	x.mu.Lock()
	defer x.mu.Unlock()
	x.problems = nil // they were meant
}
