package conn

import (
	"context"
	"crypto/tls"
	"errors"
	"net/netip"
	"sync/atomic"
	"time"

	"pageload/dnscache"
)

// A job opens a connection for a group. No request owns it: whoever is first
// in the queue when it is done gets the connection, and if nobody waits any
// more it becomes idle. One goroutine runs it; only Close ends it early.
type job struct {
	pool    *Pool
	group   *group
	id      uint64
	started time.Time
	ticket  *Ticket      // sees the steps as long as it waits; nil: trace does
	trace   *Trace       // of a preconnect
	http1   bool         // h2 is not offered
	first   bool         // its group had nothing
	backup  bool         // it was begun because the one before it did not connect
	begun   *begun       // its connect, where that is one within this machine; nil: it is not, or has not begun
	partner *connection  // where another group's connection will do; set by join, read when the job is done
	stage   atomic.Int32 // one of the stages
	prev    *job
	next    *job
}

// The stages of a job, as far as the backup job's rule cares.
const (
	stageWaiting    int32 = iota // it resolves a name, or has no descriptor
	stageConnecting              // it does TCP; left by the first success
	stageConnected               // it does what comes after
)

// startJob starts one for g. The lock is held and there is room. t may be nil.
func (p *Pool) startJob(g *group, t *Ticket, a *actions) {
	first := g.size == 0
	j := p.newJob(g)
	if j.first = first; first && !a.here {
		p.startBackup(g)
	}
	if t != nil {
		t.job = true
		j.ticket = t
	}
	a.jobs = append(a.jobs, j)
}

func (p *Pool) newJob(g *group) *job {
	g.size++
	g.way.total++
	p.jobs++
	p.lastID++
	j := &job{pool: p, group: g, id: p.lastID, started: time.Now(), http1: g.host.http1}
	g.jobs.push(j)
	p.jobEvent(EventConnecting, j, j.started, nil)
	return j
}

func (p *Pool) jobEvent(kind EventKind, j *job, now time.Time, err error) {
	if p.OnEvent != nil {
		p.events.list = append(p.events.list, Event{Kind: kind, Time: now, ConnID: j.id, Key: j.group.key, Err: err})
	}
}

// run is j's goroutine.
func (j *job) run(ctx context.Context) {
	growStack(len(j.group.key.Host))
	if j.begun == nil {
		j.connectAtOnce()
	}
	j.finish(ctx)
}

// finish opens the connection and puts it to use. It returns the request that
// got it or its error, nil for none.
func (j *job) finish(ctx context.Context) (served *Ticket) {
	p, g := j.pool, j.group
	o, err := j.open(ctx)
	now := time.Now()
	var a actions
	p.mu.Lock()
	g.jobs.remove(j)
	if err == nil || g.jobs.n == 0 {
		g.stopBackup()
	}
	switch {
	case err == errJoined && !p.shut:
		p.joined(j, o, now, &a)
	case err != nil:
		p.failed(j, err, now, &a)
	default:
		p.connected(j, o, now, &a)
	}
	p.mu.Unlock()
	p.run(&a)
	p.jobDone()
	if len(a.deliveries) > 0 {
		served = a.deliveries[0].t
	}
	return served
}

// connected puts a new connection to use.
func (p *Pool) connected(j *job, o *opened, now time.Time, a *actions) {
	g := j.group
	c := p.newConnection(j, o, now)
	if c.proto == "h2" && !g.host.http1 {
		p.learn(g, g.host.spoke())
	}
	switch {
	case c.proto == "h2" && g.host.http1: // begun before that was known
		p.drop(c, closing{by: ByUs, reason: errHTTP1Required}, now, a)
		p.pump(g, nil, a)
	case p.shut:
		p.drop(c, closing{by: ByUs, reason: ErrPoolClosed}, now, a)
	case c.proto == "h2" && (g.shared != nil || g.pending != nil):
		p.drop(c, closing{by: ByUs, reason: errSecondH2}, now, a)
	default:
		p.offer(c, now, a)
		p.overtaken(j.ticket, a)
	}
}

// overtaken says why t, for which a connection was opened that another request
// has got, goes on waiting, if nobody opens one for it.
func (p *Pool) overtaken(t *Ticket, a *actions) {
	if t == nil || !t.waits() || t.reason != "" || t.group.jobs.n >= t.group.waiters.len() {
		return
	}
	if t.reason = p.obstacle(t.group); t.reason != "" {
		a.overtaken = append(a.overtaken, t)
	}
}

// failed gives the error to the first waiter, as Chromium does; the others
// have connections opened for themselves.
func (p *Pool) failed(j *job, err error, now time.Time, a *actions) {
	g := j.group
	if p.shut {
		err = ErrPoolClosed
	}
	r := Record{ID: j.id, Key: g.key, State: StateClosed, Started: j.started, Backup: j.backup, Closed: now, Reason: err}
	var d *DialError // inside a *ProxyError too
	if errors.As(err, &d) {
		r.Attempts = d.Attempts
	}
	var t *TLSError // of the host; inside a *ProxyError it is the proxy's
	if errors.As(err, &t) && t.Host == g.key.Host {
		r.Remote, r.TLSStart, r.TLSEnd, r.Handshake = t.Addr, t.Start, t.End, t.Handshake
	}
	p.closed.push(r)
	p.jobEvent(EventFailed, j, now, err)
	if g.waiters.len() > 0 {
		t := g.waiters.pop()
		g.restall()
		a.fail(t, err)
	}
	p.leave(g)
	p.pump(g, nil, a)
	p.wake(g.way, a)
}

