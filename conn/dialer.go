package conn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"pageload/conn/kernel"
	"pageload/dnscache"
)

// A Resolver turns a host name into addresses. *dnscache.Resolver is one.
type Resolver interface {
	Lookup(ctx context.Context, host string) (dnscache.Answer, error)
}

// A Dialer opens connections. The zero value is ready; change no field after
// its first use. It is safe for concurrent use and must not be copied then.
type Dialer struct {
	// Resolver resolves names. Nil: a zero dnscache.Resolver of this Dialer.
	//
	// Where its answer for the host of an https Key with port 443 has HTTPS
	// records (RFC 9460), the best one that can be used says where to connect
	// and what to speak there: its target, port, alpn and address hints. The
	// host's own addresses at port 443 are raced after it. Its ech hides the
	// name from who listens (RFC 9849): where the server rejects that, another
	// connection is opened with what it says instead, or in the open. What a
	// FamilyResolver says of HTTPS records is not read.
	Resolver Resolver

	// ConnectTo sends connections to other places; the first match wins.
	ConnectTo []ConnectTo

	// Policy is asked about each address right before it is dialled, after
	// names and ConnectTo; an error refuses the address. IPv4 addresses come
	// as such, also where the resolver gave them inside IPv6. Nil: anything
	// goes.
	Policy func(netip.AddrPort) error

	// MaxHalfOpen bounds the connects to one IP address that are under way at
	// a time, whatever their names and ports, so that many requests do not
	// become a flood of SYNs; further ones wait in order (see
	// Attempt.Waited). Zero: 64, which a page does not reach and a crawler
	// with thousands of names at one address does; negative: no bound.
	MaxHalfOpen int

	// LocalAddr is the local address to connect from; addresses of the other
	// family cannot be connected to then. The zero Addr: the kernel chooses.
	LocalAddr netip.Addr
	// PortRange has the local ports to connect from, within 1024-65535. Zero:
	// the kernel's range. Inside of that the kernel chooses (Linux 6.3,
	// IP_LOCAL_PORT_RANGE); else free ports are looked for by binding to
	// them. Where none is left the attempt's error is a *[PortError].
	PortRange PortRange
	// FastOpen sends the first data with the SYN where the peer is known to
	// take it (TCP Fast Open, RFC 7413; Linux). The connect then takes no
	// time, and that the peer is not there shows in the first write or read.
	// Data in a SYN may arrive twice: for https it is a ClientHello, for http
	// a request that must bear that.
	FastOpen bool

	// Dial opens the TCP connection to an address; network is "tcp". It must
	// obey ctx. Nil: the system's, with TCP_NODELAY. Use it for unix sockets
	// and in-memory networks. LocalAddr, PortRange, FastOpen and KeepAlive
	// are then its affair.
	Dial func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error)

	// Link is the line that all connections go through, such as a
	// *throttle.Link. Nil: they are as fast as they are.
	Link Link

	// Wrap makes of each TCP connection the one that is used, right after the
	// race and before a proxy or TLS is spoken to on it: a link that is shared
	// or slow, a counter. Closing what it returns must close the connection.
	// A wrapper should be a [ReadyReader]. Nil: connections stay as they are.
	Wrap func(net.Conn) net.Conn

	// Proxy says through which proxy the connections for a key go; nil, and
	// a nil *Proxy, are none. It is asked for each connection that is to be
	// opened and, by a pool, for each request, so it should be quick; it must
	// obey ctx. See [FixedProxy] and [EnvironmentProxy]: no variable of the
	// environment is read unless you ask.
	//
	// With a proxy, its address is what is resolved, raced and shown to
	// ProxyPolicy. ConnectTo is applied to the place that the proxy is asked
	// for, not to the proxy; where it matches an http key, an HTTP proxy is
	// asked for a tunnel too.
	Proxy func(context.Context, Key) (*Proxy, error)
	// ProxyLogin begins what is said about credentials to an HTTP proxy that is
	// asked for a tunnel, such as Digest (RFC 7616), and may return nil. Nil: the
	// proxy's Username and Password are said as Basic, and a 407 is an error.
	// It is called on the goroutines that open connections. See fetch.ProxyLogin,
	// which package fetch's clients fill in for pools of their own.
	ProxyLogin func(Proxy) ProxyLogin
	// ProxyPolicy is asked about the addresses of proxies in place of Policy.
	// Nil: Policy is.
	ProxyPolicy func(netip.AddrPort) error
	// ProxyTLS is the configuration for https proxies. Nil: the zero one with
	// the RootCAs of TLS. ServerName is set to the proxy's host where empty;
	// MinVersion 0 means TLS 1.2; NextProtos is "http/1.1".
	ProxyTLS *tls.Config

	// TLS is the configuration to start from: own roots (RootCAs), client
	// certificates, a KeyLogWriter if secrets are to be written (the
	// environment's SSLKEYLOGFILE is not read). Nil: the zero one, with the
	// system's roots. ServerName is set to the host of the Key where empty,
	// which with ConnectTo stays the URL's; NextProtos nil means "h2" and
	// "http/1.1"; MinVersion 0 means TLS 1.2. Where certificates are verified,
	// one that the peer's stapled OCSP response says is revoked is refused.
	TLS *tls.Config

	// DialTLS does the handshake on a connection instead of crypto/tls, so
	// that it can look like another client's. The configuration is complete
	// and belongs to the function. It must obey ctx and leave c open where it
	// fails. Nil: crypto/tls.
	DialTLS func(ctx context.Context, c net.Conn, config *tls.Config) (net.Conn, tls.ConnectionState, error)

	// ResolveTimeout bounds the lookup of a name. Zero: 30 seconds; negative:
	// no bound but the context's. The same holds for the next two.
	ResolveTimeout time.Duration
	// ConnectTimeout bounds the race of all addresses, and with a
	// FamilyResolver the lookup too, since the race runs beside it. Zero: 30
	// seconds.
	ConnectTimeout time.Duration
	// TLSTimeout bounds the handshake. Zero: 30 seconds, as Chromium.
	TLSTimeout time.Duration

	// ProxyTimeout bounds what comes between the TCP connection to a proxy and
	// its tunnel: TLS with it, credentials and the answer. Zero: 30 seconds.
	ProxyTimeout time.Duration

	// AttemptDelay is how long an attempt is left alone before the next
	// address is tried beside it. Zero: 250 ms (RFC 8305 section 5); see
	// [Dialer.Chromium]. Below 10 ms it is that: the RFC allows no less.
	// Negative: an address is tried only after the one before it has failed.
	AttemptDelay time.Duration
	// AdaptDelay makes the delay after an attempt at an address that was
	// connected to before as long as that is expected to take: the smoothed
	// round trip and four times its variation (RFC 6298 section 2), within
	// the next two. AttemptDelay is for unknown addresses then.
	AdaptDelay bool
	// MinAttemptDelay and MaxAttemptDelay bound what is learnt. Zero: 100 ms
	// and 2 s, as RFC 8305 section 5 recommends; negative: 10 ms, and no
	// upper bound.
	MinAttemptDelay, MaxAttemptDelay time.Duration
	// ResolutionDelay is how long IPv4 addresses wait for IPv6 ones that a
	// [FamilyResolver] has not told yet. Zero: 50 ms (RFC 8305 section 3);
	// negative: not at all.
	ResolutionDelay time.Duration

	// KeepAlive is the time between TCP keep-alive probes. Zero: 45 seconds,
	// as Chromium; negative: none. Dial functions see to it themselves. Where it
	// is 10 seconds or more, a pool without Link and Wrap sets it on a socket
	// only when that has been open for 5, which changes no probe's time.
	KeepAlive time.Duration

	own struct {
		resolver dnscache.Resolver
		gates    gatekeeper
		pace     pace
	}
}

