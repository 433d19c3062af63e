package kerneltest_test

import (
	"os"
	"runtime"
	"runtime/debug"
	"testing"

	"pageload/conn/conntest/wire"
)

func TestMain(m *testing.M) {
	// The wire's thread is to find a place at once, whatever servers and the collector do.
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 2)
	debug.SetGCPercent(1000)
	os.Exit(wire.Main(m, map[string]wire.Role{
		"talk":  wire.Func(talk),
		"page":  wire.Func(page),
		"paths": wire.Func(paths),
	}))
}
