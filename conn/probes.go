package conn

import (
	"net"
	"time"
)

// The keep-alive probes of a pool's connection are switched on when it is some
// seconds old: none is sent before [Dialer.KeepAlive] has passed anyway, most
// connections of a load test are closed by then, and switching them on takes
// three system calls and a timer of the kernel (a tenth of what opening and
// closing a connection within this machine costs). The kernel counts from when
// it has last heard of the peer, so that they come when they would have come.

// probeAfter is how old a connection is then.
const probeAfter = 5 * time.Second

// probesLater reports whether connections are opened without probes, to be
// switched on by the pool: they come much later than that, and the socket can
// be reached below what is made of it.
func (p *Pool) probesLater() bool {
	d := &p.Dialer
	return d.Dial == nil && d.Link == nil && d.Wrap == nil && d.keepAlive().Idle >= 2*probeAfter
}

// A youngList has the connections whose probes are not switched on yet, oldest
// first.
type youngList struct{ first, last *connection }

func (l *youngList) push(c *connection) {
	c.young, c.older = true, l.last
	if l.last != nil {
		l.last.younger = c
	} else {
		l.first = c
	}
	l.last = c
}

func (l *youngList) remove(c *connection) {
	if c.older != nil {
		c.older.younger = c.younger
	} else {
		l.first = c.younger
	}
	if c.younger != nil {
		c.younger.older = c.older
	} else {
		l.last = c.older
	}
	c.young, c.older, c.younger = false, nil, nil
}

// grown takes from p.young those that are probeAfter old at now. The lock is held.
func (p *Pool) grown(now time.Time, a *actions) {
	for c := p.young.first; c != nil && !c.life.opened.Add(probeAfter).After(now); c = p.young.first {
		p.young.remove(c)
		a.grown = append(a.grown, c)
	}
}

// startProbes switches the probes on. The lock is not held; the connection may be
// closed meanwhile.
func (c *connection) startProbes() {
	if t, ok := c.tcp.(*net.TCPConn); ok {
		t.SetKeepAliveConfig(c.pool.Dialer.keepAlive())
	}
}
