//go:build !unix

package http1_test

// cpuNS is not measured on this system.
func cpuNS() int64 { return 0 }
