package exchange

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/miekg/dns"
)

const (
	// maxDatagram is the room for a response over UDP. Servers keep to the size that the question states (EDNSSize); one
	// that sends more than this is cut, so not understood, so ignored.
	maxDatagram = 4096

	// maxStray is how many datagrams that are no response to the question are passed over. A forger needs some ten
	// thousand to guess an ID; strays by accident are one or two.
	maxStray = 256

	defaultIdle    = 10 * time.Second // as long as large public servers keep them
	defaultMaxIdle = 2                // one for each family of a name
)

// overUDP waits for the response among whatever else comes (RFC 5452 section 9).
func (c *Client) overUDP(ctx context.Context, to To, q Question, out []byte) (*dns.Msg, error) {
	conn, err := c.dial(ctx, "udp", to.Addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer during(ctx, conn)()
	if _, err := conn.Write(out); err != nil {
		return nil, err
	}
	in := make([]byte, maxDatagram)
	for range maxStray {
		n, err := conn.Read(in)
		if err != nil {
			return nil, err
		}
		if m := q.accept(in[:n]); m != nil {
			return m, nil
		}
	}
	return nil, ErrFlood
}

// stream is a connection over TCP or TLS on which one question is asked at a time.
type stream struct {
	net.Conn
	spent bool        // not to be kept
	close *time.Timer // while it is idle: ends it
}

type idleKey struct {
	addr netip.AddrPort
	tls  *tls.Config
}

// overStream asks over a connection that is kept, or else a new one.
func (c *Client) overStream(ctx context.Context, r *Result, to To, out []byte) (*dns.Msg, error) {
	key := idleKey{to.Addr, to.TLS}
	if r.Transport == TLS {
		// The server may have closed what was kept, and says so only now: then the question goes over a new one.
		if s := c.takeIdle(key); s != nil {
			if m, err := s.ask(ctx, r.Question, out); err == nil || ctx.Err() != nil {
				r.Reused = true
				return m, c.keep(key, s, err)
			}
			s.Close()
		}
	}
	s, err := c.open(ctx, r.Transport, to)
	if err != nil {
		return nil, err
	}
	m, err := s.ask(ctx, r.Question, out)
	if r.Transport == TCP || err != nil {
		s.Close()
		return m, err
	}
	return m, c.keep(key, s, nil)
}

func (c *Client) open(ctx context.Context, transport string, to To) (*stream, error) {
	conn, err := c.dial(ctx, "tcp", to.Addr)
	if err != nil || transport != TLS {
		return &stream{Conn: conn}, err
	}
	defer during(ctx, conn)()
	secure := tls.Client(conn, to.TLS)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return &stream{Conn: secure}, nil
}

// ask exchanges messages with a length in front (RFC 1035 section 4.2.2), in one write (RFC 7766 section 8). A connection
// that brings something else than the response is of no use.
func (s *stream) ask(ctx context.Context, q Question, out []byte) (*dns.Msg, error) {
	stop := during(ctx, s)
	defer stop()
	framed := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(out)), uint16(len(out)))
	if _, err := s.Write(append(framed, out...)); err != nil {
		return nil, err
	}
	var length [2]byte
	if _, err := io.ReadFull(s, length[:]); err != nil {
		return nil, err
	}
	in := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(s, in); err != nil {
		return nil, err
	}
	m := q.accept(in)
	if m == nil {
		return nil, ErrMismatch
	}
	s.spent = !stop() // its deadline is passing now
	return m, nil
}

// takeIdle returns the connection that was put back last, or nil.
func (c *Client) takeIdle(key idleKey) *stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		kept := c.idle[key]
		if len(kept) == 0 {
			return nil
		}
		s := kept[len(kept)-1]
		c.setIdleLocked(key, kept[:len(kept)-1])
		if s.close.Stop() {
			return s
		}
	}
}

// keep puts s among the idle connections, or closes it where err is not nil or there is no room, and returns err.
func (c *Client) keep(key idleKey, s *stream, err error) error {
	if err != nil || s.spent || !c.putIdle(key, s) {
		s.Close() // not with the mutex held: it may have to send something
	}
	return err
}

// putIdle reports whether there was room.
func (c *Client) putIdle(key idleKey, s *stream) bool {
	timeout, room := cmp.Or(c.IdleTimeout, defaultIdle), cmp.Or(c.MaxIdle, defaultMaxIdle)
	c.mu.Lock()
	defer c.mu.Unlock()
	if timeout < 0 || len(c.idle[key]) >= room {
		return false
	}
	s.SetDeadline(time.Time{})
	s.close = time.AfterFunc(timeout, func() {
		c.mu.Lock()
		c.setIdleLocked(key, slices.DeleteFunc(c.idle[key], func(k *stream) bool { return k == s }))
		c.mu.Unlock()
		s.Close()
	})
	c.setIdleLocked(key, append(c.idle[key], s))
	return true
}

func (c *Client) setIdleLocked(key idleKey, kept []*stream) {
	if c.idle == nil {
		c.idle = make(map[idleKey][]*stream)
	}
	if len(kept) == 0 {
		delete(c.idle, key)
		return
	}
	c.idle[key] = kept
}

// CloseIdle closes the connections that are kept for reuse.
func (c *Client) CloseIdle() {
	c.mu.Lock()
	idle := c.idle
	c.idle = nil
	c.mu.Unlock()
	for _, kept := range idle {
		for _, s := range kept {
			s.close.Stop()
			s.Close()
		}
	}
}
