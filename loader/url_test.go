package loader

import (
	"testing"

	"pageload/parse/weburl"
)

func TestAsChromiumEscapesBarsInPaths(t *testing.T) {
	for in, want := range map[string]string{
		"http://a.test/x|y.png?p|q#r|s": "http://a.test/x%7Cy.png?p|q#r|s",
		"http://u:p@a.test:81/|/|":      "http://u:p@a.test:81/%7C/%7C",
		"https://a.test/plain?a|b":      "https://a.test/plain?a|b",
		"data:text/plain,a|b":           "data:text/plain,a|b",
		"https://[::1]:8443/a%7Cb|c":    "https://[::1]:8443/a%7Cb%7Cc",
	} {
		if got := asChromium(weburl.MustParse(in)).String(); got != want {
			t.Errorf("asChromium(%q) = %q, want %q", in, got, want)
		}
	}
}
