package parse

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

func encoded(t *testing.T, s string, enc interface{ String(string) (string, error) }) string {
	t.Helper()
	b, err := enc.String(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEncoding(t *testing.T) {
	latin := encoded(t, "<title>é€</title>", charmap.Windows1252.NewEncoder())
	sjis := encoded(t, "<title>日本ｱ語</title>", japanese.ShiftJIS.NewEncoder())
	le := encoded(t, "<title>日本😀é</title>", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder())
	be := encoded(t, "<title>日本😀é</title>", unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder())
	for _, test := range []struct{ name, charset, src, encoding, title string }{
		{"mark", "windows-1252", "\xEF\xBB\xBF<title>é</title>", "utf-8", "é"},
		{"UTF-16 little-endian mark", "utf-8", le, "utf-16le", "日本😀é"},
		{"UTF-16 big-endian mark", "", be, "utf-16be", "日本😀é"},
		{"header", "UTF-8", "<title>é</title>", "utf-8", "é"},
		{"header before meta", "iso-8859-1", "<meta charset=utf-8>" + latin, "windows-1252", "é€"},
		{"unknown header", "nonsense", "<meta charset=utf-8><title>é</title>", "utf-8", "é"},
		{"meta", "", "<meta charset='UTF-8'><title>é</title>", "utf-8", "é"},
		{"meta content", "", "<meta content='text/html; charset=shift_jis' http-equiv=Content-Type>" + sjis, "shift_jis", "日本ｱ語"},
		{"meta content without pragma", "", "<meta content='charset=utf-8'>" + latin, "windows-1252", "é€"},
		{"meta UTF-16 is UTF-8", "", "<meta charset=utf-16><title>é</title>", "utf-8", "é"},
		{"meta in a comment", "", "<!-- <meta charset=utf-8> -->" + latin, "windows-1252", "é€"},
		{"meta after comments", "", "<!--> <!---> <!-- x --><p a='<meta charset=x>'></p x=>'><meta charset=utf-8><title>é</title>", "utf-8", "é"},
		{"meta too late", "", "<!--" + strings.Repeat("x", 1024) + "--><meta charset=utf-8>" + latin, "windows-1252", "é€"},
		{"nothing", "", latin, "windows-1252", "é€"},
		{"unfinished character", "utf-8", "<title>a\xe2\x82</title>\xe2\x82", "utf-8", "a\uFFFD"},
		{"no UTF-8", "utf-8", "<title>\xed\xa0\x80\xf0\x80\xff</title>", "utf-8", strings.Repeat("\uFFFD", 6)},
	} {
		for _, step := range []int{1 << 20, 1, 3} {
			p := New(Options{Charset: test.charset, URL: testURL})
			for rest := test.src; rest != ""; {
				n := min(len(rest), step)
				p.Feed([]byte(rest[:n]))
				rest = rest[n:]
			}
			p.End()
			var end Event
			for e, ok := p.Next(); ok; e, ok = p.Next() {
				end = e
			}
			_, name := p.Document().Encoding()
			if name != test.encoding || p.Document().Title() != test.title {
				t.Errorf("%s, pieces of %d: %s %q, want %s %q", test.name, step, name, p.Document().Title(), test.encoding, test.title)
			}
			if test.name != "no UTF-8" && end.Offset != len(test.src) {
				t.Errorf("%s, pieces of %d: Offset at the end = %d, want %d", test.name, step, end.Offset, len(test.src))
			}
		}
	}
}

// TestQueryEncoding: queries are encoded in the document's encoding, paths not.
func TestQueryEncoding(t *testing.T) {
	p := New(Options{URL: testURL, Charset: "windows-1252"})
	refs := p.Feed([]byte("<img src='\xe9?\xe9&eacute;'>"))
	if len(refs) != 1 || refs[0].URL.String() != "http://site.test/dir/%C3%A9?%E9%E9" {
		t.Errorf("refs = %+v", refs)
	}
	if len(refs) == 1 && refs[0].Offset != len("<img src='x?x&eacute;'>") {
		t.Errorf("Offset = %d", refs[0].Offset)
	}
}

// TestWaitsForEncoding: without a declaration in sight nothing is decoded.
func TestWaitsForEncoding(t *testing.T) {
	p := New(Options{URL: testURL})
	if n := len(p.Feed([]byte("<img src=a>"))); n != 0 {
		t.Errorf("%d references before the encoding is known", n)
	}
	if n := len(p.Feed([]byte("<meta charset=utf-8>"))); n != 1 {
		t.Errorf("%d references once it is", n)
	}
	p = New(Options{URL: testURL})
	p.Feed([]byte("<img src=a>"))
	if n := len(p.Feed([]byte(strings.Repeat(" ", 1024)))); n != 1 {
		t.Errorf("%d references after 1,024 bytes", n)
	}
	p = New(Options{URL: testURL})
	p.Feed([]byte("<img src=a>"))
	if n := len(p.End()); n != 1 {
		t.Errorf("%d references at the end", n)
	}
}

func FuzzEncoding(f *testing.F) {
	f.Add("<meta charset=utf-8>\xc3\xa9", "")
	f.Add("\xff\xfea\x00", "")
	f.Add("\x1b$B\x46\x7c\x1b(B", "iso-2022-jp")
	f.Add("\x81\x30\x81\x30\xff", "gb18030")
	f.Fuzz(func(t *testing.T, src, charset string) {
		decoded := func(step int) (string, string) {
			d := decoder{max: 1 << 30, charset: charset}
			for rest := src; rest != ""; {
				n := min(len(rest), step)
				d.feed([]byte(rest[:n]), false)
				rest = rest[n:]
			}
			d.feed(nil, true)
			return string(d.src), d.name
		}
		want, name := decoded(1 << 20)
		if want != strings.ToValidUTF8(want, "") {
			t.Errorf("%q in %s: %q is no UTF-8", src, name, want)
		}
		for _, step := range []int{1, 2, 3} {
			if got, _ := decoded(step); got != want {
				t.Errorf("%q in %s by %d: %q, want %q", src, name, step, got, want)
			}
		}
	})
}
