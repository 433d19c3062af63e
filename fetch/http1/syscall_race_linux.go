//go:build race

package http1

import "syscall"

// With the race detector the calls are package syscall's: its Read and Write tell that what a server in the same process did before it answered
// is ordered before what is done after the answer was read, on which tests with httptest rely. System calls by number do not.

func readNow(fd int, b []byte) (int, error) { return syscall.Read(fd, b) }

func writeNow(fd int, b []byte) (int, error) { return syscall.Write(fd, b) }
