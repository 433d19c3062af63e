package conn

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// handshake does TLS on o.raw and leaves the connection open where it fails.
func (d *Dialer) handshake(ctx context.Context, key Key, w opening, o *opened) error {
	config := d.tlsConfig(key.Host, w.sessions)
	if o.service.at(o.remote) {
		config.NextProtos = o.service.protos
	}
	if w.http1 {
		config.NextProtos = []string{"http/1.1"}
	}
	least := config.MinVersion
	o.conceal(config)
	parent := ctx
	ctx, cancel := phaseContext(ctx, "tls", orDefault(d.TLSTimeout, 30*time.Second))
	defer cancel()

	w.steps.tlsStart()
	o.timing.TLSStart = time.Now()
	if o.trans == nil { // with an https proxy it is under the tunnel already
		o.trans = newTransport(o.below)
		o.below = o.trans
	}
	h := &Handshake{}
	h.showing(config)
	o.trans.meter = h
	c, state, err := d.handshakeOn(ctx, o.below, config)
	if err != nil && ctx.Err() == nil && o.uncertain(config) {
		config = config.Clone()
		config.EncryptedClientHelloConfigList, config.MinVersion = nil, least
		c, state, err = d.handshakeOn(ctx, o.below, config)
	}
	o.trans.meter = nil
	o.trans.ahead.settle()
	o.timing.TLSEnd = time.Now()
	o.took = *h
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	w.steps.tlsDone(state, err)
	if err != nil {
		if gone := gaveUp(parent); gone != nil {
			return gone
		}
		return &TLSError{
			Host: key.Host, Addr: o.remote,
			Start: o.timing.TLSStart, End: o.timing.TLSEnd,
			Fault: tlsFault(err), Err: err, Handshake: *h,
		}
	}
	o.conn, o.tls = c, &state
	if state.NegotiatedProtocol != "" {
		o.proto = state.NegotiatedProtocol
	}
	return nil
}

func (d *Dialer) handshakeOn(ctx context.Context, raw net.Conn, config *tls.Config) (net.Conn, tls.ConnectionState, error) {
	if d.DialTLS != nil {
		c, state, err := d.DialTLS(ctx, raw, config)
		if err == nil && c == nil {
			err = fmt.Errorf("conn: Dialer.DialTLS returned no connection")
		}
		return c, state, err
	}
	c := tls.Client(raw, config)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, c.ConnectionState(), err
	}
	return c, c.ConnectionState(), nil
}

// tlsConfig completes the configuration for a host.
func (d *Dialer) tlsConfig(host string, sessions tls.ClientSessionCache) *tls.Config {
	var c *tls.Config
	if d.TLS != nil {
		c = d.TLS.Clone()
	} else {
		c = &tls.Config{}
	}
	if c.ServerName == "" {
		c.ServerName = host
	}
	c.NextProtos = d.protos()
	if c.MinVersion == 0 {
		c.MinVersion = tls.VersionTLS12
		if c.EncryptedClientHelloConfigList != nil { // crypto/tls wants it so
			c.MinVersion = tls.VersionTLS13
		}
	}
	if sessions != nil {
		c.ClientSessionCache = sessions
	}
	verifying(c)
	return c
}

// protos are the protocols to offer, best first.
func (d *Dialer) protos() []string {
	if d.TLS != nil && d.TLS.NextProtos != nil {
		return d.TLS.NextProtos
	}
	return []string{"h2", "http/1.1"}
}
