//go:build race && !386

package conn

import "syscall"

// readOf tells the race detector that fd was read from: package syscall's Read orders what was done before a write and after the read that brought
// it, which a system call by number does not.
func readOf(fd uintptr) { syscall.Read(int(fd), nil) }
