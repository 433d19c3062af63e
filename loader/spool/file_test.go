package spool_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/iotest"

	"pageload/loader/spool"
)

func create(t testing.TB, dir string) *spool.File {
	t.Helper()
	f, err := spool.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// Bodies that are written at the same time come back whole.
func TestBodies(t *testing.T) {
	f := create(t, t.TempDir())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(1, uint64(i)))
			want := make([]byte, i*i*5_000)
			for i := range want {
				want[i] = byte(rnd.Uint32())
			}
			b := f.Body()
			for rest := want; len(rest) > 0; {
				n := min(len(rest), 1+rnd.IntN(100_000))
				if _, err := b.Write(rest[:n]); err != nil {
					t.Error(err)
				}
				rest = rest[n:]
			}
			if err := b.End(); err != nil || b.Size() != int64(len(want)) {
				t.Errorf("body %d: size %d, error %v", i, b.Size(), err)
			}
			if err := iotest.TestReader(io.NewSectionReader(b, 0, b.Size()), want); err != nil {
				t.Errorf("body %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if want := int64(5_000 * (1 + 4 + 9 + 16 + 25 + 36 + 49)); f.Size() != want {
		t.Errorf("the file has %d bytes, want %d", f.Size(), want)
	}
}

// Nothing is left in the folder.
func TestCloseRemoves(t *testing.T) {
	dir := t.TempDir()
	f := create(t, dir)
	b := f.Body()
	b.Write([]byte("x"))
	b.End()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left %v, error %v", left, err)
	}
	if _, err := b.ReadAt(make([]byte, 1), 0); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("reading afterwards: %v", err)
	}
	late := f.Body()
	late.Write(make([]byte, 1<<20))
	if err := late.End(); !errors.Is(err, fs.ErrClosed) || late.Size() != 0 {
		t.Errorf("writing afterwards: %v", err)
	}
	if _, err := spool.Create(filepath.Join(dir, "no")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in no folder: %v", err)
	}
	if _, err := b.ReadAt(nil, -1); err == nil {
		t.Error("before the beginning: no error")
	}
}

func ExampleFile() {
	bodies, err := spool.Create("")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer bodies.Close()
	b := bodies.Body()
	b.Write([]byte("<!doctype html>"))
	if err := b.End(); err != nil {
		fmt.Println(err)
	}
	text, _ := io.ReadAll(io.NewSectionReader(b, 0, b.Size()))
	fmt.Printf("%s, %d bytes\n", text, bodies.Size())
	// Output: <!doctype html>, 15 bytes
}

func BenchmarkBody(b *testing.B) {
	f := create(b, b.TempDir())
	p := bytes.Repeat([]byte("0123456789abcdef"), 1<<10)
	b.SetBytes(64 * int64(len(p)))
	b.ReportAllocs()
	for b.Loop() {
		x := f.Body()
		for range 64 {
			x.Write(p)
		}
		if err := x.End(); err != nil {
			b.Fatal(err)
		}
	}
}
