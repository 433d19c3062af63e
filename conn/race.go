package conn

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"
)

// A race connects to one of several addresses (RFC 8305 sections 4 and 5).
// The winner is the first finished TCP handshake: TLS comes after the race, as
// in Chromium's TransportConnectJob.
//
// The goroutine that runs it owns all fields. Each attempt has a goroutine,
// which ends when its dial does: at once when the race is over, because that
// cancels the dial, and a late winner is closed there.
type race struct {
	d      *Dialer
	w      opening
	host   string
	policy func(netip.AddrPort) error // nil: anything goes

	queue    addresses
	attempts []Attempt
	inFlight int

	results chan result   // unbuffered; sent by attempts
	over    chan struct{} // closed by run when nobody receives results any more
}

// A result is how an attempt ended.
type result struct {
	index  int // in attempts
	conn   net.Conn
	waited time.Duration // for a pass
	err    error
}

// add puts addresses at the end of the queue, but for those of a family that
// was not asked for.
func (r *race) add(addrs ...netip.AddrPort) {
	for _, a := range addrs {
		a = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
		if (r.w.network == "tcp4" && !a.Addr().Is4()) || (r.w.network == "tcp6" && !a.Addr().Is6()) {
			continue
		}
		r.queue.add(a)
	}
}

// run returns the winner and its place in r.attempts. The error is a
// *DialError, or says that the caller gave up.
func (r *race) run(parent context.Context, feed *feed) (net.Conn, int, error) {
	ctx, cancel := phaseContext(parent, "connect", orDefault(r.d.ConnectTimeout, 30*time.Second))
	defer cancel()
	if r.joins(r.queue.seen) {
		return nil, 0, errJoined
	}
	if feed == nil && r.queue.len() == 1 {
		return r.only(parent, ctx)
	}
	return r.compete(parent, ctx, feed)
}

// compete is the race of several addresses, or of those that come.
func (r *race) compete(parent, ctx context.Context, feed *feed) (net.Conn, int, error) {
	ctx, lose := context.WithCancelCause(ctx)
	r.results, r.over = make(chan result), make(chan struct{})
	defer close(r.over)
	defer lose(ErrLost) // runs before close(r.over): what comes in between is closed by its attempt

	delay := time.NewTimer(time.Hour) // runs out when the next address is due
	delay.Stop()
	defer delay.Stop()
	due := true // the next address may be tried as soon as there is one
	for {
		if due && r.queue.len() > 0 && !feed.holds() {
			due = false
			if d := r.d.attemptDelay(r.start(ctx)); d > 0 {
				delay.Reset(d)
			}
			continue
		}
		if r.inFlight == 0 && r.queue.len() == 0 && !feed.open() {
			return nil, 0, r.failed(feed)
		}
		select {
		case <-delay.C:
			due = true
		case res := <-r.results:
			if r.done(res) {
				r.giveUp(ErrLost)
				return res.conn, res.index, nil
			}
			due = true // section 5: a failure starts the next attempt at once
		case b := <-feed.batches():
			feed.take(b)
			r.add(b.addrs...)
			if r.joins(b.addrs) {
				r.giveUp(ErrLost)
				return nil, 0, errJoined
			}
		case <-feed.held():
			feed.release()
		case <-ctx.Done():
			r.giveUp(context.Cause(ctx))
			feed.stop(context.Cause(ctx))
			if err := gaveUp(parent); err != nil {
				return nil, 0, err
			}
			return nil, 0, r.failed(feed)
		}
	}
}

// joins reports whether no connection to any of these addresses is needed.
func (r *race) joins(addrs []netip.AddrPort) bool {
	return r.w.join != nil && len(addrs) > 0 && r.w.join(addrs)
}

// only is the race of one address: nobody else is needed for it.
func (r *race) only(parent, ctx context.Context) (net.Conn, int, error) {
	b := r.w.begun
	var res result
	if b != nil {
		res = r.goOn(ctx, b)
	} else {
		i, addr, pass := r.next()
		res = r.attempt(ctx, i, addr, pass)
	}
	if r.done(res) {
		return res.conn, res.index, nil
	}
	if err := gaveUp(parent); err != nil {
		return nil, 0, err
	}
	return nil, 0, r.failed(nil)
}

// goOn is the attempt that was begun before the race.
func (r *race) goOn(ctx context.Context, b *begun) result {
	r.attempts = append(r.attempts, Attempt{Addr: r.queue.next(), Start: b.start, Duration: -1})
	r.inFlight++
	var res result
	if res.conn, res.err = b.end(ctx, r.d); res.err != nil {
		res.err = dialError(ctx, res.err)
	}
	r.left(b.addr, b.start, res.err)
	return res
}

// start begins an attempt at the next address and returns that.
func (r *race) start(ctx context.Context) netip.Addr {
	i, addr, pass := r.next()
	r.w.spawn(func() {
		res := r.attempt(ctx, i, addr, pass)
		select {
		case r.results <- res:
		case <-r.over:
			r.late(res)
		}
	})
	return addr.Addr()
}

