// Package capture records what the wire saw of a program's own connections.
//
// A [Capture] listens to the network through a packet socket of Linux, without
// libpcap. It keeps the packets of the connections that it is told to follow, and
// the ARP and NDP messages for their next hop, and nothing of others. They become
//
//   - a pcapng file with the names of hosts, the secrets of TLS and comments, so
//     that Wireshark opens and decrypts it;
//   - for each connection a [Ladder]: the segments of the handshake, the data and
//     the close, each with its time, numbers and what was unusual about it.
//
// Listening takes the privilege CAP_NET_RAW; without it [Start] returns a
// [*PrivilegeError], which says so in one line:
//
//	c, err := capture.Start(capture.Options{Writer: file})
//	if err != nil {
//		return err
//	}
//	conn, err := net.Dial("tcp", "example.com:80")
//	…
//	c.Follow(local, remote, "example.com") // the addresses of conn
//	…
//	conn.Close()
//	c.Settle(ctx) // until the last segment of the close was seen
//	fmt.Print(c.Ladder(local, remote))
//	err = c.Close()
//
// The addresses of a connection are known when it is open, and its first
// segments have been seen by then: packets of new connections are held for a
// while (Options.Hold) for that reason.
//
// What is seen is what the kernel hands to the network card, or has got from
// it. Where the card cuts and joins segments, that is more than fits on the
// wire; such segments are labelled. On loopback each packet passes the kernel
// twice and is kept once.
//
// For the kernel's own view of a connection, which takes no privilege, see
// package conn/kernel.
package capture