// open dials, and dials again where the process is out of file descriptors.
func (j *job) open(ctx context.Context) (*opened, error) {
	p := j.pool
	w := opening{steps: j, sessions: sessionsFor(p.tickets, j.group.key), spawn: p.spawn,
		proxy: j.group.way.proxy, proxied: true, facts: p.Facts, late: p.late, paths: p.Paths, http1: j.http1,
		lateProbes: p.lateProbes}
	w.askers = &p.askers
	if p.WatchClose {
		w.diag = &p.closeWatches.diag
	}
	if j.mayJoin() {
		w.join = j.join
	}
	wait := orDefault(p.DescriptorWait, 5*time.Second)
	for {
		w.begun, j.begun = j.begun, nil
		o, err := p.Dialer.open(ctx, j.group.key, w)
		if err == nil || !shortOfDescriptors(err) || ctx.Err() != nil {
			return o, err
		}
		if time.Since(j.started) >= wait {
			return nil, err
		}
		j.stage.Store(stageWaiting)
		j.blocked("no file descriptor left")
		p.awaitDescriptor(ctx)
	}
}

// awaitDescriptor returns when a descriptor may be free: an idle connection
// was closed for it, any was closed, or a short time has passed, because what
// else the process does is not seen here.
func (p *Pool) awaitDescriptor(ctx context.Context) {
	var a actions
	p.mu.Lock()
	evicted := p.evictAny(&a)
	if p.freed == nil {
		p.freed = make(chan struct{})
	}
	freed := p.freed
	p.ways(func(w *way) { p.wake(w, &a) })
	p.mu.Unlock()
	p.run(&a)
	p.cutWatches(false)
	if evicted {
		return
	}
	again := time.NewTimer(50 * time.Millisecond)
	defer again.Stop()
	select {
	case <-freed:
	case <-again.C:
	case <-ctx.Done():
	}
}

// spawn runs f on a goroutine that Close waits for.
func (p *Pool) spawn(f func()) {
	p.mu.Lock()
	p.jobs++
	p.mu.Unlock()
	go func() {
		f()
		p.jobDone()
	}()
}

// late changes the attempts of a record.
func (p *Pool) late(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

func (p *Pool) jobDone() {
	p.mu.Lock()
	p.jobs--
	p.checkDrained()
	p.mu.Unlock()
}

// blocked says to whom the job reports why it cannot go on.
func (j *job) blocked(reason string) {
	p := j.pool
	p.mu.Lock()
	if t := j.ticket; t != nil && t.waits() && t.reason == "" {
		t.reason = reason
	}
	p.mu.Unlock()
	j.tracer().blocked(reason)
}

// tracer returns whom the job reports to now.
func (j *job) tracer() *Trace {
	if j.ticket == nil {
		return j.trace
	}
	j.pool.mu.Lock()
	defer j.pool.mu.Unlock()
	if !j.ticket.waits() {
		return nil
	}
	return j.ticket.trace
}

func (j *job) resolveStart(host string)                 { j.tracer().resolveStart(host) }
func (j *job) resolveDone(a dnscache.Answer, err error) { j.tracer().resolveDone(a, err) }
func (j *job) connectWait(a netip.AddrPort, why string) { j.tracer().connectWait(a, why) }

func (j *job) connectStart(a netip.AddrPort) {
	j.stage.Store(stageConnecting)
	j.tracer().connectStart(a)
}

func (j *job) connectDone(a netip.AddrPort, err error) {
	if err == nil {
		j.stage.Store(stageConnected)
	}
	j.tracer().connectDone(a, err)
}

func (j *job) proxyStart(p Proxy, target string)        { j.tracer().proxyStart(p, target) }
func (j *job) proxyDone(err error)                      { j.tracer().proxyDone(err) }
func (j *job) connectFacts(o *opened)                   { j.tracer().connectFacts(o) }
func (j *job) tlsStart()                                { j.tracer().tlsStart() }
func (j *job) tlsDone(s tls.ConnectionState, err error) { j.tracer().tlsDone(s, err) }

// Preconnect opens connections until the group of key has n, for requests
// that will come. It does not wait, and what fails is seen in trace (which may
// be nil) and in the records only. Where the limits leave no room for it, or
// the host is known to speak HTTP/2 and has a connection, it does less. The
// end of ctx does not end what was begun.
func (p *Pool) Preconnect(ctx context.Context, key Key, n int, trace *Trace) {
	if key.check() != nil || ctx.Err() != nil || n <= 0 {
		return
	}
	proxy, err := p.Dialer.proxyFor(ctx, key)
	if err != nil {
		return
	}
	p.mu.Lock()
	p.setup()
	if !p.shut {
		w := p.way(proxy)
		g := p.group(w, key)
		if g.host.h2 {
			n = 1
		}
		for g.size < min(n, p.perHost) && w.total < w.max && !g.single() {
			if g.size == 0 {
				p.startBackup(g)
			}
			j := p.newJob(g)
			j.trace = trace
			go j.run(p.life)
		}
		p.prune(g)
	}
	p.mu.Unlock()
	p.run(&actions{})
}

// growStack gives the goroutine that has just begun the stack that opening a
// connection takes (measured: between 4 and 8 KB). The runtime would double it
// step by step, and copying it is dear when there are thirty frames on it.
//
//go:noinline
func growStack(any int) byte {
	var room [6 << 10]byte
	return room[any&0xfff]
}
