package policy

import (
	"strings"
	"testing"

	"pageload/parse/weburl"
)

func TestOpaqueBlocked(t *testing.T) {
	const html, json, xml = "<!DOCTYPE html><title>x</title>", `{"a": 1}`, "<?xml version='1.0'?><a/>"
	for _, tt := range []struct {
		name string
		r    Opaque
		want bool
	}{
		{"HTML", Opaque{MIME: "text/html", Body: []byte(html)}, true},
		{"HTML with a charset", Opaque{MIME: "Text/HTML; charset=utf-8", Body: []byte(html)}, true},
		{"HTML without a type", Opaque{Body: []byte(html)}, false},
		{"HTML as an image", Opaque{MIME: "image/png", Body: []byte(html)}, true},
		{"HTML as a script", Opaque{MIME: "text/javascript", Body: []byte(html)}, true},
		{"HTML as a style sheet", Opaque{MIME: "text/css", Body: []byte(html)}, false},
		{"HTML as audio", Opaque{MIME: "audio/mpeg", Body: []byte(html)}, false},
		{"HTML as SVG", Opaque{MIME: "image/svg+xml", Nosniff: true, Body: []byte(html)}, false},
		{"HTML after white space", Opaque{MIME: "text/plain", Body: []byte("\r\n\t <BODY>")}, true},
		{"HTML after a comment", Opaque{MIME: "text/html", Body: []byte("<!-- x -->\n<p>")}, true},
		{"HTML on the comment's line", Opaque{MIME: "text/html", Body: []byte("<!-- x --> <p>")}, false},
		{"HTML after a comment and U+2028", Opaque{MIME: "text/html", Body: []byte("<!-- x -->\u2028\n<p>")}, false},
		{"a script that begins with a comment", Opaque{MIME: "text/html", Body: []byte("<!-- x\nalert(1)\n// -->\nx")}, false},
		{"HTML after too much", Opaque{MIME: "text/html", Body: []byte(strings.Repeat(" ", SniffBytes) + html)}, false},
		{"half a tag", Opaque{MIME: "text/html", Body: []byte("<!doctype ht")}, false},
		{"not HTML typed HTML", Opaque{MIME: "text/html", Body: []byte("p { color: red }")}, false},
		{"a script typed HTML", Opaque{MIME: "text/html", Body: []byte("alert(1)")}, false},
		{"a PNG typed HTML", Opaque{MIME: "text/html", Body: []byte("\x89PNG\r\n\x1a\n")}, false},
		{"a PNG typed HTML, nosniff", Opaque{MIME: "text/html", Nosniff: true, Body: []byte("\x89PNG\r\n\x1a\n")}, true},
		{"plain text, nosniff", Opaque{MIME: "text/plain", Nosniff: true}, true},
		{"no type, nosniff", Opaque{Nosniff: true, Body: []byte(html)}, false},
		{"a script, nosniff", Opaque{MIME: "text/javascript", Nosniff: true, Body: []byte("x()")}, false},
		{"XML", Opaque{MIME: "application/xml", Body: []byte(xml)}, true},
		{"XML as RSS, nosniff", Opaque{MIME: "application/rss+xml", Nosniff: true}, true},
		{"XML in capitals", Opaque{MIME: "text/xml", Body: []byte("<?XML ?>")}, false},
		{"DASH", Opaque{MIME: "application/dash+xml", Body: []byte(xml)}, false},
		{"JSON", Opaque{MIME: "application/json", Body: []byte(json)}, true},
		{"JSON as a script", Opaque{MIME: "application/javascript", Body: []byte(" {\n\"a\\\"b\" \t:")}, true},
		{"a block in a script", Opaque{MIME: "text/javascript", Body: []byte(`{"use strict"; x()}`)}, false},
		{"an object without quotes", Opaque{MIME: "application/json", Body: []byte(`{a: 1}`)}, false},
		{"a JSON list", Opaque{MIME: "application/json", Body: []byte(`["a"]`)}, false},
		{"a JSON list, nosniff", Opaque{MIME: "application/json", Nosniff: true, Body: []byte(`["a"]`)}, true},
		{"a control in a name", Opaque{MIME: "application/json", Body: []byte("{\"a\n\":")}, false},
		{"an open name", Opaque{MIME: "application/json", Body: []byte(`{"a`)}, false},
		{"JSON that hangs", Opaque{MIME: "text/javascript", Body: []byte("for(;;);[1]")}, true},
		{"JSON that breaks", Opaque{MIME: "image/gif", Body: []byte(")]}',\n[1]")}, true},
		{"PDF", Opaque{MIME: "application/pdf", Body: []byte("%PDF")}, true},
		{"CSV", Opaque{MIME: "text/csv"}, true},
		{"unknown", Opaque{MIME: "application/octet-stream", Body: []byte("x")}, false},
		{"empty", Opaque{MIME: "text/html"}, false},
		{"404 with HTML", Opaque{MIME: "text/html", Status: 404, Body: []byte(html)}, true},
		{"middle of a video", Opaque{MIME: "video/mp4", Status: 206, MiddleOfResource: true}, false},
		{"middle of unknown", Opaque{MIME: "application/octet-stream", Status: 206, MiddleOfResource: true}, true},
		{"middle of known media", Opaque{MIME: "application/octet-stream", Status: 206, MiddleOfResource: true, KnownMedia: true, Body: []byte(html)}, false},
	} {
		got, why := tt.r.Blocked()
		if got != tt.want || got != (why != "") {
			t.Errorf("%s: Blocked = %v (%s), want %v", tt.name, got, why, tt.want)
		}
	}
}

