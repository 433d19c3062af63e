//go:build unix

package local

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
)

// Without a file descriptor nobody can be asked: that is not "no such name",
// which would be remembered.
func TestLookupWithoutDescriptors(t *testing.T) {
	var before, low syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	low = before
	low.Cur = 64
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	var files []*os.File
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			break
		}
		files = append(files, f)
	}
	var errs []error
	for _, r := range []*net.Resolver{nil, {PreferGo: true}} {
		_, err := LookupIP(t.Context(), r, "name.pageload.invalid")
		errs = append(errs, err)
	}
	syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before)
	for _, f := range files {
		f.Close()
	}
	for i, err := range errs {
		if !errors.Is(err, syscall.EMFILE) {
			t.Errorf("resolver %d: %v, want EMFILE", i, err)
		}
	}
}
