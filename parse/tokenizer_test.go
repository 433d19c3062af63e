package parse

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// tokens reads the tokens of a source as the html5lib tests write them.
func tokens(src string, m model, last string, step int) []string {
	z := tokenizer{maxAttrs: 1024, cdata: false}
	if last != "" {
		z.setModel(m, &token{atom: atom.Lookup([]byte(last))})
	} else {
		z.model = m
	}
	var out []string
	text := ""
	flush := func() {
		if text != "" {
			out = append(out, "Character "+text)
		}
		text = ""
	}
	var t token
	raw := dom.Span{} // text, joined before it is decoded
	kind := dom.TextPlain
	endText := func() {
		if raw.End > raw.Start {
			text += dom.DecodeText(string(z.src[raw.Start:raw.End]), kind)
		}
		raw, kind = dom.Span{}, dom.TextPlain
	}
	take := func() {
		if t.kind == textToken {
			if raw.End != t.start {
				endText()
				raw.Start = t.start
			}
			raw.End = t.end
			kind = max(kind, t.textKind(dom.TextRCData))
			return
		}
		endText()
		name := func() string { return string(appendLower(nil, z.src[t.name.Start:t.name.End])) }
		switch t.kind {
		case startTag:
			flush()
			var attrs []string
			list := z.attrs[t.attrs : int(t.attrs)+int(t.nattrs)]
			for i := range list {
				attrs = append(attrs, fmt.Sprintf("%s=%q", list[i].NameIn(z.src), list[i].ValueIn(z.src)))
			}
			slices.Sort(attrs)
			out = append(out, fmt.Sprintf("StartTag %s %v %v", name(), attrs, t.selfClosing))
		case endTag:
			flush()
			out = append(out, "EndTag "+name())
		case doctypeToken:
			flush()
			out = append(out, fmt.Sprintf("DOCTYPE %v", quirksDoctype(z.src[t.start:t.end])))
		case commentToken:
			if string(z.src[t.start:t.end]) == "</>" {
				return
			}
			flush()
			out = append(out, "Comment")
		}
	}
	for i := 0; i < len(src); i += step {
		z.src = []byte(src[:min(i+step, len(src))])
		for z.next(&t) {
			take()
		}
	}
	z.final = true
	for z.next(&t) {
		take()
	}
	endText()
	flush()
	return out
}

// want turns the output of an html5lib test into the same form. Comments are
// only counted, of a doctype it is told whether it means quirks.
func wantTokens(output []any) []string {
	var out []string
	text := ""
	flush := func() {
		if text != "" {
			out = append(out, "Character "+text)
		}
		text = ""
	}
	for _, o := range output {
		list, ok := o.([]any)
		if !ok {
			continue // "ParseError"
		}
		switch kind := list[0].(string); kind {
		case "Character":
			// A NUL in text is left to whoever knows where the text goes.
			text += strings.ReplaceAll(list[1].(string), "\x00", "\uFFFD")
		case "StartTag":
			flush()
			var attrs []string
			for k, v := range list[2].(map[string]any) {
				attrs = append(attrs, fmt.Sprintf("%s=%q", k, v))
			}
			slices.Sort(attrs)
			out = append(out, fmt.Sprintf("StartTag %s %v %v", list[1], attrs, len(list) > 3 && list[3].(bool)))
		case "EndTag":
			flush()
			out = append(out, fmt.Sprintf("EndTag %s", list[1]))
		case "Comment":
			flush()
			out = append(out, "Comment")
		case "DOCTYPE":
			flush()
			id := func(v any) string { s, _ := v.(string); return s }
			correct := list[4].(bool) && strings.EqualFold(id(list[1]), "html")
			out = append(out, fmt.Sprintf("DOCTYPE %v", !correct || id(list[2]) == "html"))
		}
	}
	flush()
	return out
}

// TestTokenizerAgainstHTML5Lib runs the tests of html5lib, whole and byte by byte.
func TestTokenizerAgainstHTML5Lib(t *testing.T) {
	files, _ := filepath.Glob("testdata/html5lib/tokenizer/*.test")
	models := map[string]model{
		"": modelData, "Data state": modelData, "RCDATA state": modelRCData, "RAWTEXT state": modelRawText,
		"Script data state": modelScript, "PLAINTEXT state": modelPlaintext,
	}
	count := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var suite struct {
			Tests []struct {
				Description, Input, LastStartTag string
				InitialStates                    []string
				Output                           []any
				DoubleEscaped                    bool
			}
		}
		if err := json.Unmarshal(b, &suite); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, test := range suite.Tests {
			if test.DoubleEscaped || strings.Contains(test.Input, "<!DOCTYPE") && filepath.Base(file) == "test3.test" {
				continue // lone surrogates; details of malformed doctypes, which do not matter here
			}
			states := test.InitialStates
			if len(states) == 0 {
				states = []string{""}
			}
			for _, s := range states {
				m, ok := models[s]
				if !ok {
					continue
				}
				count++
				if test.LastStartTag == "" {
					test.LastStartTag = "script" // raw text follows some tag
				}
				want := strings.Join(wantTokens(test.Output), "\n")
				for _, step := range []int{1 << 20, 1} {
					if got := strings.Join(tokens(test.Input, m, test.LastStartTag, step), "\n"); got != want {
						t.Errorf("%s: %s: %q in %q by %d\ngot\n%s\nwant\n%s", filepath.Base(file), test.Description, test.Input, s, step, got, want)
					}
				}
			}
		}
	}
	if count < 1000 {
		t.Errorf("only %d tests", count)
	}
}
