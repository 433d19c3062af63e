package httpcache

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// hit is a request that finds what is stored.
func hit(b *testing.B, s Store, read bool) {
	c := &Cache{Store: s, Now: func() time.Time { return noon.Add(time.Second) }}
	r := Request{Method: "GET", URL: "http://a.test/x", Partition: "http://a.test", Unread: !read, Field: func(string) string { return "*/*" }}
	h := headFor(keyOf(r.Partition, r.URL))
	h.prepare()
	w, err := s.Create(h, false)
	if err != nil {
		b.Fatal(err)
	}
	body := random(30_000)
	w.Write(body)
	h.Size, h.Total = 30_000, 30_000
	if err := w.Commit(h); err != nil {
		b.Fatal(err)
	}
	w.Close()
	b.ReportAllocs()
	b.SetBytes(30_000)
	for b.Loop() {
		t := c.Begin(r, nil)
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

func BenchmarkMemoryHit(b *testing.B) { hit(b, &Memory{}, true) }

func BenchmarkDiskHit(b *testing.B) {
	d, err := OpenDisk(b.TempDir(), 0)
	if err != nil {
		b.Fatal(err)
	}
	hit(b, d, true)
}

// BenchmarkPlainFile is what a disk hit is compared with: the same bytes read from a file.
func BenchmarkPlainFile(b *testing.B) {
	name := filepath.Join(b.TempDir(), "x")
	if err := os.WriteFile(name, random(30_000), 0o600); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(30_000)
	for b.Loop() {
		f, err := os.Open(name)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadAll(f); err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
}

// BenchmarkPlainReadFile is the same with os.ReadFile, which takes one buffer.
func BenchmarkPlainReadFile(b *testing.B) {
	name := filepath.Join(b.TempDir(), "x")
	if err := os.WriteFile(name, random(30_000), 0o600); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(30_000)
	for b.Loop() {
		if _, err := os.ReadFile(name); err != nil {
			b.Fatal(err)
		}
	}
}
