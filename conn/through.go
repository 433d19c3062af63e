package conn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"pageload/parse/weburl"
)

// A passage is the way through one proxy to one target.
type passage struct {
	d        *Dialer
	w        opening
	o        *opened
	proxy    Proxy
	key      Key
	to       place // what the proxy is asked for
	absolute bool  // no tunnel: requests go to the proxy
	phase    ProxyPhase
	start    time.Time // of the phase
	login    proxyLogin
}

// through opens o by way of o.proxy.
func (d *Dialer) through(ctx context.Context, key Key, to place, w opening, o *opened) error {
	mapped := to != place{key.Host, key.Port}
	t := &passage{d: d, w: w, o: o, proxy: *o.proxy, key: key, to: to}
	t.absolute = o.proxy.forwards(key) && !mapped
	o.absolute = t.absolute
	t.enter(ProxyTarget)
	if err := t.checkTarget(); err != nil {
		return t.fail(ctx, err)
	}
	if t.proxy.Scheme != "socks5" {
		return t.try(ctx)
	}
	if _, ok := to.addr(); ok {
		return t.try(ctx)
	}
	return t.resolved(ctx)
}

// enter begins a phase.
func (t *passage) enter(p ProxyPhase) { t.phase, t.start = p, time.Now() }

// fail is the error of the phase; nil stays nil. Where the caller has given up
// it says just that.
func (t *passage) fail(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if gone := gaveUp(ctx); gone != nil {
		return gone
	}
	e := &ProxyError{
		Proxy: t.proxy, Addr: t.o.remote, Target: t.to.String(), Phase: t.phase,
		Start: t.start, End: time.Now(), Err: err,
	}
	e.Proxy.Username, e.Proxy.Password = "", ""
	var answer *answerError
	if errors.As(err, &answer) {
		e.Status, e.Reply = answer.status, answer.reply
	}
	return e
}

func (p place) String() string { return net.JoinHostPort(p.host, strconv.Itoa(int(p.port))) }

// checkTarget refuses a target that cannot be asked for, and asks Policy about
// one that is an address already. What a name will mean to the proxy is not
// known here.
func (t *passage) checkTarget() error {
	if strings.ContainsFunc(t.to.host, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`/\?#@[]`, r) }) {
		return fmt.Errorf("%q is no host", t.to.host)
	}
	if a, ok := t.to.addr(); ok && a.Zone() != "" {
		return errors.New("the zone of an address means nothing to a proxy")
	}
	if t.d.Policy == nil {
		return nil
	}
	for _, a := range t.to.literal() {
		a := netip.AddrPortFrom(a, t.to.port)
		if err := t.d.Policy(a); err != nil {
			return &PolicyError{Addr: a, Err: err, Proxied: true}
		}
	}
	return nil
}

