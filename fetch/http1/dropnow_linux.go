//go:build !386 && !race

package http1

import (
	"syscall"
	"unsafe"
)

// dropNow is recvfrom(2) with MSG_TRUNC. The scheduler is not told of it, as with readNow: else one of many goroutines that drop could lose its
// processor there, and have its buffer until it gets one again, behind others that do the same. A thousand pages held 2,000 buffers, 130 MB.
func dropNow(fd int, b []byte) (int, error) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), syscall.MSG_TRUNC, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}
