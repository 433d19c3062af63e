package conntest

import (
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// A Conn is one end of a connection of a Network. It is a net.Conn, and safe
// for concurrent use as one.
type Conn struct {
	network       *Network
	local, remote netip.AddrPort
	in, out       *flow
	sent, got     atomic.Int64
}

// pipe makes the two ends of a connection.
func (n *Network) pipe(client, server netip.AddrPort, latency time.Duration) (*Conn, *Conn) {
	window := n.Window
	if window == 0 {
		window = 64 << 10
	}
	up, down := newFlow(window, latency), newFlow(window, latency)
	c := &Conn{network: n, local: client, remote: server, in: down, out: up}
	s := &Conn{network: n, local: server, remote: client, in: up, out: down}
	n.mu.Lock()
	if n.open == nil {
		n.open = make(map[*Conn]struct{})
	}
	n.open[c], n.open[s] = struct{}{}, struct{}{}
	n.mu.Unlock()
	return c, s
}

// Read reads what has arrived, waiting for it if nothing has.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	c.got.Add(int64(n))
	return n, c.wrap("read", err)
}

// Write sends p. It waits where the window is full.
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	c.sent.Add(int64(n))
	if at := c.out.refused(); !at.IsZero() {
		c.in.reset(max(0, time.Until(at))) // the same RST ends reading
	}
	return n, c.wrap("write", err)
}

// CloseWrite sends the end of data (FIN); reading goes on.
func (c *Conn) CloseWrite() error {
	return c.wrap("close", c.out.end())
}

// Close closes both directions. As with a kernel, what was written before
// arrives, but where data lies unread the peer gets a reset, and so it does
// when it sends more.
func (c *Conn) Close() error {
	if !c.forget() {
		return c.wrap("close", net.ErrClosed)
	}
	lost, coming := c.in.closeRead(false)
	switch {
	case lost:
		c.out.reset(c.out.latency)
	case coming:
		c.out.end()
		c.out.reset(2 * c.out.latency)
	default:
		c.out.end()
	}
	c.out.closeWrite()
	return nil
}

// Reset closes the connection with a RST: once it arrives, the peer's reads
// and writes fail with ECONNRESET.
func (c *Conn) Reset() {
	if c.forget() {
		c.in.closeRead(true)
		c.out.reset(c.out.latency)
		c.out.closeWrite()
	}
}

// forget reports whether c was open.
func (c *Conn) forget() bool {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	_, ok := c.network.open[c]
	delete(c.network.open, c)
	return ok
}

// LocalAddr returns this end's address as a *net.TCPAddr.
func (c *Conn) LocalAddr() net.Addr { return net.TCPAddrFromAddrPort(c.local) }

// RemoteAddr returns the other end's address as a *net.TCPAddr.
func (c *Conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	c.in.setReadDeadline(t)
	c.out.setWriteDeadline(t)
	return nil
}

// SetReadDeadline makes reads fail with os.ErrDeadlineExceeded from t on. Zero
// takes the deadline away.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.in.setReadDeadline(t)
	return nil
}

// SetWriteDeadline makes writes fail with os.ErrDeadlineExceeded from t on.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.out.setWriteDeadline(t)
	return nil
}

// ReadReady returns how many bytes a Read would return without waiting, or
// the error that it would return; 0 and nil if it would wait. A pool of
// package conn asks it of idle connections.
func (c *Conn) ReadReady() (int, error) { return c.in.ready() }

// Transferred returns the bytes that were written and read.
func (c *Conn) Transferred() (sent, received int64) { return c.sent.Load(), c.got.Load() }

func (c *Conn) wrap(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{
		Op: op, Net: "tcp", Err: err,
		Source: net.TCPAddrFromAddrPort(c.local), Addr: net.TCPAddrFromAddrPort(c.remote),
	}
}
