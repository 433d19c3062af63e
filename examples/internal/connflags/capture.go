package connflags

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"

	"pageload/conn"
	"pageload/conn/capture"
	"pageload/loader"
)

// Capture records the connections of a new profile from the packets on the wire,
// into w as a pcapng file unless w is nil. The caller closes the profile first,
// then calls Close. The error is one line that says why it cannot be done:
// most of all without the privilege.
func Capture(p *loader.Profile, w io.Writer) (*Recorder, error) {
	c, err := capture.Start(capture.Options{Writer: w, DNS: w != nil})
	if errors.Is(err, errors.ErrUnsupported) {
		return nil, errors.New("this system has no packet sockets")
	}
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "capture: "))
	}
	r := &Recorder{c}
	d := &p.Pool.Dialer
	d.Wrap = func(nc net.Conn) net.Conn { // also of those whose TLS fails
		c.Follow(endpoint(nc.LocalAddr()), endpoint(nc.RemoteAddr()), "")
		return nc
	}
	p.Pool.OnEvent = func(e conn.Event) {
		if e.Kind != conn.EventOpened {
			return
		}
		if rec, ok := p.Pool.Record(e.ConnID); ok {
			name := rec.Key.Host
			if rec.Proxy != nil {
				name = rec.Proxy.Host
			}
			c.Follow(rec.Local, rec.Remote, name)
		}
	}
	if w != nil { // so that the file can be read
		if d.TLS == nil {
			d.TLS = &tls.Config{}
		}
		d.TLS.KeyLogWriter = c.KeyLogWriter()
	}
	return r, nil
}

// A Recorder has what was captured.
type Recorder struct{ c *capture.Capture }

// Ladder returns the segments of one connection.
func (r *Recorder) Ladder(local, remote netip.AddrPort) capture.Ladder {
	return r.c.Ladder(local, remote)
}

// Close waits until the last segments of all closes were seen, but not longer
// than ctx, and ends the capture. The error is that of the file.
func (r *Recorder) Close(ctx context.Context) error {
	r.c.Settle(ctx) // what has not ended by then is written as far as it was seen
	return r.c.Close()
}

func endpoint(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		return t.AddrPort()
	}
	return netip.AddrPort{}
}
