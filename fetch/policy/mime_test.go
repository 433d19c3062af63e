package policy

import "testing"

// TestNosniff has the values of the web-platform-tests for X-Content-Type-Options.
func TestNosniff(t *testing.T) {
	for _, tt := range []struct {
		values []string
		want   bool
	}{
		{nil, false},
		{[]string{""}, false},
		{[]string{"nosniff"}, true},
		{[]string{"NOSNIFF"}, true},
		{[]string{" nosniff\t"}, true},
		{[]string{"nosniff,"}, true},
		{[]string{"nosniff, sniff"}, true},
		{[]string{"sniff, nosniff"}, false},
		{[]string{",nosniff"}, false},
		{[]string{"no", "nosniff"}, false},
		{[]string{"nosniff", "no"}, true},
		{[]string{"'nosniff'"}, false},
		{[]string{`"nosniff"`}, false},
		{[]string{"nosniff;x"}, false},
		{[]string{"\vnosniff"}, false},
	} {
		if got := Nosniff(tt.values); got != tt.want {
			t.Errorf("Nosniff(%q) = %v, want %v", tt.values, got, tt.want)
		}
	}
}

func TestUsable(t *testing.T) {
	for _, tt := range []struct {
		mime                         string
		sheet, sheetQuirks, sheetNo  bool // standards mode; quirks mode and same origin; nosniff
		script, scriptNosniff, modul bool
	}{
		{"text/css", true, true, true, true, false, false},
		{"Text/CSS; charset=utf-8", true, true, true, true, false, false},
		{"", true, true, false, true, false, false},
		{"text/plain", false, true, false, true, false, false},
		{"text/html", false, true, false, true, false, false},
		{"text/javascript", false, true, false, true, true, true},
		{"TEXT/JavaScript;charset=x", false, true, false, true, true, true},
		{"application/x-javascript", false, true, false, true, true, true},
		{"text/javascript1.5", false, true, false, true, true, true},
		{"text/javascript1.6", false, true, false, true, false, false},
		{"text/jscript", false, true, false, true, true, true},
		{"application/json", false, true, false, true, false, false},
		{"application/octet-stream", false, true, false, true, false, false},
		{"image/png", false, true, false, false, false, false},
		{"image/svg+xml", false, true, false, false, false, false},
		{"audio/mpeg", false, true, false, false, false, false},
		{"video/mp4", false, true, false, false, false, false},
		{"text/csv", false, true, false, false, false, false},
		{"text/csv2", false, true, false, true, false, false},
	} {
		check := func(what string, want bool, got bool, why string) {
			t.Helper()
			if got != want || got != (why == "") {
				t.Errorf("%q %s: %v (%s), want %v", tt.mime, what, got, why, want)
			}
		}
		ok, why := SheetUsable(tt.mime, false, false, true)
		check("as a sheet", tt.sheet, ok, why)
		ok, why = SheetUsable(tt.mime, false, true, false)
		check("as a sheet of another origin in quirks mode", tt.sheet, ok, why)
		ok, why = SheetUsable(tt.mime, false, true, true)
		check("as a sheet in quirks mode", tt.sheetQuirks, ok, why)
		ok, why = SheetUsable(tt.mime, true, true, true)
		check("as a sheet with nosniff", tt.sheetNo, ok, why)
		ok, why = ScriptUsable(tt.mime, false)
		check("as a script", tt.script, ok, why)
		ok, why = ScriptUsable(tt.mime, true)
		check("as a script with nosniff", tt.scriptNosniff, ok, why)
		ok, why = ModuleUsable(tt.mime)
		check("as a module", tt.modul, ok, why)
	}
}
