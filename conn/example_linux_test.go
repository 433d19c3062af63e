package conn_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"pageload/conn"
	"pageload/conn/kernel"
)

// The life of a connection, as the kernel tells it.
func ExamplePool_watchClose() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	go func() { // a server that closes a moment after its client
		c, err := l.Accept()
		if err != nil {
			return
		}
		io.Copy(io.Discard, c)
		time.Sleep(50 * time.Millisecond)
		c.Close()
	}()

	var paths kernel.Paths
	defer paths.Close()
	pool := conn.Pool{WatchClose: true, Paths: &paths}
	ctx := context.Background()
	at := l.Addr().(*net.TCPAddr).AddrPort()
	lease, err := pool.Get(ctx, conn.Request{Key: conn.Key{Scheme: "http", Host: "127.0.0.1", Port: at.Port()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	lease.Release()
	pool.Close(ctx) // waits for the last state

	r, _ := pool.Record(1)
	fmt.Printf("by %s, a %s route that the %s made\n", r.Path.Route.Interface, r.Path.Route.Type, r.Path.Route.Protocol)
	for _, s := range r.OpenStates {
		who := "us"
		if s.Peer {
			who = "the peer"
		}
		fmt.Printf("%s: %v\n", who, s.State)
	}
	fmt.Printf("first FIN by %v\n", r.FirstFIN)
	last := r.CloseStates[len(r.CloseStates)-1]
	fmt.Printf("%v for %v\n", last.State, last.To.Sub(last.From).Round(10*time.Second))
	// Output:
	// by lo, a local route that the kernel made
	// us: SYN_SENT
	// the peer: SYN_RCVD
	// us: ESTABLISHED
	// first FIN by us
	// TIME_WAIT for 1m0s
}
