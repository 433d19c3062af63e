package conntest_test

import (
	"context"
	"fmt"
	"io"
	"net/netip"

	"pageload/conn/conntest"
)

func ExampleNetwork() {
	network := &conntest.Network{}
	addr := netip.MustParseAddrPort("192.0.2.1:7")
	stop, err := network.Serve(addr, func(c *conntest.Conn) { io.Copy(c, c) })
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stop()

	c, err := network.Dial(context.Background(), "tcp", addr)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Fprint(c, "hello")
	c.(*conntest.Conn).CloseWrite()
	b, _ := io.ReadAll(c)
	c.Close()
	fmt.Printf("%s\n", b)

	network.SetRule(addr, conntest.Rule{Refuse: true})
	_, err = network.Dial(context.Background(), "tcp", addr)
	fmt.Println(err)
	// Output:
	// hello
	// dial tcp 192.0.2.1:7: connection refused
}