// Chromium sets the timers that are zero to Chromium's where that differs from
// RFC 8305: AttemptDelay to 300 ms (TransportConnectJob::kIPv6FallbackTime).
func (d *Dialer) Chromium() {
	if d.AttemptDelay == 0 {
		d.AttemptDelay = 300 * time.Millisecond
	}
}

// A Link is a line that the connections of a Dialer share and that delays
// what goes through it. *throttle.Link is one. It must be safe for concurrent
// use.
type Link interface {
	// Connect waits as long as the first segments of a TCP handshake take. It
	// is called right before each attempt to connect, counts as part of it,
	// and must obey ctx.
	Connect(ctx context.Context) error
	// Wrap returns a new connection as it is seen through the line. Closing
	// that must close the connection. It should be a [ReadyReader].
	Wrap(net.Conn) net.Conn
}

// orDefault resolves the rule of all durations here: zero is the default,
// negative is off (returned as 0).
func orDefault(d, def time.Duration) time.Duration {
	switch {
	case d == 0:
		return def
	case d < 0:
		return 0
	}
	return d
}

func (d *Dialer) resolver() Resolver {
	if d.Resolver != nil {
		return d.Resolver
	}
	return &d.own.resolver
}

// DialContext opens a TCP connection to address, which is host:port. The
// network is "tcp", or "tcp4" or "tcp6" to use only these addresses. It fits
// http.Transport.DialContext.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return nil, fmt.Errorf("conn: dial: unknown network %q", network)
	}
	key, err := splitAddress("http", address)
	if err != nil {
		return nil, err
	}
	o, err := d.open(ctx, key, opening{network: network, facts: FactsNone})
	if err != nil {
		return nil, err
	}
	return o.conn, nil
}

