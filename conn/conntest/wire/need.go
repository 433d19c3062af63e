package wire

import (
	"os"
	"testing"
)

// Need skips a test where [Missing] lacks something, and says what. In CI, where the
// environment has CI=true, on a machine that has /dev/net/tun and lets the test be root,
// the test fails instead: there nothing may be skipped unnoticed.
func Need(t testing.TB) {
	t.Helper()
	err := Missing()
	switch {
	case err == nil:
	case must():
		t.Fatalf("no hosts and wires here: %v", err)
	default:
		t.Skipf("no hosts and wires here: %v", err)
	}
}

func must() bool {
	_, err := os.Stat("/dev/net/tun")
	return err == nil && os.Geteuid() == 0 && os.Getenv("CI") == "true"
}
