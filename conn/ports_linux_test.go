package conn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"pageload/conn/conntest"
)

// dialTo connects and has the connection closed with a RST at the end, so
// that no TIME_WAIT stays.
func dialTo(t *testing.T, d *Dialer, a netip.AddrPort) (net.Conn, error) {
	t.Helper()
	c, err := d.DialContext(ctxBg, "tcp", a.String())
	if err == nil {
		t.Cleanup(func() { abort(c) })
	}
	return c, err
}

func localPort(c net.Conn) uint16 { return localAddr(c).Port() }

// freeRange returns n ports in a row that nobody uses now.
func freeRange(t *testing.T, first, n int) PortRange {
	t.Helper()
	for ; first+n < 65536; first += n {
		free := true
		for p := first; p < first+n; p++ {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p))
			if err != nil {
				free = false
				break
			}
			l.Close()
		}
		if free {
			return PortRange{uint16(first), uint16(first + n - 1)}
		}
	}
	t.Fatal("no free ports")
	return PortRange{}
}

// The kernel gives ports of its own range to all sockets of the machine, so
// that two of them are ours for sure only in a namespace of the test's own.
func TestLocalPorts(t *testing.T) {
	if os.Getuid() != 0 {
		localPorts(t, map[string]PortRange{"outside of the kernel's": freeRange(t, 2000, 2)})
		return
	}
	inNamespace(t, map[string]string{"ipv4/ip_local_port_range": "32768 60999"}, func(t *testing.T) {
		localPorts(t, map[string]PortRange{"inside the kernel's": {40000, 40001}, "outside of the kernel's": {2000, 2001}})
	})
}

// localPorts connects from each of the ranges, of two ports, all on this
// goroutine, whose thread may be the only one in its namespace.
func localPorts(t *testing.T, ranges map[string]PortRange) {
	kernel := kernelRange()
	c, err := (&Dialer{}).DialContext(ctxBg, "tcp", listensOutside(t, "127.0.0.1", 3000).String())
	if err != nil || localPort(c) < kernel.First || localPort(c) > kernel.Last {
		t.Fatalf("%v, %v, want a port of %v", c, err, kernel)
	}
	abort(c)
	a, b := listensOutside(t, "127.0.0.1", 3100), listensOutside(t, "127.0.0.1", 3200)
	for name, ports := range ranges {
		for _, local := range []netip.Addr{{}, netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.77")} {
			fromPorts(t, fmt.Sprint(name, " from ", local), &Dialer{PortRange: ports, LocalAddr: local}, a, b)
		}
	}
	if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
		t.Logf("this machine has no ::1: %v", err)
		return
	} else {
		l.Close()
	}
	a, b = listensOutside(t, "::1", 3300), listensOutside(t, "::1", 3400)
	for name, ports := range ranges {
		fromPorts(t, name+", IPv6", &Dialer{PortRange: ports}, a, b)
	}
}

// listensOutside listens at the first free port from first on.
func listensOutside(t *testing.T, host string, first int) netip.AddrPort {
	t.Helper()
	for port := first; port < first+100; port++ {
		l, err := net.Listen("tcp", net.JoinHostPort(host, fmt.Sprint(port)))
		if err == nil { // the kernel accepts
			t.Cleanup(func() { l.Close() })
			return l.Addr().(*net.TCPAddr).AddrPort()
		}
	}
	t.Fatal("no free port to listen at")
	return netip.AddrPort{}
}

// fromPorts uses up the two ports of d towards a; they serve for b too.
func fromPorts(t *testing.T, name string, d *Dialer, a, b netip.AddrPort) {
	ports, used := d.PortRange, map[uint16]bool{}
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			abort(c)
		}
	}()
	for range 2 {
		c, err := d.DialContext(ctxBg, "tcp", a.String())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		conns = append(conns, c)
		if p := localPort(c); p < ports.First || p > ports.Last || used[p] {
			t.Errorf("%s: port %d, want another of %v", name, p, ports)
		}
		used[localPort(c)] = true
		if d.LocalAddr.IsValid() && localAddr(c).Addr() != d.LocalAddr {
			t.Errorf("%s: from %v, want %v", name, c.LocalAddr(), d.LocalAddr)
		}
	}
	_, err := d.DialContext(ctxBg, "tcp", a.String())
	var pe *PortError
	if !errors.As(err, &pe) || !errors.Is(err, syscall.EADDRNOTAVAIL) || pe.Range != ports || pe.Limit != "Dialer.PortRange" || pe.Remote != a {
		t.Errorf("%s: third connection: %v, want a PortError", name, err)
		return
	}
	if want := fmt.Sprintf("is free for %v: Dialer.PortRange is %v", a, ports); !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), ": cannot assign requested address") {
		t.Errorf("%s: error %q, want %q", name, err, want)
	}
	for range 2 { // the same ports serve for another peer
		c, err := d.DialContext(ctxBg, "tcp", b.String())
		if err != nil {
			t.Errorf("%s: to another peer: %v", name, err)
			return
		}
		conns = append(conns, c)
	}
}

