package dnscache_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
)

func BenchmarkHit(b *testing.B) {
	r, _ := resolver(dnstest.Zone{"www.example.com": {Addrs: dnstest.IPs("192.0.2.1", "2001:db8::1"), TTL: time.Hour}})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Lookup(ctx, "www.example.com"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHitParallel has readers on all processors. The answers are garbage soon, so that the figure depends on how often
// the collector runs: with a heap of a few megabytes, as here, all the time; with that of a program that loads pages, less.
func BenchmarkHitParallel(b *testing.B) {
	b.Run("heap=4MB", hitParallel)
	b.Run("heap=32MB", func(b *testing.B) {
		ballast := make([]byte, 32<<20)
		hitParallel(b)
		runtime.KeepAlive(ballast)
	})
}

func hitParallel(b *testing.B) {
	r, _ := resolver(dnstest.Zone{"*.example.com": {Addrs: dnstest.IPs("192.0.2.1"), TTL: time.Hour}})
	names := make([]string, 512)
	for i := range names {
		names[i] = fmt.Sprintf("n%d.example.com", i)
		r.Lookup(ctx, names[i])
	}
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if _, err := r.Lookup(ctx, names[i%len(names)]); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkMiss(b *testing.B) {
	r, _ := resolver(dnstest.Zone{"www.example.com": {Addrs: dnstest.IPs("192.0.2.1")}})
	r.MaxEntries = -1
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Lookup(ctx, "www.example.com"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMemory reports the memory of a cache of 100,000 names with two addresses each.
func BenchmarkMemory(b *testing.B) {
	const names = 100_000
	for b.Loop() {
		r := &dnscache.Resolver{
			MaxEntries: names,
			Sources:    []dnscache.Source{&dnstest.Source{Zone: dnstest.Zone{"*.example.com": {Addrs: dnstest.IPs("192.0.2.1", "2001:db8::1")}}}},
		}
		before := heap()
		for i := range names {
			r.Lookup(ctx, fmt.Sprintf("host-%d.example.com", i))
		}
		r.Sources[0] = nil // its counters are no part of the figure
		b.ReportMetric(float64(heap()-before)/1e6, "MB")
		runtime.KeepAlive(r)
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
