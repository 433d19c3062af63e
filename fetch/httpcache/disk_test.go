package httpcache

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
