package iterate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/internal/exchange"
)

const (
	maxFirst  = 8 // servers tried once
	maxSecond = 3 // of those that were silent, tried again
	maxThird  = 2 // and over TCP, in case that UDP does not pass

	minListen = time.Second // how long a response may come after the next server was asked
	maxListen = 3 * time.Second
)

var (
	errSilent = fmt.Errorf("all servers were silent moments ago: %w", os.ErrDeadlineExceeded)
	errMoot   = exchange.Moot("given up: another response came first")
)

// inquiry is one question to the servers of one zone: to one after the other until one has something to say, without
// giving up those before. Its goroutine is the one that calls run.
type inquiry struct {
	r     *Resolver
	zone  zoneReader
	name  string
	qtype uint16
	spend func() error // called before each exchange; its error ends the inquiry

	results chan attempt
	tried   map[netip.AddrPort]*outcome
	queue   []candidate
	round   int
	steps   []dnscache.Step
	weak    *reply
	err     error
	limit   error // of spend
	rcode   int
}

// outcome is what became of the tries of one server.
type outcome struct {
	candidate
	start    time.Time // of the first
	finished bool      // it responded, or cannot be reached: not to be tried again
	answered bool
}

// attempt is one server's exchange of messages at its end.
type attempt struct {
	to    candidate
	steps []dnscache.Step
	last  exchange.Result
	reply reply
}

// inquired is what an inquiry found out.
type inquired struct {
	reply reply // kind failed where no server had something to say; its err says why
	mute  bool  // no server responded at all
	limit error // why not all servers were tried
	steps []dnscache.Step
}

// run asks the servers at addrs.
func (q *inquiry) run(ctx context.Context, addrs []netip.AddrPort) inquired {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	q.results = make(chan attempt, maxFirst+maxSecond+maxThird)
	q.tried = make(map[netip.AddrPort]*outcome)
	q.first(addrs)
	var best *reply
	pending := 0
	for best == nil {
		var next <-chan time.Time
		if c, wait, ok := q.take(ctx); ok {
			pending++
			go q.attempt(ctx, c, wait)
			t := time.NewTimer(wait)
			defer t.Stop()
			next = t.C
		} else if pending == 0 {
			break
		}
		select {
		case a := <-q.results:
			pending--
			best = q.judge(a)
		case <-next:
		case <-ctx.Done():
			q.err = ended(ctx)
		}
		if ctx.Err() != nil {
			break
		}
	}
	cancel(errMoot)
	for range pending {
		q.steps = append(q.steps, (<-q.results).steps...)
	}
	return q.finish(best)
}

// first makes the queue of the first round: the servers that are not known to be silent, and one more; where there are
// only silent ones, all that are not dead; where there are only those, one that was not tried just now.
func (q *inquiry) first(addrs []netip.AddrPort) {
	now := time.Now()
	var up, down, dead []candidate
	for _, c := range q.r.servers.order(addrs, q.zone.zone, now) {
		switch {
		case !c.down:
			up = append(up, c)
		case !c.dead:
			down = append(down, c)
		case q.r.servers.allow(c.addr, now):
			dead = append(dead, c)
		}
	}
	spare := append(down, dead...)
	if len(up) == 0 && len(down) > 0 {
		for i := range down {
			down[i].down = false
		}
		up, spare = down, dead
	}
	if len(up) == 0 {
		q.round = 2 // no patience: over UDP once
		q.err = errSilent
	}
	q.queue = append(up[:min(len(up), maxFirst)], spare[:min(len(spare), 1)]...)
}

// take returns the next server to try, and for how long none other is.
func (q *inquiry) take(ctx context.Context) (c candidate, wait time.Duration, ok bool) {
	if ctx.Err() != nil {
		return candidate{}, 0, false
	}
	if len(q.queue) == 0 && q.round < 2 {
		q.again()
	}
	for len(q.queue) > 0 {
		c, q.queue = q.queue[0], q.queue[1:]
		o := q.tried[c.addr]
		if o != nil && o.finished {
			continue
		}
		if err := q.spend(); err != nil {
			q.limit, q.queue, q.round = err, nil, 2
			return candidate{}, 0, false
		}
		if o == nil {
			now := time.Now()
			q.tried[c.addr] = &outcome{candidate: c, start: now}
			q.r.servers.asking(c.addr, now)
		}
		return c, min(c.wait<<q.round, maxWait), true
	}
	return candidate{}, 0, false
}

