//go:build unix && !linux

package http1

import "syscall"

func readNow(fd int, b []byte) (int, error) { return syscall.Read(fd, b) }