func TestCORP(t *testing.T) {
	const site = "https://www.site.test/"
	for _, tt := range []struct {
		values    []string
		initiator string
		url       string
		coep      bool
		want      string
	}{
		{nil, site, "https://cdn.test/x", false, ""},
		{nil, site, "https://cdn.test/x", true, ReasonCORPOriginByCOEP},
		{nil, site, site + "x", true, ""},
		{[]string{"cross-origin"}, site, "https://cdn.test/x", true, ""},
		{[]string{"same-origin"}, site, site + "x", false, ""},
		{[]string{"same-origin"}, site, "https://cdn.site.test/x", false, ReasonCORPOrigin},
		{[]string{"same-origin"}, site, "http://www.site.test/x", false, ReasonCORPOrigin},
		{[]string{"same-site"}, site, "https://cdn.site.test/x", false, ""},
		{[]string{"same-site"}, site, "https://site.test:8443/x", false, ""},
		{[]string{"same-site"}, site, "http://cdn.site.test/x", false, ""},
		{[]string{"same-site"}, "http://www.site.test/", "http://cdn.site.test/x", false, ""},
		{[]string{"same-site"}, "http://www.site.test/", "https://cdn.site.test/x", false, ReasonCORPSite},
		{[]string{"same-site"}, site, "https://cdn.test/x", false, ReasonCORPSite},
		{[]string{"same-site"}, "about:blank", "https://cdn.test/x", false, ReasonCORPSite},
		{[]string{"same-origin"}, "about:blank", "https://cdn.test/x", false, ReasonCORPOrigin},
		{[]string{" same-origin "}, site, "https://cdn.test/x", false, ReasonCORPOrigin},
		{[]string{"Same-Origin"}, site, "https://cdn.test/x", false, ""},
		{[]string{"same-origin, same-origin"}, site, "https://cdn.test/x", false, ""},
		{[]string{"same-origin", "same-origin"}, site, "https://cdn.test/x", false, ""},
		{[]string{"same-origin"}, site, "data:,x", false, ""},
	} {
		ok, got := CORP(tt.values, originOf(tt.initiator), weburl.MustParse(tt.url), tt.coep)
		if got != tt.want || ok != (tt.want == "") {
			t.Errorf("CORP(%q, %s, %s, %v) = %v, %q, want %q", tt.values, tt.initiator, tt.url, tt.coep, ok, got, tt.want)
		}
	}
	for value, want := range map[string]bool{
		"require-corp": true, " require-corp ; report-to=\"x\"": true, "credentialless": false, "unsafe-none": false,
		"\"require-corp\"": false, "require-corp, require-corp": false,
	} {
		if got := RequireCORP([]string{value}); got != want {
			t.Errorf("RequireCORP(%q) = %v, want %v", value, got, want)
		}
	}
	if RequireCORP(nil) {
		t.Error("RequireCORP(nil)")
	}
}
