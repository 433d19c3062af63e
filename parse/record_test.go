package parse

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pageload/parse/css"
	"pageload/parse/weburl"
)

// recordings are documents for the tests of records.
func recordings(t testing.TB) map[string]string {
	list := map[string]string{
		"short": "<!doctype html><p>text",
		"typical": "<!doctype html><html lang=en><head><meta charset=utf-8><title> A  title é</title><base href=/b/><link rel=stylesheet href=a.css media='(min-width: 100px)'>" +
			"<style>@import url(i.css); p{}</style><script src=a.js></script></head><body class='a b'><img src=x.png srcset='y.png 2x'><iframe src=f.html></iframe>" +
			strings.Repeat("<div><p>some text &amp; <a href=x>more</a></div>\n", 50) + "<script>inline</script><svg><title>no</title><image href=s.png /></svg></body></html>",
		"text first":   "plain <b>text</b> <img src=a.png>",
		"open table":   "<table><tr><td><img src=a.png></td>x<img src=b.png></table>",
		"late title":   "<body><img src=a><title>late</title><p>x",
		"cut tag":      "<img src=a><img src=b",
		"cdata":        "<svg><![CDATA[ <img src=x> ]]></svg><math><mi><![CDATA[x]]></math><img src=y>",
		"escaped":      "<script><!-- <script> </script> --></script><img src=a>",
		"ascii latin1": "<!doctype html><title>t</title><meta http-equiv=content-type content='text/html; charset=iso-8859-1'><img src='a?&eacute;'>",
	}
	files, _ := filepath.Glob("../loader/testdata/fidelity/cases/*.txtar")
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		list[filepath.Base(f)] = string(b)
	}
	return list
}

// A trace is all that a parser says while it is used in some way.
type trace []string

func (t *trace) add(format string, a ...any) { *t = append(*t, fmt.Sprintf(format, a...)) }

// use feeds src in pieces, and lets the builder go on as the random numbers say.
func use(r *Replay, src string, rnd *rand.Rand, first int) (out trace, list []any) {
	say := func(refs []Ref) {
		for i := range refs {
			list = append(list, refs[i])
			out.add("scanner %s %d", refs[i].Raw, refs[i].Offset)
		}
	}
	look := func() {
		_, enc := r.Encoding()
		out.add("%d elements, base %s, title %q, encoding %q, %d decoded", r.Elements(), r.Base(), r.Title(), enc, r.Decoded())
	}
	build := func(most int) {
		for range most {
			e, ok := r.Next()
			if !ok {
				out.add("dry")
				break
			}
			list = append(list, e)
			out.add("event %v %d", e.Kind, e.Offset)
			if rnd.IntN(8) == 0 {
				look()
			}
		}
		look()
	}
	for at := 0; at < len(src); {
		n := min(len(src)-at, 1+rnd.IntN(1+len(src)/3))
		if at == 0 {
			n = min(len(src), max(n, first))
		}
		say(r.Feed([]byte(src[at : at+n])))
		at += n
		look()
		if rnd.IntN(3) > 0 {
			build(rnd.IntN(6))
		}
		if rnd.IntN(3) == 0 {
			build(1 << 20)
		}
	}
	say(r.End())
	build(rnd.IntN(3))
	build(1 << 20)
	return out, list
}

// What a replay says is what a parser says, in whatever pieces the document comes,
// wherever the builder is held, and wherever the document goes another way.
func TestReplaySaysWhatAParserDoes(t *testing.T) {
	kept := 0
	for name, src := range recordings(t) {
		o := Options{URL: weburl.MustParse("http://a.test/d/"), Charset: "utf-8", NoLinks: true,
			Device: css.Device{Window: &css.Window{Measure: func() (float64, float64) { return 300, 150 }}}}
		if strings.HasPrefix(name, "ascii") {
			o.Charset = ""
		}
		rec := NewRecord([]byte(src), o)
		if rec == nil {
			t.Logf("%s: not recorded", name)
			continue
		}
		kept++
		for seed := range uint64(30) {
			text := src
			rnd := rand.New(rand.NewPCG(seed, 1))
			switch seed % 3 {
			case 1: // another byte somewhere
				i := rnd.IntN(len(src))
				text = src[:i] + "<img src=other.png>" + src[min(len(src), i+rnd.IntN(5)):]
			case 2: // cut off, or longer
				if text = src + "<img src=more.png>"; seed%2 == 0 {
					text = src[:rnd.IntN(len(src))]
				}
			}
			run := func(records []*Record) (trace, []any, *Replay) {
				r := NewReplay(o, records)
				tr, list := use(r, text, rand.New(rand.NewPCG(seed, 2)), rec.first)
				return tr, list, r
			}
			want, wantList, _ := run(nil)
			got, gotList, r := run([]*Record{rec})
			for i := range want {
				if i >= len(got) || got[i] != want[i] {
					t.Fatalf("%s, seed %d, step %d of %d: %v, want %v", name, seed, i, len(want), got[min(len(got), i):min(len(got), i+3)], want[i])
				}
			}
			if len(got) != len(want) || !reflect.DeepEqual(gotList, wantList) {
				t.Fatalf("%s, seed %d: references or events differ", name, seed)
			}
			if same := text == src; same != (r.live == nil) {
				t.Errorf("%s, seed %d: parsed %v, of the recorded document %v", name, seed, r.live != nil, same)
			}
			if seed < 6 && !reflect.DeepEqual(outline(r.Document()), outline(parsed(text, o))) {
				t.Errorf("%s, seed %d: the document is another", name, seed)
			}
		}
	}
	if kept < 20 {
		t.Errorf("%d documents were recorded, want more", kept)
	}
}

