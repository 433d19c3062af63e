package conn_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"

	"pageload/conn"
	"pageload/conn/conntest"
	"pageload/dnscache"
)

// static is a Resolver for the examples.
type static map[string]string

func (s static) Lookup(_ context.Context, host string) (dnscache.Answer, error) {
	return dnscache.Answer{Name: host, Addrs: []dnscache.Addr{{IP: netip.MustParseAddr(s[host])}}}, nil
}

func ExamplePool() {
	network := &conntest.Network{}
	stop, _ := network.Serve(netip.MustParseAddrPort("192.0.2.1:7"), func(c *conntest.Conn) { io.Copy(c, c) })
	defer stop()

	pool := conn.Pool{Dialer: conn.Dialer{Dial: network.Dial, Resolver: static{"echo.test": "192.0.2.1"}}}
	ctx := context.Background()
	for range 2 {
		lease, err := pool.Get(ctx, conn.Request{Key: conn.Key{Scheme: "http", Host: "echo.test", Port: 7}})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Fprint(lease.Conn(), "hello")
		b := make([]byte, 5)
		io.ReadFull(lease.Conn(), b)
		fmt.Printf("%s from %v on connection %d, reused %v\n", b, lease.RemoteAddr(), lease.ID(), lease.Reused())
		lease.Release()
	}
	pool.Close(ctx)
	for _, r := range pool.Records() {
		fmt.Printf("connection %d: %v, %d requests, %d bytes sent, closed by %v\n", r.ID, r.State, r.Requests, r.Sent, r.By)
	}
	// Output:
	// hello from 192.0.2.1:7 on connection 1, reused false
	// hello from 192.0.2.1:7 on connection 1, reused true
	// connection 1: closed, 2 requests, 10 bytes sent, closed by us
}

// Requests wait without a goroutine, and the most urgent is served first.
func ExamplePool_Enqueue() {
	network := &conntest.Network{}
	stop, _ := network.Serve(netip.MustParseAddrPort("192.0.2.1:80"), func(c *conntest.Conn) { io.Copy(io.Discard, c) })
	defer stop()

	pool := conn.Pool{MaxPerHost: 1, Dialer: conn.Dialer{Dial: network.Dial}}
	ctx := context.Background()
	key := conn.Key{Scheme: "http", Host: "192.0.2.1", Port: 80}
	first, err := pool.Get(ctx, conn.Request{Key: key})
	if err != nil {
		fmt.Println(err)
		return
	}
	var tickets []*conn.Ticket
	for _, name := range []string{"image", "script", "style"} {
		r := conn.Request{Key: key, Priority: conn.Low, Trace: &conn.Trace{
			Blocked: func(reason string) { fmt.Printf("%s waits: %s\n", name, reason) },
		}}
		tickets = append(tickets, pool.Enqueue(ctx, r, func(l *conn.Lease, err error) {
			fmt.Println(name, "has its connection")
			l.Release() // which serves the next
		}))
	}
	tickets[2].SetPriority(conn.VeryHigh)
	first.Release()
	pool.Close(ctx)
	// Output:
	// image waits: 1 of 1 connections of this group busy
	// script waits: 1 of 1 connections of this group busy
	// style waits: 1 of 1 connections of this group busy
	// style has its connection
	// image has its connection
	// script has its connection
}

func ExampleDialer_DialContext() {
	network := &conntest.Network{}
	stop, _ := network.Serve(netip.MustParseAddrPort("192.0.2.1:80"), func(c *conntest.Conn) { io.WriteString(c, "hello") })
	defer stop()

	rule, err := conn.ParseConnectTo("*.test:80=192.0.2.1:80")
	if err != nil {
		fmt.Println(err)
		return
	}
	d := conn.Dialer{Dial: network.Dial, ConnectTo: []conn.ConnectTo{rule}}
	c, err := d.DialContext(context.Background(), "tcp", "www.a.test:80")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	b, _ := io.ReadAll(c)
	fmt.Printf("%s from %v\n", b, c.RemoteAddr())
	// Output: hello from 192.0.2.1:80
}

// An address policy sees what is really dialled.
func ExampleDialer_policy() {
	d := conn.Dialer{
		Resolver: static{"rebinding.test": "169.254.169.254"},
		Policy: func(a netip.AddrPort) error {
			if !a.Addr().IsGlobalUnicast() || a.Addr().IsPrivate() {
				return errors.New("not a public address")
			}
			return nil
		},
		Dial: func(context.Context, string, netip.AddrPort) (net.Conn, error) { panic("not reached") },
	}
	_, err := d.DialContext(context.Background(), "tcp", "rebinding.test:80")
	var refused *conn.PolicyError
	if errors.As(err, &refused) {
		fmt.Println(refused.Addr, refused)
	}
	// Output: 169.254.169.254:80 refused by policy: not a public address
}

func ExampleParseConnectTo() {
	for _, s := range []string{"*.test:443=127.0.0.1:8443", "example.com=127.0.0.1"} {
		c, err := conn.ParseConnectTo(s)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(c.Pattern, "to", c.Target, "matches", c.Match("www.a.test", 443))
	}
	// Output:
	// *.test:443 to 127.0.0.1:8443 matches true
	// conn: connect-to "example.com=127.0.0.1": target: no port
}
