package conn

import (
	"errors"
	"fmt"
	"io"

	"pageload/conn/kernel"
)

// errHalfClosed is why a connection is closed whose holder has called
// Lease.CloseWrite.
var errHalfClosed = errors.New("its holder has ended what we send")

// CloseWrite ends what we send: with TLS a close_notify goes first, then our
// FIN. What the peer sends can be read on, to its end. The connection serves no
// other request: Release closes it. The error wraps errors.ErrUnsupported where
// the connection cannot do it, or is shared.
func (l *Lease) CloseWrite() error {
	c := l.c
	if c.session != nil {
		return fmt.Errorf("conn: close write: the connection is shared: %w", errors.ErrUnsupported)
	}
	first := c.peerFirst(kernel.CloseWait)
	// crypto/tls's CloseWrite only says goodbye; the FIN is left to the
	// connection below. Others' may do both.
	said := false
	if c.trans != nil {
		t, ok := c.conn.(interface{ CloseWrite() error })
		if ok {
			if err := t.CloseWrite(); err != nil {
				return fmt.Errorf("conn: close write: %w", err)
			}
		}
		said = ok
	}
	if cw, ok := halfCloser(c); ok {
		if err := cw.CloseWrite(); err != nil {
			return fmt.Errorf("conn: close write: %w", err)
		}
	} else if !said {
		return fmt.Errorf("conn: close write: %w", errors.ErrUnsupported)
	}
	if first == ByUs {
		first = c.peerFirst(kernel.LastAck)
	}
	p := c.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.held {
		c.firstFIN = first
		p.retire(c, errHalfClosed)
	}
	return nil
}

// halfCloser returns the outermost of the connections below TLS that can send
// a FIN.
func halfCloser(c *connection) (interface{ CloseWrite() error }, bool) {
	if cw, ok := c.raw.(interface{ CloseWrite() error }); ok {
		return cw, true
	}
	cw, ok := c.tcp.(interface{ CloseWrite() error })
	return cw, ok
}

// peerFirst returns ByPeer if the connection is in the state, which only the
// peer's FIN leads to, else ByUs.
func (c *connection) peerFirst(state kernel.State) Closer {
	if s := socketOf(c.tcp); s != nil {
		var i kernel.Info
		if s.Info(&i) == nil && i.State == state {
			return ByPeer
		}
	}
	return ByUs
}

// PeerClosed reports whether the peer has ended what it sends, so that reading
// will come to an end, now or after what lies there unread. It can still be
// written to, where its protocol allows that. It is false where this cannot be
// known without reading: on connections that are neither Linux's sockets nor a
// [ReadyReader].
func (l *Lease) PeerClosed() bool {
	if s := socketOf(l.c.tcp); s != nil {
		var i kernel.Info
		if s.Info(&i) == nil {
			return i.State == kernel.CloseWait || i.State == kernel.LastAck || i.State == kernel.Closing || i.State == kernel.Closed
		}
	}
	_, err, known := l.c.probe.look()
	return known && err == io.EOF
}
