package conn

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"pageload/dnscache"
)

// A FamilyResolver is a [Resolver] that tells the addresses of each family as
// they arrive, so that IPv6 does not wait for IPv4, and IPv4 only
// Dialer.ResolutionDelay for IPv6 (RFC 8305 section 3). A Dialer uses it where
// its Resolver is one.
type FamilyResolver interface {
	Resolver
	// LookupFamilies calls found at most once for each family, on one
	// goroutine and not after it has returned; a family without addresses is
	// told as an empty list or by returning. It returns what Lookup would.
	LookupFamilies(ctx context.Context, host string, found func(v6 bool, addrs []netip.Addr)) (dnscache.Answer, error)
}

// resolve looks up a name and hands its addresses to the race. With a plain
// resolver they are all there when it returns, and the feed is nil.
func (d *Dialer) resolve(ctx context.Context, key Key, to place, w opening, o *opened, r *race) (*feed, error) {
	fr, ok := d.resolver().(FamilyResolver)
	if !ok {
		return nil, d.lookup(ctx, key, to, w, o, r)
	}
	start := time.Now()
	w.steps.resolveStart(to.host)
	ctx, cancel := phaseContext(ctx, "resolve", orDefault(d.ResolveTimeout, 30*time.Second))
	return d.newFeed(ctx, cancel, fr, to, w, start), nil
}

// lookup looks up a name and adds all its addresses to the race.
func (d *Dialer) lookup(ctx context.Context, key Key, to place, w opening, o *opened, r *race) error {
	start := time.Now()
	w.steps.resolveStart(to.host)
	parent := ctx
	ctx, cancel := phaseContext(ctx, "resolve", orDefault(d.ResolveTimeout, 30*time.Second))
	defer cancel()
	answer, err := d.resolver().Lookup(ctx, to.host)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if key.Secure() && key.Port == 443 && to == (place{key.Host, key.Port}) {
		o.service = d.findService(ctx, key, &answer)
		if o.service != nil && errors.Is(err, dnscache.ErrNoAddress) {
			err = nil
		}
	}
	o.timing.DNSStart, o.timing.DNSEnd, o.answer = start, time.Now(), answer
	w.steps.resolveDone(answer, err)
	if err != nil {
		if gone := gaveUp(parent); gone != nil {
			return gone
		}
		return &ResolveError{to.host, start, o.timing.DNSEnd, err}
	}
	if o.service != nil {
		r.add(o.service.addrs...)
	}
	for _, a := range answer.Addrs {
		r.add(netip.AddrPortFrom(a.IP, to.port))
	}
	return nil
}

// connect runs the race and notes who won.
func (d *Dialer) connect(ctx context.Context, r *race, f *feed, o *opened) error {
	c, i, err := r.run(ctx, f)
	o.attempts = r.attempts
	f.end(o)
	if err != nil {
		return err
	}
	a := r.attempts[i]
	o.raw, o.remote, o.local = c, a.Addr, a.Local
	o.timing.ConnectStart, o.timing.ConnectEnd = r.attempts[0].Start, a.Start.Add(a.Duration)
	o.observe(ctx, r.w, &a)
	if d.Link != nil {
		o.raw = d.Link.Wrap(c)
	}
	if d.Wrap != nil {
		if o.raw = d.Wrap(o.raw); o.raw == nil {
			c.Close()
			return errors.New("conn: Dialer.Wrap returned no connection")
		}
	}
	o.below = o.raw
	return nil
}
