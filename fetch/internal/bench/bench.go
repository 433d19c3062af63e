package bench

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// Serves reports whether this process is one that [Start] started with env. Then TestMain makes its servers, prints the address of each
// on a line, and calls [Wait].
func Serves(env string) bool { return os.Getenv(env) != "" }

// Wait returns when the process that started this one does not need it any more.
func Wait() { io.Copy(io.Discard, os.Stdin) }

// Start starts the test binary again, with the variable env set, and returns the addresses of its n servers. It ends with the test.
func Start(tb testing.TB, env string, n int) (addrs []string) {
	tb.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), env+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { in.Close(); cmd.Wait() })
	lines := bufio.NewScanner(out)
	for len(addrs) < n && lines.Scan() {
		addrs = append(addrs, lines.Text())
	}
	if len(addrs) < n {
		tb.Fatalf("%d of %d servers were started: %v", len(addrs), n, lines.Err())
	}
	return addrs
}

// Run spreads the benchmark's turns over connections that are used side by side, each by one goroutine. get makes one exchange, and has
// been called once before they are timed. cpu-ns/op is this process's processor time, user and system.
func Run(b *testing.B, gets []func() error) {
	for _, get := range gets {
		if err := get(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	before := CPU()
	var all sync.WaitGroup
	for i, get := range gets {
		n := (b.N + i) / len(gets)
		all.Go(func() {
			for range n {
				if err := get(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(CPU()-before)/float64(b.N), "cpu-ns/op")
}
