package fetch

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/textproto"
	"os"
	"strconv"
	"time"

	"pageload/conn"
	"pageload/dnscache"
)

// A tracer is a handler that wants to see the way to a connection.
type tracer interface {
	// acquires is called each time before the pool is asked for a connection, and may set what is nil of the trace.
	acquires(host string, port uint16, to *conn.Trace)
}

// clientTrace calls a caller's httptrace.ClientTrace. A nil one calls nobody.
type clientTrace struct {
	t     *httptrace.ClientTrace
	first bool // the first byte was reported; for the goroutine of the call
}

func traceOf(ctx context.Context) *clientTrace {
	if t := httptrace.ContextClientTrace(ctx); t != nil {
		return &clientTrace{t: t}
	}
	return nil
}

func (x *trip) acquires(host string, port uint16, to *conn.Trace) {
	if x.trace == nil {
		return
	}
	t := x.trace.t
	if t.GetConn != nil {
		t.GetConn(net.JoinHostPort(host, strconv.Itoa(int(port))))
	}
	if t.GotConn != nil {
		to.GotConn = func(i conn.LeaseInfo) {
			t.GotConn(httptrace.GotConnInfo{Conn: ends{i.Local, i.Remote}, Reused: i.Reused, WasIdle: i.Idle, IdleTime: i.IdleFor})
		}
	}
	if t.DNSStart != nil {
		to.ResolveStart = func(host string) { t.DNSStart(httptrace.DNSStartInfo{Host: host}) }
	}
	if t.DNSDone != nil {
		to.ResolveDone = func(a dnscache.Answer, err error) {
			info := httptrace.DNSDoneInfo{Err: err}
			for _, addr := range a.Addrs {
				info.Addrs = append(info.Addrs, net.IPAddr{IP: addr.IP.AsSlice(), Zone: addr.IP.Zone()})
			}
			t.DNSDone(info)
		}
	}
	if t.ConnectStart != nil {
		to.ConnectStart = func(a netip.AddrPort) { t.ConnectStart("tcp", a.String()) }
	}
	if t.ConnectDone != nil {
		to.ConnectDone = func(a netip.AddrPort, err error) { t.ConnectDone("tcp", a.String(), err) }
	}
	to.TLSStart = t.TLSHandshakeStart
	if t.TLSHandshakeDone != nil {
		to.TLSDone = func(s tls.ConnectionState, err error) { t.TLSHandshakeDone(s, err) }
	}
}

func (c *clientTrace) firstByte() {
	if c == nil || c.first {
		return
	}
	c.first = true
	if c.t.GotFirstResponseByte != nil {
		c.t.GotFirstResponseByte()
	}
}

func (c *clientTrace) interim(status int, h Header) error {
	if c == nil {
		return nil
	}
	if status == http.StatusContinue && c.t.Got100Continue != nil {
		c.t.Got100Continue()
	}
	if c.t.Got1xxResponse == nil {
		return nil
	}
	fields := make(textproto.MIMEHeader, len(h))
	for _, f := range h {
		fields.Add(f.Name, f.Value)
	}
	return c.t.Got1xxResponse(status, fields)
}

// ends is a connection for those who only ask for its addresses: the connection itself is the pool's.
type ends struct{ local, remote netip.AddrPort }

func (e ends) LocalAddr() net.Addr              { return net.TCPAddrFromAddrPort(e.local) }
func (e ends) RemoteAddr() net.Addr             { return net.TCPAddrFromAddrPort(e.remote) }
func (e ends) Read([]byte) (int, error)         { return 0, os.ErrInvalid }
func (e ends) Write([]byte) (int, error)        { return 0, os.ErrInvalid }
func (e ends) Close() error                     { return os.ErrInvalid }
func (e ends) SetDeadline(time.Time) error      { return os.ErrInvalid }
func (e ends) SetReadDeadline(time.Time) error  { return os.ErrInvalid }
func (e ends) SetWriteDeadline(time.Time) error { return os.ErrInvalid }
