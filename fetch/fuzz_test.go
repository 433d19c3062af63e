package fetch

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"pageload/fetch/cookies"
	"pageload/fetch/internal/syntax"
	"pageload/parse/weburl"
)

func FuzzParseMIME(f *testing.F) {
	data, err := os.ReadFile("testdata/mime/mime-types.json")
	if err != nil {
		f.Fatal(err)
	}
	var rows []any
	if err := json.Unmarshal(data, &rows); err != nil {
		f.Fatal(err)
	}
	for _, row := range rows {
		if m, ok := row.(map[string]any); ok {
			f.Add(m["input"].(string))
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := ParseMIME(s)
		if !ok {
			return
		}
		again, ok := ParseMIME(m.String())
		if !ok || again.String() != m.String() {
			t.Errorf("ParseMIME(%q) = %q, which is read as %q, %v", s, m, again, ok)
		}
		if !strings.Contains(m.Essence(), "/") {
			t.Errorf("essence %q", m.Essence())
		}
	})
}

func FuzzParseLink(f *testing.F) {
	file, err := os.Open("testdata/link-header/link-header.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var v struct{ Link string }
		if json.Unmarshal(lines.Bytes(), &v) == nil {
			f.Add(v.Link)
		}
	}
	f.Add(`</a>; rel=preload, <b>; title="x, <y>"; rel=next`)
	f.Fuzz(func(t *testing.T, s string) {
		for _, l := range ParseLink(s) {
			if !strings.Contains(s, l.URL) || strings.Contains(l.URL, ">") {
				t.Errorf("ParseLink(%q): URL %q", s, l.URL)
			}
			seen := make(map[string]bool)
			for _, p := range l.Params {
				if !syntax.IsToken(p.Name) || p.Name != lowerASCII(p.Name) || seen[p.Name] {
					t.Errorf("ParseLink(%q): parameter %q", s, p.Name)
				}
				seen[p.Name] = true
			}
		}
	})
}

func FuzzParseDataURL(f *testing.F) {
	for _, tt := range dataURLs {
		f.Add(tt.url)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := weburl.Parse(s)
		if err != nil {
			return
		}
		d, err := ParseDataURL(u)
		if err != nil {
			return
		}
		if d.Type.Essence() == "" || len(d.Body) > len(u.String()) {
			t.Errorf("ParseDataURL(%q) = %q, %d bytes", s, d.Type, len(d.Body))
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, b := range [][]byte{gzipped("text"), namedGzip("text"), zlibbed("text"), deflated("text"), brotlied("text"), zstded("text")} {
		for e := range codingNames {
			f.Add(byte(e), b)
		}
	}
	f.Fuzz(func(t *testing.T, e byte, in []byte) {
		var pools decoders
		b := bounds{1 << 20, 100}
		c := pools.newChain(bytes.NewReader(in), []coding{coding(e) % coding(len(codingNames))}, b, func() int64 { return int64(len(in)) })
		n, _ := io.CopyBuffer(struct{ io.Writer }{io.Discard}, c, make([]byte, 4096))
		if n > b.decoded+4096 {
			t.Errorf("%d bytes came out", n)
		}
		c.release()
	})
}

func FuzzSetCookie(f *testing.F) {
	for _, s := range []string{"a=b", "a=b; Path=/; HttpOnly", "=x", "a", "a=\"q\"; Domain=test; Max-Age=5", "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := &Client{Jar: &cookies.Jar{}}
		c.init()
		x := newCall(context.Background(), c, &Request{URL: weburl.MustParse("https://a.test/x")}, HandlerFuncs{})
		x.hop.Header = Header{{"Set-Cookie", s}}
		x.keepCookies()
		if v := x.cookie(); !isFieldValue(v) {
			t.Errorf("Set-Cookie: %q makes Cookie: %q", s, v)
		} else if r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET / HTTP/1.1\r\nHost: a\r\nCookie: " + v + "\r\n\r\n"))); err != nil {
			t.Errorf("Cookie: %q: %v, %v", v, r, err)
		}
	})
}
