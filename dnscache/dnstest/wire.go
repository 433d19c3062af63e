package dnstest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"

	"github.com/miekg/dns"
)

// handler answers one message of a client. It takes as long as the answer is to take, or until ctx ends, and calls send for
// each message that goes back.
type handler func(ctx context.Context, network string, in []byte, send func(out []byte))

// wire carries messages between clients and a handler: over UDP and TCP sockets between start and close, and in memory.
// The zero value is ready.
type wire struct {
	mu     sync.Mutex
	udp    *net.UDPConn
	tcp    net.Listener
	conns  map[net.Conn]bool // open TCP connections; nil before start and after close
	stop   context.CancelFunc
	served sync.WaitGroup // every goroutine since start
}

var errStarted = errors.New("dnstest: server is started already")

// start begins to serve on an address; the zero one is 127.0.0.1 and a free port, the same for UDP and TCP.
func (w *wire) start(at netip.AddrPort, h handler) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.udp != nil {
		return errStarted
	}
	if err := w.listenLocked(at); err != nil {
		return fmt.Errorf("dnstest: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.stop, w.conns = cancel, make(map[net.Conn]bool)
	udp, tcp := w.udp, w.tcp
	w.served.Go(func() { w.serveUDP(ctx, udp, h) })
	w.served.Go(func() { w.acceptTCP(ctx, tcp, h) })
	return nil
}

// listenLocked takes a port for TCP and the same for UDP; a free one of the first may be taken in the second, so it tries
// again. TCP comes first because it is scarcer: connections in TIME_WAIT hold ports of it.
func (w *wire) listenLocked(at netip.AddrPort) error {
	if !at.IsValid() {
		at = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)
	}
	var err error
	for range 10 {
		var tcp net.Listener
		if tcp, err = net.Listen("tcp", at.String()); err != nil {
			return err
		}
		var udp *net.UDPConn
		if udp, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(tcp.Addr().(*net.TCPAddr).AddrPort())); err == nil {
			w.udp, w.tcp = udp, tcp
			return nil
		}
		tcp.Close()
		if at.Port() != 0 {
			return err
		}
	}
	return err
}

// addr returns the address served on, and the zero value where nothing is.
func (w *wire) addr() netip.AddrPort {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.udp == nil {
		return netip.AddrPort{}
	}
	return w.udp.LocalAddr().(*net.UDPAddr).AddrPort()
}

// close ends what start began, and returns when all goroutines have ended.
func (w *wire) close() error {
	w.mu.Lock()
	if w.udp == nil {
		w.mu.Unlock()
		return nil
	}
	w.stop()
	err := errors.Join(w.udp.Close(), w.tcp.Close())
	for c := range w.conns {
		c.Close()
	}
	w.udp, w.tcp, w.conns = nil, nil, nil
	w.mu.Unlock()
	w.served.Wait()
	return err
}

func (w *wire) serveUDP(ctx context.Context, udp *net.UDPConn, h handler) {
	in := make([]byte, dns.MaxMsgSize)
	for {
		n, from, err := udp.ReadFromUDPAddrPort(in)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			continue // an ICMP error for an earlier answer
		}
		question := append([]byte(nil), in[:n]...)
		w.served.Go(func() {
			h(ctx, "udp", question, func(out []byte) { udp.WriteToUDPAddrPort(out, from) })
		})
	}
}

func (w *wire) acceptTCP(ctx context.Context, tcp net.Listener, h handler) {
	for {
		c, err := tcp.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		if w.conns == nil {
			c.Close()
		} else {
			w.conns[c] = true
			w.served.Go(func() {
				serveStream(ctx, c, h)
				w.mu.Lock()
				delete(w.conns, c)
				w.mu.Unlock()
			})
		}
		w.mu.Unlock()
	}
}

// serveStream answers the questions on one TCP connection, in their order, and closes it.
func serveStream(ctx context.Context, c net.Conn, h handler) {
	defer c.Close()
	for {
		var length [2]byte
		if _, err := io.ReadFull(c, length[:]); err != nil {
			return
		}
		in := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(c, in); err != nil {
			return
		}
		h(ctx, "tcp", in, func(out []byte) {
			framed := binary.BigEndian.AppendUint16(nil, uint16(len(out)))
			c.Write(append(framed, out...))
		})
	}
}

// dialMemory returns a connection in memory to a handler. What serves it ends when the caller closes it.
func dialMemory(ctx context.Context, network string, h handler) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	near, far := net.Pipe()
	closed, cancel := context.WithCancel(context.Background())
	c := &memoryConn{Conn: near, closed: cancel}
	if network == "tcp" {
		go serveStream(closed, far, h)
	} else {
		go servePackets(closed, far, h)
	}
	return c, nil
}

// servePackets answers the questions on one end of a pipe, on which a write is a message, and closes it.
func servePackets(ctx context.Context, c net.Conn, h handler) {
	var sending sync.WaitGroup
	defer sending.Wait()
	defer c.Close()
	in := make([]byte, 4096) // a question has a few hundred octets at most
	for {
		n, err := c.Read(in)
		if err != nil {
			return
		}
		question := append([]byte(nil), in[:n]...)
		sending.Go(func() { h(ctx, "udp", question, func(out []byte) { c.Write(out) }) })
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
