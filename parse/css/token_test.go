package css

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	tdcss "github.com/tdewolff/parse/v2/css"

	"github.com/tdewolff/parse/v2"
)

// readPairs reads a file of css-parsing-tests: input, expected, input, expected …
func readPairs(t *testing.T, name string, each func(input, want any)) {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors/css-parsing-tests/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var list []any
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(list); i += 2 {
		each(list[i], list[i+1])
	}
}

// componentValues writes tokens in the form of css-parsing-tests.
func componentValues(c *cursor, until tokenKind) []any {
	list := []any{}
	for !c.done() {
		t := c.next()
		text := t.text(c.src)
		if t.kind == until && until != 0 {
			break
		}
		number := func(name string, unit ...any) []any {
			typ, s := "number", c.src[t.start:t.end]
			if t.integer {
				typ = "integer"
			}
			switch t.kind {
			case tokPercentage:
				s = strings.TrimSuffix(s, "%")
			case tokDimension:
				s = c.src[t.start:t.textStart]
			}
			return append([]any{name, s, t.num + 0, typ}, unit...) // no -0
		}
		switch t.kind {
		case tokWhitespace:
			list = append(list, " ")
		case tokIdent:
			list = append(list, []any{"ident", text})
		case tokAtKeyword:
			list = append(list, []any{"at-keyword", text})
		case tokHash:
			typ := "unrestricted"
			if t.hashID {
				typ = "id"
			}
			list = append(list, []any{"hash", text, typ})
		case tokString:
			list = append(list, []any{"string", text})
		case tokURL:
			list = append(list, []any{"url", text})
		case tokBadString:
			list = append(list, []any{"error", "bad-string"})
		case tokBadURL:
			list = append(list, []any{"error", "bad-url"})
		case tokNumber:
			list = append(list, number("number"))
		case tokPercentage:
			list = append(list, number("percentage"))
		case tokDimension:
			list = append(list, number("dimension", text))
		case tokFunction:
			list = append(list, append([]any{"function", text}, componentValues(c, tokRParen)...))
		case tokLParen:
			list = append(list, append([]any{"()"}, componentValues(c, tokRParen)...))
		case tokLBracket:
			list = append(list, append([]any{"[]"}, componentValues(c, tokRBracket)...))
		case tokLBrace:
			list = append(list, append([]any{"{}"}, componentValues(c, tokRBrace)...))
		case tokRParen, tokRBracket, tokRBrace:
			list = append(list, []any{"error", c.src[t.start:t.end]})
		case tokDelim:
			s := c.src[t.start:t.end]
			// the draft of 2014 had tokens for these
			if n := c.peek(); n.kind == tokDelim && n.start == t.end && (strings.Contains("~|^$*", s) && n.delim == '=' || s == "|" && n.delim == '|') {
				s += string(n.delim)
				c.next()
			}
			list = append(list, s)
		default:
			list = append(list, c.src[t.start:t.end])
		}
	}
	return list
}

func asJSON(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}

// preprocess replaces line ends and NULs as CSS Syntax 3, section 3.3 says,
// which the lexer does token by token.
func preprocess(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\f", "\n", "\x00", "\uFFFD").Replace(s)
}

func TestTokensVectors(t *testing.T) {
	passed, excepted := 0, 0
	readPairs(t, "component_value_list.json", func(in, want any) {
		src := in.(string)
		toks, _ := tokenize(src, 0)
		got := preprocess(asJSON(componentValues(&cursor{src: src, toks: toks}, 0)))
		w := strings.NewReplacer(`,["error","eof-in-string"]`, "", `,["error","eof-in-url"]`, "").Replace(asJSON(want)) // no tokens of today's standard
		if got != w {
			if strings.Contains(w, "unicode-range") {
				excepted++ // gone from today's standard
				return
			}
			t.Errorf("%q:\n got %s\nwant %s", src, got, w)
			return
		}
		passed++
	})
	t.Logf("%d passed, %d excepted", passed, excepted)
}

