//go:build !race && !386

package conn

// readOf is for the race detector.
func readOf(uintptr) {}
