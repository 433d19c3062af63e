package conn

import (
	"crypto/tls"
	"net/netip"
	"time"

	"pageload/dnscache"
)

// A Trace has functions that are called at the steps on the way to a
// connection. Any of them may be nil, and so may a *Trace.
//
// They are called on different goroutines and hold up what they report, so they
// should be quick; they may call the pool. Steps of opening a connection come
// one at a time and in order.
//
// A request that finds no connection has one opened and sees the steps of
// that one. Since connections are not bound to requests, it may get another
// that is ready earlier; from then on it sees no more steps, but one that was
// being reported at that moment may overlap with GotConn. What is meant for
// accounting is in [LeaseInfo].
type Trace struct {
	// Blocked is called when the request has to wait in the queue and no
	// connection can be opened for it, with the reason, such as
	// "6 of 6 connections of this group busy".
	Blocked func(reason string)

	// ResolveStart and ResolveDone surround the lookup of host. They are not
	// called if the host is an IP address.
	ResolveStart func(host string)
	ResolveDone  func(dnscache.Answer, error)

	// ConnectStart and ConnectDone surround each attempt of the race. An
	// attempt that lost has the error ErrLost.
	ConnectStart func(netip.AddrPort)
	ConnectDone  func(netip.AddrPort, error)
	// ConnectWait is called after ConnectStart of an attempt that has to wait
	// (Dialer.MaxHalfOpen), with the reason, such as
	// "64 of 64 connects to 192.0.2.1 under way".
	ConnectWait func(a netip.AddrPort, reason string)

	// ProxyStart and ProxyDone surround what is said to a proxy, TLS with an
	// https proxy included, until there is a tunnel to target (host:port; ""
	// where it is only TLS, and requests go to the proxy after it).
	// They are not called where requests go to the proxy in absolute form and
	// nothing has to be said before.
	ProxyStart func(p Proxy, target string)
	ProxyDone  func(error)

	// ConnectFacts is called after ConnectDone of the attempt that won, with
	// what the kernel says of the new connection, where it is asked.
	ConnectFacts func(OpenFacts)

	// TLSStart and TLSDone surround the TLS handshake.
	TLSStart func()
	TLSDone  func(tls.ConnectionState, error)

	// GotConn is called last, right before the request is given its lease.
	GotConn func(LeaseInfo)
}

// A Tracer makes a Trace when one is needed: most requests get a connection at once.
type Tracer interface {
	// QueueTrace is called by [Pool.Enqueue], at most once and before it returns, if the request has to be queued. It must not
	// call the pool. Nil: nobody is told.
	QueueTrace() *Trace
}

func (t *Trace) blocked(reason string) {
	if t != nil && t.Blocked != nil {
		t.Blocked(reason)
	}
}

func (t *Trace) resolveStart(host string) {
	if t != nil && t.ResolveStart != nil {
		t.ResolveStart(host)
	}
}

func (t *Trace) resolveDone(a dnscache.Answer, err error) {
	if t != nil && t.ResolveDone != nil {
		t.ResolveDone(a, err)
	}
}

func (t *Trace) connectStart(a netip.AddrPort) {
	if t != nil && t.ConnectStart != nil {
		t.ConnectStart(a)
	}
}

func (t *Trace) connectWait(a netip.AddrPort, reason string) {
	if t != nil && t.ConnectWait != nil {
		t.ConnectWait(a, reason)
	}
}

func (t *Trace) connectDone(a netip.AddrPort, err error) {
	if t != nil && t.ConnectDone != nil {
		t.ConnectDone(a, err)
	}
}

func (t *Trace) proxyStart(p Proxy, target string) {
	if t != nil && t.ProxyStart != nil {
		t.ProxyStart(p, target)
	}
}

func (t *Trace) proxyDone(err error) {
	if t != nil && t.ProxyDone != nil {
		t.ProxyDone(err)
	}
}

func (t *Trace) connectFacts(o *opened) {
	if t != nil && t.ConnectFacts != nil {
		t.ConnectFacts(o.facts())
	}
}

func (t *Trace) tlsStart() {
	if t != nil && t.TLSStart != nil {
		t.TLSStart()
	}
}

func (t *Trace) tlsDone(s tls.ConnectionState, err error) {
	if t != nil && t.TLSDone != nil {
		t.TLSDone(s, err)
	}
}

func (t *Trace) gotConn(l *Lease) {
	if t != nil && t.GotConn != nil {
		t.GotConn(l.Info())
	}
}

// Timing says when the steps that opened a connection were taken. The times
// of a step that was not needed are zero.
type Timing struct {
	DNSStart, DNSEnd         time.Time
	ConnectStart, ConnectEnd time.Time // the race, from the first attempt to the winner
	ProxyStart, ProxyEnd     time.Time // from the connection with a proxy to its tunnel
	TLSStart, TLSEnd         time.Time
}

// after returns the part of the steps that lies after now: a step that had
// ended is zero, one that was under way starts at now.
func (t Timing) after(now time.Time) Timing {
	clip := func(start, end *time.Time) {
		switch {
		case start.IsZero():
		case end.Before(now):
			*start, *end = time.Time{}, time.Time{}
		case start.Before(now):
			*start = now
		}
	}
	clip(&t.DNSStart, &t.DNSEnd)
	clip(&t.ConnectStart, &t.ConnectEnd)
	clip(&t.ProxyStart, &t.ProxyEnd)
	clip(&t.TLSStart, &t.TLSEnd)
	return t
}
