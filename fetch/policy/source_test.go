package policy

import (
	"testing"

	"pageload/parse/weburl"
)

// TestSourceMatches has the examples of CSP section 6.7.2.8 and those of Chromium's csp_source tests.
func TestSourceMatches(t *testing.T) {
	const http, https = "http://self.test/", "https://self.test/"
	for _, tt := range []struct {
		self, sources, url string
		want               bool
	}{
		// Hosts.
		{https, "https://example.com", "https://example.com/", true},
		{https, "https://example.com", "https://example.com:443/a?b#c", true},
		{https, "https://EXAMPLE.com", "https://example.com/", true},
		{https, "HTTPS://example.com", "https://example.com/", true},
		{https, "https://example.com", "https://www.example.com/", false},
		{https, "https://example.com", "https://example.com.evil.test/", false},
		{https, "https://example.com", "https://example.com./", false},
		{https, "https://example.com.", "https://example.com./", true},
		{https, "https://*.example.com", "https://www.example.com/", true},
		{https, "https://*.example.com", "https://a.b.example.com/", true},
		{https, "https://*.example.com", "https://example.com/", false},
		{https, "https://*.example.com", "https://notexample.com/", false},
		{https, "https://*", "https://anything.test/", true},
		{https, "https://*", "http://anything.test/", false},
		{https, "https://a_b.test", "https://a_b.test/", true},
		{https, "https://127.0.0.1:*", "https://127.0.0.1:8443/", true},
		{https, "https://xn--bcher-kva.example", "https://bücher.example/", true},
		{https, "https://[::1]", "https://[::1]/", false},
		// Schemes.
		{https, "example.com", "https://example.com/", true},
		{https, "example.com", "http://example.com/", false},
		{http, "example.com", "http://example.com/", true},
		{http, "example.com", "https://example.com/", true},
		{https, "http://example.com", "https://example.com/", true},
		{https, "https://example.com", "http://example.com/", false},
		{https, "ws://example.com", "wss://example.com/", true},
		{https, "wss://example.com", "ws://example.com/", false},
		{https, "http://example.com", "ftp://example.com/", false},
		{https, "https:", "https://example.com:99/x", true},
		{https, "https:", "http://example.com/", false},
		{https, "http:", "https://example.com/", true},
		{https, "ws:", "wss://example.com/", true},
		{https, "data:", "data:image/png;base64,AA", true},
		{https, "DATA:", "data:,", true},
		{https, "blob:", "blob:https://self.test/6f0d", true},
		{https, "data:", "blob:https://self.test/6f0d", false},
		{https, "custom:", "custom:x", true},
		{"about:blank", "example.com", "https://example.com/", false},
		{"about:blank", "https://example.com", "https://example.com/", true},
		// Ports.
		{https, "https://example.com:8443", "https://example.com:8443/", true},
		{https, "https://example.com:8443", "https://example.com/", false},
		{https, "https://example.com", "https://example.com:8443/", false},
		{https, "https://example.com:*", "https://example.com:8443/", true},
		{https, "https://example.com:443", "https://example.com/", true},
		{https, "http://example.com:80", "https://example.com/", true},
		{https, "http://example.com:80", "http://example.com/", true},
		{https, "http://example.com:80", "https://example.com:80/", false},
		{https, "http://example.com:8080", "https://example.com:8080/", false},
		{https, "http://example.com:*", "https://example.com:8080/", true},
		{https, "https://example.com:80", "https://example.com/", false},
		{http, "example.com:443", "https://example.com/", true},
		{http, "example.com:80", "https://example.com/", true},
		{https, "*:8080", "https://example.com:8080/", true},
		{https, "*:8080", "https://example.com/", false},
		{https, "*:*", "https://example.com:9/", true},
		{https, "https://example.com:0", "https://example.com/", false},
		{https, "https://example.com:65536", "https://example.com/", false},
		{https, "https://example.com:+443", "https://example.com/", false},
		{https, "https://example.com:", "https://example.com/", false},
		// Paths.
		{https, "example.com/a/", "https://example.com/a/b.js", true},
		{https, "example.com/a/", "https://example.com/a/", true},
		{https, "example.com/a/", "https://example.com/a", false},
		{https, "example.com/a/", "https://example.com/A/b.js", false},
		{https, "example.com/a", "https://example.com/a", true},
		{https, "example.com/a", "https://example.com/a/b.js", false},
		{https, "example.com/a", "https://example.com/a?q", true},
		{https, "example.com/", "https://example.com/any", true},
		{https, "example.com/a%20b", "https://example.com/a b", true},
		{https, "example.com/a%2fb/", "https://example.com/a/b/c", true},
		{https, "example.com/a%zz", "https://example.com/a%zz", true},
		{https, "example.com/a%3bb", "https://example.com/a;b", true},
		{https, "example.com/a?x=1", "https://example.com/a?x=2", true},
		{https, "example.com/a#x", "https://example.com/a", true},
		{https, "example.com:443/a", "https://example.com/a", true},
		{https, "example.com:*/a", "https://example.com:9/b", false},
		// 'self'.
		{https, "'self'", "https://self.test/x", true},
		{https, "'SELF'", "https://self.test/x", true},
		{https, "self", "https://self.test/x", false},
		{https, "self", "https://self/x", true},
		{https, "'self'", "http://self.test/x", false},
		{https, "'self'", "https://www.self.test/x", false},
		{https, "'self'", "wss://self.test/x", true},
		{https, "'self'", "ws://self.test/x", false},
		{http, "'self'", "https://self.test/x", true},
		{http, "'self'", "ws://self.test/x", true},
		{http, "'self'", "wss://self.test/x", true},
		{http, "'self'", "https://self.test:8443/x", false},
		{"http://self.test:81/", "'self'", "http://self.test:81/", true},
		{"http://self.test:81/", "'self'", "https://self.test:81/", true},
		{"http://self.test:81/", "'self'", "https://self.test/", false},
		{https, "'self'", "data:,x", false},
		{https, "'self'", "blob:https://self.test/6f0d", false},
		{"about:blank", "'self'", "https://self.test/", false},
		// The asterisk.
		{https, "*", "https://example.com:99/x", true},
		{https, "*", "http://example.com/", true},
		{https, "*", "ws://example.com/", true},
		{https, "*", "data:,x", false},
		{https, "*", "blob:https://self.test/6f0d", false},
		{https, "* data:", "data:,x", true},
		{"about:blank", "*", "http://example.com/", true},
		// Lists.
		{https, "'none'", "https://self.test/", false},
		{https, "'NONE'", "https://self.test/", false},
		{https, "", "https://self.test/", false},
		{https, "'none' 'self'", "https://self.test/", true},
		{https, "a.test b.test\tc.test\n d.test", "https://d.test/", true},
		{https, "'unsafe-inline' 'unsafe-eval' 'report-sample'", "https://self.test/", false},
		{https, "https//example.com", "https://example.com/", false},
		{https, "https:/example.com", "https://example.com/", false},
		{https, "//example.com", "https://example.com/", false},
		{https, "*.", "https://example.com/", false},
		{https, "*example.com", "https://example.com/", false},
		{https, "a..test", "https://a..test/", false},
		{https, "1http://example.com", "https://example.com/", false},
	} {
		c := cspOf(t, tt.self, Header, "img-src "+tt.sources)
		if got, _ := c.Allows(Request{URL: weburl.MustParse(tt.url), Kind: Image}); got != tt.want {
			t.Errorf("on %s, img-src %q allows %s: %v, want %v", tt.self, tt.sources, tt.url, got, tt.want)
		}
	}
}

func TestSourceRedirect(t *testing.T) {
	c := cspOf(t, "https://self.test/", Header, "img-src example.com/only/")
	r := Request{URL: weburl.MustParse("https://example.com/other.png"), Kind: Image}
	if ok, _ := c.Allows(r); ok {
		t.Error("the path does not count without a redirect")
	}
	r.Redirected = true
	if ok, _ := c.Allows(r); !ok {
		t.Error("the path counts after a redirect")
	}
	r.URL = weburl.MustParse("https://elsewhere.test/only/")
	if ok, _ := c.Allows(r); ok {
		t.Error("the host does not count after a redirect")
	}
}
