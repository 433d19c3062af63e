package fetch

import (
	"errors"
	"testing"

	"pageload/parse/weburl"
)

// dataURLs are cases of the web platform tests' fetch/data-urls.
var dataURLs = []struct{ url, typ, body, fail string }{
	{"data:,X", "text/plain;charset=US-ASCII", "X", ""},
	{"data:", "", "", "no comma"},
	{"data:text/html", "", "", "no comma"},
	{"data:text/html    ;charset=x   ", "", "", "no comma"},
	{"data:,", "text/plain;charset=US-ASCII", "", ""},
	{"data:,X#X", "text/plain;charset=US-ASCII", "X", ""},
	{"data:,%FF", "text/plain;charset=US-ASCII", "\xff", ""},
	{"data:text/plain,X", "text/plain", "X", ""},
	{"data:text/plain ,X", "text/plain", "X", ""},
	{"data:text/plain%20,X", "text/plain%20", "X", ""},
	{"data:image/png,%FF", "image/png", "\xff", ""},
	{"data:IMAGE/gif,%a", "image/gif", "%a", ""},
	{"data:text/html;charset=UTF-8,X", "text/html;charset=UTF-8", "X", ""},
	{"data:text;base64,WA", "text/plain;charset=US-ASCII", "X", ""},
	{"data:;charset=utf-8,X", "text/plain;charset=utf-8", "X", ""},
	{"data:;base64,WA", "text/plain;charset=US-ASCII", "X", ""},
	{"data:;base64,WA==", "text/plain;charset=US-ASCII", "X", ""},
	{"data:;base64;base64,WA", "text/plain", "X", ""},
	{"data:x/x;base64;base64,WA", "x/x", "X", ""},
	{"data:x/x;base64;charset=x,WA", "x/x;charset=x", "WA", ""},
	{"data:x/x; base64,W%20A%0A", "x/x", "X", ""},
	{"data:x/x;BASE64,WA", "x/x", "X", ""},
	{"data:;base64,W", "", "", "not base64"},
	{"data:;base64,WA=", "", "", "not base64"},
	{"data:;base64,W$==", "", "", "not base64"},
	{"data:x;base64x,X", "text/plain;charset=US-ASCII", "X", ""},
	{"data:application/javascript,X X\"", "application/javascript", "X X\"", ""},
}

func TestParseDataURL(t *testing.T) {
	for _, tt := range dataURLs {
		d, err := ParseDataURL(weburl.MustParse(tt.url))
		if tt.fail != "" {
			if !errors.Is(err, ErrBadRequest) {
				t.Errorf("ParseDataURL(%q) = %q, %q, %v, want %s", tt.url, d.Type, d.Body, err, tt.fail)
			}
			continue
		}
		if err != nil || d.Type.String() != tt.typ || string(d.Body) != tt.body {
			t.Errorf("ParseDataURL(%q) = %q, %q, %v, want %q, %q", tt.url, d.Type, d.Body, err, tt.typ, tt.body)
		}
	}
	if _, err := ParseDataURL(weburl.MustParse("http://a.test/")); !errors.Is(err, ErrBadRequest) {
		t.Errorf("of an http URL: %v", err)
	}
}
