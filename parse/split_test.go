package parse

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"pageload/parse/weburl"
)

var testURL = weburl.MustParse("http://site.test/dir/page.html")

// record parses a document given in pieces, and writes down all that the
// parser says. With lag, the builder only begins when all has been fed.
func record(o Options, lag bool, pieces ...string) string {
	var b strings.Builder
	p := New(o)
	scanned := func(refs []Ref) {
		for _, r := range refs {
			fmt.Fprintf(&b, "scanner: %s\n", describe(&r))
		}
	}
	var events strings.Builder
	builtTo := 0
	drain := func() {
		for e, ok := p.Next(); ok; e, ok = p.Next() {
			if e.Offset < builtTo || e.Line < 1 || e.Kind == EventRef && e.Ref.Offset > e.Offset {
				fmt.Fprintf(&events, "WRONG OFFSET after %d: %s %d\n", builtTo, e.Kind, e.Ref.Offset)
			}
			builtTo = e.Offset
			fmt.Fprintf(&events, "%s %d line %d offset %d %q", e.Kind, e.Element, e.Line, e.Offset, e.Text)
			switch e.Kind {
			case EventRef, EventInlineScript, EventInlineStyle:
				events.WriteString(" " + describe(&e.Ref))
			case EventLink:
				fmt.Fprintf(&events, " %s %s", e.Link.Kind, e.Link.URL)
			case EventMeta:
				fmt.Fprintf(&events, " %+v", e.Meta)
			case EventLimit:
				events.WriteString(" " + e.Limit.Error())
			}
			events.WriteByte('\n')
			if o.Buffers != nil { // as if it were to wait now
				p.lend()
			}
		}
	}
	for _, s := range pieces {
		scanned(p.Feed([]byte(s)))
		if !lag {
			drain()
		}
	}
	scanned(p.End())
	drain()
	if !p.Finished() {
		b.WriteString("not finished\n")
	}
	b.WriteString(events.String())
	_, name := p.Document().Encoding()
	fmt.Fprintf(&b, "%s, quirks %v, title %q\n", name, p.Document().Table.Quirks(), p.Document().Title())
	for _, l := range p.Document().Links() {
		fmt.Fprintf(&b, "link %s %s %q %+v\n", l.Kind, l.URL, l.Text, l.Form)
	}
	t := p.Document().Table
	for id := range t.Descendants(0) {
		fmt.Fprintf(&b, "%d@%d:%d ", id, t.Offset(id), t.Line(id))
	}
	b.WriteString("\n" + dumpTable(t))
	if p.Finished() {
		p.release()
	}
	return b.String()
}

// describe writes a reference in one line.
func describe(r *Ref) string {
	s := fmt.Sprintf("%s %s %q <%s> line %d offset %d", r.Kind, r.URL, r.Raw, r.ElementName, r.Line, r.Offset)
	for _, f := range []struct {
		name string
		set  bool
	}{{"inbody", r.InBody}, {"small", r.Small}, {"lazy", r.Lazy}, {"async", r.Async}, {"defer", r.Defer}, {"nomodule", r.NoModule},
		{"alternate", r.Alternate}, {"media-mismatch", !r.MediaMatches}, {"blocking", r.Blocking}, {"fallback", r.Fallback},
		{"default", r.Default}, {"srcdoc", r.HasSrcDoc}, {"module", r.Script == Module}, {"unwanted", !r.Wanted()}} {
		if f.set {
			s += " " + f.name
		}
	}
	if r.As != "" {
		s += " as " + r.As
	}
	if r.Err != nil {
		s += " error: " + r.Err.Error()
	}
	return s
}