func (r *race) next() (int, netip.AddrPort, *pass) {
	addr := r.queue.next()
	r.w.steps.connectStart(addr)
	a := Attempt{Addr: addr, Start: time.Now(), Duration: -1}
	pass := r.d.own.gates.enter(addr.Addr(), limit(r.d.MaxHalfOpen, 64))
	if pass != nil {
		a.Reason = pass.reason
		r.w.steps.connectWait(addr, a.Reason)
	}
	r.attempts = append(r.attempts, a)
	r.inFlight++
	return len(r.attempts) - 1, addr, pass
}

// done notes the end of an attempt and reports whether it won.
func (r *race) done(res result) bool {
	r.inFlight--
	a := &r.attempts[res.index]
	a.Duration, a.Waited, a.Err = time.Since(a.Start), res.waited, res.err
	if res.conn != nil {
		a.Local = localAddr(res.conn)
	}
	r.w.steps.connectDone(a.Addr, a.Err)
	return res.err == nil
}

// late ends an attempt whose race is over. It runs on the attempt's goroutine,
// which touches nothing else of r.
func (r *race) late(res result) {
	var local netip.AddrPort
	if res.conn != nil {
		local = localAddr(res.conn)
		res.conn.Close()
	}
	now := time.Now()
	if r.w.late != nil {
		r.w.late(func() {
			a := &r.attempts[res.index]
			a.Late, a.Local, a.Waited, a.Closed = res.conn != nil, local, res.waited, now
		})
	}
}

func localAddr(c net.Conn) netip.AddrPort {
	l, ok := c.LocalAddr().(interface{ AddrPort() netip.AddrPort })
	if !ok {
		return netip.AddrPort{}
	}
	a := l.AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// giveUp notes the end of all attempts that are under way.
func (r *race) giveUp(err error) {
	for i := range r.attempts {
		if r.attempts[i].Duration < 0 {
			r.done(result{index: i, err: err})
		}
	}
}

func (r *race) failed(f *feed) error {
	if len(r.attempts) == 0 {
		return f.failure(r.host)
	}
	return &DialError{Host: r.host, Attempts: slices.Clone(r.attempts)}
}

// attempt connects to one address. It runs on any goroutine. p is what it has
// to wait for first; nil: nothing.
func (r *race) attempt(ctx context.Context, index int, addr netip.AddrPort, p *pass) result {
	res := result{index: index}
	gates := &r.d.own.gates
	start := time.Now()
	if p != nil {
		select {
		case <-p.ready:
		case <-ctx.Done():
			res.waited, res.err = time.Since(start), context.Cause(ctx)
			if gates.giveUp(p) {
				gates.leave(addr.Addr())
			}
			return res
		}
		now := time.Now()
		res.waited, start = now.Sub(start), now
	}
	res.conn, res.err = r.dial(ctx, addr)
	r.left(addr, start, res.err)
	return res
}

// left notes the end of a connect.
func (r *race) left(addr netip.AddrPort, start time.Time, err error) {
	r.d.own.gates.leave(addr.Addr())
	if err == nil && r.d.AdaptDelay {
		r.d.own.pace.took(addr.Addr(), time.Since(start))
	}
}

// dial asks the policy about an address and connects to it.
func (r *race) dial(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	d := r.d
	if r.policy != nil {
		if err := r.policy(addr); err != nil {
			return nil, &PolicyError{Addr: addr, Err: err}
		}
	}
	var c net.Conn
	var err error
	if d.Link != nil {
		err = d.Link.Connect(ctx)
	}
	switch {
	case err != nil:
	case d.Dial != nil:
		c, err = d.Dial(ctx, "tcp", addr)
	default:
		probes := d.keepAlive()
		if r.w.lateProbes {
			probes = net.KeepAliveConfig{}
		}
		c, err = d.dialSystem(ctx, addr, probes)
	}
	if err == nil && c == nil {
		err = errors.New("Dialer.Dial returned no connection")
	}
	if err == nil {
		return c, nil
	}
	return nil, dialError(ctx, err)
}

// dialError is the error of an attempt: who ended ctx, or what went wrong.
func dialError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return plainError(err)
}

// addresses are those not yet tried. They are taken from both families
// in turn, beginning with IPv6 (RFC 8305 section 4, with a First Address
// Family Count of 1), each family in the resolver's order.
type addresses struct {
	v6, v4 []netip.AddrPort
	seen   []netip.AddrPort // each address is tried once
	took6  bool             // the last one taken was IPv6
}

func (q *addresses) len() int { return len(q.v6) + len(q.v4) }

func (q *addresses) add(a netip.AddrPort) {
	for _, s := range q.seen {
		if s == a {
			return
		}
	}
	q.seen = append(q.seen, a)
	if a.Addr().Is4() {
		q.v4 = append(q.v4, a)
	} else {
		q.v6 = append(q.v6, a)
	}
}

func (q *addresses) next() netip.AddrPort {
	list := &q.v6
	if len(q.v6) == 0 || (q.took6 && len(q.v4) > 0) {
		list = &q.v4
	}
	a := (*list)[0]
	*list = (*list)[1:]
	q.took6 = list == &q.v6
	return a
}
