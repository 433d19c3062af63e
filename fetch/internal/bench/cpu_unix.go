//go:build unix

package bench

import "syscall"

// CPU returns the processor time that this process has used, user and system, in nanoseconds; 0 where it is not measured.
func CPU() int64 {
	var ru syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &ru)
	return ru.Utime.Nano() + ru.Stime.Nano()
}
