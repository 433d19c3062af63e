package httpcache

import (
	"bytes"
	"os"
	"strings"
	"syscall"
	"testing"
)

// small mounts a file system of 600 KB.
func small(t *testing.T) (dir string) {
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=600k"); err != nil {
		if os.Getenv("CI") == "true" && os.Getuid() == 0 && os.Getenv("HTTPCACHE_CRASHES") != "" {
			t.Fatal(err)
		}
		t.Skip("a small file system can only be mounted by root:", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	return dir
}

// A file system that can only be read is named where a cache is opened in it; what was opened before gives what it has, and takes no more.
func TestDiskReadOnly(t *testing.T) {
	dir := small(t)
	d, err := OpenDisk(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	body := random(1000)
	put(t, d, "key", body)
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenDisk(dir, 0); err == nil || !strings.Contains(err.Error(), "httpcache: folder "+dir) || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("opened: %v", err)
	}
	if got, _, err := get(d, "key"); err != nil || !bytes.Equal(got, body) {
		t.Errorf("what was stored before: %v", err)
	}
	if stored, err := fill(t, d); stored > 0 || err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("%d stored, %v", stored, err)
	}
	d.Delete("key")
	if err := d.Clear(); err == nil {
		t.Error("all was removed")
	}
}

// TestDiskFull writes more than a small file system takes.
func TestDiskFull(t *testing.T) {
	dir := small(t)
	d, err := OpenDisk(dir, 64<<20)
	if err != nil {
		t.Fatal(err)
	}
	stored, failure := fill(t, d)
	if stored == 0 || failure == nil {
		t.Errorf("%d stored, %v", stored, failure)
	}
	if hits := checkAll(t, dir); hits == 0 || hits > stored {
		t.Errorf("%d hits of %d stored", hits, stored)
	}
	t.Logf("%d of %d stored; %v", stored, crashKeys, failure)
}
