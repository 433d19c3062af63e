package system

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache"
	"pageload/dnscache/internal/exchange"
)

const (
	// lateIPv6 is how long IPv6 addresses are waited for when there are IPv4 ones. Servers that drop AAAA questions exist,
	// and a page should not wait out their timeouts. IPv4 addresses are waited for: IPv6 alone may lead nowhere.
	lateIPv6 = 500 * time.Millisecond

	// lateHTTPS is how long HTTPS records are waited for when the addresses are there. Chromium waits that long at most
	// for plain DNS.
	lateHTTPS = 50 * time.Millisecond

	// snoopTimeout is how long a response to a question without recursion is waited for: a cache has it at once.
	snoopTimeout = time.Second
)

var errNoServers = errors.New("no servers to ask")

const (
	errLate = exchange.Moot("given up: the other answers are there and this one was late")
	errMoot = exchange.Moot("given up: no longer needed")
)

// line is what a source keeps between its lookups: connections, and what servers were heard to say.
type line struct {
	once   sync.Once
	client exchange.Client
	ttls   ttlMemory
}

func (l *line) to(dial func(context.Context, string, netip.AddrPort) (net.Conn, error)) *exchange.Client {
	l.once.Do(func() { l.client.Dial = dial })
	return &l.client
}

// asker puts one lookup's questions to recursing servers: what Server, Router, ISP and Resolved have in common.
type asker struct {
	level    dnscache.Level
	label    func(exchange.To) string // names a server in steps
	client   *exchange.Client
	ttls     *ttlMemory
	to       []exchange.To
	attempts int
	first    bool // cache first: ask without recursion before asking with it
	https    bool
	noAAAA   bool
}

// outcome is what the question for one type led to. Its err is nil where it has records.
type outcome struct {
	qtype uint16
	reply
	steps []dnscache.Step
	err   error
}

// lookup puts the questions for all types side by side.
func (k *asker) lookup(ctx context.Context, name string) (dnscache.Answer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	types := []uint16{dns.TypeA}
	if !k.noAAAA {
		types = append(types, dns.TypeAAAA)
	}
	families := len(types)
	if k.https {
		types = append(types, dns.TypeHTTPS)
	}
	outcomes := make(chan outcome, len(types))
	for _, qtype := range types {
		go func() { outcomes <- k.resolve(ctx, name, qtype) }()
	}
	all := make(map[uint16]outcome, len(types))
	useful := false // there are addresses, or it is known that there are none and HTTPS records may have hints
	for range types {
		o := <-outcomes
		all[o.qtype] = o
		if o.qtype != dns.TypeHTTPS {
			families--
			useful = useful || o.err == nil || errors.Is(o.err, dnscache.ErrNoAddress)
		}
		switch {
		case errors.Is(o.err, dnscache.ErrNotFound):
			cancel(errMoot) // NXDOMAIN is for all types
		case families == 0 && useful:
			defer time.AfterFunc(lateHTTPS, func() { cancel(errLate) }).Stop()
		case families == 0:
			cancel(errMoot)
		case o.err == nil && o.qtype == dns.TypeA:
			defer time.AfterFunc(lateIPv6, func() { cancel(errLate) }).Stop()
		}
	}
	return k.combine(name, all)
}

