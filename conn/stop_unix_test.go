//go:build unix

package conn

import (
	"os"
	"syscall"
	"testing"
)

// stopProcess makes p do nothing more, with its sockets open.
func stopProcess(t *testing.T, p *os.Process) {
	t.Helper()
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}
