package httpcache

import (
	"os"
	"syscall"
	"testing"
)

// TestDiskFull writes more than a small file system takes.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=600k"); err != nil {
		if os.Getenv("CI") == "true" && os.Getuid() == 0 && os.Getenv("HTTPCACHE_CRASHES") != "" {
			t.Fatal(err)
		}
		t.Skip("a small file system can only be mounted by root:", err)
	}
	defer syscall.Unmount(dir, 0)
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
