package weburl

import (
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

func TestParseEncoded(t *testing.T) {
	page := MustParse("https://example.com/dir/?base=1")
	utf16 := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	for _, test := range []struct {
		name string
		enc  encoding.Encoding
		ref  string
		want string
	}{
		{"no encoding", nil, "ä?ä#ä", "https://example.com/dir/%C3%A4?%C3%A4#%C3%A4"},
		{"latin1", charmap.Windows1252, "ä?ä#ä", "https://example.com/dir/%C3%A4?%E4#%C3%A4"},
		{"latin1, not relative", charmap.Windows1252, "http://ä.example/?q=é'x", "http://xn--4ca.example/?q=%E9%27x"},
		{"characters that are lacking", charmap.Windows1252, "?€‽★x", "https://example.com/dir/?%80%26%238253%3B%26%239733%3Bx"},
		{"shift_jis", japanese.ShiftJIS, "?≡‽", "https://example.com/dir/?%81%DF%26%238253%3B"},
		{"shift_jis, second byte ASCII", japanese.ShiftJIS, "?表", "https://example.com/dir/?%95\\"},
		{"euc-jp, minus", japanese.EUCJP, "?\u2212", "https://example.com/dir/?%A1%DD"},
		{"gbk, minus", simplifiedchinese.GBK, "?\u2212", "https://example.com/dir/?%26%238722%3B"},
		{"iso-2022-jp", japanese.ISO2022JP, "?あä", "https://example.com/dir/?%1B$B$%22%1B(B%26%23228%3B"},
		{"utf-16 is UTF-8", utf16, "?ä", "https://example.com/dir/?%C3%A4"},
		{"utf-8", unicode.UTF8, "?ä", "https://example.com/dir/?%C3%A4"},
		{"replacement is UTF-8", encoding.Replacement, "?ä", "https://example.com/dir/?%C3%A4"},
		{"websockets are UTF-8", charmap.Windows1252, "wss://a/?ä", "wss://a/?%C3%A4"},
		{"other schemes are UTF-8", charmap.Windows1252, "sc://a/?ä", "sc://a/?%C3%A4"},
		{"no UTF-8", charmap.Windows1252, "?\xffa", "https://example.com/dir/?%26%2365533%3Ba"},
		{"no UTF-8, no encoding", nil, "?\xffa", "https://example.com/dir/?%EF%BF%BDa"},
	} {
		u, err := page.ParseEncoded(test.ref, test.enc)
		if err != nil || u.String() != test.want {
			t.Errorf("%s: ParseEncoded(%q) = %v, %v, want %v", test.name, test.ref, u, err, test.want)
			continue
		}
		if again, err := Parse(u.String()); err != nil || again != u {
			t.Errorf("%s: Parse(%v) = %#v, %v, want %#v", test.name, u, again, err, u)
		}
	}
}

func TestEncodedLongQuery(t *testing.T) {
	want := "http://a/?"
	ref := want
	for range 500 {
		ref += "ä★"
		want += "%E4%26%239733%3B"
	}
	u, err := URL{}.ParseEncoded(ref+"#f", charmap.Windows1252)
	if err != nil || u.WithoutFragment().String() != want || u.Fragment() != "f" {
		t.Errorf("ParseEncoded(500 times ä★) = %v, %v, want %v#f", u, err, want)
	}
}

// encodeExceptions are cases of percent-encoding.json that golang.org/x/text's encoders do differently: the reason is
// with encodeQuery.
var encodeExceptions = map[string]bool{
	"iso-2022-jp \u000eA":  true, // a control
	"iso-2022-jp \u203e\\": true, // an overline
	"gb18030 \ue5e5":       true, // private use
}

func TestPercentEncoding(t *testing.T) {
	type encodeCase struct {
		Input  string
		Output map[string]string
	}
	for _, c := range readCases[encodeCase](t, "percent-encoding.json") {
		for name, want := range c.Output {
			if encodeExceptions[name+" "+c.Input] {
				continue
			}
			enc, err := htmlindex.Get(name)
			if err != nil {
				t.Fatal(err)
			}
			u, err := URL{}.ParseEncoded("http://a/?"+c.Input, enc)
			if err != nil || u.Query() != want {
				t.Errorf("%s: query of %q = %q, %v, want %q", name, c.Input, u.Query(), err, want)
			}
		}
	}
}
