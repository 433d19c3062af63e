package iterate

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache"
	"pageload/dnscache/internal/exchange"
)

// query puts one question to the servers of a zone, whose addresses it looks up where need be, and remembers the answer.
func (w *walk) query(ctx context.Context, n *need, z *delegation, name string, qtype uint16) result {
	q := zoneQuery{w: w, n: n, z: z, name: name, qtype: qtype, mute: true}
	q.found = make(map[string][]netip.AddrPort)
	return q.run(ctx)
}

// zoneQuery is the state of query.
type zoneQuery struct {
	w     *walk
	n     *need
	z     *delegation
	name  string
	qtype uint16

	tried []netip.AddrPort
	found map[string][]netip.AddrPort // by server name: looked up since
	mute  bool                        // no server responded
	err   error
	rcode int
}

func (q *zoneQuery) run(ctx context.Context) result {
	for {
		addrs := q.addresses()
		if len(addrs) == 0 {
			s, ok := q.unknown()
			if !ok {
				return q.failed(nil)
			}
			if fatal := q.lookup(ctx, s); fatal != nil {
				return q.failed(fatal)
			}
			continue
		}
		q.tried = append(q.tried, addrs...)
		in, first, err := q.inquire(ctx, addrs)
		switch {
		case err != nil:
			return q.failed(err)
		case in.limit != nil && !first:
			q.tried = q.tried[:len(q.tried)-len(addrs)] // another walk's limit
			continue
		case in.reply.kind != failed:
			return q.succeeded(in.reply)
		}
		q.mute = q.mute && in.mute
		q.err, q.rcode = in.reply.err, in.reply.rcode
		if in.limit != nil {
			return q.failed(in.limit)
		}
	}
}

// inquire asks the servers, or waits for those who ask the same already.
func (q *zoneQuery) inquire(ctx context.Context, addrs []netip.AddrPort) (in inquired, first bool, err error) {
	w := q.w
	start := time.Now()
	key := q.z.zone + " " + q.name + " " + strconv.Itoa(int(q.qtype))
	in, first, err = w.r.inquiries.do(ctx, key, true, func(ctx context.Context) inquired {
		i := inquiry{r: w.r, zone: zoneReader{q.z.zone, w.r.usable}, name: q.name, qtype: q.qtype, spend: w.spend}
		return i.run(ctx, addrs)
	})
	switch {
	case err != nil && in.steps == nil:
		w.add(dnscache.Step{
			Level: dnscache.Root, Question: exchange.Question{Name: q.name, Type: q.qtype}.String(), Start: start,
			Duration: time.Since(start), Err: err.Error(),
		})
	case first:
		w.add(in.steps...)
	default:
		for _, s := range in.steps {
			s.Note = strings.TrimPrefix(s.Note+"; asked for another lookup", "; ")
			w.add(s)
		}
	}
	return in, first, err
}

// addresses returns those of the zone's servers that are known and not tried yet.
func (q *zoneQuery) addresses() []netip.AddrPort {
	var out []netip.AddrPort
	add := func(addrs []netip.AddrPort) {
		for _, a := range addrs {
			if !slices.Contains(q.tried, a) && !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	for _, s := range q.z.servers {
		add(s.addrs)
	}
	if len(out) > 0 {
		return out
	}
	for _, s := range q.z.servers {
		found, ok := q.found[s.name]
		if !ok {
			found = q.w.cachedServer(s.name)
		}
		add(found)
	}
	return out
}

// cachedServer returns the addresses of a server's name that are remembered: its own, or else those that came with the
// delegation of the zone that it lies in, where its own would be asked for.
func (w *walk) cachedServer(name string) []netip.AddrPort {
	var out []netip.AddrPort
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		if f, _, ok := w.r.cache.get(name, qtype, time.Now()); ok && f.kind == answered {
			out = append(out, w.r.serversAt(f.records)...)
		}
	}
	if d := w.r.cache.closest(name, time.Now()); len(out) == 0 && d != nil {
		for _, s := range d.servers {
			if s.name == name {
				out = append(out, s.addrs...)
			}
		}
	}
	return out
}

// reach returns z with addresses of servers, which it looks up where none is known, so that questions that are put side by
// side need not do that each; or else the failure to.
func (w *walk) reach(ctx context.Context, n *need, z *delegation) (*delegation, *result) {
	q := zoneQuery{w: w, n: n, z: z, name: n.name, found: make(map[string][]netip.AddrPort)}
	for len(q.addresses()) == 0 {
		s, ok := q.unknown()
		var fatal error
		if ok {
			fatal = q.lookup(ctx, s)
		}
		if !ok || fatal != nil {
			r := q.failed(fatal)
			return nil, &r
		}
	}
	if len(q.found) == 0 {
		return z, nil
	}
	known := *z
	known.servers = slices.Clone(z.servers)
	for i, s := range known.servers {
		known.servers[i].addrs = append(slices.Clone(s.addrs), q.found[s.name]...)
	}
	return &known, nil
}

// unknown returns a server whose name has not been looked up for this question. One whose name lies in the zone itself
// could only be found by those that do not answer.
func (q *zoneQuery) unknown() (string, bool) {
	if len(q.found) >= maxTargets {
		return "", false
	}
	for _, s := range q.z.servers {
		if _, ok := q.found[s.name]; !ok && !within(q.z.zone, s.name) {
			return s.name, true
		}
	}
	return "", false
}

// lookup looks up the addresses of a server, IPv6 ones only if there are no others. The error is a limit.
func (q *zoneQuery) lookup(ctx context.Context, server string) (fatal error) {
	q.found[server] = nil
	for at := q.n; at != nil; at = at.of {
		if at.name == server {
			q.err = fmt.Errorf("%s: %w", plain(server), errLoop)
			return nil
		}
	}
	if q.n.deep >= q.w.r.maxDepth() {
		q.err = fmt.Errorf("more than %d names of servers that need another (MaxDepth)", q.w.r.maxDepth())
		return nil
	}
	n := &need{server, q.n, q.n.deep + 1}
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		r := q.w.resolve(ctx, n, []uint16{qtype}, 0)[0]
		if r.fatal != nil {
			return r.fatal
		}
		switch r.kind {
		case answered:
			q.found[server] = q.w.r.serversAt(r.records)
			return nil
		case failed:
			q.err = fmt.Errorf("server %s: %w", plain(server), r.err)
			return nil
		}
		q.err = fmt.Errorf("server %s: %v", plain(server), r.reason()) // not wrapped: the name asked for is another
		if r.kind == noName {
			return nil
		}
	}
	return nil
}

// succeeded remembers a reply.
func (q *zoneQuery) succeeded(r reply) result {
	now := time.Now()
	cache := &q.w.r.cache
	switch {
	case r.kind == referred:
		cache.delegate(r.next, now)
	case r.weak:
	case r.kind == noName && q.name != q.n.name && q.w.r.Minimise == Relaxed:
		q.w.doubt(q.name) // the whole name is asked for next
	default:
		cache.store(r, q.qtype, now)
	}
	return result{reply: r}
}

// failed is the end where no server of the zone had an answer, or fatal is not nil.
func (q *zoneQuery) failed(fatal error) result {
	r := result{reply: reply{owner: q.name, rcode: q.rcode, err: fatal}, mute: q.mute, fatal: fatal}
	switch {
	case fatal != nil:
	case q.err == nil:
		r.err = fmt.Errorf("zone %s: no address of its servers %s is known", plain(q.z.zone), q.z.names())
	default:
		r.err = fmt.Errorf("zone %s: %w", plain(q.z.zone), q.err)
	}
	return r
}