// A replay that has to parse on the way goes on as a parser does from there.
func TestReplayParsesWhenAsked(t *testing.T) {
	src := recordings(t)["typical"]
	o := Options{URL: weburl.MustParse("http://a.test/d/"), Charset: "utf-8"}
	rec := NewRecord([]byte(src), o)
	for seed := range uint64(200) {
		run := func(records []*Record) (out []string) {
			rnd := rand.New(rand.NewPCG(seed, 3))
			r := NewReplay(o, records)
			for at := 0; at < len(src); {
				n := min(len(src)-at, 100+rnd.IntN(1+len(src)/2))
				r.Feed([]byte(src[at : at+n]))
				at += n
				for range rnd.IntN(20) {
					r.Next()
				}
				if rnd.IntN(3) == 0 {
					out = append(out, outline(r.Document())...)
				}
				if _, p := r.Place(); records != nil && p == (Place{}) && r.Elements() > 0 {
					t.Fatalf("seed %d: no place", seed)
				}
			}
			r.End()
			for ok := true; ok; {
				_, ok = r.Next()
			}
			return append(out, outline(r.Document())...)
		}
		if got, want := run([]*Record{rec}), run(nil); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: got\n%s\nwant\n%s", seed, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func parsed(src string, o Options) *Document {
	p := New(o)
	p.Feed([]byte(src))
	p.End()
	for ok := true; ok; {
		_, ok = p.Next()
	}
	return p.Document()
}

// outline lists the elements of a document.
func outline(d *Document) (list []string) {
	t := d.Table
	for id := range t.Descendants(0) {
		s := fmt.Sprint(id, " ", t.Tag(id), " in ", t.Parent(id), " after ", t.Prev(id), t.Classes(id))
		for k, v := range t.Attrs(id) {
			s += fmt.Sprintf(" %s=%q", k, v)
		}
		for x := range t.Texts(id) {
			s += fmt.Sprintf(" %q", x)
		}
		list = append(list, s)
	}
	return list
}

// What can be parsed otherwise in other pieces, or is changed once it is built, is
// not recorded.
func TestNotRecorded(t *testing.T) {
	for name, src := range map[string]string{
		"nothing":          "",
		"meta CSP":         "<meta http-equiv=content-security-policy content=\"img-src 'none'\"><img src=a>",
		"guessed":          "<p>\xe9t\xe9",
		"misnested":        "<b><div>x</b>y</div>",
		"second html":      "<html><body><html class=x>",
		"invalid UTF-8":    "<meta charset=utf-8><p>\xff",
		"byte order mark":  "\xef\xbb\xbf<p>x",
		"another encoding": "<meta charset=windows-1251><p>\xe9",
		"too long":         "<p>" + strings.Repeat("x", maxRecord),
	} {
		if NewRecord([]byte(src), Options{URL: weburl.MustParse("http://a.test/")}) != nil {
			t.Errorf("%s: recorded", name)
		}
	}
}

// A record serves the options that it was made with.
func TestRecordFits(t *testing.T) {
	window := func(width float64) css.Device {
		return css.Device{Window: &css.Window{Measure: func() (float64, float64) { return width, 150 }}}
	}
	u := weburl.MustParse("http://a.test/")
	for _, tt := range []struct {
		name, src string
		o         Options
		fits      bool
	}{
		{"the same", "<p>x", Options{URL: u, Device: window(300)}, true},
		{"another URL", "<p>x", Options{URL: weburl.MustParse("http://b.test/"), Device: window(300)}, false},
		{"another charset", "<p>x", Options{URL: u, Charset: "utf-8", Device: window(300)}, false},
		{"another window, not asked for", "<p>x", Options{URL: u, Device: window(400)}, true},
		{"another window", "<img srcset='a 10w, b 700w' sizes=100vw>", Options{URL: u, Device: window(400)}, false},
		{"the same window", "<img srcset='a 10w, b 700w' sizes=100vw>", Options{URL: u, Device: window(300)}, true},
		{"no window", "<img srcset='a 10w, b 700w' sizes=100vw>", Options{URL: u}, false},
	} {
		rec := NewRecord([]byte(tt.src), Options{URL: u, Device: window(300)})
		if got := rec.fits(&tt.o); got != tt.fits {
			t.Errorf("%s: fits %v, want %v", tt.name, got, tt.fits)
		}
	}
}

func BenchmarkReplay(b *testing.B) {
	src := []byte(typicalPage())
	o := Options{URL: testURL, Charset: "utf-8"}
	rec := []*Record{NewRecord(src, o)}
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		r := NewReplay(o, rec)
		r.Feed(src)
		r.End()
		for ok := true; ok; {
			_, ok = r.Next()
		}
	}
}

func BenchmarkNewRecord(b *testing.B) {
	src := []byte(typicalPage())
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if NewRecord(src, Options{URL: testURL, Charset: "utf-8"}) == nil {
			b.Fatal("not recorded")
		}
	}
}