// DialTLSContext is DialContext with a TLS handshake after it. It fits
// http.Transport.DialTLSContext. Unless d.DialTLS is set the connection is a
// *tls.Conn.
func (d *Dialer) DialTLSContext(ctx context.Context, network, address string) (net.Conn, error) {
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return nil, fmt.Errorf("conn: dial: unknown network %q", network)
	}
	key, err := splitAddress("https", address)
	if err != nil {
		return nil, err
	}
	o, err := d.open(ctx, key, opening{network: network, facts: FactsNone})
	if err != nil {
		return nil, err
	}
	return o.conn, nil
}

func splitAddress(scheme, address string) (Key, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return Key{}, fmt.Errorf("conn: dial %q: %w", address, err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return Key{}, fmt.Errorf("conn: dial %q: port is no number", address)
	}
	k := Key{Scheme: scheme, Host: host, Port: uint16(n)}
	return k, k.check()
}

// An opening is what a caller of open wants beside the connection.
type opening struct {
	network  string                 // "" or "tcp": both families
	steps    steps                  // nil: nobody is told
	sessions tls.ClientSessionCache // nil: the one of Dialer.TLS
	spawn    func(func())           // starts a goroutine; nil: go
	facts    Facts                  // whether the kernel is asked
	http1    bool                   // h2 is not offered
	// lateProbes has the connection opened without keep-alive probes: the caller switches them on.
	lateProbes bool
	paths      *kernel.Paths // nil: the path is not
	askers     *askers       // ask the kernel; nil: new ones do
	diag       *kernel.Diag  // asked about the other end; nil: is not

	// late runs a function that changes Attempts of a race that is over,
	// where others may be reading them; nil: they are not changed.
	late func(func())

	// join is shown the addresses that would be connected to; where it returns
	// true open ends with errJoined and what it has done until then. Nil: none is looked for.
	join func([]netip.AddrPort) bool

	// begun is the connect that is under way to where it will lead; nil: none.
	begun *begun

	// proxy is what proxyFor returned for the key, where the caller has asked
	// (proxied); else open asks.
	proxy   *Proxy
	proxied bool
}

// steps is told what open does. *Trace and a pool's job are steps.
type steps interface {
	resolveStart(host string)
	resolveDone(dnscache.Answer, error)
	connectStart(netip.AddrPort)
	connectWait(a netip.AddrPort, reason string)
	connectDone(netip.AddrPort, error)
	connectFacts(*opened)
	proxyStart(p Proxy, target string)
	proxyDone(error)
	tlsStart()
	tlsDone(tls.ConnectionState, error)
}