func TestLocalAddrErrors(t *testing.T) {
	a := listening(t)
	tests := []struct {
		name string
		d    Dialer
		want string
		is   error
	}{
		{"of nobody", Dialer{LocalAddr: netip.MustParseAddr("192.0.2.1")}, "Dialer.LocalAddr 192.0.2.1 is no address of this machine", syscall.EADDRNOTAVAIL},
		{"of nobody, with a range", Dialer{LocalAddr: netip.MustParseAddr("192.0.2.1"), PortRange: PortRange{2000, 2010}}, "Dialer.LocalAddr 192.0.2.1 is no address of this machine", syscall.EADDRNOTAVAIL},
		{"of the other family", Dialer{LocalAddr: netip.MustParseAddr("::1")}, "Dialer.LocalAddr ::1 is of the other family", nil},
		{"range too low", Dialer{PortRange: PortRange{80, 90}}, "Dialer.PortRange 80-90 is not a range within 1024-65535", nil},
		{"range upside down", Dialer{PortRange: PortRange{3000, 2000}}, "not a range", nil},
	}
	for i := range tests {
		test := &tests[i]
		_, err := dialTo(t, &test.d, a)
		var de *DialError
		if !errors.As(err, &de) || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// option reads a socket option of a connection.
func option(t *testing.T, c net.Conn, level, name int) int {
	t.Helper()
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	v, err := 0, error(nil)
	if cerr := raw.Control(func(fd uintptr) { v, err = unix.GetsockoptInt(int(fd), level, name) }); cerr != nil || err != nil {
		t.Fatal(cerr, err)
	}
	return v
}

func TestSocketOptions(t *testing.T) {
	a := listening(t)
	tests := []struct {
		name                          string
		d                             Dialer
		keepAlive, idle, fast, noPort int
	}{
		{"default", Dialer{}, 1, 45, 0, 0},
		{"no keep-alive", Dialer{KeepAlive: -1}, 0, -1, 0, 0},
		{"own keep-alive", Dialer{KeepAlive: 10 * time.Second}, 1, 10, 0, 0},
		{"fast open", Dialer{FastOpen: true}, 1, 45, 1, 0},
		{"local address", Dialer{LocalAddr: netip.MustParseAddr("127.0.0.1")}, 1, 45, 0, 1},
	}
	for i := range tests {
		test := &tests[i]
		c, err := dialTo(t, &test.d, a)
		if err != nil {
			t.Fatal(err)
		}
		got := []int{
			option(t, c, unix.IPPROTO_TCP, unix.TCP_NODELAY), option(t, c, unix.SOL_SOCKET, unix.SO_KEEPALIVE), test.idle,
			option(t, c, unix.IPPROTO_TCP, unix.TCP_FASTOPEN_CONNECT), option(t, c, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT),
		}
		if test.idle > 0 {
			got[2] = option(t, c, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE)
		}
		if want := []int{1, test.keepAlive, test.idle, test.fast, test.noPort}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: TCP_NODELAY, SO_KEEPALIVE, TCP_KEEPIDLE, TCP_FASTOPEN_CONNECT, IP_BIND_ADDRESS_NO_PORT are %v, want %v", test.name, got, want)
		}
	}
}

// inNamespace runs f on a thread with a network namespace of its own, with lo
// up and sysctls set in it. It takes root.
func inNamespace(t *testing.T, sysctls map[string]string, f func(t *testing.T)) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("a network namespace takes root")
	}
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err := newNamespace(sysctls)
		defer func() { done <- err }() // also where f ends the goroutine
		if err == nil {
			f(t)
		}
	}()
	if err := <-done; err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no network namespace: %v", err)
		}
		t.Skipf("no network namespace: %v", err)
	}
}