// literal returns the addresses that a host stands for without any lookup, in
// all the forms that a proxy's resolver may understand: 127.1, 0x7f000001 and
// 2130706433 are 127.0.0.1 for inet_aton and the URL standard, and localhost
// is what it is (RFC 6761 section 6.3).
func (p place) literal() []netip.Addr {
	if a, ok := p.addr(); ok {
		return []netip.Addr{a}
	}
	name, err := weburl.ParseHost(p.host)
	if err != nil {
		return nil
	}
	for len(name) > 0 && name[len(name)-1] == '.' {
		name = name[:len(name)-1]
	}
	if glob("localhost", name) || glob("*.localhost", name) {
		return []netip.Addr{netip.IPv6Loopback(), netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	}
	if a, ok := (place{name, p.port}).addr(); ok {
		return []netip.Addr{a}
	}
	return nil
}

// maxProxied bounds how many addresses of a name a proxy is asked for, one
// after the other.
const maxProxied = 6

// resolved asks a SOCKS proxy for each address of the target until it reaches
// one.
func (t *passage) resolved(ctx context.Context) error {
	t.enter(ProxyResolve)
	r := race{d: t.d, host: t.to.host, w: t.w}
	r.w.network = ""
	if err := t.d.lookup(ctx, Key{Scheme: "http"}, t.to, t.w, t.o, &r); err != nil {
		return t.fail(ctx, err)
	}
	answer, timing := t.o.answer, t.o.timing
	var errs []error
	name := t.to.host
	for r.queue.len() > 0 && len(errs) < maxProxied {
		a := r.queue.next()
		t.to.host = a.Addr().String()
		var err error
		if p := t.d.Policy; p != nil {
			t.enter(ProxyTarget)
			err = p(a)
		}
		if err != nil {
			err = t.fail(ctx, &PolicyError{Addr: a, Err: err, Proxied: true})
		} else {
			err = t.try(ctx)
		}
		if t.o.timing.DNSEnd.After(timing.DNSEnd) {
			timing.DNSEnd = t.o.timing.DNSEnd // the proxy's name
		}
		t.o.answer, t.o.timing.DNSStart, t.o.timing.DNSEnd = answer, timing.DNSStart, timing.DNSEnd
		if err == nil {
			return nil
		}
		errs = append(errs, err)
		var answer *answerError
		var policy *PolicyError
		if !(errors.As(err, &answer) && answer.reply != 0) && !errors.As(err, &policy) {
			break // not the address's fault
		}
	}
	t.to.host = name
	if len(errs) == 1 {
		return errs[0]
	}
	err := errors.Join(errs...)
	if len(errs) == 0 {
		err = &ResolveError{Host: name, Start: timing.DNSStart, End: timing.DNSEnd, Err: errNoAddresses}
	}
	return t.fail(ctx, err)
}

// try connects to the proxy and has it connect to t.to: on another connection
// where it asked for credentials and closed the first one.
func (t *passage) try(ctx context.Context) error {
	err := t.once(ctx)
	if t.login.anew {
		t.login.anew = false
		err = t.once(ctx)
	}
	return err
}

func (t *passage) once(ctx context.Context) error {
	t.enter(ProxyConnect)
	o := t.o
	o.remote = netip.AddrPort{}
	attempts := o.attempts
	err := t.d.reach(ctx, Key{Scheme: "http", Host: t.proxy.Host, Port: t.proxy.Port}, place{t.proxy.Host, t.proxy.Port}, t.w, o)
	if len(attempts) > 0 {
		o.attempts = slices.Concat(attempts, o.attempts)
	}
	if err != nil {
		var resolve *ResolveError
		if errors.As(err, &resolve) {
			t.phase = ProxyResolve
		}
		return t.fail(ctx, err)
	}
	if t.absolute && t.proxy.Scheme == "http" {
		return nil
	}
	target := t.to.String()
	if t.absolute {
		target = ""
	}
	t.w.steps.proxyStart(t.proxy, target)
	o.timing.ProxyStart = time.Now()
	err = t.tunnel(ctx)
	o.timing.ProxyEnd = time.Now()
	t.w.steps.proxyDone(err)
	if err != nil {
		o.raw.Close()
	}
	return err
}

// tunnel says to the proxy what it must be told.
func (t *passage) tunnel(parent context.Context) error {
	ctx, cancel := phaseContext(parent, "proxy", orDefault(t.d.ProxyTimeout, 30*time.Second))
	defer cancel()
	raw := t.o.raw
	stop := context.AfterFunc(ctx, func() { raw.SetDeadline(past) })
	err := t.converse(ctx)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return t.fail(parent, plainError(err))
}

// past is a deadline that has gone by: setting it ends what waits.
var past = time.Unix(1, 0)

func (t *passage) converse(ctx context.Context) error {
	o := t.o
	if t.proxy.Scheme == "https" {
		t.enter(ProxyTLS)
		if err := t.handshake(ctx); err != nil {
			return err
		}
	}
	switch {
	case t.absolute:
		return nil
	case t.proxy.socks():
		return t.socks(o.below)
	}
	t.enter(ProxyRequest)
	c, err := t.connect(ctx, o.below, t.to.String())
	o.below = c
	return err
}

// handshake does TLS with the proxy.
func (t *passage) handshake(ctx context.Context) error {
	o, start := t.o, time.Now()
	config := t.d.proxyConfig(t.proxy.Host)
	o.trans = newTransport(o.raw)
	c := tls.Client(o.trans, config)
	if err := c.HandshakeContext(ctx); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return &TLSError{Host: t.proxy.Host, Addr: o.remote, Start: start, End: time.Now(), Fault: tlsFault(err), Err: err}
	}
	o.below = c
	return nil
}

// proxyConfig completes the configuration for TLS with a proxy.
func (d *Dialer) proxyConfig(host string) *tls.Config {
	c := &tls.Config{}
	if d.ProxyTLS != nil {
		c = d.ProxyTLS.Clone()
	} else if d.TLS != nil {
		c.RootCAs, c.Time = d.TLS.RootCAs, d.TLS.Time
	}
	if c.ServerName == "" {
		c.ServerName = host
	}
	if c.MinVersion == 0 {
		c.MinVersion = tls.VersionTLS12
	}
	c.NextProtos = []string{"http/1.1"}
	return c
}