// opened is a new connection and how it came to be.
type opened struct {
	conn     net.Conn   // what is read and written
	raw      net.Conn   // the TCP connection, wrapped by Dialer.Wrap
	tcp      net.Conn   // the connection without any wrappers
	below    net.Conn   // what TLS or the requests are spoken on: raw, or the tunnel through a proxy
	trans    *transport // directly under the first TLS connection; nil without TLS
	remote   netip.AddrPort
	local    netip.AddrPort
	proto    string
	tls      *tls.ConnectionState
	took     Handshake // by TLS
	answer   dnscache.Answer
	service  *service // nil: none of the name's HTTPS records counts
	hello    hello
	attempts []Attempt
	timing   Timing
	synSent  time.Time // by the attempt that won
	synTook  time.Duration
	cookie   uint64 // the kernel's number of the socket, where closes are watched; 0: unknown
	open     OpenFacts
	looked   time.Time // when the path of open was looked up

	proxy    *Proxy // nil: direct
	absolute bool   // requests go to the proxy, there is no tunnel
}

// open goes all the way to a connection for key.
func (d *Dialer) open(ctx context.Context, key Key, w opening) (*opened, error) {
	if w.steps == nil {
		w.steps = (*Trace)(nil)
	}
	if w.spawn == nil {
		w.spawn = func(f func()) { go f() }
	}
	o := &opened{proto: "http/1.1", proxy: w.proxy}
	if b := w.begun; b != nil && b.conn != nil {
		b.opened(ctx, d, w, o)
		return o, nil
	}
	if !w.proxied {
		var err error
		if o.proxy, err = d.proxyFor(ctx, key); err != nil {
			return nil, err
		}
	}
	to, err := d.route(key)
	if err != nil {
		return nil, err
	}
	if o.proxy != nil {
		err = d.through(ctx, key, to, w, o)
	} else {
		err = d.reach(ctx, key, to, w, o)
	}
	switch {
	case err == errJoined:
		return o, err
	case err != nil:
		return nil, err
	}
	if !key.Secure() {
		o.conn = o.below
		return o, nil
	}
	if err := d.handshake(ctx, key, w, o); err != nil {
		o.raw.Close()
		if err := d.again(ctx, key, w, o, err); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// reach makes the TCP connection to a place, which is where key's connections
// go or a proxy.
func (d *Dialer) reach(ctx context.Context, key Key, to place, w opening, o *opened) error {
	r := race{d: d, host: key.Host, w: w, policy: d.Policy}
	if o.proxy != nil && d.ProxyPolicy != nil {
		r.policy = d.ProxyPolicy
	}
	var f *feed
	var err error
	if addr, ok := to.addr(); ok {
		r.add(netip.AddrPortFrom(addr, to.port))
	} else if f, err = d.resolve(ctx, key, to, w, o, &r); err != nil {
		return err
	}
	return d.connect(ctx, &r, f, o)
}

// route applies ConnectTo.
func (d *Dialer) route(key Key) (place, error) {
	for _, c := range d.ConnectTo {
		p, err := parsePattern(c.Pattern)
		if err != nil {
			return place{}, fmt.Errorf("conn: connect-to pattern %q: %w", c.Pattern, err)
		}
		if !p.match(key.Host, key.Port) {
			continue
		}
		to, err := parseTarget(c.Target)
		if err != nil {
			return place{}, fmt.Errorf("conn: connect-to target %q: %w", c.Target, err)
		}
		return to, nil
	}
	return place{key.Host, key.Port}, nil
}

// Resolves reports whether a connection for key would begin with a lookup of
// its host here, and not somewhere else: a lookup ahead of that would tell
// others a name that a proxy or ConnectTo keeps from them.
func (d *Dialer) Resolves(ctx context.Context, key Key) bool {
	to, err := d.route(key)
	if err != nil || to != (place{key.Host, key.Port}) {
		return false
	}
	if _, ok := to.addr(); ok {
		return false
	}
	p, err := d.proxyFor(ctx, key)
	return err == nil && (p == nil || p.Scheme == "socks5")
}

// phaseContext bounds one phase; d is resolved already, 0 is no bound.
func phaseContext(ctx context.Context, phase string, d time.Duration) (context.Context, context.CancelFunc) {
	if d == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, d, &timeoutError{phase, d})
}

var errNoAddresses = errors.New("no addresses")