func newNamespace(sysctls map[string]string) error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return os.NewSyscallError("unshare", err)
	}
	if err := conntest.LoopbackUp(); err != nil {
		return err
	}
	for name, value := range sysctls {
		// /proc/sys/net is that of the thread that opens it.
		if err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0); err != nil {
			return err
		}
	}
	return nil
}

// Where the kernel's ports to one peer are used up, the error says which limit
// it was; where there is no address to connect from, it is not about ports.
func TestKernelPortsUsedUp(t *testing.T) {
	inNamespace(t, map[string]string{"ipv4/ip_local_port_range": "40000 40001", "ipv6/conf/lo/disable_ipv6": "1"}, func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:80")
		if err != nil {
			t.Error(err)
			return
		}
		defer l.Close()
		a := netip.MustParseAddrPort("127.0.0.1:80")
		for range 2 {
			if _, err := dialTo(t, &Dialer{}, a); err != nil {
				t.Error(err)
			}
		}
		_, err = dialTo(t, &Dialer{}, a)
		var pe *PortError
		want := "no local port is free for 127.0.0.1:80: net.ipv4.ip_local_port_range is 40000-40001: cannot assign requested address"
		if !errors.As(err, &pe) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		_, err = dialTo(t, &Dialer{}, netip.MustParseAddrPort("[::1]:80"))
		if !errors.Is(err, syscall.EADDRNOTAVAIL) || errors.As(err, &pe) {
			t.Errorf("without IPv6: %v, want EADDRNOTAVAIL and nothing about ports", err)
		}
	})
}

// Fresh connections that we close first use the ports up for a minute: the
// error says how many are in TIME_WAIT. (On loopback the kernel would let some
// of them be used again after a second: tcp_tw_reuse.)
func TestTimeWaitUsesPortsUp(t *testing.T) {
	inNamespace(t, map[string]string{"ipv4/ip_local_port_range": "40000 40009", "ipv4/tcp_tw_reuse": "0"}, func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:80")
		if err != nil {
			t.Error(err)
			return
		}
		defer l.Close()
		var last error
		for made := 0; made < 100 && last == nil; made++ {
			c, err := (&Dialer{}).DialContext(ctxBg, "tcp", "127.0.0.1:80")
			if last = err; err != nil {
				if made < 9 {
					t.Errorf("only %d connections were made", made)
				}
				break
			}
			s, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			c.Close() // first: the end that does keeps the port
			s.Read(make([]byte, 1))
			s.Close()
		}
		var pe *PortError
		want := ": net.ipv4.ip_local_port_range is 40000-40009, and 10 connections are in TIME_WAIT: cannot assign requested address"
		if !errors.As(last, &pe) || pe.TimeWait != 10 || !strings.Contains(last.Error(), want) {
			t.Errorf("error %v, want %q", last, want)
		}
	})
}

// With FastOpen the second connection carries its first data in the SYN.
func TestFastOpen(t *testing.T) {
	inNamespace(t, map[string]string{"ipv4/tcp_fastopen": "3"}, func(t *testing.T) {
		lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
			var err error
			c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_FASTOPEN, 16) })
			return err
		}}
		l, err := lc.Listen(ctxBg, "tcp", "127.0.0.1:80")
		if err != nil {
			t.Error(err)
			return
		}
		defer l.Close()
		got := make(chan string)
		go func() {
			for range 2 {
				c, err := l.Accept()
				if err != nil {
					return
				}
				b := make([]byte, 5)
				c.Read(b)
				c.Write(b)
				c.Close()
				got <- string(b)
			}
		}()
		const synData = 32 // TCPI_OPT_SYN_DATA
		for i, want := range []bool{false, true} {
			c, err := (&Dialer{FastOpen: true}).DialContext(ctxBg, "tcp", "127.0.0.1:80")
			if err != nil {
				t.Error(err)
				return
			}
			c.Write([]byte("hello"))
			c.SetReadDeadline(time.Now().Add(10 * time.Second))
			c.Read(make([]byte, 5))
			raw, _ := c.(syscall.Conn).SyscallConn()
			raw.Control(func(fd uintptr) {
				info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
				if has := err == nil && info.Options&synData != 0; has != want {
					t.Errorf("connection %d: data in the SYN acknowledged: %v (%v), want %v", i+1, has, err, want)
				}
			})
			if s := <-got; s != "hello" {
				t.Errorf("the server read %q", s)
			}
			c.Close()
		}
	})
}
