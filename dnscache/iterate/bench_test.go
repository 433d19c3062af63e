package iterate_test

import (
	"fmt"
	"testing"

	"pageload/dnscache/iterate"
)

// A cold name in a known zone, over loopback sockets: two questions at the same time.
func BenchmarkLookupColdName(b *testing.B) {
	in := newInternet("")
	in.Zone("good.test.", "*.w A 203.0.113.80\n*.w AAAA 2001:db8::80", goodIP, goodIP2)
	if err := in.Start(); err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	r := &iterate.Resolver{Roots: in.Roots(), Dial: in.DialLoopback}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := r.Lookup(ctx, fmt.Sprintf("n%d.w.good.test", i)); err != nil {
			b.Fatal(err)
		}
		if i++; i%1000 == 0 {
			in.ResetLog()
		}
	}
}

// A walk from the root: three referrals and two questions.
func BenchmarkLookupFromRoot(b *testing.B) {
	in := newInternet("")
	if err := in.Start(); err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	b.ReportAllocs()
	for b.Loop() {
		r := &iterate.Resolver{Roots: in.Roots(), Dial: in.DialLoopback}
		if _, err := r.Lookup(ctx, "www.good.test"); err != nil {
			b.Fatal(err)
		}
		in.ResetLog()
	}
}

func BenchmarkLookupRemembered(b *testing.B) {
	in := newInternet("")
	r := &iterate.Resolver{Roots: in.Roots(), Dial: in.Dial}
	if _, err := r.Lookup(ctx, "www.good.test"); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Lookup(ctx, "www.good.test")
	}
}
