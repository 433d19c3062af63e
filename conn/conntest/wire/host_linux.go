package wire

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Missing returns nil where hosts and wires can be made, or says what they lack.
func Missing() error {
	if os.Geteuid() != 0 {
		return errors.New("wire: it takes root to make network namespaces")
	}
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("wire: no TAP devices can be made: %w", &os.PathError{Op: "open", Path: "/dev/net/tun", Err: err})
	}
	unix.Close(fd)
	if _, err := exec.LookPath(program("ip")); err != nil {
		return errors.New("wire: there is no program ip: apt-get install iproute2")
	}
	if _, err := os.Stat("/proc/net/if_inet6"); err != nil {
		return errors.New("wire: the kernel has no IPv6")
	}
	return nil
}

// namespaces is where `ip netns` keeps its names.
const namespaces = "/run/netns"

// A namespace is called wire-PID-START-NAME or wire-PID-START-NAME-N. START tells the
// process from a later one of the same number.
const prefix = "wire-"

// addNamespace makes a namespace that is called as no other.
func addNamespace(name string) (string, error) {
	pid := os.Getpid()
	start, err := startOf(pid)
	if err != nil {
		return "", fmt.Errorf("wire: host %s: %w", name, err)
	}
	base := fmt.Sprintf("%s%d-%s-%s", prefix, pid, start, name)
	for ns, n := base, 1; ; n++ {
		_, err := run("", "netns", "add", ns)
		if err == nil {
			return ns, nil
		}
		if _, gone := os.Stat(filepath.Join(namespaces, ns)); gone != nil {
			return "", err
		}
		ns = fmt.Sprintf("%s-%d", base, n)
	}
}

// startOf returns when a process started, in ticks since the machine did (proc(5)).
func startOf(pid int) (string, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	_, after, _ := strings.Cut(string(b[strings.LastIndexByte(string(b), ')')+1:]), " ")
	fields := strings.Fields(after)
	if len(fields) < 20 {
		return "", fmt.Errorf("no start time in /proc/%d/stat", pid)
	}
	return fields[19], nil
}

// sweep removes namespaces of processes that are gone. It may meet another process that
// does the same.
func sweep() {
	list, err := os.ReadDir(namespaces)
	if err != nil {
		return // there are none yet
	}
	for _, e := range list {
		rest, ok := strings.CutPrefix(e.Name(), prefix)
		if !ok {
			continue
		}
		pid, rest, _ := strings.Cut(rest, "-")
		start, _, _ := strings.Cut(rest, "-")
		n, err := strconv.Atoi(pid)
		if err != nil {
			continue
		}
		if now, err := startOf(n); errors.Is(err, os.ErrNotExist) || err == nil && now != start {
			run("", "netns", "delete", e.Name())
		}
	}
}

// inNamespace calls f on a thread that is in the namespace.
func inNamespace(ns string, f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		home, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			runtime.UnlockOSThread()
			done <- fmt.Errorf("wire: namespace of this thread: %w", err)
			return
		}
		defer unix.Close(home)
		if err = enter(ns); err == nil {
			err = f()
		}
		if unix.Setns(home, unix.CLONE_NEWNET) == nil {
			runtime.UnlockOSThread()
		} // else the thread ends with this goroutine
		done <- err
	}()
	return <-done
}

// enter puts the thread into a namespace.
func enter(ns string) error {
	fd, err := unix.Open(filepath.Join(namespaces, ns), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("wire: namespace %s: %w", ns, err)
	}
	defer unix.Close(fd)
	if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("wire: enter namespace %s: %w", ns, err)
	}
	return nil
}

// writeSysctl sets a value in the namespace of the thread.
func writeSysctl(name, value string) error {
	f, err := os.OpenFile(filepath.Join("/proc/sys", name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}
