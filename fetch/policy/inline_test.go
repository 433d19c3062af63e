package policy

import "testing"

func TestAllowsInline(t *testing.T) {
	const text = "alert('Hello, world.');"
	// The hashes of text in CSP section 2.3.1 and SRI section 1.2.
	const sum = "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
	const sum384 = "'sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO'"
	for _, tt := range []struct {
		name, csp string
		kind      InlineKind
		nonce     string
		want      bool
	}{
		{"nothing said", "img-src 'none'", InlineScript, "", true},
		{"a list without", "script-src *", InlineScript, "", false},
		{"self is not inline", "script-src 'self'", InlineScript, "", false},
		{"unsafe-inline", "script-src 'unsafe-inline'", InlineScript, "", true},
		{"unsafe-inline by default-src", "default-src 'Unsafe-Inline'", InlineStyle, "", true},
		{"unsafe-inline beside a nonce", "script-src 'unsafe-inline' 'nonce-a'", InlineScript, "", false},
		{"the nonce", "script-src 'unsafe-inline' 'nonce-a'", InlineScript, "a", true},
		{"another nonce", "script-src 'nonce-a'", InlineScript, "b", false},
		{"unsafe-inline beside a hash of something else", "script-src 'unsafe-inline' 'sha256-AAAA'", InlineScript, "", false},
		{"unsafe-inline beside strict-dynamic", "script-src 'unsafe-inline' 'strict-dynamic'", InlineScript, "", false},
		{"styles know no strict-dynamic", "style-src 'unsafe-inline' 'strict-dynamic'", InlineStyle, "", true},
		{"hash", "script-src " + sum, InlineScript, "", true},
		{"hash in capitals", "script-src 'SHA256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='", InlineScript, "", true},
		{"hash with a hyphen", "script-src 'sha-256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='", InlineScript, "", true},
		{"hash, the other alphabet, no padding", "script-src 'sha256-qznLcsROx4GACP2dm0UCKCzCG-HiZ1guq6ZZDob_Tng'", InlineScript, "", true},
		{"hash with another case", "script-src 'sha256-QznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='", InlineScript, "", false},
		{"longer hash", "style-src " + sum384, InlineStyle, "", true},
		{"the second hash", "script-src 'sha256-AAAA' 'sha512-AAAA' " + sum384, InlineScript, "", true},
		{"attributes need more than a hash", "style-src " + sum, StyleAttribute, "", false},
		{"attributes with unsafe-hashes", "style-src 'unsafe-hashes' " + sum, StyleAttribute, "", true},
		{"attributes have no nonce", "style-src 'nonce-a'", StyleAttribute, "a", false},
		{"attributes, unsafe-inline", "style-src 'unsafe-inline'", StyleAttribute, "", true},
		{"attributes, unsafe-inline beside a nonce", "style-src 'unsafe-inline' 'nonce-a'", StyleAttribute, "", false},
		{"handlers with unsafe-hashes", "script-src 'unsafe-hashes' " + sum, ScriptAttribute, "", true},
		{"URLs with a hash", "script-src " + sum, JavaScriptURL, "", false},
		{"elem before the general", "style-src 'unsafe-inline'; style-src-elem 'self'", InlineStyle, "", false},
		{"elem is not for attributes", "style-src 'unsafe-inline'; style-src-elem 'self'", StyleAttribute, "", true},
		{"attr before the general", "style-src 'self'; style-src-attr 'unsafe-inline'", StyleAttribute, "", true},
		{"attr is not for elements", "style-src 'self'; style-src-attr 'unsafe-inline'", InlineStyle, "", false},
		{"two policies", "style-src 'unsafe-inline', style-src 'self'", InlineStyle, "", false},
		{"an unknown kind", "default-src 'none'", 99, "", true},
	} {
		c := cspOf(t, "https://self.test/", Header, tt.csp)
		if got := c.AllowsInline(tt.kind, tt.nonce, text); got != tt.want {
			t.Errorf("%s: %q: AllowsInline = %v, want %v", tt.name, tt.csp, got, tt.want)
		}
	}
}
