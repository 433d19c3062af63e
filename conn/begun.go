package conn

import (
	"context"
	"net"
	"net/netip"
	"os"
	"time"
)

// A begun is a connect to an address of this machine, where most often it is
// done at once: a job begins it before it does anything else, on the goroutine
// of the request that wants it, so that no other is needed, or on its own,
// which then needs no race, no timer and no context. It has begun as the first
// and only attempt of the job's race, which goes on with it where it is not done.
type begun struct {
	addr  netip.AddrPort
	start time.Time
	conn  net.Conn
	file  *os.File // the connect goes on here; nil: it is done, or has failed
	err   error    // nil where there is conn
}

// opensAtOnce returns the address that a connection for key is opened to by
// nothing but a connect that does not leave this machine.
func (d *Dialer) opensAtOnce(key Key, proxy *Proxy) (netip.AddrPort, bool) {
	if !canConnectAtOnce || key.Secure() || proxy != nil ||
		d.Dial != nil || d.Link != nil || d.Policy != nil || d.Wrap != nil || d.setsLocal() {
		return netip.AddrPort{}, false
	}
	to, err := d.route(key)
	if err != nil {
		return netip.AddrPort{}, false
	}
	a, ok := to.addr()
	return netip.AddrPortFrom(a, to.port), ok && a.IsLoopback() && a.Zone() == ""
}

// begin runs j on this goroutine, up to where it would have to wait or has
// failed; from there on it has its own. It returns the request that got the
// connection, nil for none.
func (j *job) begin() (served *Ticket) {
	p := j.pool
	if p.Paths == nil && !p.WatchClose { // which ask the kernel more than once
		j.connectAtOnce()
	}
	if j.begun == nil || j.begun.conn == nil {
		j.spawn()
		return nil
	}
	return j.finish(p.life)
}

// connectAtOnce sets j.begun where its connection can be opened by nothing but
// a connect that does not leave this machine.
func (j *job) connectAtOnce() {
	d := &j.pool.Dialer
	a, ok := d.opensAtOnce(j.group.key, j.group.way.proxy)
	if !ok || !d.own.gates.tryEnter(a.Addr(), limit(d.MaxHalfOpen, 64)) {
		return
	}
	j.connectStart(a)
	b := &begun{addr: a, start: time.Now()}
	probes := d.keepAlive()
	if j.pool.lateProbes {
		probes = net.KeepAliveConfig{}
	}
	b.conn, b.file, b.err = d.connectAtOnce(a, probes)
	j.begun = b
}

// spawn has j go on on its own goroutine, from where its connect may take long.
func (j *job) spawn() {
	p := j.pool
	if j.first {
		p.mu.Lock()
		p.startBackup(j.group)
		p.mu.Unlock()
	}
	go j.run(p.life)
}

// opened notes a connect that is done already: its race had no rivals.
func (b *begun) opened(ctx context.Context, d *Dialer, w opening, o *opened) {
	d.own.gates.leave(b.addr.Addr())
	took := time.Since(b.start)
	if d.AdaptDelay {
		d.own.pace.took(b.addr.Addr(), took)
	}
	o.raw, o.below, o.conn = b.conn, b.conn, b.conn
	o.remote, o.local = b.addr, localAddr(b.conn)
	o.attempts = []Attempt{{Addr: b.addr, Start: b.start, Duration: took, Local: o.local}}
	o.timing.ConnectStart, o.timing.ConnectEnd = b.start, b.start.Add(took)
	w.steps.connectDone(b.addr, nil)
	o.observe(ctx, w, &o.attempts[0])
}

// end returns what a connect came to that was not done at once.
func (b *begun) end(ctx context.Context, d *Dialer) (net.Conn, error) {
	if b.file != nil {
		return d.awaitConnect(ctx, b.file, b.addr)
	}
	return nil, b.err
}
