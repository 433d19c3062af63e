package conntest

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// A Network is a set of addresses that can be listened on and dialled. The
// zero value is ready: it has no latency. It is safe for concurrent use and
// must not be copied.
type Network struct {
	// Latency is the time that data takes in one direction. A connection
	// takes two of them to be opened.
	Latency time.Duration
	// Window is how many bytes one direction holds before writes wait for the
	// reader. Zero: 64 KiB.
	Window int
	// Backlog is how many connections a listener holds that nobody accepted.
	// Zero: 128. Further ones wait, as where SYNs are dropped.
	Backlog int

	mu        sync.Mutex
	listeners map[netip.AddrPort]*Listener
	rules     map[netip.AddrPort]Rule
	lastPort  map[netip.Addr]uint16
	dials     []netip.AddrPort
	open      map[*Conn]struct{}
}

// A Rule says what happens to connections to an address.
type Rule struct {
	// Refuse refuses them after a round trip (RST), also where somebody
	// listens. An address where nobody listens refuses without a rule.
	Refuse bool
	// Blackhole swallows them: the dial lasts until its context ends.
	Blackhole bool
	// Reset accepts them and resets them at once.
	Reset bool
	// Err, if not nil, is what the dial returns at once, such as
	// syscall.ENETUNREACH or syscall.EMFILE.
	Err error
	// Latency, if not zero, is used instead of the Network's.
	Latency time.Duration
}

// SetRule sets the rule for connections to addr that begin after it. The zero
// Rule takes a rule away.
func (n *Network) SetRule(addr netip.AddrPort, r Rule) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.rules == nil {
		n.rules = make(map[netip.AddrPort]Rule)
	}
	n.rules[addr] = r
}

// Listen makes addr accept connections. Port 0 stands for a free one.
func (n *Network) Listen(addr netip.AddrPort) (*Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if addr.Port() == 0 {
		addr = netip.AddrPortFrom(addr.Addr(), n.port(addr.Addr()))
	}
	if n.listeners[addr] != nil {
		return nil, opError("listen", addr, syscall.EADDRINUSE)
	}
	if n.listeners == nil {
		n.listeners = make(map[netip.AddrPort]*Listener)
	}
	backlog := n.Backlog
	if backlog == 0 {
		backlog = 128
	}
	l := &Listener{network: n, addr: addr, queue: make(chan *Conn, backlog), closed: make(chan struct{})}
	n.listeners[addr] = l
	return l, nil
}

// port returns an ephemeral port of a host. The lock is held.
func (n *Network) port(host netip.Addr) uint16 {
	const first = 49152 // RFC 6335 section 6
	if n.lastPort == nil {
		n.lastPort = make(map[netip.Addr]uint16)
	}
	last := n.lastPort[host]
	if last < first || last == 65535 {
		last = first - 1
	}
	n.lastPort[host] = last + 1
	return last + 1
}

// Dial connects to addr; the network is "tcp". It fits conn.Dialer.Dial. The
// connection is a *[Conn]. Its own address is 192.0.2.254 or 2001:db8::fe with
// a port of its own.
func (n *Network) Dial(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return nil, fmt.Errorf("conntest: dial: unknown network %q", network)
	}
	self := netip.AddrFrom4([4]byte{192, 0, 2, 254})
	if addr.Addr().Is6() {
		self = netip.MustParseAddr("2001:db8::fe")
	}
	n.mu.Lock()
	n.dials = append(n.dials, addr)
	rule := n.rules[addr]
	local := netip.AddrPortFrom(self, n.port(self))
	n.mu.Unlock()
	if rule.Err != nil {
		return nil, opError("dial", addr, rule.Err)
	}
	latency := n.Latency
	if rule.Latency != 0 {
		latency = rule.Latency
	}
	if rule.Blackhole {
		<-ctx.Done()
		return nil, opError("dial", addr, ctx.Err())
	}
	if err := wait(ctx, latency); err != nil { // our SYN
		return nil, opError("dial", addr, err)
	}
	n.mu.Lock()
	l := n.listeners[addr]
	n.mu.Unlock()
	if l == nil || rule.Refuse {
		if err := wait(ctx, latency); err != nil {
			return nil, opError("dial", addr, err)
		}
		return nil, opError("dial", addr, syscall.ECONNREFUSED)
	}
	client, server := n.pipe(local, addr, latency)
	if rule.Reset {
		server.Reset()
	} else if err := l.put(ctx, server); err != nil {
		client.Reset()
		server.Reset()
		return nil, opError("dial", addr, err)
	}
	if err := wait(ctx, latency); err != nil { // their SYN+ACK
		client.Reset()
		return nil, opError("dial", addr, err)
	}
	return client, nil
}

// Dials returns the addresses of all dials so far, in order of their beginning.
func (n *Network) Dials() []netip.AddrPort {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]netip.AddrPort(nil), n.dials...)
}

// Open returns how many ends of connections have not been closed: two for a
// connection that both sides hold.
func (n *Network) Open() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.open)
}

func opError(op string, addr netip.AddrPort, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Addr: net.TCPAddrFromAddrPort(addr), Err: err}
}

// wait lets d pass unless ctx ends before.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A Listener accepts the connections to one address of a Network. It is a
// net.Listener.
type Listener struct {
	network *Network
	addr    netip.AddrPort
	queue   chan *Conn    // sent by Dial, never closed
	once    sync.Once     // closes closed
	closed  chan struct{} // closed by Close
}

// put queues the server's end of a connection.
func (l *Listener) put(ctx context.Context, c *Conn) error {
	select {
	case <-l.closed:
		return syscall.ECONNREFUSED
	default:
	}
	select {
	case l.queue <- c:
		return nil
	case <-l.closed:
		return syscall.ECONNREFUSED
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Accept waits for a connection, which is a *[Conn].
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, opError("accept", l.addr, net.ErrClosed)
	default:
	}
	select {
	case c := <-l.queue:
		return c, nil
	case <-l.closed:
		return nil, opError("accept", l.addr, net.ErrClosed)
	}
}

// Close stops listening and resets the connections that nobody accepted.
// Accepted ones stay.
func (l *Listener) Close() error {
	l.once.Do(func() {
		l.network.mu.Lock()
		delete(l.network.listeners, l.addr)
		l.network.mu.Unlock()
		close(l.closed)
	})
	for {
		select {
		case c := <-l.queue:
			c.Reset()
		default:
			return nil
		}
	}
}

// Addr returns the address as a *net.TCPAddr.
func (l *Listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.addr) }

// AddrPort returns the address.
func (l *Listener) AddrPort() netip.AddrPort { return l.addr }
