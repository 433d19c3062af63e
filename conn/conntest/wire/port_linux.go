package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A port has the two devices of a wire, and the thread that carries frames between
// them. It is a thread of its own because the runtime's timers are a millisecond
// coarse, and those of ppoll are not.
type port struct {
	taps [2]int
	end  atomic.Bool   // it is time to end
	done chan struct{} // closed by the loop when it has ended

	mu   sync.Mutex
	wake int // an eventfd that ends the loop's waiting; -1 when the port is closed
}

// openPort makes the devices in their hosts and starts the loop.
func openPort(w *Wire) (*port, error) {
	p := &port{taps: [2]int{-1, -1}, wake: -1, done: make(chan struct{})}
	err := p.open(w)
	if err != nil {
		close(p.done)
		p.close()
		return nil, err
	}
	go p.loop(w)
	return p, nil
}

func (p *port) open(w *Wire) (err error) {
	if p.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return fmt.Errorf("wire: eventfd: %w", err)
	}
	for s, e := range w.ends {
		if err := e.Host.Do(func() (err error) {
			p.taps[s], err = openTAP(e.Device)
			return err
		}); err != nil {
			return fmt.Errorf("wire: device %s of host %s: %w", e.Device, e.Host.name, err)
		}
	}
	return nil
}

// openTAP makes a device in the namespace of the thread. It goes with the descriptor.
func openTAP(name string) (int, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: "/dev/net/tun", Err: err}
	}
	req, err := unix.NewIfreq(name)
	if err == nil {
		req.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI)
		err = os.NewSyscallError("TUNSETIFF", unix.IoctlIfreq(fd, unix.TUNSETIFF, req))
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// close ends the loop and removes the devices.
func (p *port) close() error {
	p.end.Store(true)
	p.wakeUp()
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, fd := range []int{p.taps[A], p.taps[B], p.wake} {
		if fd >= 0 {
			errs = append(errs, unix.Close(fd))
		}
	}
	p.wake = -1
	return errors.Join(errs...)
}

// wakeUp ends the loop's waiting, of now or the next time.
func (p *port) wakeUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wake >= 0 {
		unix.Write(p.wake, binary.NativeEndian.AppendUint64(nil, 1))
	}
}

// loop carries frames until the port is closed. Its thread keeps other timer slack and
// another priority than those of the runtime, so it ends with the goroutine.
func (p *port) loop(w *Wire) {
	defer close(p.done)
	runtime.LockOSThread()
	unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // ns; by default 50 µs
	comeFirst()
	f := &Frame{Data: make([]byte, w.flight.size)}
	var left unix.Timespec // until the next frame is due
	wake := p.wake         // closed after the loop
	fds := []unix.PollFd{
		{Fd: int32(p.taps[A]), Events: unix.POLLIN},
		{Fd: int32(p.taps[B]), Events: unix.POLLIN},
		{Fd: int32(wake), Events: unix.POLLIN},
	}
	for {
		p.deliver(w)
		wait := &left
		if due, ok := w.flight.next(); ok {
			left = unix.NsecToTimespec(int64(max(time.Until(due), 0)))
		} else {
			wait = nil
		}
		if _, err := unix.Ppoll(fds, wait, nil); err != nil && err != unix.EINTR {
			panic(fmt.Sprintf("wire: ppoll: %v", err)) // no such error can come of these arguments
		}
		if fds[2].Revents != 0 {
			unix.Read(wake, f.Data[:8])
			if p.end.Load() {
				return
			}
			w.strange()
		}
		for s := range p.taps {
			switch {
			case fds[s].Revents&unix.POLLIN != 0:
				p.collect(w, Side(s), f)
			case fds[s].Revents != 0:
				fds[s].Fd = -1 // somebody has removed the device
			}
		}
	}
}

// comeFirst puts the thread before those of other programs, without which frames are late
// by some milliseconds on a busy machine. SCHED_DEADLINE is better than SCHED_FIFO: Linux
// 6.12 and later keep threads of the latter waiting for 50 ms at times, in favour of all
// others (fair_server). Where neither is allowed frames are late.
func comeFirst() {
	deadline := unix.SchedAttr{
		Size: unix.SizeofSchedAttr, Policy: unix.SCHED_DEADLINE,
		Runtime: 700_000, Deadline: 1_000_000, Period: 1_000_000, // ns; of a few wires, or the kernel has not enough of them
	}
	if unix.SchedSetAttr(0, &deadline, 0) != nil {
		unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 1}, 0)
	}
}

// burst is how many frames of one side are taken before the other's turn.
const burst = 32

// collect reads frames that a side has sent into f.
func (p *port) collect(w *Wire, from Side, f *Frame) {
	buf := f.Data
	defer func() { f.Data = buf }()
	for range burst {
		n, errno := rawIO(unix.SYS_READ, p.taps[from], buf)
		if errno != 0 || n <= 0 {
			return
		}
		*f = Frame{From: from, Time: time.Now(), Data: buf[:n]}
		w.sent(f)
	}
}

// deliver writes the frames that are due.
func (p *port) deliver(w *Wire) {
	for {
		due, ok := w.flight.next()
		if !ok {
			return
		}
		late := time.Since(due)
		if late < 0 {
			return
		}
		f := w.flight.take()
		_, errno := rawIO(unix.SYS_WRITE, p.taps[f.to], f.data)
		w.flight.free(f)
		w.mu.Lock()
		c := &w.counts[f.to.Other()]
		if c.Late = max(c.Late, late); errno == 0 {
			c.Delivered++
		} else {
			c.Refused++
		}
		w.mu.Unlock()
	}
}

// rawIO reads or writes a frame. It never waits, so the runtime is not told: it would
// give the thread's place to others, and the thread had to wait for another.
func rawIO(call uintptr, fd int, b []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return int(n), errno
}
