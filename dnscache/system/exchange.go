package system

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache"
)

// maxDatagram is the room for a response over UDP. Servers keep to the size that the question states (ednsSize); one that
// sends more than this is cut, so not understood, so ignored.
const maxDatagram = 4096

// try asks one server: over UDP, without EDNS where the server does not know that, over TCP where the answer is truncated.
// Each exchange is appended to steps.
func (s *Server) try(ctx context.Context, addr netip.AddrPort, name string, qtype uint16, steps *[]dnscache.Step) (reply, error) {
	q, err := newQuestion(name, qtype)
	if err != nil {
		return reply{}, err
	}
	m, r, err := s.step(ctx, "udp", addr, q, steps)
	if m != nil && q.edns && lacksEDNS(m) {
		q.edns = false
		m, r, err = s.step(ctx, "udp", addr, q, steps)
	}
	if m != nil && m.Truncated {
		_, r, err = s.step(ctx, "tcp", addr, q, steps)
	}
	return r, err
}

// step is one exchange with its record. The message is nil where no response came.
func (s *Server) step(ctx context.Context, network string, addr netip.AddrPort, q question, steps *[]dnscache.Step) (*dns.Msg, reply, error) {
	st := dnscache.Step{
		Level: s.Level(), Server: addr.String(), Question: q.String(), Transport: network, Start: time.Now(),
	}
	m, err := s.exchange(ctx, network, addr, q)
	var r reply
	if m != nil {
		r.rcode = rcodeText(m.Rcode)
		if err = errTruncated; !m.Truncated {
			r, err = q.read(m)
		}
	}
	st.RCode, st.TTL, st.Duration = r.rcode, r.ttl, time.Since(st.Start)
	if err != nil {
		st.Err = err.Error()
	}
	*steps = append(*steps, st)
	return m, r, err
}

var (
	errTruncated = errors.New("answer truncated")
	errDamaged   = errors.New("response over TCP does not match the question, or is damaged")
)

// exchange sends a question and returns the first response to it, waiting for Timeout at most.
func (s *Server) exchange(ctx context.Context, network string, addr netip.AddrPort, q question) (*dns.Msg, error) {
	out, err := q.pack()
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(cmp.Or(s.Timeout, defaultTimeout))
	c, err := s.dial(ctx, network, addr, deadline)
	if err != nil {
		return nil, ended(ctx, err)
	}
	defer c.Close()
	if err := c.SetDeadline(deadline); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	var m *dns.Msg
	if network == "tcp" {
		m, err = q.overStream(c, out)
	} else {
		m, err = q.overDatagrams(c, out)
	}
	if err != nil {
		return nil, ended(ctx, err)
	}
	return m, nil
}

func (s *Server) dial(ctx context.Context, network string, addr netip.AddrPort, deadline time.Time) (net.Conn, error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	if s.Dial != nil {
		return s.Dial(ctx, network, addr)
	}
	// Connected, so that the kernel drops what comes from elsewhere, and from a port that it draws.
	var d net.Dialer
	return d.DialContext(ctx, network, addr.String())
}

// overDatagrams waits for the response among whatever else comes (RFC 5452 section 9).
func (q question) overDatagrams(c net.Conn, out []byte) (*dns.Msg, error) {
	if _, err := c.Write(out); err != nil {
		return nil, err
	}
	in := make([]byte, maxDatagram)
	for {
		n, err := c.Read(in)
		if err != nil {
			return nil, err
		}
		if m := q.accept(in[:n]); m != nil {
			return m, nil
		}
	}
}

// overStream exchanges messages with a length in front (RFC 1035 section 4.2.2). A connection that brings something else
// than the response is of no use.
func (q question) overStream(c net.Conn, out []byte) (*dns.Msg, error) {
	framed := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(out)), uint16(len(out)))
	if _, err := c.Write(append(framed, out...)); err != nil {
		return nil, err
	}
	var length [2]byte
	if _, err := io.ReadFull(c, length[:]); err != nil {
		return nil, err
	}
	in := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(c, in); err != nil {
		return nil, err
	}
	m := q.accept(in)
	if m == nil {
		return nil, errDamaged
	}
	return m, nil
}

// ended returns why ctx has ended, where that is why the network call failed, else err.
func ended(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	if cause := context.Cause(ctx); cause == errLate || cause == errMoot || errors.Is(cause, ctx.Err()) {
		return cause
	}
	return fmt.Errorf("%w: %w", ctx.Err(), context.Cause(ctx))
}

func isTimeout(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}
