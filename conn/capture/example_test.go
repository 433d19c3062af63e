package capture_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"pageload/conn/capture"
)

// A file that was captured is read, and the connections in it told. Its first
// SYN was lost, and a segment of the answer was held up.
func ExampleRead() {
	f, err := os.Open("testdata/lost-syn.pcapng")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	file, err := capture.Read(f)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range file.Ladders() {
		for _, s := range l.Opening() {
			fmt.Println(s)
		}
		fmt.Println(l.RoundTrip().Round(time.Millisecond))
		l.Text(os.Stdout, 80)
	}
	// Output:
	// SYN seq 25008452, window 64240, mss 1460, window scale 10, sack, timestamps
	// SYN seq 25008452, window 64240, mss 1460, window scale 10, sack, timestamps [retransmitted]
	// SYN+ACK seq 3665644866, ack 25008453 = the SYN's seq + 1, window 65160, mss 1460, window scale 10, sack, timestamps
	// ACK seq 25008453, ack 3665644867 = the SYN's seq + 1
	// 50ms
	//              192.0.2.1:42142                                 b.test 192.0.2.2:80
	//              02:00:00:00:00:01                                 02:00:00:00:00:02
	//   -50.169 ms │── ARP who has 192.0.2.2? tell 192.0.2.1 (broadcast, type ──────▶│
	//              │   0x0806)                                                       │
	//    -0.021 ms │◀─ ARP 192.0.2.2 is at 02:00:00:00:00:02 (unicast, type ─────────│
	//              │   0x0806)                                                       │
	//     0.000 ms │── SYN seq 25008452, window 64240, mss 1460, window scale 10, ──▶│
	//              │   sack, timestamps                                              │
	//   959.948 ms │── SYN seq 25008452, window 64240, mss 1460, window scale 10, ──▶│
	//              │   sack, timestamps [retransmitted]                              │
	//  1010.319 ms │◀─ SYN+ACK seq 3665644866, ack 25008453 = the SYN's seq + 1, ────│
	//              │   window 65160, mss 1460, window scale 10, sack, timestamps     │
	//  1010.385 ms │── ACK seq 25008453, ack 3665644867 = the SYN's seq + 1 ────────▶│
	//  1035.929 ms │── data 1-51 (51) ack 1 ────────────────────────────────────────▶│
	//  1086.194 ms │◀─ ACK ack 52 ───────────────────────────────────────────────────│
	//  1086.232 ms │◀─ data 1449-2060 (612) ack 52 [1448 bytes before it not seen] ──│
	//  1086.251 ms │── duplicate ACK ack 1 ─────────────────────────────────────────▶│
	//  1086.277 ms │◀─ FIN+ACK seq 2061 ack 52 ──────────────────────────────────────│
	//  1086.281 ms │── duplicate ACK ack 1 ─────────────────────────────────────────▶│
	//  1091.268 ms │◀─ data 1-1448 (1448) ack 52 [out of order] ─────────────────────│
	//  1091.306 ms │── ACK ack 2062 = the FIN's seq + 1 ────────────────────────────▶│
	//  1091.421 ms │── FIN+ACK seq 52 ack 2062 ─────────────────────────────────────▶│
	//  1141.867 ms │◀─ ACK ack 53 = the FIN's seq + 1 ───────────────────────────────│
}

// A program captures a connection of its own.
func ExampleStart() {
	file, err := os.Create("example.pcapng")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	c, err := capture.Start(capture.Options{Writer: file})
	if err != nil {
		fmt.Println(err) // without the privilege: one line that says what is needed
		return
	}
	defer c.Close()
	conn, err := net.Dial("tcp", "example.com:80")
	if err != nil {
		fmt.Println(err)
		return
	}
	local, remote := conn.LocalAddr().(*net.TCPAddr).AddrPort(), conn.RemoteAddr().(*net.TCPAddr).AddrPort()
	c.Follow(local, remote, "example.com")
	fmt.Fprint(conn, "HEAD / HTTP/1.0\r\nHost: example.com\r\n\r\n")
	conn.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	c.Settle(ctx)
	fmt.Print(c.Ladder(local, remote))
}
