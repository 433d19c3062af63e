package module

import (
	"bytes"
	"strings"
	"testing"

	"pageload/parse/weburl"
)

var importTests = []struct {
	name, src string
	want      string // specifiers, with the type behind a bar
}{
	{"kinds", `import { a } from './a.js'; import './b.js'; import d, * as e from "c.js"; export * from 'd.js'; export * as x from 'e.js'; export { y, z as w } from 'f.js'; import d2, { q } from 'g.js'`, "./a.js ./b.js c.js d.js e.js f.js g.js"},
	{"minified", `import{a}from"a";import b from"b";export{c}from"c";import*as d from"d"`, "a b c d"},
	{"attributes", `import j from './c.json' with { type: 'json' }; import s from "s" with {"type":"css", other: 'x'}; import t from "t" assert {type: "json"}`, "./c.json|json s|css t|json"},
	{"not imports", `// import './comment.js'
/* import './block.js' */ const s = "import './string.js'"; const t = ` + "`import './template.js' ${ `${1}` }`" + `;
if (false) import('./dynamic.js'); import.meta.url; x.import; x.import('y'); const o = { import: 1, from: 'z' }; /import 'r'/.test(s); import('./top.js')`, ""},
	{"after template", "const a = `x ${ {b: `y`}.b } import 'no'`; import 'yes'", "yes"},
	{"regexp", `const r = /['"` + "`" + `]/; import 'a'; if (x) /"/.test(y); import 'b'; const q = 4 / 2; import 'c'; const z = f() / g / 1; import 'd'; x++ / 2; import 'e'`, "a b c d e"},
	{"regexp after block", "function f() {} /\"/.test(x)\nimport 'a'", "a"},
	{"division after object", "const x = {} / 2 / '1'; import 'a'", "a"},
	{"regexp class", `const r = /[/"]/; import 'a'`, "a"},
	{"exports without from", `export { a }; export default function () {}; export const b = 1; export { c }
import 'a'; export class D { static from = 'x' }`, "a"},
	{"export list then string", `export { a } 
'from'; import 'b'`, "b"},
	{"string names", `import { "from" as from, "x y" as z } from 'a'`, "a"},
	{"named from", `import from from 'a'; import { from } from 'b'; import * as from from 'c'`, "a b c"},
	{"inside functions", `function f() { import 'no' } import 'yes'`, "yes"},
	{"escapes", `import './\x61\u{62}\u0063.js'`, "./abc.js"},
	{"shebang", "#!/usr/bin/env node '\nimport 'a'", "a"},
	{"byte order mark", "\ufeffimport 'a'", "a"},
	{"defer and source", `import defer * as a from 'a'; import source b from 'b'`, "a b"},
	{"line separator ends comment", "// x\u2028import 'a'", "a"},
	{"private names", `class A { #import = 1; m() { return this.#import / 2 } } import 'a'`, "a"},
	{"unbalanced", `} ) ] import 'a'`, "a"},
	{"number forms", `1e+5 / 2; .5 / 1; 0xe / 2 / 1; import 'a'`, "a"},
}

func TestImports(t *testing.T) {
	for _, tt := range importTests {
		t.Run(tt.name, func(t *testing.T) {
			list, err := Imports([]byte(tt.src))
			if err != nil {
				t.Errorf("error %v", err)
			}
			if got := describe(list); got != tt.want {
				t.Errorf("Imports(%q) = %q, want %q", tt.src, got, tt.want)
			}
		})
	}
}

