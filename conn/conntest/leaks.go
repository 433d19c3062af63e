package conntest

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// VerifyNoLeaks runs the tests of m and returns the exit status for
// os.Exit: that of the tests, or 1 if goroutines are left that were not there
// before. It says on standard error which.
//
//	func TestMain(m *testing.M) { os.Exit(conntest.VerifyNoLeaks(m)) }
func VerifyNoLeaks(m interface{ Run() int }) int {
	before := Goroutines()
	code := m.Run()
	if code != 0 {
		return code
	}
	left := Leaked(before)
	for _, stack := range left {
		fmt.Fprintf(os.Stderr, "leaked goroutine:\n%s\n\n", stack)
	}
	if len(left) > 0 {
		return 1
	}
	return 0
}

// Leaked returns the stacks of the goroutines that are neither in before, as
// Goroutines returned it, nor end within five seconds.
func Leaked(before map[string]string) []string {
	for end := time.Now().Add(5 * time.Second); ; runtime.Gosched() {
		var left []string
		for id, stack := range Goroutines() {
			if _, ok := before[id]; !ok {
				left = append(left, stack)
			}
		}
		if len(left) == 0 || time.Now().After(end) {
			return left
		}
		<-time.After(5 * time.Millisecond)
	}
}

// Goroutines returns the stacks of all goroutines by their number, but for
// the caller and those of the testing package and the runtime.
func Goroutines() map[string]string {
	buf := make([]byte, 64<<10)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	all := make(map[string]string)
	for i, stack := range strings.Split(string(buf), "\n\n") {
		head, body, _ := strings.Cut(stack, "\n")
		if i == 0 || body == "" || expected(body) { // the first is this one
			continue
		}
		id, _, _ := strings.Cut(strings.TrimPrefix(head, "goroutine "), " ")
		all[id] = stack
	}
	return all
}

// expected reports whether a goroutine belongs to the machinery of tests.
func expected(stack string) bool {
	for _, s := range []string{
		"testing.(*M).", "testing.RunTests", "testing.tRunner", "testing.runFuzzing", "testing.runTests",
		"internal/fuzz", "os/signal.signal_recv", "os/signal.loop", "runtime.ensureSigM", "runtime/trace.", "runtime/pprof.",
		"created by runtime.", "created by testing.",
	} {
		if strings.Contains(stack, s) {
			return true
		}
	}
	return false
}
