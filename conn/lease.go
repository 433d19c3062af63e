package conn

import (
	"crypto/tls"
	"net"
	"net/netip"
	"time"

	"pageload/dnscache"
)

// A Session is a protocol on top of a connection that carries several
// requests at a time, such as HTTP/2.
type Session interface {
	// Available returns how many more requests the session takes now. It is
	// called with the pool's lock held: it must be quick, must not call the pool
	// and must not wait for a lock under which the pool is called. It returns 0
	// where the session is full; if no lease of it is out then, the pool takes
	// it for dead and closes it. The pool may hand out a few leases more than
	// streams are free, since it cannot know which ones have begun. See
	// [Pool.Retire] for a session that ends.
	Available() int
}

// A LeaseInfo says which connection a request got and what it waited for.
type LeaseInfo struct {
	ConnID        uint64
	Reused        bool // another request was served on the connection before
	Proto         string
	Local, Remote netip.AddrPort
	Proxy         *Proxy // nil: direct; else Remote is the proxy's address. Do not modify

	Queued  time.Time // when the request was made
	Ready   time.Time // when it got the connection
	Blocked string    // why it was in the queue without a connection being opened for it; "" if it was not

	// Timing has the steps of opening the connection, as far as they lie
	// after Queued. All are zero if the connection was there before.
	Timing
	// DNS is the answer to the lookup of the connection's host, where the
	// lookup is part of Timing.
	DNS dnscache.Answer
	// Idle is whether the connection lay idle when it was taken, used before or
	// not, and IdleFor for how long. The peer may have closed it meanwhile: a
	// request that fails on it before the first byte of the response may be
	// sent again.
	Idle    bool
	IdleFor time.Duration

	// Coalesced is the group whose connection this is where it is not the
	// request's own: an HTTP/2 connection to the same address whose certificate
	// is valid for this host too. Timing then has at most the lookup. The zero
	// Key: the connection is the group's own.
	Coalesced Key
}

// A Lease is the right to use a connection. It ends with Release or Discard,
// one of which has to be called exactly once; after that the lease must not be
// touched, since the pool uses it again. One goroutine at a time.
type Lease struct {
	c      *connection
	group  *group // whose request has it; for a shared connection not always c's
	held   bool   // guarded by the pool's lock
	reused bool
	idle   bool

	idleFor time.Duration
	queued  time.Time
	ready   time.Time
	blocked string
	joined  *opened // the lookup after which its group joined another's connection; nil: it did not
}

// Conn returns the connection: for https a *tls.Conn (or what Dialer.DialTLS
// made), for http what was dialled, usually a *net.TCPConn, or a *tls.Conn with
// an https proxy. It must not be closed but by Discard.
func (l *Lease) Conn() net.Conn { return l.c.conn }

// NetConn returns the TCP connection below TLS and proxies, as Dialer.Wrap made
// it; the same as Conn where there is neither.
func (l *Lease) NetConn() net.Conn { return l.c.raw }

// ID returns the connection's number in its pool, from 1.
func (l *Lease) ID() uint64 { return l.c.id }

// Reused reports whether another request was served on the connection before.
// If it fails before the first byte of the response, the peer may just have
// closed it: the request may be sent again. See also LeaseInfo.Idle.
func (l *Lease) Reused() bool { return l.reused }

// Proto returns what ALPN agreed on, such as "h2"; "http/1.1" if nothing.
func (l *Lease) Proto() string { return l.c.proto }

// Ready returns when the request got the connection.
func (l *Lease) Ready() time.Time { return l.ready }

// LayIdle reports whether the connection lay idle when it was taken; see LeaseInfo.Idle.
func (l *Lease) LayIdle() bool { return l.idle }

// Opening returns LeaseInfo.Timing and LeaseInfo.DNS; ok is false where both
// are zero, as for most requests.
func (l *Lease) Opening() (t Timing, dns dnscache.Answer, ok bool) {
	switch {
	case !l.reused:
		t, dns = l.c.life.timing.timing(l.c.life.started).after(l.queued), l.c.life.answer()
		if t.DNSEnd.IsZero() {
			dns = dnscache.Answer{}
		}
	case l.joined != nil: // what it waited for was the lookup
		t, dns = l.joined.timing.after(l.queued), l.joined.answer
	default:
		return t, dns, false
	}
	return t, dns, true
}

// Info returns which connection this is and what was waited for. It is a large
// value; the other methods have its parts.
func (l *Lease) Info() LeaseInfo {
	c := l.c
	i := LeaseInfo{
		ConnID: c.id, Reused: l.reused, Proto: c.proto, Local: c.local, Remote: c.remote, Proxy: c.life.proxy,
		Queued: l.queued, Ready: l.ready, Blocked: l.blocked, Idle: l.idle, IdleFor: l.idleFor,
	}
	i.Timing, i.DNS, _ = l.Opening()
	if l.group != c.group {
		i.Coalesced = c.group.key
	}
	return i
}

// TLS returns the state after the handshake, nil without TLS. It is shared by
// all leases of the connection: do not modify it.
func (l *Lease) TLS() *tls.ConnectionState { return l.c.tls }

// RemoteAddr returns the address that was dialled.
func (l *Lease) RemoteAddr() netip.AddrPort { return l.c.remote }

// LocalAddr returns our end's address; zero where the connection has none.
func (l *Lease) LocalAddr() netip.AddrPort { return l.c.local }

// Proxy returns the proxy that the connection goes through or to, nil if it
// is direct. Do not modify it.
func (l *Lease) Proxy() *Proxy { return l.c.life.proxy }

// AbsoluteForm reports whether the peer is an HTTP proxy that no tunnel was
// asked from: requests have to say the whole URL (RFC 9112 section 3.2.2) and,
// where they need one, the proxy's [Proxy.Authorization].
func (l *Lease) AbsoluteForm() bool { return l.c.absolute }

// Session returns what Share was called with on this connection, or nil: the
// holder is the only one and may call Share.
func (l *Lease) Session() Session { return l.c.session }

// Share lets other requests of the group use the connection at the same time,
// through s, as long as it is available. The leases that they get have s as
// their Session. It may be called again, with the same s, when s may have become
// available, while others hold leases of the connection.
//
// Requests for other hosts use it too where their names resolve to its address
// and its verified certificate is valid for them (RFC 9113 section 9.1.1),
// partition, privacy and port are the same, no proxy is between, and no client
// certificate may have been sent. See Misdirected.
//
// Only connections with Proto "h2" are shared, and until the first one's
// holder has called Share or given it back, the group opens no other.
func (l *Lease) Share(s Session) {
	c := l.c
	p := c.pool
	var a actions
	p.mu.Lock()
	if l.held && !c.retired {
		g := c.group
		if c.session == nil { // else others read it
			c.session = s
		}
		p.share(c)
		p.serveShared(c, &a)
		p.pump(g, nil, &a)
	}
	p.mu.Unlock()
	p.run(&a)
}

// Release gives the connection back: all of the response has been read, it
// may be used again, and no deadline is set on it. The request that waits for
// it is served before Release returns.
func (l *Lease) Release() { l.ReleaseAt(time.Now()) }

// ReleaseAt is Release for who has just read the clock: at is the time.
func (l *Lease) ReleaseAt(at time.Time) { l.c.pool.giveBack(l, nil, false, at) }

// Discard gives the connection back and has it closed; reason, which may be
// nil, is for its [Record]. A shared connection takes no new requests and is
// closed when its last lease ends.
func (l *Lease) Discard(reason error) { l.c.pool.giveBack(l, reason, true, time.Now()) }
