package conn

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"
)

// A hello says how much of the ClientHello is hidden from who listens
// (Encrypted Client Hello, RFC 9849). The zero value is as the HTTPS record of
// the service says.
type hello struct {
	list    []byte // an ECHConfigList; empty: nothing is hidden
	settled bool   // list is the server's own, told when it rejected that of the record
}

// conceal completes the configuration with what the name's HTTPS record says
// about ECH, where the connection goes to its service. A configuration with a
// list of the caller's keeps that.
func (o *opened) conceal(config *tls.Config) {
	if !o.hello.settled && o.service.at(o.remote) {
		o.hello.list = o.service.ech
	}
	old := config.MaxVersion != 0 && config.MaxVersion < tls.VersionTLS13
	if len(o.hello.list) == 0 || old || config.EncryptedClientHelloConfigList != nil {
		o.hello.list = nil
		return
	}
	config.EncryptedClientHelloConfigList = o.hello.list
	config.MinVersion = tls.VersionTLS13
	if config.InsecureSkipVerify && config.EncryptedClientHelloRejectionVerify == nil {
		config.EncryptedClientHelloRejectionVerify = func(tls.ConnectionState) error { return nil }
	}
}

// uncertain reports whether the handshake failed before anything was sent,
// since crypto/tls can do nothing with the record's list: such a list is as
// none (RFC 9849 section 6.1.6), and the connection can still be used.
func (o *opened) uncertain(config *tls.Config) bool {
	if len(o.hello.list) == 0 {
		return false
	}
	return !errors.Is(tls.Client(nowhere{}, config.Clone()).Handshake(), errNowhere)
}

// again opens another connection to the same address after the server rejected
// the record's ECHConfigList: with the one that it sent instead or, where it
// sent none, without (section 6.1.6). That happens once. Where err is none of
// that it is returned. The connection before is closed.
func (d *Dialer) again(ctx context.Context, key Key, w opening, o *opened, err error) error {
	var rejected *tls.ECHRejectionError
	if o.hello.settled || len(o.hello.list) == 0 || !errors.As(err, &rejected) {
		return err
	}
	o.hello = hello{rejected.RetryConfigList, true}
	o.trans = nil
	before, start := o.attempts, o.timing.ConnectStart
	r := race{d: d, host: key.Host, w: w, policy: d.Policy}
	r.add(o.remote)
	err = d.connect(ctx, &r, nil, o)
	o.attempts, o.timing.ConnectStart = append(before, o.attempts...), start
	if err != nil {
		return err
	}
	if err = d.handshake(ctx, key, w, o); err != nil {
		o.raw.Close()
	}
	return err
}

// nowhere is a connection that nothing can be sent on.
type nowhere struct{}

var errNowhere = errors.New("sent nowhere")

func (nowhere) Read([]byte) (int, error)         { return 0, errNowhere }
func (nowhere) Write([]byte) (int, error)        { return 0, errNowhere }
func (nowhere) Close() error                     { return nil }
func (nowhere) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (nowhere) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (nowhere) SetDeadline(time.Time) error      { return nil }
func (nowhere) SetReadDeadline(time.Time) error  { return nil }
func (nowhere) SetWriteDeadline(time.Time) error { return nil }
