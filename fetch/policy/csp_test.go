package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pageload/parse/weburl"
)

func originOf(s string) weburl.Origin { return weburl.MustParse(s).Origin() }

func cspOf(t testing.TB, self string, d Delivery, values ...string) *CSP {
	t.Helper()
	c := new(CSP)
	for _, v := range values {
		c.Add(ParseCSP(v, originOf(self), d)...)
	}
	return c
}

// TestRecordedPage is a page that was recorded from Chromium 156.
func TestRecordedPage(t *testing.T) {
	c := cspOf(t, "http://site.refresh-csp.test/", Meta,
		"default-src 'self'; img-src 'self' http://ok.refresh-csp.test; style-src 'self'; font-src 'none'")
	for _, tt := range []struct {
		url  string
		kind Kind
		want string
	}{
		{"http://site.refresh-csp.test/a.css", Style, ""},
		{"http://bad.refresh-csp.test/b.css", Style, "style-src"},
		{"http://site.refresh-csp.test/self-10x10.png", Image, ""},
		{"http://ok.refresh-csp.test/ok-10x10.png", Image, ""},
		{"http://bad.refresh-csp.test/bad-10x10.png", Image, "img-src"},
		{"http://bad.refresh-csp.test/s.js", Script, "default-src"},
		{"http://site.refresh-csp.test/s.js", Script, ""},
		{"http://bad.refresh-csp.test/f.html", Frame, "default-src"},
		{"http://site.refresh-csp.test/f-2000.woff2", Font, "font-src"},
		{"http://site.refresh-csp.test/fromcss-10x10.png", Image, ""},
	} {
		_, got := c.Allows(Request{URL: weburl.MustParse(tt.url), Kind: tt.kind, ParserInserted: true})
		if got != tt.want {
			t.Errorf("Allows(%s) was refused by %q, want %q", tt.url, got, tt.want)
		}
	}
	if c.AllowsInline(InlineStyle, "", `@import "inlineblocked.css"; p { background: url(inline-10x10.png) }`) {
		t.Error("the inline style sheet is allowed")
	}
	if c.AllowsInline(StyleAttribute, "", "background: url(attr-10x10.png)") {
		t.Error("the style attribute is allowed")
	}
}

// TestFallback is CSP section 6.8.3: for every kind, the directives that stand in for the one that is missing.
func TestFallback(t *testing.T) {
	chain := map[Kind][]string{
		Script: {"script-src-elem", "script-src", "default-src"}, Style: {"style-src-elem", "style-src", "default-src"},
		Image: {"img-src", "default-src"}, Font: {"font-src", "default-src"}, Media: {"media-src", "default-src"},
		Track: {"media-src", "default-src"}, Object: {"object-src", "default-src"},
		Frame: {"frame-src", "child-src", "default-src"}, Connect: {"connect-src", "default-src"},
		Manifest: {"manifest-src", "default-src"}, Worker: {"worker-src", "child-src", "script-src", "default-src"},
		Prefetch: {"default-src"}, Base: {"base-uri"}, FormAction: {"form-action"},
	}
	for kind := Script; kind <= FormAction; kind++ {
		names := chain[kind]
		for i := range names {
			// The last i+1 directives, each but the first allowing everything: the first decides.
			var text strings.Builder
			for j, name := range names[len(names)-i-1:] {
				value := "*"
				if j == 0 {
					value = "'none'"
				}
				fmt.Fprintf(&text, "%s %s;", name, value)
			}
			c := cspOf(t, "https://self.test/", Header, text.String())
			r := Request{URL: weburl.MustParse("https://self.test/x"), Kind: kind, ParserInserted: true}
			want := names[len(names)-i-1]
			if ok, got := c.Allows(r); ok || got != want {
				t.Errorf("%s: %q refuses by %q, want %q", kind, text.String(), got, want)
			}
		}
		others := cspOf(t, "https://self.test/", Header, "sandbox; report-uri /r; frame-ancestors 'none'")
		if ok, d := others.Allows(Request{URL: weburl.MustParse("http://a.test/"), Kind: kind}); !ok {
			t.Errorf("%s: refused by %q, which is no source list for it", kind, d)
		}
	}
	c := cspOf(t, "https://self.test/", Header, "default-src 'none'")
	for _, kind := range []Kind{Base, FormAction} {
		if ok, _ := c.Allows(Request{URL: weburl.MustParse("http://a.test/"), Kind: kind}); !ok {
			t.Errorf("%s falls back to default-src", kind)
		}
	}
	if ok, _ := c.Allows(Request{URL: weburl.MustParse("http://a.test/"), Kind: 200}); !ok {
		t.Error("an unknown kind is refused")
	}
}

