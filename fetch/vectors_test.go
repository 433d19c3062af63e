package fetch

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"golang.org/x/net/html/charset"

	"pageload/parse/weburl"
)

func TestMIMEVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/mime/mime-types.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, row := range rows {
		var v struct {
			Input    string
			Output   *string
			Encoding *string
		}
		if json.Unmarshal(row, &v) != nil {
			continue // a section's title
		}
		n++
		if strings.ContainsFunc(v.Input, func(r rune) bool { return r > 0xff }) {
			continue // no bytes of a field stand for such a code point
		}
		m, ok := ParseMIME(latin1(v.Input))
		if !ok {
			if v.Output != nil {
				t.Errorf("ParseMIME(%q) failed, want %q", v.Input, *v.Output)
			}
			continue
		}
		if v.Output == nil {
			t.Errorf("ParseMIME(%q) = %q, want failure", v.Input, m)
			continue
		}
		if got := m.String(); got != latin1(*v.Output) {
			t.Errorf("ParseMIME(%q) = %q, want %q", v.Input, got, *v.Output)
		}
		want := ""
		if v.Encoding != nil {
			_, want = charset.Lookup(*v.Encoding)
		}
		if got := m.Charset(); got != want {
			t.Errorf("ParseMIME(%q).Charset() = %q, want %q", v.Input, got, want)
		}
	}
	if n != 71 {
		t.Errorf("ran %d vectors, want 71", n)
	}
}

// latin1 returns the bytes that a field has on the wire for a text of code points up to U+00FF.
func latin1(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return s
		}
		b = append(b, byte(r))
	}
	return string(b)
}

func TestLinkVectors(t *testing.T) {
	f, err := os.Open("testdata/link-header/link-header.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); n++ {
		var v struct {
			Link         string
			Valid        bool
			URL, Rel, As string
		}
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		links := ParseLink(v.Link)
		if !v.Valid {
			if len(links) != 0 {
				t.Errorf("ParseLink(%q) = %v, want none", v.Link, links)
			}
			continue
		}
		if len(links) != 1 {
			t.Errorf("ParseLink(%q) = %v, want one link", v.Link, links)
			continue
		}
		l := links[0]
		if l.URL != v.URL || l.Param("rel") != v.Rel || l.Param("as") != v.As {
			t.Errorf("ParseLink(%q) = %q rel %q as %q, want %q %q %q", v.Link, l.URL, l.Param("rel"), l.Param("as"), v.URL, v.Rel, v.As)
		}
	}
	if n != 53 {
		t.Errorf("ran %d vectors, want 53", n)
	}
}

func TestSecFetchSiteVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/sec-fetch/by-element.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Site []struct {
			Chain  []string
			Expect *string
		}
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	urls := map[string]string{"same-origin": "https://www.a.test/", "same-site": "https://b.a.test/", "cross-site": "https://c.test/",
		"https": "https://www.a.test/", "http": "http://www.a.test/", "http origin": "http://www.a.test/"}
	initiator := weburl.MustParse("https://www.a.test/").Origin()
	if len(v.Site) == 0 {
		t.Error("no vectors")
	}
	for _, row := range v.Site {
		r := Request{Destination: Image, Mode: NoCORS, Initiator: initiator}
		m := message{profile: Chromium(), r: &r, site: firstSite(&r)}
		for _, kind := range row.Chain {
			m.url = weburl.MustParse(urls[strings.TrimPrefix(kind, "https ")])
			m.site = m.site.with(initiator, m.url.Origin())
		}
		m.trustworthy = m.url.Origin().PotentiallyTrustworthy()
		want := ""
		if row.Expect != nil {
			want = *row.Expect
		}
		if got := m.value(slotSite); got != want {
			t.Errorf("%v: Sec-Fetch-Site = %q, want %q", row.Chain, got, want)
		}
	}
}

func TestReferrer(t *testing.T) {
	const page = "https://u:p@a.test/dir/page?q=1#frag"
	tests := []struct{ policy, from, to, want string }{
		{"", page, "https://a.test/x", "https://a.test/dir/page?q=1"},
		{"", page, "https://b.test/x", "https://a.test/"},
		{"", page, "http://b.test/x", ""},
		{"", page, "http://localhost/x", "https://a.test/"},
		{"", "http://a.test/x", "https://b.test/", "http://a.test/"},
		{"", "data:text/html,x", "https://b.test/", ""},
		{"no-referrer", page, "https://a.test/x", ""},
		{"no-referrer-when-downgrade", page, "https://b.test/x", "https://a.test/dir/page?q=1"},
		{"no-referrer-when-downgrade", page, "http://b.test/x", ""},
		{"same-origin", page, "https://a.test/x", "https://a.test/dir/page?q=1"},
		{"same-origin", page, "https://b.test/x", ""},
		{"origin", page, "http://b.test/x", "https://a.test/"},
		{"strict-origin", page, "https://a.test/x", "https://a.test/"},
		{"strict-origin", page, "http://a.test/x", ""},
		{"origin-when-cross-origin", page, "https://a.test/x", "https://a.test/dir/page?q=1"},
		{"origin-when-cross-origin", page, "http://b.test/x", "https://a.test/"},
		{"unsafe-url", page, "http://b.test/x", "https://a.test/dir/page?q=1"},
		{"unsafe-url", "https://a.test/" + strings.Repeat("x", 5000), "http://b.test/x", "https://a.test/"},
		{"nonsense", page, "https://b.test/x", "https://a.test/"},
	}
	for _, tt := range tests {
		if got := Referrer(tt.policy, weburl.MustParse(tt.from), weburl.MustParse(tt.to)); got != tt.want {
			t.Errorf("Referrer(%q, %q, %q) = %q, want %q", tt.policy, tt.from, tt.to, got, tt.want)
		}
	}
	if got := Referrer("", weburl.URL{}, weburl.MustParse("https://a.test/")); got != "" {
		t.Errorf("Referrer of no URL = %q", got)
	}
	for field, want := range map[string]string{"origin": "origin", "no-referrer, Origin , nonsense": "origin", "nonsense": "", "": ""} {
		if got := ReferrerPolicy(field); got != want {
			t.Errorf("ReferrerPolicy(%q) = %q, want %q", field, got, want)
		}
	}
}

func TestContentType(t *testing.T) {
	// Fetch standard, extract a MIME type, with its examples.
	tests := []struct {
		fields []string
		want   string
	}{
		{[]string{"text/plain;charset=gbk, text/html"}, "text/html"},
		{[]string{"text/html;charset=gbk;a=b, text/html;x=y"}, "text/html;x=y;charset=gbk"},
		{[]string{"text/html;charset=gbk;a=b", "text/html;x=y"}, "text/html;x=y;charset=gbk"},
		{[]string{"text/html;charset=gbk", "x/x", "text/html;x=y"}, "text/html;x=y"},
		{[]string{"text/html", "cannot-parse"}, "text/html"},
		{[]string{"text/html", "*/*"}, "text/html"},
		{[]string{"text/html", ""}, "text/html"},
		{[]string{`text/html;a="x,y"`}, `text/html;a="x,y"`},
		{[]string{"cannot-parse"}, ""},
		{nil, ""},
	}
	for _, tt := range tests {
		var h Header
		for _, f := range tt.fields {
			h = append(h, Field{"content-type", f})
		}
		m, ok := ContentType(h)
		if m.String() != tt.want || ok != (tt.want != "") {
			t.Errorf("ContentType(%q) = %q, %v, want %q", tt.fields, m, ok, tt.want)
		}
	}
}
