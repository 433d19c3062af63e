package policy

import (
	"testing"

	"pageload/parse/weburl"
)

func TestFrameAllowed(t *testing.T) {
	const self, other = "https://self.test/", "https://other.test/"
	for _, tt := range []struct {
		name      string
		xfo       []string
		csp       string
		ancestors []string
		want      bool
	}{
		{"nothing said", nil, "", []string{other}, true},
		{"top", []string{"DENY"}, "frame-ancestors 'none'", nil, true},
		{"deny", []string{"DENY"}, "", []string{self}, false},
		{"deny in white space", []string{" deny\t"}, "", []string{other}, false},
		{"sameorigin, same", []string{"SAMEORIGIN"}, "", []string{self, self}, true},
		{"sameorigin, another port", []string{"SAMEORIGIN"}, "", []string{"https://self.test:444/"}, false},
		{"sameorigin, another parent", []string{"SAMEORIGIN"}, "", []string{other, self}, false},
		{"sameorigin, another top", []string{"SAMEORIGIN"}, "", []string{self, other}, false},
		{"sameorigin, sandboxed parent", []string{"SAMEORIGIN"}, "", []string{"about:blank"}, false},
		{"allowall", []string{"ALLOWALL"}, "", []string{other}, true},
		{"allow-from", []string{"ALLOW-FROM https://x.test"}, "", []string{other}, true},
		{"unknown", []string{"INVALID"}, "", []string{other}, true},
		{"empty", []string{""}, "", []string{other}, true},
		{"twice the same", []string{"SAMEORIGIN", "sameorigin"}, "", []string{self}, true},
		{"twice the same, in one field", []string{"deny,DENY"}, "", []string{self}, false},
		{"contradiction", []string{"SAMEORIGIN, DENY"}, "", []string{self}, false},
		{"contradiction with allowall", []string{"sameorigin", "allowall"}, "", []string{self}, false},
		{"contradiction with unknown", []string{"sameorigin", "x"}, "", []string{self}, false},
		{"unknown twice", []string{"x", "y"}, "", []string{other}, true},
		{"none", nil, "frame-ancestors 'none'", []string{self}, false},
		{"empty list", nil, "frame-ancestors", []string{self}, false},
		{"self", nil, "frame-ancestors 'self'", []string{self}, true},
		{"self, another top", nil, "frame-ancestors 'self'", []string{self, other}, false},
		{"host", nil, "frame-ancestors other.test", []string{other}, true},
		{"paths do not count", nil, "frame-ancestors other.test/only/", []string{other}, true},
		{"wildcard", nil, "frame-ancestors https://*.test", []string{other, self}, true},
		{"scheme", nil, "frame-ancestors https:", []string{"http://other.test/"}, false},
		{"asterisk", nil, "frame-ancestors *", []string{"http://other.test/"}, true},
		{"asterisk, opaque", nil, "frame-ancestors *", []string{"about:blank"}, false},
		{"no fallback", nil, "default-src 'none'; frame-src 'none'", []string{other}, true},
		{"two policies", nil, "frame-ancestors *, frame-ancestors 'self'", []string{other}, false},
		{"frame-ancestors turns X-Frame-Options off", []string{"DENY"}, "frame-ancestors other.test", []string{other}, true},
		{"a policy without it does not", []string{"DENY"}, "default-src *", []string{other}, false},
	} {
		var ancestors []weburl.Origin
		for _, a := range tt.ancestors {
			ancestors = append(ancestors, originOf(a))
		}
		ok, why := FrameAllowed(tt.xfo, cspOf(t, self, Header, tt.csp), originOf(self), ancestors)
		if ok != tt.want || ok != (why == "") {
			t.Errorf("%s: FrameAllowed = %v (%s), want %v", tt.name, ok, why, tt.want)
		}
	}
	report := cspOf(t, self, ReportOnly, "frame-ancestors 'none'")
	if ok, _ := FrameAllowed([]string{"DENY"}, report, originOf(self), []weburl.Origin{originOf(self)}); ok {
		t.Error("a policy that only reports turns X-Frame-Options off")
	}
	if ok, _ := FrameAllowed(nil, nil, originOf(self), []weburl.Origin{originOf(other)}); !ok {
		t.Error("refused without anything said")
	}
}
