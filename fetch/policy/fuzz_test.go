package policy

import (
	"slices"
	"testing"

	"pageload/parse/weburl"
)

// FuzzCSP checks, of any two policies and any request, that
//   - what String returns parses to the same policy,
//   - adding a policy never allows more,
//   - a redirect, on which paths do not count, never allows less,
//   - where http on its default port is allowed, so is https on its own.
func FuzzCSP(f *testing.F) {
	for _, seed := range []struct{ a, b, url, nonce string }{
		{"default-src 'self'; img-src 'self' http://ok.test; style-src 'self'", "font-src 'none'", "http://ok.test/x.png", ""},
		{"script-src 'strict-dynamic' 'nonce-abc' https:", "script-src 'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='", "https://a.test/", "abc"},
		{"default-src 'none'; img-src *.a.test:*/p/", "img-src data: blob: *", "data:,x", ""},
		{"frame-ancestors 'none'; sandbox allow-scripts, img-src;;", "IMG-SRC 'None'; upgrade-insecure-requests 1", "ws://a.test:80/%2f", ""},
		{"style-src 'unsafe-inline' 'unsafe-hashes' 'report-sample'; style-src-attr a", "style-src-elem x:1/a?b#c", "https://x:1/a", ""},
		{"img-src http://a.test:443/ a.test:80 *:80", "child-src 'wasm-unsafe-eval'", "http://a.test/", ""},
	} {
		f.Add(seed.a, seed.b, seed.url, seed.nonce, uint8(2))
	}
	f.Fuzz(func(t *testing.T, a, b, href, nonce string, kind uint8) {
		u, err := weburl.Parse(href)
		if err != nil {
			return
		}
		self := weburl.Origin{Scheme: "http", Host: "self.test", Port: 80}
		r := Request{URL: u, Kind: Kind(kind % 14), Nonce: nonce, Integrity: nonce, ParserInserted: kind < 128}
		var one, both CSP
		for _, d := range []Delivery{Header, Meta, ReportOnly} {
			for _, p := range ParseCSP(a, self, d) {
				again := ParseCSP(p.String(), self, d)
				if text := p.String(); text != "" && (len(again) != 1 || again[0].String() != text) {
					t.Fatalf("%q parses to %q", text, again)
				}
			}
		}
		one.Add(ParseCSP(a, self, Header)...)
		both.Add(one.Policies()...)
		both.Add(ParseCSP(b, self, Meta)...)
		ok, directive := one.Allows(r)
		if ok != (directive == "") {
			t.Fatalf("Allows = %v, %q", ok, directive)
		}
		if more, _ := both.Allows(r); more && !ok {
			t.Fatalf("%q allows what %q alone does not: %s", both.Policies(), a, u)
		}
		inline := InlineKind(kind % 5)
		if both.AllowsInline(inline, nonce, href) && !one.AllowsInline(inline, nonce, href) {
			t.Fatalf("%q allows inline what %q alone does not", both.Policies(), a)
		}
		ancestors := []weburl.Origin{u.Origin()}
		if both.FrameAncestors(ancestors) && !one.FrameAncestors(ancestors) {
			t.Fatalf("%q allows an ancestor that %q alone does not", both.Policies(), a)
		}
		if allow, ok := both.Sandbox(); ok {
			if before, was := one.Sandbox(); was && len(allow) > len(before) {
				t.Fatalf("the sandbox grew from %q to %q", before, allow)
			}
		}
		if !ok {
			return
		}
		redirected := r
		redirected.Redirected = true
		if ok, _ := one.Allows(redirected); !ok {
			t.Fatalf("%q allows %s, but not after a redirect", a, u)
		}
		if u.Scheme() == "http" && u.Port() == "" {
			secure := r
			secure.URL = u.WithScheme("https")
			if ok, _ := one.Allows(secure); !ok {
				t.Fatalf("%q allows %s but not %s", a, u, secure.URL)
			}
		}
		frame, why := FrameAllowed([]string{a, b}, &both, self, ancestors)
		if frame != (why == "") {
			t.Fatalf("FrameAllowed = %v, %q", frame, why)
		}
	})
}

// FuzzIntegrity checks that what String returns means the same, that more hashes of the strongest algorithm never make
// a body wrong that was right, and that nothing demanded means nothing refused.
func FuzzIntegrity(f *testing.F) {
	f.Add("sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=", "alert('Hello, world.');")
	f.Add("sha256-AAAA SHA384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO?ct=x md5-x", "alert('Hello, world.');")
	f.Add("sha-512-_- sha512- sha512-0 ?sha256-", "")
	f.Fuzz(func(t *testing.T, attribute, body string) {
		in := ParseIntegrity(attribute)
		again := ParseIntegrity(in.String())
		if again.String() != in.String() || again.Empty() != in.Empty() || again.algorithm != in.algorithm {
			t.Fatalf("%q is %q, which is %q", attribute, in, again)
		}
		right := in.Matches([]byte(body))
		if in.Empty() && !right || again.Matches([]byte(body)) != right {
			t.Fatalf("%q: %v", attribute, right)
		}
		if in.Empty() {
			return
		}
		h := in.New()
		h.Write([]byte(body))
		demanded := Integrity{in.algorithm, slices.Concat(in.sums, [][]byte{h.Sum(nil)})}
		if !demanded.Matches([]byte(body)) {
			t.Fatalf("%q with the right hash does not match", demanded)
		}
	})
}

// FuzzOpaque checks that only the first SniffBytes count.
func FuzzOpaque(f *testing.F) {
	f.Add("text/html", []byte("<!-- a -->\n <Body"), false)
	f.Add("application/json", []byte(`{"a\"" :`), true)
	f.Add("image/png; x", []byte(")]}'"), false)
	f.Fuzz(func(t *testing.T, mime string, body []byte, nosniff bool) {
		r := Opaque{MIME: mime, Nosniff: nosniff, Body: body}
		got, why := r.Blocked()
		r.Body = body[:min(len(body), SniffBytes)]
		if cut, _ := r.Blocked(); cut != got || got != (why != "") {
			t.Fatalf("%v (%s), of the first bytes %v", got, why, cut)
		}
	})
}
