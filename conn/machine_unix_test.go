//go:build unix

package conn

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A process that may open few files says in the error how many, and goes on
// when there are some again. The limit is a child's, not the tests'.
func TestFileLimit(t *testing.T) {
	if os.Getenv("CONN_FILE_LIMIT") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFileLimit$", "-test.v")
		cmd.Env = append(os.Environ(), "CONN_FILE_LIMIT=48")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestFileLimit") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	few := was
	few.Cur = 48
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := &Pool{MaxPerHost: 1000, DescriptorWait: 100 * time.Millisecond}
	defer p.Close(ctxBg)
	key := Key{Scheme: "http", Host: "127.0.0.1", Port: uint16(l.Addr().(*net.TCPAddr).Port)}
	var leases []*Lease
	for err == nil && len(leases) < 100 {
		var lease *Lease
		if lease, err = p.Get(ctxBg, Request{Key: key}); err == nil {
			leases = append(leases, lease)
		}
	}
	want := "; this process may have so many files open: " + filesAllowed()
	if !errors.Is(err, syscall.EMFILE) || !strings.Contains(err.Error(), "too many open files (after ") || !strings.HasSuffix(err.Error(), want) || !strings.Contains(want, ": 48 (RLIMIT_NOFILE, ") || len(leases) < 10 {
		t.Errorf("after %d connections: %v, want %q", len(leases), err, want)
	}
	for _, lease := range leases {
		lease.Discard(nil)
	}
	if lease, err := p.Get(ctxBg, Request{Key: key}); err != nil {
		t.Errorf("with files to spare: %v", err)
	} else {
		lease.Discard(nil)
	}
}
