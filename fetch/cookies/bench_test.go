package cookies

import (
	"fmt"
	"runtime"
	"testing"

	"pageload/parse/weburl"
)

// filled is a jar with twenty cookies of 41 bytes, as a site with analytics has them.
func filled(t testing.TB) *Jar {
	t.Helper()
	var j Jar
	page := Request{URL: weburl.MustParse("https://www.example.com/shop/cart"), Navigation: true, ByUser: true}
	for i := range 20 {
		l := fmt.Sprintf("cookie_%d=%032d; Path=/; Secure; SameSite=Lax; Max-Age=86400", i, i)
		if i%4 == 0 {
			l += "; Domain=example.com"
		}
		if b, ok := j.Keep(&page, l); !ok {
			t.Fatal(b)
		}
	}
	return &j
}

func request(host string) Request {
	top := weburl.MustParse("https://www.example.com/").Origin()
	return Request{URL: weburl.MustParse("https://" + host + "/static/img/logo.png"), Initiator: top, TopLevel: top}
}

func BenchmarkField(b *testing.B) {
	for _, tt := range []struct {
		name, host string
		j          *Jar
	}{
		{"empty jar", "www.example.com", &Jar{}},
		{"none for the host", "cdn.images.test", filled(b)},
		{"20 cookies", "www.example.com", filled(b)},
		{"5 of 20", "static.example.com", filled(b)},
		{"20 cookies, cloned", "www.example.com", filled(b).Clone()},
	} {
		b.Run(tt.name, func(b *testing.B) {
			r := request(tt.host)
			b.ReportAllocs()
			for b.Loop() {
				tt.j.Field(&r)
			}
		})
	}
}

func BenchmarkKeep(b *testing.B) {
	r := request("www.example.com")
	for _, tt := range []struct{ name, line string }{
		{"same value", "cookie_7=" + fmt.Sprintf("%032d", 7) + "; Path=/; Secure; SameSite=Lax; Max-Age=86400"},
		{"expires", "cookie_7=" + fmt.Sprintf("%032d", 7) + "; Path=/; Secure; Expires=Wed, 09 Jun 2100 10:18:14 GMT"},
	} {
		b.Run(tt.name, func(b *testing.B) {
			j := filled(b)
			b.ReportAllocs()
			for b.Loop() {
				j.Keep(&r, tt.line)
			}
		})
	}
	b.Run("other value", func(b *testing.B) {
		j := filled(b)
		b.ReportAllocs()
		for b.Loop() {
			j.Keep(&r, "cookie_7=a; Path=/; Secure")
			j.Keep(&r, "cookie_7=b; Path=/; Secure")
		}
	})
}

// Ten thousand virtual browsers with twenty cookies each, set one by one and as clones of one.
func BenchmarkTenThousandJars(b *testing.B) {
	for _, tt := range []struct {
		name string
		make func() *Jar
	}{
		{"empty", func() *Jar { return new(Jar) }},
		{"20 cookies", func() *Jar { return filled(b) }},
		{"clones", filled(b).Clone},
		{"clones that sent and got one", func() *Jar { panic("see below") }},
	} {
		b.Run(tt.name, func(b *testing.B) {
			for b.Loop() {
				origin := filled(b)
				jars := make([]*Jar, 10_000)
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				r := request("www.example.com")
				for i := range jars {
					if tt.name == "clones that sent and got one" {
						jars[i] = origin.Clone()
						jars[i].Keep(&r, "session=0123456789abcdef; Path=/; Secure")
						continue
					}
					jars[i] = tt.make()
				}
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(jars)), "B/jar")
				runtime.KeepAlive(jars)
			}
		})
	}
}
