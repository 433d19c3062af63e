package css

import (
	"reflect"
	"testing"

	"pageload/parse/weburl"
)

// slowDeclaration is declaration without plainDeclaration.
func (p *sheetParser) slowDeclaration() bool {
	name, value, at, ok := p.rawDeclaration()
	if ok {
		p.keepDeclaration(name, value, at)
	}
	return ok
}

// checkDeclarations reads declarations with and without plainDeclaration: where
// they end and what is kept must be the same.
func checkDeclarations(t *testing.T, src string) {
	t.Helper()
	parser := func() *sheetParser {
		s := &Sheet{src: src, base: weburl.MustParse("http://a.test/a.css")}
		return &sheetParser{lexer: lexer{src: src}, sheet: s, limits: Limits{}.resolved(), line: 1, short: new([shortValues]shortValue)}
	}
	fast, slow := parser(), parser()
	for {
		a, b := fast.declaration(), slow.slowDeclaration()
		if a != b || fast.pos != slow.pos || !reflect.DeepEqual(fast.sheet.decls, slow.sheet.decls) {
			t.Fatalf("%q: %v up to %d, %d kept; without the fast path %v up to %d, %d kept",
				src, a, fast.pos, len(fast.sheet.decls), b, slow.pos, len(slow.sheet.decls))
		}
		if !a || fast.pos == 0 {
			return
		}
		fast.skipSpace()
		slow.skipSpace()
	}
}

var declarations = []string{
	"display:none;color:red}",
	"display: none ;display:none",
	"display :none;",
	"DISPLAY:none;",
	"-webkit-mask:url(a);",
	"-webkit-mask-image:none;-webkit-mask-image:none}",
	"--display:none;",
	"-:none;",
	"-9:none;",
	"--:none;",
	"display:none!important;display:none",
	"display:\"}\";",
	"display:no\\6e e;",
	"a:hover{display:none}",
	"display:none/*;*/;",
	"font:12px/1.5 x;",
	"width:10px;max-width:1px;",
	"fill:red;stroke:url(#a);",
	"display:;display: ;",
	"all:initial}",
	"displa\u00e9:none;",
	"display:block;display:none;display:block;",
	"cursor:url(a.png),auto;content:'x';",
}

func TestPlainDeclaration(t *testing.T) {
	for _, src := range declarations {
		checkDeclarations(t, src)
	}
}

func FuzzDeclaration(f *testing.F) {
	for _, src := range declarations {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		checkDeclarations(t, src)
	})
}
