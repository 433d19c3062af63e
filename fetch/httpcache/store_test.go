package httpcache

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func headFor(key string) *Head {
	return &Head{Key: key, Status: 200, StatusText: "OK", Proto: "http/1.1", Requested: noon, Responded: noon, Total: -1,
		Header: fieldsOf("Cache-Control: max-age=600", "ETag: \"e\""), Vary: []Field{{"accept", "*/*"}}}
}

// put stores a body in pieces and returns the head.
func put(t testing.TB, s Store, key string, body []byte) *Head {
	t.Helper()
	h := headFor(key)
	w, err := s.Create(h, false)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for rest := body; len(rest) > 0; {
		n := min(len(rest), 10_000)
		if _, err := w.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	h.Size, h.Total = int64(len(body)), int64(len(body))
	if err := w.Commit(h); err != nil {
		t.Fatal(err)
	}
	return h
}

// get returns what is stored, or why nothing is.
func get(s Store, key string) ([]byte, *Head, error) {
	e, err := s.Open(key)
	if err != nil {
		return nil, nil, err
	}
	defer e.Close()
	if err := e.Check(); err != nil {
		return nil, nil, err
	}
	var b bytes.Buffer
	err = e.Copy(0, e.Head().Size, func(p []byte) error { b.Write(p); return nil })
	return b.Bytes(), e.Head(), err
}

func random(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n)})
	r.Read(b)
	return b
}

func eachStore(t *testing.T, f func(t *testing.T, s Store)) {
	t.Run("memory", func(t *testing.T) { f(t, &Memory{MaxBytes: 8 << 20}) })
	t.Run("disk", func(t *testing.T) {
		d, err := OpenDisk(t.TempDir(), 8<<20)
		if err != nil {
			t.Fatal(err)
		}
		f(t, d)
	})
}

func TestStores(t *testing.T) {
	eachStore(t, func(t *testing.T, s Store) {
		for _, n := range []int{0, 1, 30_000, pieceBytes - 1, pieceBytes, pieceBytes + 1, 300_000} {
			key := fmt.Sprint("http://a.test/", n)
			body := random(n)
			want := put(t, s, key, body)
			got, h, err := get(s, key)
			if err != nil || !bytes.Equal(got, body) {
				t.Fatalf("%d bytes: got %d, %v", n, len(got), err)
			}
			if fmt.Sprint(h.Header, h.Vary, h.Key, h.Status, h.Size, h.Total) != fmt.Sprint(want.Header, want.Vary, want.Key, want.Status, want.Size, want.Total) || !h.Responded.Equal(noon) {
				t.Errorf("head is %+v, want %+v", h, want)
			}
			e, _ := s.Open(key)
			if err := e.Check(); err != nil {
				t.Fatal(err)
			}
			if n > 2 {
				var part []byte
				e.Copy(1, int64(n-2), func(p []byte) error { part = append(part, p...); return nil })
				if !bytes.Equal(part, body[1:n-1]) {
					t.Errorf("%d bytes: a part differs", n)
				}
			}
			if err := e.Copy(1, int64(n), func([]byte) error { return nil }); err == nil {
				t.Errorf("%d bytes: more than that can be had", n)
			}
			changed := *e.Head()
			changed.Header = fieldsOf("X: y")
			if err := s.Update(e, &changed); err != nil {
				t.Fatal(err)
			}
			s.Delete("http://a.test/other")
			e.Close()
			if got, h, err := get(s, key); err != nil || !bytes.Equal(got, body) || h.Header.Get("X") != "y" {
				t.Fatalf("%d bytes, after an update: %v, %v", n, h, err)
			}
		}
		if n, size := s.Usage(); n < 7 || size < 300_000 {
			t.Errorf("Usage = %d, %d", n, size)
		}
		h := headFor("only its size")
		h.Size, h.Total, h.NoBody = 1234, 1234, true
		if err := s.Put(h); err != nil {
			t.Fatal(err)
		}
		if e, err := s.Open("only its size"); err != nil || e.Head().Size != 1234 || !e.Head().NoBody {
			t.Errorf("a head without a body: %v", err)
		} else {
			if err := s.Update(e, headFor("only its size")); err != nil {
				t.Error(err)
			}
			e.Close()
		}
		s.Delete("http://a.test/1")
		if _, _, err := get(s, "http://a.test/1"); !errors.Is(err, ErrMiss) {
			t.Errorf("after Delete: %v", err)
		}
		if err := s.Clear(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := get(s, "http://a.test/30000"); !errors.Is(err, ErrMiss) {
			t.Errorf("after Clear: %v", err)
		}
		w, err := s.Create(headFor("given up"), false)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte("half"))
		w.Close()
		if _, _, err := get(s, "given up"); !errors.Is(err, ErrMiss) {
			t.Errorf("a writer that was given up: %v", err)
		}
		big := headFor("big")
		if w, err := s.Create(big, false); err == nil {
			_, err = w.Write(make([]byte, 2<<20))
			if !errors.Is(err, ErrTooBig) || w.Commit(big) == nil && big.Size != 0 {
				t.Errorf("2 MiB in a store of 8: %v", err)
			}
			w.Close()
		}
	})
}

