//go:build linux

package smallnet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// role is the variable that tells a process of the test binary what it is there for. It is read before the tests run,
// so that it does not keep their result from being cached.
const role = "PAGELOAD_SMALLNET"

// Main runs the tests as the host of a small internet, or where they are if there cannot be one. It returns the exit
// status.
func Main(m *testing.M) int {
	what, dir, _ := strings.Cut(os.Getenv(role), " ")
	var err error
	switch what {
	case "":
		why := missing()
		if why == nil {
			return outside()
		}
		absent = why
		return m.Run()
	case "init":
		return inside(dir)
	case "wrong":
		err = serveWrong()
	case "host":
		if err = ready(); err == nil {
			return m.Run()
		}
	default:
		err = fmt.Errorf("%s=%s is no role", role, what)
	}
	fmt.Fprintln(os.Stderr, "smallnet:", err)
	return 1
}

// absent is why there is no small internet; nil where there is one. Main sets it before any test runs.
var absent error

// Need skips a test that is not in a small internet, and says what is missing. Where [Must] holds the test fails.
func Need(t testing.TB) {
	t.Helper()
	switch {
	case absent == nil:
	case Must():
		t.Fatalf("there is no small internet: %v", absent)
	default:
		t.Skipf("there is no small internet: %v", absent)
	}
}

// Must reports whether everything has to be there: in CI, on a machine that lets root make networks.
func Must() bool {
	_, err := os.Stat("/dev/net/tun")
	return err == nil && os.Geteuid() == 0 && os.Getenv("CI") == "true"
}

// programs are what the small internet runs, and the Debian packages that have them.
var programs = map[string]string{"ip": "iproute2", "nsd": "nsd", "unbound": "unbound", "dnsmasq": "dnsmasq-base", "cp": "coreutils"}

// missing says what a small internet lacks on this machine.
func missing() error {
	if os.Geteuid() != 0 {
		return errors.New("it takes root to make network namespaces")
	}
	var lacks []string
	for program, pkg := range programs {
		if Program(program) == "" {
			lacks = append(lacks, pkg)
		}
	}
	if len(lacks) > 0 {
		slices.Sort(lacks)
		return fmt.Errorf("packages are missing: apt-get install %s", strings.Join(lacks, " "))
	}
	if _, err := os.Stat("/proc/net/if_inet6"); err != nil {
		return errors.New("the kernel has no IPv6")
	}
	try := exec.Command("true")
	try.SysProcAttr = isolated()
	if err := try.Run(); err != nil {
		return fmt.Errorf("no namespaces can be made: %w", err)
	}
	return nil
}

// Program returns the path of a program, and "" if there is none. Users who are not root do not have the folders of servers
// on their path, and root need not.
func Program(program string) string {
	for _, dir := range []string{"", "/usr/sbin/", "/sbin/", "/lib/systemd/"} {
		if p, err := exec.LookPath(dir + program); err == nil {
			return p
		}
	}
	return ""
}

// isolated are namespaces of all kinds that the small internet changes something in. The process in them is killed when
// the thread that started it ends.
func isolated() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET,
		Pdeathsig:  syscall.SIGKILL,
	}
}

// outside starts the test binary in namespaces of its own and waits for it.
func outside() int {
	dir, err := os.MkdirTemp("", "smallnet")
	if err != nil {
		fmt.Fprintln(os.Stderr, "smallnet:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	runtime.LockOSThread() // of Pdeathsig
	defer runtime.UnlockOSThread()
	return run(again(ctx, "init "+dir, isolated()))
}

// again is the test binary with its arguments in another role.
func again(ctx context.Context, as string, attr *syscall.SysProcAttr, before ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	args := slices.Concat(before, []string{self}, os.Args[1:])
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Env = append(os.Environ(), role+"="+as)
	c.Stdin, c.Stdout, c.Stderr, c.SysProcAttr = os.Stdin, os.Stdout, os.Stderr, attr
	return c
}

// run returns the exit status of a command.
func run(c *exec.Cmd) int {
	err := c.Run()
	var status *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status) && status.ExitCode() > 0:
		return status.ExitCode()
	}
	fmt.Fprintln(os.Stderr, "smallnet:", err)
	return 1
}
