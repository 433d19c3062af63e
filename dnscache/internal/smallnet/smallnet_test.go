//go:build linux

package smallnet_test

import (
	"os"
	"testing"

	"pageload/dnscache/internal/smallnet"
)

func TestMain(m *testing.M) { os.Exit(smallnet.Main(m)) }

func TestSize(t *testing.T) {
	names, zones := smallnet.Names(), make(map[string]bool)
	broken := 0
	for _, n := range names {
		if n.Broken != "" {
			zones[n.Broken] = true
			broken++
		}
	}
	if len(names) < 200 || broken < 40 || len(zones) < 40 {
		t.Errorf("%d names, %d of them broken in %d ways; want 200, 40, 40 at least", len(names), broken, len(zones))
	}
	t.Logf("%d names, %d of them broken in %d ways", len(names), broken, len(zones))
}
