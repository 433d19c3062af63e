package policy

import (
	"testing"

	"pageload/parse/weburl"
)

func originOf(s string) weburl.Origin { return weburl.MustParse(s).Origin() }

func cspOf(t *testing.T, self string, d Delivery, values ...string) *CSP {
	t.Helper()
	c := new(CSP)
	for _, v := range values {
		c.Add(ParseCSP(v, originOf(self), d)...)
	}
	return c
}

// TestRefreshCSP is the page of the same name that was recorded from Chromium 156.
func TestRecordedPage(t *testing.T) {
	c := cspOf(t, "http://site.refresh-csp.test/", Meta,
		"default-src 'self'; img-src 'self' http://ok.refresh-csp.test; style-src 'self'; font-src 'none'")
	for _, tt := range []struct {
		url  string
		kind Kind
		want string
	}{
		{"http://site.refresh-csp.test/a.css", Style, ""},
		{"http://bad.refresh-csp.test/b.css", Style, "style-src"},
		{"http://site.refresh-csp.test/self-10x10.png", Image, ""},
		{"http://ok.refresh-csp.test/ok-10x10.png", Image, ""},
		{"http://bad.refresh-csp.test/bad-10x10.png", Image, "img-src"},
		{"http://bad.refresh-csp.test/s.js", Script, "default-src"},
		{"http://site.refresh-csp.test/s.js", Script, ""},
		{"http://bad.refresh-csp.test/f.html", Frame, "default-src"},
		{"http://site.refresh-csp.test/f-2000.woff2", Font, "font-src"},
		{"http://site.refresh-csp.test/fromcss-10x10.png", Image, ""},
	} {
		_, got := c.Allows(Request{URL: weburl.MustParse(tt.url), Kind: tt.kind, ParserInserted: true})
		if got != tt.want {
			t.Errorf("Allows(%s) was refused by %q, want %q", tt.url, got, tt.want)
		}
	}
	if c.AllowsInline(InlineStyle, "", `@import "inlineblocked.css"; p { background: url(inline-10x10.png) }`) {
		t.Error("the inline style sheet is allowed")
	}
	if c.AllowsInline(StyleAttribute, "", "background: url(attr-10x10.png)") {
		t.Error("the style attribute is allowed")
	}
}
