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
	latin := encoded(t, "<title>été à Köln €</title>", charmap.Windows1252.NewEncoder())
	sjis := encoded(t, "<title>日本ｱ語</title>", japanese.ShiftJIS.NewEncoder())
	le := encoded(t, "<title>日本😀é</title>", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder())
	be := encoded(t, "<title>日本😀é</title>", unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder())
	for _, test := range []struct{ name, charset, src, encoding, title string }{
		{"mark", "windows-1252", "\xEF\xBB\xBF<title>é</title>", "utf-8", "é"},
		{"UTF-16 little-endian mark", "utf-8", le, "utf-16le", "日本😀é"},
		{"UTF-16 big-endian mark", "", be, "utf-16be", "日本😀é"},
		{"header", "UTF-8", "<title>é</title>", "utf-8", "é"},
		{"header before meta", "iso-8859-1", "<meta charset=utf-8>" + latin, "windows-1252", "été à Köln €"},
		{"unknown header", "nonsense", "<meta charset=utf-8><title>é</title>", "utf-8", "é"},
		{"meta", "", "<meta charset='UTF-8'><title>é</title>", "utf-8", "é"},
		{"meta content", "", "<meta content='text/html; charset=shift_jis' http-equiv=Content-Type>" + sjis, "shift_jis", "日本ｱ語"},
		{"meta content without pragma", "", "<meta content='charset=utf-8'>" + latin, "windows-1252", "été à Köln €"},
		{"meta UTF-16 is UTF-8", "", "<meta charset=utf-16><title>é</title>", "utf-8", "é"},
		{"meta in a comment", "", "<!-- <meta charset=utf-8> -->" + latin, "windows-1252", "été à Köln €"},
		{"meta after comments", "", "<!--> <!---> <!-- x --><p a='<meta charset=x>'></p x=>'><meta charset=utf-8><title>é</title>", "utf-8", "é"},
		{"meta beyond 1,024 bytes while the head lasts", "", "<html><head><!--" + strings.Repeat("x", 1024) + "-->text<link><meta charset=utf-8><title>é</title>", "utf-8", "é"},
		{"meta beyond 1,024 bytes in the body", "", "<p>" + strings.Repeat("x", 1024) + "<meta charset=utf-8>" + latin, "windows-1252", "été à Köln €"},
		{"meta beyond 1,024 bytes after the head", "", "<title>" + strings.Repeat("x", 1024) + "</title><i><meta charset=koi8-r>", "windows-1252", strings.Repeat("x", 1024)},
		{"meta in the body within 1,024 bytes", "", "<p><meta charset=utf-8><title>é</title>", "utf-8", "é"},
		{"meta of no encoding before", "", "<meta charset=x><meta charset=utf-8><title>é</title>", "utf-8", "é"},
		{"meta in a title", "", "<title><meta charset=koi8-r></title>", "windows-1252", "<meta charset=koi8-r>"},
		{"meta in a noscript", "", "<noscript><meta charset=koi8-r></noscript>", "koi8-r", ""},
		{"XML declaration", "", "<?xml version='1.0' encoding='utf-8'?><title>é</title>", "utf-8", "é"},
		{"XML declaration without encoding", "", "<?xml version='1.0'?><meta charset=utf-8><title>é</title>", "utf-8", "é"},
		{"nothing", "", latin, "windows-1252", "été à Köln €"},
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
			if got, want := p.Document().Verbatim(), string(p.Document().Table.Source()) == test.src; got != want {
				t.Errorf("%s, pieces of %d: Verbatim = %v, want %v", test.name, step, got, want)
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

// TestDecodesAtOnce: nothing waits for a declaration of the encoding, but for
// what might be a byte order mark or an XML declaration.
func TestDecodesAtOnce(t *testing.T) {
	p := New(Options{URL: testURL})
	if n := len(p.Feed([]byte("<img src=a>"))); n != 1 {
		t.Errorf("%d references before the encoding is known", n)
	}
	p = New(Options{URL: testURL})
	if p.Feed([]byte("<")); p.Decoded() != 0 {
		t.Error("decoded what may be an XML declaration")
	}
	if p.Feed([]byte("?xml version='1.0'")); p.Decoded() != 0 {
		t.Error("decoded half of an XML declaration")
	}
	p.Feed([]byte("encoding='koi8-r'?>\xc0"))
	if _, name := p.Document().Encoding(); name != "koi8-r" || p.Decoded() == 0 {
		t.Errorf("%s, %d bytes", name, p.Decoded())
	}
}

// TestEncodingOfPieces: the first piece that is not ASCII decides the guess,
// and a declaration in a later one counts from there on; offsets are right
// before and after.
func TestEncodingOfPieces(t *testing.T) {
	russian := encoded(t, "Съешь ещё этих мягких французских булок", charmap.Windows1251.NewEncoder())
	koi := encoded(t, "Ещё <img src=b>", charmap.KOI8R.NewEncoder())
	pieces := []string{"<title>x</title><img src=0>", "<p>" + russian + "<img src=a>", russian, "<meta charset=koi8-r><p>" + koi}
	p := New(Options{URL: testURL})
	var fed string
	var refs []Ref
	for i, s := range pieces {
		fed += s
		refs = append(refs, p.Feed([]byte(s))...)
		_, name := p.Document().Encoding()
		if want := []string{"windows-1252", "windows-1251", "windows-1251", "koi8-r"}[i]; name != want {
			t.Errorf("after piece %d: %s, want %s", i, name, want)
		}
	}
	p.End()
	for e, ok := p.Next(); ok; e, ok = p.Next() {
		if e.Kind == EventEnd && e.Offset != len(fed) {
			t.Errorf("end at %d, want %d", e.Offset, len(fed))
		}
	}
	for i, raw := range []string{"0", "a", "b"} {
		if want := strings.Index(fed, "<img src="+raw) + len("<img src=0>"); len(refs) != 3 || refs[i].Offset != want {
			t.Errorf("%s: offset is not %d: %+v", raw, want, refs)
		}
	}
	doc, err := Parse(strings.NewReader("<p>"+russian), Options{ParentCharset: "shift_jis"})
	if _, name := doc.Encoding(); name != "shift_jis" || err != nil {
		t.Errorf("in a frame of Shift_JIS: %s, %v", name, err)
	}
}

func FuzzEncoding(f *testing.F) {
	f.Add("<meta charset=utf-8>\xc3\xa9", "")
	f.Add("\xff\xfea\x00", "")
	f.Add("\x1b$B\x46\x7c\x1b(B", "iso-2022-jp")
	f.Add("\x81\x30\x81\x30\xff", "gb18030")
	f.Add("<meta charset=koi8-r>\xc0\xc1", "")
	f.Add("\xe3\x82<meta charset=shift_jis>\x82\xa0", "")
	f.Fuzz(func(t *testing.T, src, charset string) {
		decoded := func(step int) (string, string) {
			d := decoder{max: 1 << 30, charset: charset}
			for rest := src; rest != ""; {
				n := min(len(rest), step)
				d.feed([]byte(rest[:n]), false)
				rest = rest[n:]
			}
			d.feed(nil, true)
			before := -1
			for i := range string(d.src) {
				if at := d.rawOffset(uint32(i)); at < before {
					t.Errorf("%q in %s by %d: offset %d of the text is %d, after %d", src, d.name, step, i, at, before)
				} else {
					before = at
				}
			}
			if d.verbatim() && string(d.src) != src {
				t.Errorf("%q in %s by %d: %q is said to be the same", src, d.name, step, d.src)
			}
			return string(d.src), d.name
		}
		whole, name := decoded(1 << 20)
		for _, step := range []int{1, 2, 3} {
			got, same := decoded(step)
			if got != strings.ToValidUTF8(got, "") {
				t.Errorf("%q in %s by %d: %q is no UTF-8", src, same, step, got)
			}
			// Where nothing is declared it depends on the first piece.
			if declared, _ := lookupEncoding(charset); got != whole && declared != "" {
				t.Errorf("%q in %s by %d: %q, want %q", src, name, step, got, whole)
			}
		}
	})
}