// combine makes one answer of the outcomes. One family's addresses are an answer even where the other failed; no address
// at all is one only where neither did.
func (k *asker) combine(name string, all map[uint16]outcome) (dnscache.Answer, error) {
	v4, v6, svc := all[dns.TypeA], all[dns.TypeAAAA], all[dns.TypeHTTPS]
	a := dnscache.Answer{Name: name, Level: k.level, Steps: slices.Concat(v4.steps, v6.steps, svc.steps)}
	slices.SortStableFunc(a.Steps, func(x, y dnscache.Step) int { return x.Start.Compare(y.Start) })
	if k.noAAAA {
		v6 = outcome{err: dnscache.ErrNoAddress, reply: reply{ttl: exchange.MaxTTL}}
	}
	switch {
	case v4.err == nil || v6.err == nil:
		best, other := v6, v4
		if best.err != nil {
			best, other = other, best
		}
		a.Addrs, a.TTL, a.Canonical = best.addrs, best.ttl, best.canonical
		if other.err == nil {
			a.Addrs, a.TTL = append(a.Addrs, other.addrs...), min(a.TTL, other.ttl)
		}
		if svc.err == nil && svc.canonical == a.Canonical { // else they are of another host (as in Chromium)
			a.HTTPS = svc.https
		}
		a.RCode = best.rcode
		return a, nil
	case errors.Is(v4.err, dnscache.ErrNotFound):
		return k.fail(a, v4)
	case errors.Is(v6.err, dnscache.ErrNotFound):
		return k.fail(a, v6)
	case errors.Is(svc.err, dnscache.ErrNotFound):
		return k.fail(a, svc)
	case !errors.Is(v4.err, dnscache.ErrNoAddress):
		return k.fail(a, v4)
	case !errors.Is(v6.err, dnscache.ErrNoAddress):
		return k.fail(a, v6)
	}
	v4.ttl = min(v4.ttl, v6.ttl)
	if svc.err == nil && svc.canonical == v4.canonical {
		a.HTTPS = svc.https
	}
	return k.fail(a, v4)
}

func (k *asker) fail(a dnscache.Answer, o outcome) (dnscache.Answer, error) {
	a.RCode, a.TTL = o.rcode, o.ttl
	return a, &dnscache.Error{Name: a.Name, Level: a.Level, RCode: a.RCode, Steps: a.Steps, Err: o.err}
}

// resolve puts one question to the servers until one has an answer to it. One that responds with a failure or cannot be
// reached is not asked again; one that is silent is, when all others were tried.
func (k *asker) resolve(ctx context.Context, name string, qtype uint16) outcome {
	o := outcome{qtype: qtype, err: errNoServers}
	settled := make([]bool, len(k.to))
	for range cmp.Or(k.attempts, defaultAttempts) {
		for i, to := range k.to {
			if settled[i] {
				continue
			}
			if ctx.Err() != nil {
				o.err = exchange.Ended(ctx, nil)
				return o
			}
			o.reply, o.err = k.try(ctx, to, name, qtype, &o.steps)
			if o.err == nil || errors.Is(o.err, dnscache.ErrNotFound) || errors.Is(o.err, dnscache.ErrNoAddress) {
				return o
			}
			settled[i] = !exchange.IsTimeout(o.err)
		}
	}
	return o
}

// try asks one server, where it is to be so first for what it has in its cache. Each exchange is appended to steps.
func (k *asker) try(ctx context.Context, to exchange.To, name string, qtype uint16, steps *[]dnscache.Step) (reply, error) {
	q, err := exchange.New(name, qtype)
	if err != nil {
		return reply{}, err
	}
	snooped := unasked
	if k.first {
		q.Recurse = false
		brief := to
		brief.Timeout = min(cmp.Or(to.Timeout, exchange.DefaultTimeout), snoopTimeout)
		r, err := k.ask(ctx, brief, q, snooped, steps)
		if snooped = snoop(r, err); snooped == cached {
			return r, err
		}
		if ctx.Err() != nil {
			return r, err
		}
		if q, err = exchange.New(name, qtype); err != nil {
			return reply{}, err
		}
	}
	return k.ask(ctx, to, q, snooped, steps)
}

// ask puts q to a server, and returns what the last of the exchanges that this took led to.
func (k *asker) ask(ctx context.Context, to exchange.To, q exchange.Question, snooped snooped, steps *[]dnscache.Step) (r reply, err error) {
	k.client.Ask(ctx, to, q, func(x exchange.Result) {
		r, err = reply{}, x.Err
		if x.Msg != nil {
			r.rcode = exchange.RCode(x.Msg.Rcode)
			if err == nil {
				r, err = read(q, x.Msg)
			}
		}
		st := dnscache.Step{
			Level: k.level, Server: k.label(to), Question: q.String(), Transport: x.Transport, RCode: r.rcode,
			Start: x.Start, Duration: x.Duration, TTL: r.ttl,
		}
		if err != nil {
			st.Err = err.Error()
		}
		st.Cached, st.Note = k.origin(q, x.Msg, r, err, snooped)
		*steps = append(*steps, st)
	})
	return r, err
}
