//go:build unix

package main

import (
	"runtime"
	"syscall"
	"time"
)

// cost is what the process has used of all processors, and its greatest
// resident size in bytes.
func cost() (cpu time.Duration, peak int64, ok bool) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0, 0, false
	}
	peak = int64(u.Maxrss)
	if runtime.GOOS != "darwin" && runtime.GOOS != "ios" { // which tells bytes
		peak <<= 10
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), peak, true
}