// TestRefsVectors: the urls of the expected trees are the references of the sheet, and no others.
func TestRefsVectors(t *testing.T) {
	stringURL := regexp.MustCompile(`(?i)url\(\s*['"]|@import`)
	var urls func(v any, out *[]string)
	urls = func(v any, out *[]string) {
		list, ok := v.([]any)
		if !ok {
			return
		}
		if len(list) == 2 && list[0] == "url" {
			if s := list[1].(string); s != "" && s[0] != '#' {
				*out = append(*out, s)
			}
			return
		}
		for _, e := range list {
			urls(e, out)
		}
	}
	n := 0
	for _, file := range []string{"stylesheet.json", "rule_list.json", "declaration_list.json", "component_value_list.json"} {
		readPairs(t, file, func(in, want any) {
			var got, exp []string
			urls(want, &exp)
			for _, r := range ParseSheet([]byte(in.(string)), baseURL).Refs() {
				got = append(got, r.Raw)
			}
			if stringURL.MatchString(in.(string)) {
				return // what strings name is not ["url", …] there
			}
			n += len(exp)
			if asJSON(got) != asJSON(exp) {
				t.Errorf("%s: %q: refs %q, want %q", file, in, got, exp)
			}
		})
	}
	t.Logf("%d urls", n)
}

func TestNthVectors(t *testing.T) {
	readPairs(t, "An+B.json", func(in, want any) {
		src := in.(string)
		toks, _ := tokenize(src, 0)
		c := cursor{src: src, toks: toks}
		a, b, ok := parseNth(&c)
		c.space()
		got := "null"
		if ok && c.done() {
			got = fmt.Sprintf("[%d,%d]", a, b)
		}
		if w := asJSON(want); got != w {
			t.Errorf("parseNth(%q) = %s, want %s", src, got, w)
		}
	})
}

// TestLexerAgainstTdewolff compares the cuts between tokens with those of an
// independent lexer, on input where both follow the standard.
func TestLexerAgainstTdewolff(t *testing.T) {
	for _, src := range []string{
		"a{b:c}", "@media screen and (min-width:3px){.a>#b{color:#fff;margin:-1.5e3px 50%}}", "/* c */ a , b{ background : url(a.png) no-repeat , \"x\" }",
		"a::before{content:'\\201C'}", "@import url(x);<!-- p{} -->", ".a\\:b{w:calc(1px + 2px)}", "--x: 1;-a-b{c:+1-2}", string(benchSheets()[4]),
	} {
		toks, _ := tokenize(src, 0)
		l := tdcss.NewLexer(parse.NewInputString(src))
		at, i := 0, 0
		for {
			tt, data := l.Next()
			if tt == tdcss.ErrorToken {
				break
			}
			if tt != tdcss.CommentToken && tt != tdcss.WhitespaceToken {
				for i < len(toks) && toks[i].kind == tokWhitespace {
					i++
				}
				if i >= len(toks) || toks[i].start != at {
					t.Errorf("%.60q: at %d tdewolff has %v %q", src, at, tt, data)
					break
				}
				i++
			}
			at += len(data)
		}
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"a{b:url( x )}", "url(a'b)c)", "'a\nb", "\"a\\\r\nb", "\\", "#\\31", "-->", "1e+3.5-x", "u\\72l(a;b)", "\x00", "/*", "@\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		l := lexer{src: src}
		at := 0
		for {
			tok := l.next()
			if tok.start < at || tok.end < tok.start || tok.end > len(src) {
				t.Fatalf("%q: token %v behind %d", src, tok, at)
			}
			if tok.kind == tokEOF {
				break
			}
			if tok.end == tok.start {
				t.Fatalf("%q: empty token %v", src, tok)
			}
			at = tok.end
			if s := tok.text(src); utf8.ValidString(src) && !utf8.ValidString(s) {
				t.Fatalf("%q: token's text %q is not UTF-8", src, s)
			}
		}
		// a scan must see the same top-level semicolons as the tokens
		toks, _ := tokenize(src, 0)
		c := cursor{src: src, toks: toks}
		want := len(src)
		for ; !c.done(); c.skipValue() {
			if p := c.peek(); p.kind == tokSemicolon {
				want = p.start
				break
			}
		}
		if got := l.scan(0, stopSemicolon); got != want {
			t.Errorf("%q: scan stops at %d, tokens at %d", src, got, want)
		}
	})
}
