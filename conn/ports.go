package conn

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A PortRange is a range of local ports, both ends included. The zero value is
// the kernel's own (net.ipv4.ip_local_port_range, for IPv6 too).
type PortRange struct{ First, Last uint16 }

// String returns FIRST-LAST; "the kernel's" for zero.
func (r PortRange) String() string {
	if r == (PortRange{}) {
		return "the kernel's"
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

func (r PortRange) check() error {
	if r != (PortRange{}) && (r.First < 1024 || r.Last < r.First) {
		return fmt.Errorf("Dialer.PortRange %v is not a range within 1024-65535", r)
	}
	return nil
}

func (r PortRange) within(o PortRange) bool { return o.First <= r.First && r.Last <= o.Last }

// A PortError says that a connect found no local port: each one of the range
// has a connection to the same address and port already (one in TIME_WAIT
// counts), or belongs to another socket.
type PortError struct {
	Remote netip.AddrPort
	Local  netip.Addr // Dialer.LocalAddr; zero if there is none
	Range  PortRange  // that was used up; zero if it is not known
	Limit  string     // what sets the range: "Dialer.PortRange" or "net.ipv4.ip_local_port_range"
	// TimeWait is how many connections of this machine (on Linux: of its
	// network namespace), to whatever peer, are in TIME_WAIT: each keeps its
	// port for a minute. 0: none, or it is not known.
	TimeWait int
	Err      error // syscall.EADDRNOTAVAIL
}

func (e *PortError) Error() string {
	from := ""
	if e.Local.IsValid() {
		from = " of " + e.Local.String()
	}
	held := ""
	if e.TimeWait > 0 {
		held = fmt.Sprintf(", and %d connections are in TIME_WAIT", e.TimeWait)
	}
	return fmt.Sprintf("no local port%s is free for %v: %s is %v%s: %v", from, e.Remote, e.Limit, e.Range, held, e.Err)
}

func (e *PortError) Unwrap() error { return e.Err }

// kernelPorts is where Linux says its range of ephemeral ports.
const kernelPorts = "/proc/sys/net/ipv4/ip_local_port_range"

// kernelRange returns the kernel's range of ephemeral ports; zero where it
// does not say.
func kernelRange() PortRange {
	text, err := os.ReadFile(kernelPorts)
	if err != nil {
		return PortRange{}
	}
	fields := strings.Fields(string(text))
	if len(fields) != 2 {
		return PortRange{}
	}
	first, err1 := strconv.ParseUint(fields[0], 10, 16)
	last, err2 := strconv.ParseUint(fields[1], 10, 16)
	if err1 != nil || err2 != nil {
		return PortRange{}
	}
	return PortRange{uint16(first), uint16(last)}
}

// dialSystem connects with the system's TCP. Package net sets TCP_NODELAY.
func (d *Dialer) dialSystem(ctx context.Context, addr netip.AddrPort, probes net.KeepAliveConfig) (net.Conn, error) {
	nd := net.Dialer{KeepAlive: -1, KeepAliveConfig: probes}
	if !d.setsLocal() {
		// Not DialTCP: in Go 1.26 it binds even without a local address, which
		// keeps a port for one connection where the kernel could share it.
		if addr.Addr().IsLoopback() {
			nd.Control = connectAhead(addr)
		}
		c, err := nd.DialContext(ctx, "tcp", addr.String())
		return c, d.explainPorts(err, addr, false)
	}
	if err := d.PortRange.check(); err != nil {
		return nil, err
	}
	local := d.LocalAddr.Unmap()
	if local.IsValid() {
		if local.Is4() != addr.Addr().Is4() {
			return nil, fmt.Errorf("Dialer.LocalAddr %v is of the other family", local)
		}
		nd.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(local, 0))
	}
	if d.PortRange != (PortRange{}) && !(canLimitPorts && d.PortRange.within(kernelRange())) {
		return d.tryPorts(ctx, nd, local, addr)
	}
	nd.Control = control(socketOptions{fastOpen: d.FastOpen, lateBind: local.IsValid(), ports: d.PortRange})
	c, err := nd.DialContext(ctx, "tcp", addr.String())
	if errors.Is(err, errNoPortRange) {
		return d.tryPorts(ctx, nd, local, addr)
	}
	return c, d.explainPorts(err, addr, local.IsValid())
}

// keepAlive returns the probes that Dialer.KeepAlive asks for.
func (d *Dialer) keepAlive() net.KeepAliveConfig {
	t := orDefault(d.KeepAlive, 45*time.Second)
	if t == 0 {
		return net.KeepAliveConfig{}
	}
	return net.KeepAliveConfig{Enable: true, Idle: t, Interval: t, Count: -1}
}

// setsLocal reports whether something is set on a socket before it connects.
func (d *Dialer) setsLocal() bool {
	return d.LocalAddr.IsValid() || d.PortRange != (PortRange{}) || d.FastOpen
}

// errNoPortRange says that the kernel has no IP_LOCAL_PORT_RANGE.
var errNoPortRange = errors.New("no IP_LOCAL_PORT_RANGE")

// tryPorts connects from a port of PortRange where the kernel does not choose
// in it: it looks for one from a random place on.
func (d *Dialer) tryPorts(ctx context.Context, nd net.Dialer, local netip.Addr, addr netip.AddrPort) (net.Conn, error) {
	if !local.IsValid() {
		if local = netip.IPv6Unspecified(); addr.Addr().Is4() {
			local = netip.IPv4Unspecified()
		}
	}
	nd.Control = control(socketOptions{fastOpen: d.FastOpen, reuse: true})
	n := int(d.PortRange.Last-d.PortRange.First) + 1
	start := rand.IntN(n)
	for i := range n {
		port := d.PortRange.First + uint16((start+i)%n)
		if port == addr.Port() {
			continue // a socket may connect to itself
		}
		nd.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(local, port))
		c, err := nd.DialContext(ctx, "tcp", addr.String())
		switch {
		case errors.Is(err, syscall.EADDRINUSE):
		case errors.Is(err, syscall.EADDRNOTAVAIL) && !failedIn(err, "bind"):
		default:
			return c, d.explainPorts(err, addr, true)
		}
	}
	return nil, d.noPort(addr)
}