// What was used last stays.
func TestStoresDropLeastRecentlyUsed(t *testing.T) {
	eachStore(t, func(t *testing.T, s Store) {
		body := random(900_000)
		put(t, s, "kept", body)
		if d, ok := s.(*Disk); ok { // its files' times are all it knows
			old := time.Now().Add(-time.Hour)
			os.Chtimes(d.fileOf("kept"), old, old)
		}
		for i := range 20 {
			put(t, s, fmt.Sprint("k", i), body)
			e, err := s.Open("kept")
			if err != nil {
				t.Fatalf("after %d others: %v", i+1, err)
			}
			e.Used()
			e.Close()
		}
		if _, size := s.Usage(); size > 8<<20+100_000 {
			t.Errorf("%d bytes in a store of 8 MiB", size)
		}
		if _, _, err := get(s, "k0"); err == nil {
			t.Error("what was not used for longest is still there")
		}
	})
}

// TestDiskDamage changes each byte, and cuts the file everywhere: nothing but the stored body ever comes out.
func TestDiskDamage(t *testing.T) {
	d, err := OpenDisk(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	body := random(500)
	put(t, d, "key", body)
	name := d.fileOf("key")
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, data []byte) {
		os.MkdirAll(filepath.Dir(name), 0o700)
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, _, err := get(d, "key"); err == nil && !bytes.Equal(got, body) {
			t.Fatalf("%s: a wrong body", what)
		} else if err == nil {
			t.Fatalf("%s: is not noticed", what)
		}
	}
	for i := range whole {
		bad := bytes.Clone(whole)
		bad[i] ^= 0x41
		try(fmt.Sprint("byte ", i), bad)
		try(fmt.Sprint("cut at ", i), whole[:i])
	}
	try("another key's file", func() []byte {
		put(t, d, "kez", body)
		b, _ := os.ReadFile(d.fileOf("kez"))
		return b
	}())
}

// TestDiskFolders opens what is no folder of ours.
func TestDiskFolders(t *testing.T) {
	dir := t.TempDir()
	foreign := filepath.Join(dir, "foreign")
	os.MkdirAll(foreign, 0o700)
	os.WriteFile(filepath.Join(foreign, "letter.txt"), []byte("dear"), 0o600)
	other := filepath.Join(dir, "other")
	os.MkdirAll(other, 0o700)
	os.WriteFile(filepath.Join(other, versionFile), []byte("pageload HTTP cache, version 99\n"), 0o600)
	for _, f := range []string{foreign, other} {
		if _, err := OpenDisk(f, 0); !errors.Is(err, ErrFolder) || !strings.Contains(err.Error(), f) {
			t.Errorf("%s: %v", f, err)
		}
	}
	if _, err := OpenDisk(filepath.Join(foreign, "letter.txt"), 0); err == nil {
		t.Error("a file is taken for a folder")
	}
	crashed := filepath.Join(dir, "crashed")
	os.MkdirAll(crashed, 0o700)
	os.WriteFile(filepath.Join(crashed, versionFile), []byte("pageload"), 0o600)
	if _, err := OpenDisk(crashed, 0); err != nil {
		t.Errorf("a folder that was being made: %v", err)
	}
	d, err := OpenDisk(filepath.Join(dir, "new", "deep"), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"../../../etc/passwd", "/etc/passwd", "http://a.test/..\x00", strings.Repeat("long", 10_000), "", "con", "a\nb"} {
		put(t, d, key, []byte(key))
		if got, _, err := get(d, key); err != nil || string(got) != key {
			t.Errorf("key %.20q: %v", key, err)
		}
		if rel, err := filepath.Rel(d.dir, d.fileOf(key)); err != nil || strings.Contains(rel, "..") || len(rel) != 41 {
			t.Errorf("key %.20q is in %s", key, rel)
		}
	}
}

// Two stores in one folder are as good as two processes.
func TestDiskTwoProcesses(t *testing.T) {
	dir := t.TempDir()
	a, err := OpenDisk(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenDisk(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	one, two := random(100_000), random(200_000)
	put(t, a, "key", one)
	e, err := b.Open("key")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	put(t, a, "key", two)
	a.Delete("key")
	if err := e.Check(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	if err := e.Copy(0, e.Head().Size, func(p []byte) error { sum.Write(p); return nil }); err != nil {
		t.Fatal(err)
	}
	if [32]byte(sum.Sum(nil)) != sha256.Sum256(one) {
		t.Error("what was open changed when another replaced it")
	}
}

func FuzzDiskFile(f *testing.F) {
	text := headFor("key").encode(nil)
	f.Add(text)
	f.Add([]byte{0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, b []byte) {
		var x fixedPart
		x.parse(b)
		h, err := decodeHead(b)
		if err != nil {
			return
		}
		again, err := decodeHead(h.encode(nil))
		if err != nil || fmt.Sprintf("%+v", again) != fmt.Sprintf("%+v", h) {
			t.Fatalf("%+v became %+v, %v", h, again, err)
		}
	})
}

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