// again makes the queue of the next round, of those that were silent.
func (q *inquiry) again() {
	q.round++
	most := maxSecond
	if q.round == 2 {
		most = maxThird
	}
	for _, o := range q.tried {
		if !o.finished && !o.down {
			c := o.candidate
			c.tcp = q.round == 2
			q.queue = append(q.queue, c)
		}
	}
	slices.SortFunc(q.queue, func(a, b candidate) int { return q.tried[a.addr].start.Compare(q.tried[b.addr].start) })
	q.queue = q.queue[:min(len(q.queue), most)]
}

// attempt asks one server and sends what came of it.
func (q *inquiry) attempt(ctx context.Context, c candidate, wait time.Duration) {
	listen := min(max(3*wait, minListen), maxListen)
	if c.tcp || c.down {
		listen = wait
	}
	ctx, cancel := context.WithTimeout(ctx, listen)
	defer cancel()
	a := attempt{to: c}
	defer func() { q.results <- a }()
	question, err := q.r.question(q.name, q.qtype)
	if err != nil {
		a.reply.err = err
		return
	}
	if !c.edns {
		question.EDNS = 0
	}
	a.last = q.r.client.Ask(ctx, exchange.To{Addr: c.addr, TCP: c.tcp}, question, func(res exchange.Result) {
		if len(a.steps) > 0 {
			q.spend() // TCP, or without EDNS: what is left then ends the walk elsewhere
		}
		a.reply = reply{err: res.Err}
		if res.Err == nil {
			a.reply = q.zone.read(res.Msg, q.name, q.qtype)
		}
		a.steps = append(a.steps, q.step(res, a.reply))
	})
}

// step is the record of one exchange.
func (q *inquiry) step(res exchange.Result, r reply) dnscache.Step {
	s := dnscache.Step{
		Level: dnscache.Root, Server: res.Addr.String(), Question: res.Question.String(), Transport: res.Transport,
		Start: res.Start, Duration: res.Duration, TTL: r.ttl,
	}
	if res.Msg != nil {
		s.RCode = exchange.RCode(res.Msg.Rcode)
	}
	switch {
	case r.err != nil:
		s.Err = r.err.Error()
	case r.kind == referred:
		s.Note = "refers to " + plain(r.next.zone)
	case r.kind == aliased:
		s.Note, s.TTL = "alias of "+plain(r.owner), r.links[len(r.links)-1].ttl
	}
	return s
}

// judge takes in the end of an attempt, and returns its reply if that is what was looked for.
func (q *inquiry) judge(a attempt) *reply {
	q.steps = append(q.steps, a.steps...)
	o, now := q.tried[a.to.addr], time.Now()
	switch err := a.last.Err; {
	case a.last.Msg != nil:
		o.finished, o.answered = true, true
		rtt := a.last.Duration
		if len(a.steps) > 1 {
			rtt = a.steps[0].Duration
		}
		q.r.servers.answered(a.to.addr, rtt, a.last.Question.EDNS > 0, now)
		q.rcode = a.last.Msg.Rcode
	case exchange.IsTimeout(err):
	default:
		o.finished = true
		if errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.EADDRNOTAVAIL) {
			q.r.servers.unroutable(a.to.addr, now)
		}
	}
	switch {
	case a.reply.kind != failed && !a.reply.weak:
		return &a.reply
	case a.reply.kind != failed && q.weak == nil:
		q.weak = &a.reply
	case a.reply.err != nil:
		q.err = a.reply.err
	}
	if o.answered {
		q.r.servers.incapable(a.to.addr, q.zone.zone, now)
	}
	return nil
}

// finish notes which servers were silent and returns what was found out.
func (q *inquiry) finish(best *reply) inquired {
	now := time.Now()
	mute := true
	for a, o := range q.tried {
		switch {
		case o.answered:
			mute = false
		case o.finished || now.Sub(o.start) >= o.wait:
			q.r.servers.silence(a, o.finished, now)
		default:
			q.r.servers.abandoned(a, now)
		}
	}
	slices.SortStableFunc(q.steps, func(x, y dnscache.Step) int { return x.Start.Compare(y.Start) })
	if best == nil {
		best = q.weak
	}
	if best == nil {
		best = &reply{rcode: q.rcode, err: cmp.Or(q.limit, q.err)}
	}
	return inquired{reply: *best, mute: mute, limit: q.limit, steps: q.steps}
}

// ended returns why ctx has ended.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	var moot exchange.Moot
	if errors.As(cause, &moot) || errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}