func TestAllows(t *testing.T) {
	const sum = "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="
	const other = "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO"
	far := weburl.MustParse("https://far.test/x")
	for _, tt := range []struct {
		name, csp string
		r         Request
		want      string
	}{
		{"no policy", "", Request{URL: far}, ""},
		{"nonce", "script-src 'nonce-abc='", Request{URL: far, Nonce: "abc=", ParserInserted: true}, ""},
		{"wrong nonce", "script-src 'nonce-abc='", Request{URL: far, Nonce: "ABC=", ParserInserted: true}, "script-src"},
		{"no nonce", "script-src 'nonce-abc='", Request{URL: far, ParserInserted: true}, "script-src"},
		{"nonce in capitals", "script-src 'NONCE-abc'", Request{URL: far, Nonce: "abc"}, ""},
		{"malformed nonce", "script-src 'nonce-a;b'", Request{URL: far, Nonce: "a"}, "script-src"},
		{"nonce without end", "script-src 'nonce-abc", Request{URL: far, Nonce: "abc"}, "script-src"},
		{"empty nonce", "script-src 'nonce-'", Request{URL: far}, "script-src"},
		{"nonce of a sheet", "style-src 'nonce-abc'", Request{URL: far, Kind: Style, Nonce: "abc"}, ""},
		{"nonce of an image", "img-src 'nonce-abc'", Request{URL: far, Kind: Image, Nonce: "abc"}, "img-src"},
		{"nonce by default-src", "default-src 'nonce-abc'", Request{URL: far, Nonce: "abc"}, ""},
		{"nonce beside a script-src without", "default-src 'nonce-abc'; script-src 'self'", Request{URL: far, Nonce: "abc"}, "script-src"},
		{"integrity", "script-src '" + sum + "'", Request{URL: far, Integrity: sum}, ""},
		{"integrity with options", "script-src '" + sum + "'", Request{URL: far, Integrity: sum + "?x"}, ""},
		{"integrity in the other alphabet", "script-src 'sha256-qznLcsROx4GACP2dm0UCKCzCG-HiZ1guq6ZZDob_Tng'", Request{URL: far, Integrity: sum}, ""},
		{"one of two", "script-src '" + sum + "'", Request{URL: far, Integrity: sum + " " + other}, "script-src"},
		{"two of two", "script-src '" + sum + "' '" + other + "'", Request{URL: far, Integrity: sum + " " + other}, ""},
		{"unknown integrity", "script-src '" + sum + "'", Request{URL: far, Integrity: "md5-AAAA"}, "script-src"},
		{"integrity of a sheet", "style-src '" + sum + "'", Request{URL: far, Kind: Style, Integrity: sum}, "style-src"},
		{"strict-dynamic ignores hosts", "script-src 'strict-dynamic' 'nonce-abc' https: *", Request{URL: far, ParserInserted: true}, "script-src"},
		{"strict-dynamic with nonce", "script-src 'strict-dynamic' 'nonce-abc'", Request{URL: far, ParserInserted: true, Nonce: "abc"}, ""},
		{"strict-dynamic with hash", "script-src 'strict-dynamic' '" + sum + "'", Request{URL: far, ParserInserted: true, Integrity: sum}, ""},
		{"strict-dynamic, inserted by a script", "script-src 'strict-dynamic' 'nonce-abc'", Request{URL: far}, ""},
		{"strict-dynamic and an image", "default-src 'strict-dynamic' https:", Request{URL: far, Kind: Image}, ""},
		{"strict-dynamic and a sheet", "default-src 'strict-dynamic' 'self'", Request{URL: far, Kind: Style}, "default-src"},
		{"strict-dynamic and a worker", "script-src 'strict-dynamic'", Request{URL: far, Kind: Worker}, ""},
		{"about:blank in a frame", "frame-src 'none'", Request{URL: weburl.MustParse("about:blank"), Kind: Frame}, ""},
		{"data: in a frame", "frame-src 'self'", Request{URL: weburl.MustParse("data:,x"), Kind: Frame}, "frame-src"},
		{"prefetch without default-src", "img-src 'none'", Request{URL: far, Kind: Prefetch}, ""},
		{"prefetch by any directive", "default-src 'none'; img-src far.test", Request{URL: far, Kind: Prefetch}, ""},
		{"prefetch by none", "default-src 'none'; img-src near.test; base-uri far.test", Request{URL: far, Kind: Prefetch}, "default-src"},
		{"names in capitals", "IMG-Src 'none'", Request{URL: far, Kind: Image}, "img-src"},
		{"the first of a name", "img-src 'none'; img-src *", Request{URL: far, Kind: Image}, "img-src"},
		{"the first of a name, empty", "img-src; img-src *", Request{URL: far, Kind: Image}, "img-src"},
		{"unknown directives", "image-src 'none'; img-source 'none'", Request{URL: far, Kind: Image}, ""},
		{"removed directives", "prefetch-src 'none'; plugin-types; reflected-xss", Request{URL: far, Kind: Prefetch}, ""},
		{"not ASCII: the next of the name counts", "img-src é *; img-src 'none'", Request{URL: far, Kind: Image}, "img-src"},
		{"empty directives", ";; ;img-src 'none';", Request{URL: far, Kind: Image}, "img-src"},
		{"two policies in one field", "img-src *, img-src 'none'", Request{URL: far, Kind: Image}, "img-src"},
		{"two policies, other directives", "img-src *, default-src 'none'", Request{URL: far, Kind: Image}, "default-src"},
		{"a comma ends a list", "img-src 'self', far.test", Request{URL: far, Kind: Image}, "img-src"},
	} {
		c := cspOf(t, "https://self.test/", Header, tt.csp)
		if ok, got := c.Allows(tt.r); got != tt.want || ok != (tt.want == "") {
			t.Errorf("%s: %q: Allows = %v, %q, want %q", tt.name, tt.csp, ok, got, tt.want)
		}
		silent := cspOf(t, "https://self.test/", ReportOnly, tt.csp)
		if ok, _ := silent.Allows(tt.r); !ok {
			t.Errorf("%s: refused by a policy that only reports", tt.name)
		}
	}
}

