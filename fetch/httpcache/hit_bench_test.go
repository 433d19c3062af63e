package httpcache

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"
)

// asker is a request of which each field has the same value.
type asker string

func (a asker) Field(string) string { return string(a) }

func (a asker) Wake() {}

// hitter returns a request that finds 30 KB in a store, and reads them.
func hitter(b *testing.B, s Store) func() {
	c := &Cache{Store: s, Now: func() time.Time { return noon.Add(time.Second) }}
	r := Request{Method: "GET", URL: "http://a.test/x", Partition: "http://a.test"}
	put(b, s, string(appendKey(nil, r.Partition, r.URL)), random(30_000))
	if m, ok := s.(*Memory); ok { // as a Cache stores it
		m.t.ends.next.content.head.prepare()
	}
	return func() {
		t := c.Begin(r, asker("*/*"))
		if a := t.Next(); a != Serve {
			b.Fatal(a, t.Outcome())
		}
		if err := t.Check(); err != nil {
			b.Fatal(err)
		}
		n := 0
		if err := t.Copy(func(p []byte) error { n += len(p); return nil }); err != nil || n != 30_000 {
			b.Fatal(n, err)
		}
		t.Close()
	}
}

// BenchmarkMemoryHit is a hit of 30 KB in memory: its body is not copied.
func BenchmarkMemoryHit(b *testing.B) {
	hit := hitter(b, &Memory{})
	b.ReportAllocs()
	for b.Loop() {
		hit()
	}
}

// BenchmarkDiskHit is a hit of 30 KB on disk. of-plain compares it with reading a file of that size by os.ReadFile: both take turns, and it is the
// medians of many short turns that are compared, so that other programs do not matter.
func BenchmarkDiskHit(b *testing.B) {
	d, err := OpenDisk(b.TempDir(), 0)
	if err != nil {
		b.Fatal(err)
	}
	hit := hitter(b, d)
	name := filepath.Join(b.TempDir(), "x")
	if err := os.WriteFile(name, random(30_000), 0o600); err != nil {
		b.Fatal(err)
	}
	plain := func() {
		if p, err := os.ReadFile(name); err != nil || len(p) != 30_000 {
			b.Fatal(len(p), err)
		}
	}
	turn := func(f func()) time.Duration {
		start := time.Now()
		for range 10 {
			f()
		}
		return time.Since(start) / 10
	}
	var hits, plains []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		hits = append(hits, turn(hit))
		b.StopTimer()
		plains = append(plains, turn(plain))
		b.StartTimer()
	}
	slices.Sort(hits)
	slices.Sort(plains)
	h, p := hits[len(hits)/2], plains[len(plains)/2]
	b.ReportMetric(float64(h), "ns/hit")
	b.ReportMetric(float64(p), "ns/plain")
	b.ReportMetric(float64(h)/float64(p), "of-plain")
}

// BenchmarkCaches is what ten thousand caches hold that have nothing in them, and with 50 heads of which nobody read the body.
func BenchmarkCaches(b *testing.B) {
	const many = 10_000
	for _, c := range []struct {
		name string
		fill func(c *Cache, i int)
	}{
		{"empty", func(*Cache, int) {}},
		{"50-validators", func(c *Cache, i int) {
			for n := range 50 {
				visit(c, i, n)
			}
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				before := heap()
				all := make([]*Cache, many)
				for i := range all {
					all[i] = &Cache{}
					c.fill(all[i], i)
				}
				b.ReportMetric(float64(heap()-before)/many, "B/cache")
				runtime.KeepAlive(all)
			}
		})
	}
}

// visit is a request whose response is stored without its body, with the fields that images have.
func visit(c *Cache, i, n int) {
	t := c.Begin(Request{Method: "GET", URL: "https://static.shop.test/assets/img/product-" + strconv.Itoa(n) + ".webp", Partition: "https://shop.test",
		Unread: true}, asker("gzip, deflate, br, zstd"))
	t.Next()
	// One string for all of a head, as codecs make it.
	head := "Wed, 18 Nov 2026 10:11:12 GMT" + "image/webp" + strconv.Itoa(20_000+i) + "public, max-age=86400" + `"5f3a` + strconv.Itoa(i) + `-4e20"`
	cut := func(n int) string { v := head[:n]; head = head[n:]; return v }
	h := Header{{"Date", cut(29)}, {"Content-Type", cut(10)}, {"Content-Length", cut(5)}, {"Cache-Control", cut(21)}, {"ETag", head},
		{"Server", "nginx"}, {"Vary", "Accept-Encoding"}, {"Last-Modified", "Tue, 17 Nov 2026 08:00:00 GMT"}, {"Accept-Ranges", "bytes"}}
	t.Respond(&Response{Status: 200, StatusText: "OK", Proto: "h2", Header: h, Requested: noon, Responded: noon})
	t.Finish(nil, int64(20_000+i))
	t.Close()
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
