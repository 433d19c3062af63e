package loader_test

import (
	"flag"
	"os"
	"testing"

	"pageload/conn/conntest"
)

// update makes the tests write what they got into testdata instead of comparing.
var update = flag.Bool("update", false, "rewrite the expectations in testdata")

func TestMain(m *testing.M) {
	if os.Getenv(visited) != "" {
		serveVisited()
		return
	}
	flag.Parse()
	os.Exit(conntest.VerifyNoLeaks(m))
}