// TestAllPolicies: every policy must allow, whichever way it came and whenever it was added.
func TestAllPolicies(t *testing.T) {
	a, b := weburl.MustParse("https://a.test/"), weburl.MustParse("https://b.test/")
	c := cspOf(t, "https://self.test/", Header, "img-src a.test b.test")
	if ok, _ := c.Allows(Request{URL: a, Kind: Image}); !ok {
		t.Error("a.test is refused by the field")
	}
	c.Add(ParseCSP("img-src b.test c.test", originOf("https://self.test/"), Meta)...)
	if ok, _ := c.Allows(Request{URL: a, Kind: Image}); ok {
		t.Error("a.test is allowed after the meta element")
	}
	if ok, _ := c.Allows(Request{URL: b, Kind: Image}); !ok {
		t.Error("b.test is refused, which both allow")
	}
	if n := len(c.Policies()); n != 2 {
		t.Errorf("%d policies, want 2", n)
	}
}

func TestNoPolicies(t *testing.T) {
	for _, c := range []*CSP{nil, {}, cspOf(t, "https://self.test/", ReportOnly, "default-src 'none'"), cspOf(t, "https://self.test/", Header, " , ;")} {
		ok, _ := c.Allows(Request{URL: weburl.MustParse("https://a.test/")})
		_, sandboxed := c.Sandbox()
		if !ok || !c.AllowsInline(InlineScript, "", "x") || !c.FrameAncestors([]weburl.Origin{{}}) || !c.Empty() ||
			sandboxed || c.UpgradeInsecureRequests() {
			t.Errorf("%+v forbids something", c)
		}
	}
	var none *CSP
	if none.Problems() != nil || none.Policies() != nil {
		t.Error("nil has policies or problems")
	}
}

func TestDeliveries(t *testing.T) {
	const text = "frame-ancestors 'none'; sandbox allow-scripts; report-uri /r; upgrade-insecure-requests; img-src 'none'"
	for _, tt := range []struct {
		d    Delivery
		want string
	}{
		{Header, text},
		{Meta, "upgrade-insecure-requests; img-src 'none'"},
		{ReportOnly, "frame-ancestors 'none'; report-uri /r; img-src 'none'"},
	} {
		p := ParseCSP(text, weburl.Origin{}, tt.d)[0]
		if got := p.String(); got != tt.want || p.Delivery() != tt.d {
			t.Errorf("delivery %d: %q, want %q", tt.d, got, tt.want)
		}
	}
}

