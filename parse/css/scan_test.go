package css

import (
	"reflect"
	"testing"
)

func TestScanImports(t *testing.T) {
	tests := []struct {
		name, src string
		want      []ScannedImport
	}{
		{"empty", "", nil},
		{"plain string", `@import "a.css"; p{}`, []ScannedImport{{"a.css", 1, true}}},
		{"url", "\n@import url(a.css);\n@import url('b.css') ;", []ScannedImport{{"a.css", 2, true}, {"b.css", 3, true}}},
		{"layer", `@import "a" layer(x) ; @import "b" LAYER;`, []ScannedImport{{"a", 1, true}, {"b", 1, true}}},
		{"layer and more", `@import "a" layer(x) print;`, []ScannedImport{{"a", 1, false}}},
		{"media", `@import "a" print;`, []ScannedImport{{"a", 1, false}}},
		{"media with spaces", `@import "a" (min-width: 9px);`, []ScannedImport{{"a", 1, false}}},
		{"supports", `@import "a" supports(display: grid);`, []ScannedImport{{"a", 1, false}}},
		{"charset and layer before", `@charset "utf-8"; @layer a, b; @import "a";`, []ScannedImport{{"a", 1, true}}},
		{"comment before", `/* @import "no"; **/ @import "a";`, []ScannedImport{{"a", 1, true}}},
		{"comment in the name", `@import/**/"a";`, nil},
		{"comment behind the URL belongs to it", `@import "a"/**/;`, []ScannedImport{{`"a"/**/;`, 1, true}}},
		{"a slash is nothing", `/ @import "a";`, []ScannedImport{{"a", 1, true}}},
		{"after a rule", `p{} @import "a";`, nil},
		{"after another at-rule", `@font-face{} @import "a";`, nil},
		{"after @namespace", `@namespace x "y"; @import "a";`, nil},
		{"after @layer with a block", `@layer a { } @import "a";`, nil},
		{"in @layer with a tight block", `@layer a{b{color:red; @import "a"; }}`, []ScannedImport{{"a", 1, true}}},
		{"no semicolon at the end", `@import "a"`, []ScannedImport{{"a", 1, true}}},
		{"no semicolon behind a layer", `@import "a" layer`, nil},
		{"half a string", `@import "a`, []ScannedImport{{`"a`, 1, true}}},
		{"html comment", `<!-- @import "a"; -->`, nil},
		{"empty url", `@import ""; @import url();`, nil},
		{"escapes stay", `@import url(a\2e css); @import "a\b";`, []ScannedImport{{`url(a\2e`, 1, false}, {`a\b`, 1, true}}},
		{"escaped name", `@im\70ort "a";`, nil},
		{"no space behind the name", `@import"a"; @import "b";`, []ScannedImport{{"b", 1, true}}},
		{"spaces in url()", `@import url( a.css );`, []ScannedImport{{"url(", 1, false}}},
		{"semicolon in the URL", `@import "a;b"; @import url(c;d);`, []ScannedImport{{"a;b", 1, true}, {"c;d", 1, true}}},
		{"case", `@IMPORT URL(a);`, []ScannedImport{{"a", 1, true}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ScanImports([]byte(tt.src)); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("ScanImports(%q) = %v, want %v", tt.src, got, tt.want)
			}
		})
	}
}
