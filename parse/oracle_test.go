package parse

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/tools/txtar"

	"pageload/parse/dom"
)

// dumpNodes writes a tree of golang.org/x/net/html: elements, their
// attributes in order of names, and their direct text.
func dumpNodes(n *html.Node) string {
	var b strings.Builder
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type != html.ElementNode {
				continue
			}
			var attrs []string
			for _, a := range c.Attr {
				key := a.Key
				if a.Namespace != "" {
					key = a.Namespace + ":" + key
				}
				attrs = append(attrs, fmt.Sprintf("%s=%q", key, a.Val))
			}
			text := ""
			for t := c.FirstChild; t != nil; t = t.NextSibling {
				if t.Type == html.TextNode {
					text += t.Data
				}
			}
			dumpElement(&b, depth, c.Namespace, c.Data, attrs, text)
			walk(c, depth+1)
		}
	}
	walk(n, 0)
	return b.String()
}

func dumpElement(b *strings.Builder, depth int, ns, tag string, attrs []string, text string) {
	slices.Sort(attrs)
	fmt.Fprintf(b, "%*s%s", depth*2, "", tag)
	if ns != "" {
		fmt.Fprintf(b, " (%s)", ns)
	}
	for _, a := range attrs {
		b.WriteString(" " + a)
	}
	if text != "" {
		fmt.Fprintf(b, " %q", text)
	}
	b.WriteByte('\n')
}

// dumpTable writes an element table in the same form.
func dumpTable(t *dom.Table) string {
	var b strings.Builder
	var walk func(parent dom.ID, depth int)
	walk = func(parent dom.ID, depth int) {
		index := 0
		for c := t.FirstChild(parent); c != 0; c = t.Next(c) {
			index++
			if parent != 0 && t.Index(c) != index {
				fmt.Fprintf(&b, "Index = %d, want %d\n", t.Index(c), index)
			}
			if p := t.Prev(c); p != 0 && t.Next(p) != c || t.Parent(c) != parent {
				fmt.Fprintf(&b, "links of %d are wrong\n", c)
			}
			var attrs []string
			for name, value := range t.Attrs(c) {
				attrs = append(attrs, fmt.Sprintf("%s=%q", name, value))
			}
			text := ""
			for s := range t.Texts(c) {
				text += s
			}
			if strings.Trim(text, spaces) != "" != t.HasText(c) {
				fmt.Fprintf(&b, "HasText = %v\n", t.HasText(c))
			}
			ns := ""
			if t.Namespace(c) != dom.HTML {
				ns = t.Namespace(c).String()
			}
			dumpElement(&b, depth, ns, t.Tag(c), attrs, text)
			walk(c, depth+1)
		}
	}
	walk(0, 0)
	return b.String()
}

// tree parses a document whole and dumps its table.
func tree(src string, scripting bool) string {
	o := Options{Charset: "utf-8"}
	if !scripting {
		o.Scripting = ScriptingOff
	}
	p := New(o)
	p.Feed([]byte(src))
	p.End()
	for _, ok := p.Next(); ok; _, ok = p.Next() {
	}
	return dumpTable(p.Document().Table)
}

// oracle is the dump of html.Parse, "" where it gives up.
func oracle(src string, scripting bool) string {
	n, err := html.ParseWithOptions(strings.NewReader(strings.ToValidUTF8(src, "\uFFFD")), html.ParseOptionEnableScripting(scripting))
	if err != nil {
		return ""
	}
	return dumpNodes(n)
}

// datTest is a test of a .dat file.
type datTest struct {
	name, data string
	scripting  []bool
}

// readDat reads the tests of a file that are about whole documents.
func readDat(t testing.TB, file string) []datTest {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var tests []datTest
	for i, part := range strings.Split("\n"+string(b), "\n#data\n")[1:] {
		data, rest, _ := strings.Cut(part, "\n#errors")
		if strings.HasPrefix(part, "#errors") {
			data = ""
		}
		head, _, _ := strings.Cut(rest, "\n#document\n")
		if strings.Contains(head, "#document-fragment") {
			continue
		}
		test := datTest{fmt.Sprintf("%s/%d", filepath.Base(file), i), data, []bool{true, false}}
		if strings.Contains(head, "#script-on") {
			test.scripting = []bool{true}
		} else if strings.Contains(head, "#script-off") {
			test.scripting = []bool{false}
		}
		tests = append(tests, test)
	}
	return tests
}

// corpus is all HTML of the test data, and the hand-written nasties.
func corpus(t testing.TB) []datTest {
	files, _ := filepath.Glob("testdata/html5lib/*.dat")
	more, _ := filepath.Glob("testdata/html5lib/tree-construction/*.dat")
	var all []datTest
	for _, f := range append(files, more...) {
		all = append(all, readDat(t, f)...)
	}
	both := []bool{true, false}
	cases, _ := filepath.Glob("testdata/cases/*.txtar")
	for _, f := range cases {
		a, err := txtar.ParseFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range a.Files {
			if strings.HasSuffix(file.Name, ".html") {
				all = append(all, datTest{filepath.Base(f) + "/" + file.Name, string(file.Data), both})
			}
		}
	}
	for i, s := range nasties {
		all = append(all, datTest{fmt.Sprintf("nasty/%d", i), s, both})
	}
	if len(all) < 1000 {
		t.Fatalf("only %d documents in the corpus", len(all))
	}
	return all
}

// TestTreeAgainstNetHTML compares element trees with those of html.Parse.
func TestTreeAgainstNetHTML(t *testing.T) {
	used := make(map[string]bool)
	for _, test := range corpus(t) {
		for _, scripting := range test.scripting {
			want := oracle(test.data, scripting)
			if want == "" {
				continue
			}
			got := tree(test.data, scripting)
			why := differs(test.data)
			if got == want {
				continue
			}
			if why != "" {
				used[why] = true
				continue
			}
			t.Errorf("%s (scripting %v): %q\ngot:\n%swant:\n%s", test.name, scripting, test.data, got, want)
		}
	}
	for _, d := range differences {
		if !used[d.why] {
			t.Errorf("no document differs any more because %s", d.why)
		}
	}
}