// explainPorts says which limit an EADDRNOTAVAIL is about; it leaves other
// errors alone.
func (d *Dialer) explainPorts(err error, addr netip.AddrPort, bound bool) error {
	switch {
	case err == nil || !errors.Is(err, syscall.EADDRNOTAVAIL):
		return err
	case bound && failedIn(err, "bind"):
		return fmt.Errorf("Dialer.LocalAddr %v is no address of this machine: %w", d.LocalAddr, syscall.EADDRNOTAVAIL)
	case !hasRoute(addr):
		return err // there is no address to connect from
	}
	return d.noPort(addr)
}

// noPort is the error of a connect to addr for which no port is left.
func (d *Dialer) noPort(addr netip.AddrPort) *PortError {
	e := &PortError{Remote: addr, Local: d.LocalAddr, Range: d.PortRange, Limit: "Dialer.PortRange", TimeWait: timeWaits(), Err: syscall.EADDRNOTAVAIL}
	if e.Range == (PortRange{}) {
		e.Range, e.Limit = kernelRange(), "net.ipv4.ip_local_port_range"
	}
	return e
}

// kernelSockets is where Linux counts the sockets of the thread's network namespace.
const kernelSockets = "/proc/thread-self/net/sockstat"

// timeWaits returns how many connections are in TIME_WAIT; 0 where it is not
// known.
func timeWaits() int {
	text, _ := os.ReadFile(kernelSockets)
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line) // TCP: inuse 5 orphan 0 tw 2 alloc 7 mem 1
		for i := 1; i+1 < len(f) && f[0] == "TCP:"; i += 2 {
			if f[i] == "tw" {
				n, _ := strconv.Atoi(f[i+1])
				return n
			}
		}
	}
	return 0
}

// failedIn reports whether err is that of a system call.
func failedIn(err error, call string) bool {
	var s *os.SyscallError
	return errors.As(err, &s) && s.Syscall == call
}

// hasRoute reports whether the machine has an address of its own from which
// addr could be reached: connecting a UDP socket asks the kernel and sends nothing.
func hasRoute(addr netip.AddrPort) bool {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// socketOptions are what is set on a socket before it is bound.
type socketOptions struct {
	fastOpen bool
	lateBind bool      // choose the port in connect, where the peer is known
	reuse    bool      // share the port with connections to other peers
	ports    PortRange // zero: the kernel's
}
