package dnstest

import (
	"context"
	"net"
	"net/netip"
	"sync"
)

// Dial returns a connection in memory to the server, whatever the address: for the Dial field of system.Server. Network is
// "udp", where a write is one question and a read one response, or "tcp". No socket is involved, so delays and deadlines
// pass in the time of testing/synctest. What serves the connection ends when the caller closes it.
func (s *Server) Dial(ctx context.Context, network string, _ netip.AddrPort) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	near, far := net.Pipe()
	closed, cancel := context.WithCancel(context.Background())
	c := &memoryConn{Conn: near, closed: cancel}
	if network == "tcp" {
		go s.serveStream(closed, far)
	} else {
		go s.servePackets(closed, far)
	}
	return c, nil
}

// servePackets answers the questions on one end of a pipe, on which a write is a message, and closes it.
func (s *Server) servePackets(ctx context.Context, c net.Conn) {
	var sending sync.WaitGroup
	defer sending.Wait()
	defer c.Close()
	in := make([]byte, 4096) // a question has a few hundred octets at most
	for {
		n, err := c.Read(in)
		if err != nil {
			return
		}
		s.respond(in[:n], "udp", func(h Host, out []byte) {
			sending.Go(func() {
				if wait(ctx, h) == nil {
					c.Write(out)
				}
			})
		})
	}
}

// memoryConn is the caller's end: closing it also ends what waits to answer.
type memoryConn struct {
	net.Conn
	closed context.CancelFunc
}

// Close is net.Conn's.
func (c *memoryConn) Close() error {
	c.closed()
	return c.Conn.Close()
}
