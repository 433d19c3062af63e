package parse

import "testing"

// Section 13.2.6.4.1 of the HTML standard, in what html.Parse does otherwise.
func TestQuirksDoctype(t *testing.T) {
	tests := []struct {
		doctype string
		quirks  bool
	}{
		{`<!DOCTYPE html>`, false},
		{`<!doctype HTML>`, false},
		{`<!DOCTYPE>`, true},
		{`<!DOCTYPE svg>`, true},
		{`<!DOCTYPE html`, true},
		{`<!DOCTYPE html PUBLIC>`, true},
		{`<!DOCTYPE html PUBLIC "x>`, true},
		{`<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01//EN">`, false},
		{`<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">`, true},
		{`<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">`, false},
		{`<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 3.2//EN">`, true},
		{`<!DOCTYPE html PUBLIC '-/W3C/DTD HTML 4.0 Transitional/EN' 'x'>`, true},
		{`<!DOCTYPE html SYSTEM "about:legacy-compat">`, false},
		{`<!DOCTYPE html SYSTEM "about:legacy-compat" more>`, false},
		{`<!DOCTYPE html SYSTEM "http://www.IBM.com/data/dtd/v11/ibmxhtml1-transitional.dtd">`, true},
	}
	for _, tt := range tests {
		if got := quirksDoctype([]byte(tt.doctype)); got != tt.quirks {
			t.Errorf("%s: quirks %v, want %v", tt.doctype, got, tt.quirks)
		}
	}
}
