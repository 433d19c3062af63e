package wire

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
)

// A Host is a network namespace: a computer as far as the network is concerned, with
// devices, addresses, routes, neighbours and sockets of its own. Programs and files are
// those of the machine. Its methods are safe for concurrent use.
type Host struct {
	name string
	ns   string // as `ip netns` knows it

	closing sync.Once
	closed  error
}

// NewHost makes a host. The name, of letters, digits and dashes, is for messages and a
// part of the namespace's; several hosts may have the same. Its loopback device is up,
// it forwards nothing, and it takes IPv6 addresses at once and without asking routers.
func NewHost(name string) (*Host, error) {
	if err := Missing(); err != nil {
		return nil, err
	}
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
		return nil, fmt.Errorf("wire: host %q: a name has letters, digits and dashes only", name)
	}
	sweep()
	ns, err := addNamespace(name)
	if err != nil {
		return nil, err
	}
	h := &Host{name: name, ns: ns}
	if err := h.prepare(); err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

// prepare makes the loopback device work and keeps IPv6 from taking its time.
func (h *Host) prepare() error {
	for _, s := range [][2]string{
		{"net/ipv6/conf/default/accept_dad", "0"},
		{"net/ipv6/conf/default/accept_ra", "0"},
		{"net/ipv6/conf/default/router_solicitations", "0"},
	} {
		if err := h.Sysctl(s[0], s[1]); err != nil {
			return err
		}
	}
	return h.batch("link set dev lo up\n")
}

// Name returns the name that the host was made with.
func (h *Host) Name() string { return h.name }

// Namespace returns the host's name for `ip netns exec`.
func (h *Host) Namespace() string { return h.ns }

// IP runs the program ip in the host and returns what it writes: IP("-j", "neigh").
func (h *Host) IP(args ...string) ([]byte, error) {
	return run("", append([]string{"-n", h.ns}, args...)...)
}

// batch runs commands of ip, one a line.
func (h *Host) batch(commands string) error {
	_, err := run(commands, "-n", h.ns, "-batch", "-")
	return err
}

// run runs ip to its end.
func run(in string, args ...string) ([]byte, error) {
	c := exec.Command(program("ip"), args...)
	c.Stdin = strings.NewReader(in)
	var said strings.Builder
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		return out, fmt.Errorf("wire: ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(said.String()))
	}
	return out, nil
}

// Sysctl sets a value of the kernel for this host: Sysctl("net/ipv4/tcp_mtu_probing", "1").
func (h *Host) Sysctl(name, value string) error {
	err := h.Do(func() error { return writeSysctl(name, value) })
	if err != nil {
		return fmt.Errorf("wire: sysctl of host %s: %w", h.name, err)
	}
	return nil
}

// Do calls f on a thread that is in the host, and returns its error. Sockets that f
// makes itself are the host's, and stay so on whatever thread they are used; those of
// goroutines that it starts are not.
func (h *Host) Do(f func() error) error { return inNamespace(h.ns, f) }

// Listen listens in the host. The address is an IP address and a port; what the
// listener accepts is served in this process, on any goroutine.
func (h *Host) Listen(network, address string) (l net.Listener, err error) {
	err = h.Do(func() (err error) {
		l, err = new(net.ListenConfig).Listen(context.Background(), network, address)
		return err
	})
	return l, err
}

// Dial connects from the host to an IP address and a port: names would be asked for
// elsewhere.
func (h *Host) Dial(ctx context.Context, network, address string) (c net.Conn, err error) {
	err = h.Do(func() (err error) {
		c, err = new(net.Dialer).DialContext(ctx, network, address)
		return err
	})
	return c, err
}

// Command is exec.CommandContext for a program that is to run in the host. Programs in
// /usr/sbin and /sbin are found also where they are not on the path.
func (h *Host) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, program("ip"), append([]string{"netns", "exec", h.ns, program(name)}, args...)...)
}

// program returns the path of a program, or its name if there is none.
func program(name string) string {
	for _, dir := range []string{"", "/usr/sbin/", "/sbin/"} {
		if p, err := exec.LookPath(dir + name); err == nil {
			return p
		}
	}
	return name
}

// Close removes the host. What still runs in it keeps it alive, but nobody else finds
// it. It may be called again.
func (h *Host) Close() error {
	h.closing.Do(func() { _, h.closed = run("", "netns", "delete", h.ns) })
	return h.closed
}
