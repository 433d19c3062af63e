package policy

import (
	"testing"

	"pageload/parse/weburl"
)

const benchPolicy = "default-src 'self'; script-src 'self' 'nonce-r4nd0m' https://www.a.example https://tags.b.example; " +
	"style-src 'self' 'unsafe-inline' https://fonts.c.example; img-src 'self' data: https://*.cdn.example img.d.example; " +
	"font-src https://fonts.c.example; frame-ancestors 'self'; upgrade-insecure-requests; report-uri /csp"

func BenchmarkParseCSP(b *testing.B) {
	self := originOf("https://self.test/")
	b.ReportAllocs()
	b.SetBytes(int64(len(benchPolicy)))
	for b.Loop() {
		ParseCSP(benchPolicy, self, Header)
	}
}

func BenchmarkAllows(b *testing.B) {
	c := cspOf(b, "https://self.test/", Header, benchPolicy)
	r := Request{URL: weburl.MustParse("https://eu.cdn.example/a/b/c.png"), Kind: Image}
	b.ReportAllocs()
	for b.Loop() {
		if ok, _ := c.Allows(r); !ok {
			b.Fatal("refused")
		}
	}
}

func BenchmarkMixed(b *testing.B) {
	page, u := originOf("https://self.test/"), weburl.MustParse("https://eu.cdn.example/a/b/c.png")
	b.ReportAllocs()
	for b.Loop() {
		Mixed(page, u, Image, false)
	}
}
