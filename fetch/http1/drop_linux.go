package http1

import "syscall"

// dropper discards bytes of a TCP socket without copying them: recv with MSG_TRUNC, tcp(7). A third is saved on a body of 200 KB.
type dropper struct {
	try  func(fd uintptr) bool // made once a Conn
	want int                   // bytes to discard at most
}

const canDrop = true

// drop discards at most want bytes, which are no more than largeSize. It hands the kernel a buffer of that size nevertheless, so that
// one which ignores the flag does no harm.
func (w *rawReader) drop(want int64) (int, error) {
	if w.dropper.try == nil {
		w.dropper.try = w.attemptDrop
	}
	w.dropper.want = int(want)
	return w.result(w.rc.Read(w.dropper.try))
}

func (w *rawReader) attemptDrop(fd uintptr) bool {
	b := newBuffer(largeSize)
	defer freeBuffer(b)
	for {
		w.n, w.err = dropNow(int(fd), b[:w.dropper.want])
		if w.err != syscall.EINTR {
			return w.err != syscall.EAGAIN
		}
	}
}
