package conn

import (
	"errors"
	"io"
	"net"
	"syscall"
	"time"
)

// A transport is the TCP connection under a TLS connection. While an idle
// connection is looked at, its reads do not wait: TLS 1.3 session tickets that
// lie there unread are taken in, and then there is nothing.
type transport struct {
	net.Conn
	probe   *probe
	probing bool
	ahead   *readAhead // nil: reads go to Conn
	now     bool       // reads take what is held by ahead only
	meter   *Handshake // counts a handshake; nil: there is none
}

func newTransport(c net.Conn) *transport {
	return &transport{Conn: c, probe: newProbe(c), ahead: newReadAhead(c)}
}

// NetConn returns the connection below.
func (t *transport) NetConn() net.Conn { return t.Conn }

// SyscallConn gives access to the socket, if the connection below has one.
func (t *transport) SyscallConn() (syscall.RawConn, error) {
	if sc, ok := t.Conn.(syscall.Conn); ok {
		return sc.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

func (t *transport) Read(p []byte) (n int, err error) {
	switch {
	case t.ahead == nil && t.now, t.ahead != nil && t.now && len(t.ahead.held()) == 0:
		return 0, errNothing
	case t.probing && len(t.ahead.held()) == 0:
		return t.probe.read(p)
	case t.ahead != nil:
		n, err = t.ahead.Read(p)
	default:
		n, err = t.Conn.Read(p)
	}
	if t.meter != nil {
		t.meter.read(n)
	}
	return n, err
}

// ReadAhead reads from c, the TLS connection over t, without asking the network: 0
// and nil are that no whole record has come with the last one.
func (t *transport) ReadAhead(c net.Conn, p []byte) (int, error) {
	if !t.ahead.whole() {
		return 0, nil
	}
	t.now = true
	n, err := c.Read(p)
	t.now = false
	if errors.Is(err, errNothing) {
		err = nil
	}
	return n, err
}

func (t *transport) Write(p []byte) (int, error) {
	n, err := t.Conn.Write(p)
	if t.meter != nil {
		t.meter.write(n)
	}
	return n, err
}

// errNothing is the error of a read that would have to wait. It is temporary,
// so crypto/tls goes on where it was at the next read.
var errNothing net.Error = nothingError{}

type nothingError struct{}

func (nothingError) Error() string   { return "nothing to read" }
func (nothingError) Timeout() bool   { return true }
func (nothingError) Temporary() bool { return true }

// A ReadyReader is a connection that can say what a read would return now;
// sockets need not be one. In-memory connections and wrappers should be, so
// that the pool sees when the peer closed them while they were idle.
type ReadyReader interface {
	// ReadReady returns the number of bytes that can be read without waiting,
	// or the error that a read would return, such as io.EOF; 0 and nil if a
	// read would wait.
	ReadReady() (int, error)
}

// A probe looks at an idle connection without waiting. One goroutine at a time.
type probe struct {
	c      net.Conn
	ready  ReadyReader // nil: c is none
	socket *socket     // nil: c has none, or this system cannot look at it
}

func newProbe(c net.Conn) *probe {
	p := &probe{c: c}
	if r, ok := c.(ReadyReader); ok {
		p.ready = r
	} else {
		p.socket = newSocket(c)
	}
	return p
}

// look returns what a read would, without taking anything: a number of bytes
// (of which only zero or not counts), or an error. known is false where this
// connection can only be read.
func (p *probe) look() (n int, err error, known bool) {
	switch {
	case p.ready != nil:
		n, err = p.ready.ReadReady()
	case p.socket != nil:
		n, err = p.socket.peek()
	default:
		return 0, nil, false
	}
	return n, err, true
}

// read reads without waiting; errNothing where it would have to.
func (p *probe) read(b []byte) (int, error) {
	switch n, err, known := p.look(); {
	case known && err != nil:
		return 0, err
	case known && n == 0:
		return 0, errNothing
	case known:
		return p.c.Read(b)
	}
	if err := p.c.SetReadDeadline(time.Unix(1, 0)); err != nil {
		return 0, err
	}
	n, err := p.c.Read(b)
	if isTimeout(err) {
		err = errNothing
	}
	if rerr := p.c.SetReadDeadline(time.Time{}); err == nil && n == 0 {
		err = rerr
	}
	return n, err
}

// errUnasked is why a connection is closed on which the peer sent something
// while nobody had asked.
var errUnasked = errors.New("data that nobody asked for")

// stale looks at an idle connection and returns why it cannot be used, or nil.
// t is nil without TLS.
func (p *probe) stale(c net.Conn, t *transport) error {
	n, err, known := p.look()
	switch {
	case err != nil:
		return err
	case known && n == 0 && (t == nil || len(t.ahead.held()) == 0):
		return nil
	case t == nil && known:
		return errUnasked
	}
	var b [1]byte
	if t == nil {
		n, err = p.read(b[:])
	} else {
		t.probing = true
		n, err = c.Read(b[:])
		t.probing = false
	}
	switch {
	case n > 0:
		return errUnasked
	case err == nil || errors.Is(err, errNothing):
		return nil
	}
	return err
}

// isClosedByPeer reports whether err says that the peer closed or reset.
func isClosedByPeer(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED)
}
