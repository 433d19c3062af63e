package throttle_test

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"time"

	"pageload/conn/conntest"
	"pageload/conn/throttle"
)

// A small page over Slow 4G: a round trip for the connect, one for the
// exchange, and the time of the bytes.
func ExampleLink_Dial() {
	network := &conntest.Network{}
	addr := netip.MustParseAddrPort("192.0.2.1:80")
	stop, err := network.Serve(addr, func(c *conntest.Conn) {
		io.ReadFull(c, make([]byte, 100))
		c.Write(make([]byte, 9_000))
		c.CloseWrite()
		io.Copy(io.Discard, c)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stop()

	link, ok := throttle.Preset("Slow 4G")
	if !ok {
		fmt.Println("no such preset; there are", throttle.Names())
		return
	}
	start := time.Now()
	c, err := link.Dial(network.Dial)(context.Background(), "tcp", addr)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	c.Write(make([]byte, 100))
	b, _ := io.ReadAll(c)
	fmt.Println(len(b), "bytes, at least 350ms:", time.Since(start) >= 350*time.Millisecond)
	// Output:
	// 9000 bytes, at least 350ms: true
}

func ExamplePreset() {
	link, _ := throttle.Preset("Slow 3G")
	fmt.Println(link.Latency, link.Down, link.Up)
	// Output:
	// 400ms 400000 400000
}
