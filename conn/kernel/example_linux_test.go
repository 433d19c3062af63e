package kernel_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"pageload/conn/kernel"
)

func ExampleRead() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		fmt.Println(err)
		return
	}
	info, err := kernel.Read(raw)
	fmt.Println(info.State, info.RTT > 0, info.Retransmits, err)
	// Output: ESTABLISHED true 0 <nil>
}

func ExamplePaths() {
	var paths kernel.Paths
	defer paths.Close()
	p, err := paths.Lookup(context.Background(), netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Route.Type, p.Route.Interface, p.Route.Protocol, p.Route.OnLink)
	// Output: local lo kernel true
}

func ExampleDiag() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	var d kernel.Diag
	defer d.Close()
	s, err := d.Lookup(c.LocalAddr().(*net.TCPAddr).AddrPort(), c.RemoteAddr().(*net.TCPAddr).AddrPort(), 0)
	fmt.Println(s.State, err)
	// Output: ESTABLISHED <nil>
}
