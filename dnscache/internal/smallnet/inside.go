//go:build linux

package smallnet

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// inside builds the small internet and runs the tests in it. It is the first process of a process namespace, whose end
// takes everything along.
func inside(dir string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	for _, step := range []func(dir string) error{mounts, links, files} {
		if err := step(dir); err != nil {
			fmt.Fprintln(os.Stderr, "smallnet:", err)
			return 1
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for _, d := range daemons(dir) {
		if err := d.start(ctx, dir, cancel); err != nil {
			fmt.Fprintln(os.Stderr, "smallnet:", err)
			return 1
		}
	}
	status := run(again(ctx, "host "+dir, nil, "ip", "netns", "exec", "host"))
	if cause := context.Cause(ctx); cause != nil {
		fmt.Fprintln(os.Stderr, "smallnet:", cause)
		return max(status, 1)
	}
	return status
}

// mounts gives this process namespace a /proc, a /run and an /etc of its own, so that the namespaces, the sockets and
// the configuration that are made here are seen by nobody else.
func mounts(dir string) error {
	etc := filepath.Join(dir, "etc")
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	if err := unix.Mount("run", "/run", "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("mount /run: %w", err)
	}
	if err := command("cp", "-a", "/etc", etc); err != nil {
		return err
	}
	// They may be links to what is not in this /run, and mounts are not copied.
	for name, text := range map[string]string{
		"resolv.conf":   "nameserver " + ISP.String() + "\n",
		"hosts":         "127.0.0.1 localhost\n::1 localhost\n10.77.0.2 host.lan host\n",
		"nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
		"gai.conf":      policyTable,
	} {
		path := filepath.Join(etc, name)
		os.Remove(path)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{
		"passwd": "systemd-resolve:x:991:991::/:/usr/sbin/nologin\n",
		"group":  "systemd-resolve:x:991:\n",
	} {
		if err := prepend(filepath.Join(etc, name), text); err != nil {
			return err
		}
	}
	if err := unix.Mount(etc, "/etc", "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount /etc: %w", err)
	}
	return nil
}

// prepend writes text before what a file has.
func prepend(file, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, append([]byte(text), old...), 0o644)
}

// policyTable is that of RFC 6724 section 2.1: the C library has an older one by default.
const policyTable = `
label ::1/128 0
label ::/0 1
label 2002::/16 2
label ::/96 3
label ::ffff:0:0/96 4
label 2001::/32 5
label fec0::/10 11
label 3ffe::/16 12
label fc00::/7 13
precedence ::1/128 50
precedence ::/0 40
precedence ::ffff:0:0/96 35
precedence 2002::/16 30
precedence 2001::/32 5
precedence fc00::/7 3
precedence ::/96 1
precedence fec0::/10 1
precedence 3ffe::/16 1
`

// links makes the namespaces and what joins them.
func links(string) error {
	for _, line := range strings.Split(strings.TrimSpace(plan), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := command("ip", strings.Fields(line)...); err != nil {
			return err
		}
	}
	for _, a := range worldAddrs() {
		if err := command("ip", "-n", "world", "address", "add", a.String(), "dev", "lo"); err != nil {
			return err
		}
	}
	for _, ns := range []string{"router", "isp"} {
		on := "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding"
		if err := command("ip", "netns", "exec", ns, "sh", "-ec", on); err != nil {
			return err
		}
	}
	return nil
}

// command runs a program that ends by itself.
func command(name string, args ...string) error {
	out, err := exec.Command(Program(name), args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

// daemon is a server of the small internet.
type daemon struct {
	name string
	ns   string
	args []string // program and arguments; none: this binary, in the role of its name
}

// start runs the daemon until ctx ends. Should it end before, cancel is told what it said last.
func (d daemon) start(ctx context.Context, dir string, cancel context.CancelCauseFunc) error {
	log, err := os.Create(filepath.Join(dir, d.name+".log"))
	if err != nil {
		return err
	}
	var c *exec.Cmd
	in := []string{Program("ip"), "netns", "exec", d.ns}
	if len(d.args) == 0 {
		c = again(ctx, d.name+" "+dir, nil, in...)
	} else {
		c = exec.CommandContext(ctx, in[0], append(append(in[1:], Program(d.args[0])), d.args[1:]...)...)
	}
	c.Stdin, c.Stdout, c.Stderr = nil, log, log
	if err := c.Start(); err != nil {
		log.Close()
		return fmt.Errorf("start %s: %w", d.name, err)
	}
	go func() {
		err := c.Wait()
		log.Close()
		if ctx.Err() == nil {
			said, _ := os.ReadFile(log.Name())
			cancel(fmt.Errorf("%s ended: %v: %s", d.name, err, said[max(0, len(said)-1000):]))
		}
	}()
	return nil
}
