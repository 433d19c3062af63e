package weburl

import (
	"net/url"
	"testing"
)

// The benchmarks have net/url's figures beside ours, for what both can do.

func BenchmarkAbsolute(b *testing.B) {
	const s = "https://www.example.com/assets/img/logo.png?v=1.2"
	b.Run("weburl", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Parse(s); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("net_url", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			u, err := url.Parse(s)
			if err != nil {
				b.Fatal(err)
			}
			_ = u.String()
		}
	})
}

func BenchmarkReference(b *testing.B) {
	const page = "https://www.example.com/shop/list/index.html?page=2"
	for _, bench := range []struct{ name, ref string }{
		{"plain", "img/product-1234.jpg"},
		{"rooted", "/static/css/main.css?v=7"},
		{"dots", "../../img/./logo.png"},
		{"absolute", "https://cdn.example.com/lib/app.min.js"},
		{"encoded", "suche nach/größe.html"},
		{"fragment", "#top"},
	} {
		b.Run("weburl/"+bench.name, func(b *testing.B) {
			base := MustParse(page)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := base.Parse(bench.ref); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("net_url/"+bench.name, func(b *testing.B) {
			base, err := url.Parse(page)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				u, err := base.Parse(bench.ref)
				if err != nil {
					b.Fatal(err)
				}
				_ = u.String()
			}
		})
	}
}

func BenchmarkNames(b *testing.B) {
	for _, bench := range []struct{ name, url string }{
		{"idna", "https://bücher.example/"},
		{"ipv4", "http://192.168.0.1/"},
		{"ipv6", "http://[2001:db8::1]/"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(bench.url); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSameSite(b *testing.B) {
	x, y := MustParse("https://www.example.co.uk/").Origin(), MustParse("https://img.example.co.uk/").Origin()
	b.ReportAllocs()
	for b.Loop() {
		if !SameSite(x, y) {
			b.Fatal("not of one site")
		}
	}
}
