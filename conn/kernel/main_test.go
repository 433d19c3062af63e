package kernel

import (
	"os"
	"testing"

	"pageload/conn/conntest"
)

func TestMain(m *testing.M) { os.Exit(conntest.VerifyNoLeaks(m)) }
