package conntest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// alone is set in the environment of a test's process that has a network namespace of its own.
const alone = "PAGELOAD_TEST_ALONE"

// Alone returns what run, which is m.Run most often, returns in a network
// namespace of this program, which is started anew in it: what others do on the
// machine's loopback is not seen there, and takes no port. Where no namespace can
// be made, for which it takes root on Linux, it runs where it is. Other interfaces
// than lo are out of reach in it.
//
//	func TestMain(m *testing.M) { os.Exit(conntest.Alone(m.Run)) }
func Alone(run func() int) int {
	if os.Getenv(alone) != "" {
		if err := LoopbackUp(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		return run()
	}
	if os.Getuid() != 0 {
		return run()
	}
	runtime.LockOSThread() // the child's parent, by whose end it ends, is this thread
	defer runtime.UnlockOSThread()
	c := exec.Command(os.Args[0], os.Args[1:]...)
	c.Env = append(os.Environ(), alone+"=1")
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); errors.Is(err, syscall.EPERM) {
		return run()
	} else if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	c.Wait() // its status is told below
	return c.ProcessState.ExitCode()
}

// LoopbackUp starts lo, which is down in a new network namespace: that of the thread.
func LoopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return os.NewSyscallError("ioctl SIOCSIFFLAGS lo", unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo))
}
