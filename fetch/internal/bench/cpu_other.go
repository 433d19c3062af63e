//go:build !unix

package bench

// CPU returns 0: the processor time is not measured on this system.
func CPU() int64 { return 0 }