func TestSandbox(t *testing.T) {
	for _, tt := range []struct {
		csp  string
		want []string
		ok   bool
	}{
		{"default-src *", nil, false},
		{"sandbox", nil, true},
		{"sandbox Allow-Scripts allow-forms", []string{"allow-scripts", "allow-forms"}, true},
		{"sandbox allow-scripts allow-forms, img-src *, sandbox allow-forms allow-popups", []string{"allow-forms"}, true},
		{"sandbox allow-scripts, sandbox", nil, true},
	} {
		got, ok := cspOf(t, "https://self.test/", Header, tt.csp).Sandbox()
		if ok != tt.ok || !slices.Equal(got, tt.want) {
			t.Errorf("%q: Sandbox = %q, %v, want %q, %v", tt.csp, got, ok, tt.want, tt.ok)
		}
	}
}

func TestProblems(t *testing.T) {
	for _, tt := range []struct {
		d    Delivery
		csp  string
		want string
	}{
		{Header, "default-src 'self' https: data: 'nonce-a' 'report-sample'; upgrade-insecure-requests", ""},
		{Header, "img-scr *", `unknown directive "img-scr"`},
		{Header, "img-src *; img-src *", "img-src: repeated, only the first counts"},
		{Header, "img-src a.test/\xc3\xa9", "img-src: a character outside ASCII or a control: the directive does not count"},
		{Header, "img-src 'unsafe-sandwich'", `img-src: unknown source "'unsafe-sandwich'"`},
		{Header, "img-src http:/x", `img-src: malformed source "http:/x"`},
		{Header, "frame-ancestors 'unsafe-inline'", `frame-ancestors: unknown source "'unsafe-inline'"`},
		{Meta, "frame-ancestors 'none'", "frame-ancestors: does not count in a meta element"},
		{ReportOnly, "sandbox", "sandbox: does not count in a policy that only reports"},
	} {
		c := cspOf(t, "https://self.test/", tt.d, tt.csp)
		if got := strings.Join(c.Problems(), "|"); got != tt.want {
			t.Errorf("%q: problems %q, want %q", tt.csp, got, tt.want)
		}
	}
}

func TestBounds(t *testing.T) {
	self := originOf("https://self.test/")
	for _, tt := range []struct{ name, csp, want string }{
		{"policies", strings.Repeat("img-src *,", MaxPolicies) + "img-src 'none'", "MaxPolicies"},
		{"directives", strings.Repeat("x;", MaxDirectives) + "img-src 'none'", "MaxDirectives"},
		{"sources", "img-src" + strings.Repeat(" a.test", MaxSources) + " b.test", "MaxSources"},
	} {
		var c CSP
		c.Add(ParseCSP(tt.csp, self, Header)...)
		problems := strings.Join(c.Problems(), "\n")
		if n := len(c.Policies()); n > MaxPolicies || tt.name != "directives" && !strings.Contains(problems, tt.want) {
			t.Errorf("%s: %d policies, problems %q, want %s named", tt.name, n, problems, tt.want)
		}
		if n := len(c.Problems()); n > maxProblems {
			t.Errorf("%s: %d problems", tt.name, n)
		}
	}
	var c CSP
	for range 3 {
		c.Add(ParseCSP(strings.Repeat("img-src *,", MaxPolicies/2), self, Header)...)
	}
	c.Add(ParseCSP("img-src *", self, Header)...)
	if got := c.Problems(); len(got) != 1 || !strings.Contains(got[0], "MaxPolicies") {
		t.Errorf("added policies: problems %q", got)
	}
}

func TestPolicyProblems(t *testing.T) {
	p := ParseCSP("img-src *; "+strings.Repeat("x", 1000), weburl.Origin{}, Header)[0]
	problems := p.Problems()
	if len(problems) != 1 || len(problems[0]) > 100 {
		t.Errorf("problems %q, want one, shortened", problems)
	}
	var c CSP
	if c.Add(p); c.Empty() {
		t.Error("a CSP with a policy is empty")
	}
}
