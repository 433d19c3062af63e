//go:build unix

package http1_test

import "syscall"

// cpuNS returns the processor time that this process has used.
func cpuNS() int64 {
	var ru syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &ru)
	return ru.Utime.Nano() + ru.Stime.Nano()
}