// checkSplits parses a document whole and in pieces, and compares.
func checkSplits(t *testing.T, o Options, src string, every bool) {
	t.Helper()
	o.URL = testURL
	if strings.Contains(strings.ToLower(src), "content-security-policy") {
		return // such a meta silences the scanner up to the end of the piece
	}
	want := record(o, false, src)
	if strings.Contains(want, "WRONG OFFSET") {
		t.Fatalf("%q: an offset goes back:\n%s", src, want)
	}
	compare := func(how, got string) {
		if got != want {
			t.Fatalf("%q %s:\n%s\nwhole:\n%s", src, how, got, want)
		}
	}
	compare("whole, builder last", record(o, true, src))
	lent := o
	lent.Buffers, lent.Owned, lent.Size = new(Buffers), true, len(src)
	for range 2 {
		compare("with buffers of another", record(lent, false, src))
	}
	compare("in halves, with buffers of another", record(lent, false, src[:len(src)/2], src[len(src)/2:]))
	var bytes []string
	for i := range len(src) {
		bytes = append(bytes, src[i:i+1])
	}
	compare("byte by byte", record(o, false, bytes...))
	compare("byte by byte, builder last", record(o, true, bytes...))
	if !every {
		return
	}
	compare("byte by byte, with buffers of another", record(lent, false, bytes...))
	for i := range len(src) {
		compare(fmt.Sprintf("split at %d", i), record(o, false, src[:i], src[i:]))
	}
}

// TestSplitInvariance checks that it does not matter how the document comes.
func TestSplitInvariance(t *testing.T) {
	for _, test := range corpus(t) {
		nasty := strings.HasPrefix(test.name, "nasty")
		for _, scripting := range test.scripting {
			o := Options{Charset: "utf-8"}
			if !scripting {
				o.Scripting = ScriptingOff
			}
			checkSplits(t, o, test.data, nasty || len(test.data) < 40 && scripting)
		}
		if nasty {
			checkSplits(t, Options{}, test.data, true)
			checkSplits(t, Options{Charset: "windows-1252"}, test.data, false)
			checkSplits(t, Options{Charset: "shift_jis"}, test.data, false)
			checkSplits(t, Options{XML: true}, test.data, true)
		}
	}
}

// TestSplitAtRandom cuts longer documents into pieces of random lengths.
func TestSplitAtRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	page := typicalPage()
	o := Options{URL: testURL}
	want := record(o, false, page)
	for range 10 {
		var pieces []string
		for rest := page; rest != ""; {
			n := min(len(rest), 1+r.IntN(3000))
			pieces = append(pieces, rest[:n])
			rest = rest[n:]
		}
		if got := record(o, r.IntN(2) == 0, pieces...); got != want {
			t.Fatalf("in %d pieces it differs", len(pieces))
		}
	}
}

// FuzzParser checks that a document parses the same whole and in pieces, and
// to the elements of html.Parse.
func FuzzParser(f *testing.F) {
	for i, test := range corpus(f) {
		if i%10 == 0 && len(test.data) < 200 || strings.HasPrefix(test.name, "nasty") {
			f.Add(test.data, true)
		}
	}
	f.Fuzz(func(t *testing.T, src string, scripting bool) {
		o := Options{Charset: "utf-8"}
		if !scripting {
			o.Scripting = ScriptingOff
		}
		checkSplits(t, o, src, len(src) < 50)
		checkSplits(t, Options{XML: true}, src, false)
		// html.Parse does not replace what is no UTF-8, and knows no bound
		// of attributes.
		src = strings.ToValidUTF8(src, "")
		if want := oracle(src, scripting); want != "" {
			if got := tree(src, scripting); got != want && differs(src) == "" {
				t.Errorf("%q (scripting %v)\ngot:\n%swant:\n%s", src, scripting, got, want)
			}
		}
	})
}

// TestNodeIsTheSameTree checks that the view as nodes shows the table.
func TestNodeIsTheSameTree(t *testing.T) {
	for _, test := range corpus(t) {
		d, err := Parse(strings.NewReader(test.data), Options{Charset: "utf-8"})
		if err != nil {
			t.Fatal(err)
		}
		n := d.Node()
		if got, want := dumpNodes(n), dumpTable(d.Table); got != want {
			t.Errorf("%q\ngot:\n%swant:\n%s", test.data, got, want)
		}
		if err := html.Render(&strings.Builder{}, n); err != nil && !strings.Contains(test.data, "plaintext") {
			t.Errorf("%q: Render: %v", test.data, err)
		}
	}
}
