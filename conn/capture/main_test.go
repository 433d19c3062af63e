package capture_test

import (
	"os"
	"testing"

	"pageload/conn/conntest"
)

// On the machine's loopback there may be more packets of others than a socket holds.
func TestMain(m *testing.M) { os.Exit(conntest.Alone(m.Run)) }
