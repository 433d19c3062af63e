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
		{"layer", `@import "a" layer(x); @import "b" layer;`, []ScannedImport{{"a", 1, true}, {"b", 1, true}}},
		{"media", `@import "a" print;`, []ScannedImport{{"a", 1, false}}},
		{"supports", `@import "a" supports(display: grid);`, []ScannedImport{{"a", 1, false}}},
		{"charset and layer before", `@charset "utf-8"; @layer a, b; @import "a";`, []ScannedImport{{"a", 1, true}}},
		{"comments", `/* @import "no"; */ @import/**/"a"/**/;`, []ScannedImport{{"a", 1, true}}},
		{"after a rule", `p{} @import "a";`, nil},
		{"after another at-rule", `@font-face{} @import "a";`, nil},
		{"no semicolon", `@import "a"`, nil},
		{"html comment", `<!-- @import "a"; -->`, []ScannedImport{{"a", 1, true}}},
		{"empty url", `@import ""; @import url();`, nil},
		{"escapes", `@im\70ort "a\20 b";`, []ScannedImport{{"a b", 1, true}}},
		{"no url", `@import 3; @import "a";`, []ScannedImport{{"a", 1, true}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ScanImports([]byte(tt.src)); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("ScanImports(%q) = %v, want %v", tt.src, got, tt.want)
			}
		})
	}
}