func describe(list []Import) string {
	var words []string
	for _, i := range list {
		w := i.Specifier
		if i.Type != "" {
			w += "|" + i.Type
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

func TestImportsLines(t *testing.T) {
	list, err := Imports([]byte("/* a\n b */ import 'x'\nimport {\n a\n} from 'y'\n`\n`; import 'z'"))
	if err != nil || len(list) != 3 || list[0].Line != 2 || list[1].Line != 5 || list[2].Line != 7 {
		t.Errorf("Imports = %+v, %v, want lines 2, 5 and 7", list, err)
	}
}

func TestImportsErrors(t *testing.T) {
	for src, want := range map[string]string{
		"import 'a'\n'x": "module: line 2: string without an end",
		"import 'a'; `x": "module: line 1: template without an end",
		"import 'a'; /x": "module: line 1: regular expression without an end",
		"import 'a'; /*": "module: line 1: comment without an end",
	} {
		list, err := Imports([]byte(src))
		if len(list) != 1 || err == nil || err.Error() != want {
			t.Errorf("Imports(%q) = %v, %v, want one import and %q", src, list, err, want)
		}
	}
	many := strings.Repeat("import 'a';", MaxImports+5)
	if list, err := Imports([]byte(many)); len(list) != MaxImports || err == nil {
		t.Errorf("%d imports, error %v, want %d and an error that names the limit", len(list), err, MaxImports)
	}
}

func TestMapResolve(t *testing.T) {
	base := weburl.MustParse("https://a.test/dir/page.html")
	m, err := ParseMap([]byte(`{"imports": {"lib": "/vendor/lib.js", "pkg/": "./pkg/", "bad": 3, "nul": null, "noslash/": "/x", "https://a.test/old.js": "/new.js", "b:": "/colon.js"},
		"scopes": {"/dir/sub/": {"lib": "/sub/lib.js"}, "/dir/sub/deep/": {"lib": "/deep/lib.js"}}}`), base)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ specifier, base, want string }{
		{"lib", "", "https://a.test/vendor/lib.js"},
		{"pkg/sub.js", "", "https://a.test/dir/pkg/sub.js"},
		{"./x.js", "", "https://a.test/dir/x.js"},
		{"/old.js", "", "https://a.test/new.js"},
		{"https://b.test/y.js", "", "https://b.test/y.js"},
		{"lib", "https://a.test/dir/sub/m.js", "https://a.test/sub/lib.js"},
		{"lib", "https://a.test/dir/sub/deep/m.js", "https://a.test/deep/lib.js"},
		{"bare", "", `error module: "bare": a bare name that no import map explains`},
		{"bad", "", `error module: "bad": blocked by an import map's null entry`},
		{"noslash/x", "", `error module: "noslash/x": blocked by an import map's null entry`},
		{"pkg/../../../x", "", `error module: "pkg/../../../x": leads out of https://a.test/dir/pkg/`},
	}
	for _, tt := range tests {
		b := base
		if tt.base != "" {
			b = weburl.MustParse(tt.base)
		}
		u, err := m.Resolve(tt.specifier, b)
		got := u.String()
		if err != nil {
			got = "error " + err.Error()
		}
		if got != tt.want {
			t.Errorf("Resolve(%q, %q) = %q, want %q", tt.specifier, b, got, tt.want)
		}
	}
	var none *Map
	if u, err := none.Resolve("./x.js", base); err != nil || u.String() != "https://a.test/dir/x.js" {
		t.Errorf("nil map: %v, %v", u, err)
	}
	if _, err := ParseMap([]byte(`{"imports": []}`), base); err == nil {
		t.Error("imports as a list: no error")
	}
}

func TestMapMergeKeepsWhatWasThere(t *testing.T) {
	base := weburl.MustParse("https://a.test/")
	a, _ := ParseMap([]byte(`{"imports": {"x": "/a.js"}, "scopes": {"/s/": {"x": "/sa.js"}}}`), base)
	b, _ := ParseMap([]byte(`{"imports": {"x": "/b.js", "y": "/y.js"}, "scopes": {"/s/": {"x": "/sb.js", "z": "/sz.js"}}}`), base)
	m := a.Merge(b)
	for spec, want := range map[string]string{"x": "https://a.test/sa.js", "y": "https://a.test/y.js", "z": "https://a.test/sz.js"} {
		if u, err := m.Resolve(spec, weburl.MustParse("https://a.test/s/m.js")); err != nil || u.String() != want {
			t.Errorf("%s is %v, %v, want %s", spec, u, err, want)
		}
	}
}

func FuzzImports(f *testing.F) {
	for _, tt := range importTests {
		f.Add([]byte(tt.src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		list, _ := Imports(src)
		last := -1
		for _, i := range list {
			if i.Offset <= last || i.Offset >= len(src) || src[i.Offset] != '"' && src[i.Offset] != '\'' {
				t.Fatalf("import %+v: offset out of order, or not at a quote", i)
			}
			last = i.Offset
			if i.Line != 1+bytes.Count(src[:i.Offset], []byte{'\n'}) {
				t.Fatalf("import %+v: the line is %d", i, 1+bytes.Count(src[:i.Offset], []byte{'\n'}))
			}
		}
	})
}

func FuzzParseMap(f *testing.F) {
	f.Add([]byte(`{"imports": {"a": "/b", "c/": "./d/"}, "scopes": {"/x/": {"a": "/y"}}}`), "c/e")
	base := weburl.MustParse("https://a.test/dir/")
	f.Fuzz(func(t *testing.T, src []byte, specifier string) {
		m, err := ParseMap(src, base)
		if err != nil {
			return
		}
		if u, err := m.Resolve(specifier, base); err == nil && u.IsZero() {
			t.Fatalf("Resolve(%q) = no URL and no error", specifier)
		}
	})
}

func BenchmarkImports(b *testing.B) {
	src := []byte(strings.Repeat("import { a } from './a.js';\nconst b = `x ${a} y` + /[\"']/.source; function f(x) { return x / 2; }\n", 200))
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		Imports(src)
	}
}
