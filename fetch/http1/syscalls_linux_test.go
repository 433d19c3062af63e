package http1_test

import (
	"fmt"
	"os"
	"testing"
)

// An exchange on a TCP connection is one write and one read: none that finds nothing, and none after the last byte of a body whose length is
// known. A body that goes beyond the first read costs one call for every 64 KB more. The kernel counts (proc_pid_io(5)); the server is another process.
func TestSystemCalls(t *testing.T) {
	if _, _, err := calls(); err != nil {
		t.Skipf("the kernel does not count the system calls of a process: %v", err)
	}
	addr := startServer(t)
	const exchanges = 400
	for _, size := range []int{0, 1 << 10, 20 << 10} {
		get := newExchange(dial(t, addr), addr, size)
		if err := get(); err != nil {
			t.Fatal(err)
		}
		reads, writes, _ := calls()
		for range exchanges {
			if err := get(); err != nil {
				t.Fatal(err)
			}
		}
		r, w, _ := calls()
		r, w = r-reads, w-writes
		// To look costs a few reads; the runtime may write to wake its poller; a response may come in two pieces now and then.
		if r < exchanges || r > exchanges+exchanges/10 || w < exchanges || w > exchanges+exchanges/10 {
			t.Errorf("%d bytes: %d exchanges cost %d reads and %d writes", size, exchanges, r, w)
		}
	}
}

// calls returns how many reads and writes this process has made.
func calls() (reads, writes int, err error) {
	b, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0, 0, err
	}
	var rchar, wchar int
	_, err = fmt.Sscanf(string(b), "rchar: %d\nwchar: %d\nsyscr: %d\nsyscw: %d\n", &rchar, &wchar, &reads, &writes)
	return reads, writes, err
}
