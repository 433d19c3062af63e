package system

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/internal/exchange"
)

const (
	defaultPatience = 500 * time.Millisecond
	defaultRest     = 30 * time.Second

	// routesFor is how long the default routes are taken to be unchanged.
	routesFor = 5 * time.Second

	// maxGateways bounds how many default gateways are asked; a machine has one of each family.
	maxGateways = 4
)

// Router is a source that asks the default gateways, which in small networks serve names: the one of the IPv4 default
// route, then the one of IPv6, on port 53. On Linux they are found through netlink; elsewhere Addrs or Gateways must
// say them, or every name is passed on.
//
// A lookup lasts Timeout at most, whatever the gateways do; the question then passes on. A gateway that is silent or does
// not serve names is left alone for Rest, so that it costs nothing meanwhile; one that was heard before is only when it was
// silent in two lookups in a row, as a name that is slow to be found out looks the same.
//
// The zero value is ready. A Router is safe for concurrent use; its fields must not change meanwhile. It remembers no answers.
type Router struct {
	// Addrs are asked instead of the default gateways.
	Addrs []netip.AddrPort

	// Gateways finds the default gateways. Nil means netlink. What it returned is used for 5 seconds.
	Gateways func() ([]netip.Addr, error)

	// Timeout is how long a lookup may last here. Zero means 500 ms. Gateways share it: each may use an equal part of
	// what those before it left.
	Timeout time.Duration

	// Rest is how long a silent gateway is not asked. Zero means 30 seconds; negative: it is always asked.
	Rest time.Duration

	CacheFirst bool // as in [Server]
	HTTPS      bool // as in [Server]

	// Dial opens connections, as in [Server].
	Dial func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error)

	line line

	mu     sync.Mutex
	routes []netip.AddrPort
	looked time.Time // when routes were found; zero: never
	heard  map[netip.AddrPort]gateway
}

// gateway is what is known of one.
type gateway struct {
	alive  bool      // it has responded, and was silent once since at most
	missed bool      // it was silent last time
	until  time.Time // not to be asked before
}

// Level returns [dnscache.Router].
func (r *Router) Level() dnscache.Level { return dnscache.Router }

// Lookup returns the addresses of name, IPv6 first. Every exchange of messages is a step of the answer, and so is every
// gateway that is left alone.
func (r *Router) Lookup(ctx context.Context, name string) (dnscache.Answer, error) {
	step := dnscache.Step{Level: dnscache.Router, Question: bothFamilies + name, Start: time.Now()}
	gateways, err := r.gateways(step.Start)
	if err != nil {
		return step.Failed(name, err)
	}
	if len(gateways) == 0 {
		return step.Failed(name, passBecause("there is no default gateway"))
	}
	deadline := step.Start.Add(cmp.Or(r.Timeout, defaultPatience))
	var steps []dnscache.Step
	var rcode string
	for i, g := range gateways {
		step.Server, step.Start = g.String(), time.Now()
		var a dnscache.Answer
		if rest := r.resting(g, step.Start); rest > 0 {
			a, err = step.Failed(name, passBecause(fmt.Sprintf("did not respond before, so left alone for %v", rest.Round(time.Millisecond))))
		} else {
			a, err = r.ask(ctx, g, name, deadline.Sub(step.Start)/time.Duration(len(gateways)-i))
		}
		steps = append(steps, a.Steps...)
		if err == nil || errors.Is(err, dnscache.ErrNotFound) || errors.Is(err, dnscache.ErrNoAddress) {
			a.Steps = steps
			return a, err
		}
		rcode = a.RCode
		if ctx.Err() != nil {
			break
		}
	}
	reason := err
	if e := new(dnscache.Error); errors.As(err, &e) {
		reason = e.Err
	}
	return dnscache.Answer{Name: name, Level: dnscache.Router, RCode: rcode, Steps: steps},
		&dnscache.Error{Name: name, Level: dnscache.Router, RCode: rcode, Steps: steps, Err: reason}
}

// ask puts the questions to one gateway, for a time, and notes whether it is there.
func (r *Router) ask(ctx context.Context, g netip.AddrPort, name string, patience time.Duration) (dnscache.Answer, error) {
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	k := asker{
		level: dnscache.Router, label: plainLabel, client: r.line.to(r.Dial), ttls: &r.line.ttls,
		to: []exchange.To{{Addr: g}}, attempts: 1, first: r.CacheFirst, https: r.HTTPS,
	}
	a, err := k.lookup(within, name)
	responded := slices.ContainsFunc(a.Steps, func(s dnscache.Step) bool { return s.RCode != "" })
	if responded || ctx.Err() == nil {
		r.note(g, responded, time.Now())
	}
	return a, err
}

// resting returns for how long g is still left alone, and zero where it is to be asked.
func (r *Router) resting(g netip.AddrPort, now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(0, r.heard[g].until.Sub(now))
}

// note remembers whether g responded in a lookup that was not cancelled.
func (r *Router) note(g netip.AddrPort, responded bool, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.heard[g]
	is := gateway{alive: responded || was.alive && !was.missed, missed: !responded}
	if rest := cmp.Or(r.Rest, defaultRest); !is.alive && rest > 0 {
		is.until = now.Add(rest)
	}
	if r.heard == nil || len(r.heard) > 8*maxGateways {
		r.heard = make(map[netip.AddrPort]gateway) // a machine that travels
	}
	r.heard[g] = is
}

// gateways returns whom to ask.
func (r *Router) gateways(now time.Time) ([]netip.AddrPort, error) {
	if len(r.Addrs) > 0 {
		return r.Addrs[:min(len(r.Addrs), maxGateways)], nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.looked.IsZero() && now.Sub(r.looked) < routesFor {
		return r.routes, nil
	}
	find := r.Gateways
	if find == nil {
		find = defaultGateways
	}
	ips, err := find()
	if err != nil {
		return nil, err
	}
	r.routes, r.looked = nil, now
	for _, ip := range ips[:min(len(ips), maxGateways)] {
		r.routes = append(r.routes, netip.AddrPortFrom(ip, 53))
	}
	return r.routes, nil
}
