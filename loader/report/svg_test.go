package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"pageload/loader/report"
	"pageload/loader/waterfall"
)

func svg(t testing.TB, wf *waterfall.Waterfall, o report.SVGOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.SVG(&b, wf, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// elements reads the picture as XML, and returns how many elements of a name
// there are, and all its text.
func elements(t testing.TB, picture string) (count map[string]int, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(picture))
	count = map[string]int{}
	for {
		token, err := d.Token()
		if err == io.EOF {
			return count, text
		}
		if err != nil {
			t.Fatalf("the picture is no XML: %v", err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			count[x.Name.Local]++
		case xml.CharData:
			text += string(x)
		}
	}
}

func TestSVGGolden(t *testing.T) {
	for _, width := range []int{480, 960} {
		got := svg(t, sample(), report.SVGOptions{Width: width})
		elements(t, got)
		golden(t, fmt.Sprintf("%d.svg", width), got)
	}
}

func TestSVGRows(t *testing.T) {
	w := sample()
	for _, tt := range []struct {
		rows int
		want string
	}{{0, ""}, {-1, ""}, {12, ""}, {5, "and 7 more"}} {
		_, text := elements(t, svg(t, w, report.SVGOptions{Rows: tt.rows}))
		if got := strings.Contains(text, " more"); got != (tt.want != "") || !strings.Contains(text, tt.want) {
			t.Errorf("Rows %d: want %q in %q", tt.rows, tt.want, text)
		}
	}
}

func TestSVGNothingIsMarkup(t *testing.T) {
	const evil = "</text><script>alert(1)</script>&\"'\x00\x1b\u202e\ufffe\xff"
	w := sample()
	w.Page.Title, w.Page.URL, w.Page.Err = evil, evil, evil
	w.Requests[3].URL, w.Requests[4].Method, w.Requests[5].FromCache, w.Requests[6].NetError = evil, evil, evil, evil
	count, text := elements(t, svg(t, w, report.SVGOptions{}))
	if count["script"] > 0 || !strings.Contains(text, "<script>alert(1)</script>") {
		t.Errorf("%v: %q", count, text)
	}
	if i := strings.IndexAny(text, "\x00\x1b\u202e\ufffe"); i >= 0 {
		t.Errorf("a control character came through in %q", text)
	}
}

func TestSVGOfLittle(t *testing.T) {
	for _, w := range []*waterfall.Waterfall{{}, {Page: waterfall.Page{Load: waterfall.None, RenderStart: waterfall.None, DOMContentLoaded: -5, End: 1 << 62}, Requests: []waterfall.Request{
		{Start: waterfall.None, Exchange: waterfall.Exchange{Times: waterfall.NoTimes()}}, {Start: 1 << 62, Exchange: waterfall.Exchange{Times: waterfall.NoTimes()}}}}} {
		elements(t, svg(t, w, report.SVGOptions{}))
	}
	if err := report.SVG(io.Discard, nil, report.SVGOptions{}); err == nil {
		t.Error("no waterfall was no error")
	}
	if err := report.SVG(full{}, sample(), report.SVGOptions{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, os.ErrClosed }

func FuzzSVG(f *testing.F) {
	f.Add("http://a.test/", "title", int64(time.Second), int64(2*time.Second), 3)
	f.Add("</text>\x00", "\xff\ufffe", int64(-1<<63), int64(1<<62), -7)
	f.Fuzz(func(t *testing.T, u, title string, start, end int64, rows int) {
		w := sample()
		w.Page.Title, w.Page.Load, w.Requests[2].URL = title, time.Duration(end), u
		w.Requests[2].Start, w.Requests[2].Times.End, w.Requests[3].Err = time.Duration(start), time.Duration(end), title
		elements(t, svg(t, w, report.SVGOptions{Rows: rows}))
	})
}

func ExampleSVG() {
	var file bytes.Buffer // or an *os.File
	if err := report.SVG(&file, &waterfall.Waterfall{}, report.SVGOptions{Width: 960, Rows: 40}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.HasPrefix(file.String(), "<svg "))
	// Output: true
}

func BenchmarkSVG(b *testing.B) {
	w := sample()
	b.ReportAllocs()
	for b.Loop() {
		if err := report.SVG(io.Discard, w, report.SVGOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
