//go:build !unix

package conn

import (
	"os"
	"testing"
)

func stopProcess(t *testing.T, p *os.Process) { t.Skip("no process can be stopped on this system") }
