package iterate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache"
	"pageload/dnscache/internal/exchange"
)

const (
	// lateIPv6 is how long the other types are waited for when there are IPv4 addresses. Servers that drop AAAA questions
	// exist, and a page should not wait out their timeouts.
	lateIPv6 = 500 * time.Millisecond

	maxTargets = 6 // server names looked up for one question to a zone
)

var (
	errLate = exchange.Moot("given up: IPv4 addresses are known and these were late")
	errLoop = errors.New("its servers' names depend on each other")
)

// walk is the work of one lookup: what it has done so far and may still do. Its methods may run side by side.
type walk struct {
	r *Resolver

	mu        sync.Mutex
	steps     []dnscache.Step
	exchanges int
	doubtful  map[string]bool // names that do not exist by what was said to shortened questions
}

// need is a name that is being looked up, and the one whose lookup needs that.
type need struct {
	name string
	of   *need
	deep int
}

// result is what the walk found for one type of a name.
type result struct {
	reply       // of the name at the end of the aliases; its ttl is that of all of them together
	mute  bool  // failed: no server of the zone responded
	fatal error // failed: a limit was reached, or the time is up, so that nothing else is to be tried
}

// spend allows one more exchange of messages.
func (w *walk) spend() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if most := w.r.maxQueries(); w.exchanges >= most {
		return fmt.Errorf("more than %d questions (MaxQueries)", most)
	}
	w.exchanges++
	return nil
}

// doubt notes a shortened name that is said not to exist. Names beneath it are asked for whole from then on.
func (w *walk) doubt(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.doubtful == nil {
		w.doubtful = make(map[string]bool)
	}
	w.doubtful[name] = true
}

func (w *walk) doubts(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.doubtful[name]
}

func (w *walk) add(steps ...dnscache.Step) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.steps = append(w.steps, steps...)
}

// resolve finds the records of each type that a name has, at the end of its aliases.
func (w *walk) resolve(ctx context.Context, n *need, types []uint16, aliases int) []result {
	out := w.ask(ctx, n, types)
	for i := range out {
		r := &out[i]
		r.ttl = min(r.ttl, linksTTL(r.links))
		if aliases+len(r.links) > exchange.MaxChain {
			*r = result{reply: reply{owner: r.owner, err: exchange.ErrChain}}
		}
		if r.kind != aliased {
			continue
		}
		target, which, kinds := r.owner, []int{}, []uint16{}
		for j := range out {
			if out[j].kind == aliased && out[j].owner == target {
				which, kinds = append(which, j), append(kinds, types[j])
			}
		}
		for k, end := range w.resolve(ctx, &need{target, n.of, n.deep}, kinds, aliases+len(r.links)) {
			o := &out[which[k]]
			end.ttl = min(end.ttl, linksTTL(o.links))
			*o = end
		}
	}
	return out
}

func linksTTL(links []link) time.Duration {
	ttl := exchange.MaxTTL
	for _, l := range links {
		ttl = min(ttl, l.ttl)
	}
	return ttl
}

// ask finds out about each type of a name alone: an alias is as far as it goes.
func (w *walk) ask(ctx context.Context, n *need, types []uint16) []result {
	out := make([]result, len(types))
	missing := w.remembered(n.name, types, out)
	if len(missing) == 0 {
		return out
	}
	z, early := w.descend(ctx, n)
	if early != nil {
		for _, i := range missing {
			out[i] = *early
		}
		return out
	}
	known := -1 // the type, if any, whose answer came first
	if len(missing) > 1 && registry(z.zone, n.name) {
		// A delegation is to be expected, which one question finds as well as two.
		for len(missing) > 1 && registry(z.zone, n.name) {
			r := w.query(ctx, n, z, n.name, types[missing[0]])
			if r.kind == referred {
				z = r.next
				continue
			}
			known, out[missing[0]] = missing[0], r
			break
		}
	}
	if z, early = w.reach(ctx, n, z); early != nil {
		for _, i := range missing {
			if i != known {
				out[i] = *early
			}
		}
		return out
	}
	w.sideBySide(ctx, n, z, types, missing, known, out)
	return out
}

// remembered fills in what the cache has, and returns the indices of the others.
func (w *walk) remembered(name string, types []uint16, out []result) (missing []int) {
	now := time.Now()
	for i, qtype := range types {
		f, ttl, ok := w.r.cache.get(name, qtype, now)
		if !ok {
			missing = append(missing, i)
			continue
		}
		out[i] = result{reply: f.reply(name, ttl)}
		s := dnscache.Step{
			Level: dnscache.Root, Question: exchange.Question{Name: name, Type: qtype}.String(), Transport: "cache",
			RCode: exchange.RCode(out[i].rcode), Start: now, TTL: ttl, Cached: true,
		}
		if f.kind == aliased {
			s.Note = "alias of " + plain(f.target)
		}
		w.add(s)
	}
	return missing
}

// sideBySide asks for the missing types at the same time, or for those but known, which was asked for first. What is moot
// by another's answer is not waited for.
func (w *walk) sideBySide(ctx context.Context, n *need, z *delegation, types []uint16, missing []int, known int, out []result) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	type ended struct {
		i int
		r result
	}
	done := make(chan ended, len(missing))
	pending := 0
	for _, i := range missing {
		if i == known {
			done <- ended{i, out[i]}
		} else if known < 0 || out[known].kind != noName {
			pending++
			go func() { done <- ended{i, w.final(ctx, n, z, types[i])} }()
		}
	}
	if known >= 0 {
		pending++
	}
	denied := -1
	for range pending {
		e := <-done
		out[e.i] = e.r
		switch {
		case types[e.i] != dns.TypeA: // servers that deny a name for lack of AAAA records exist (RFC 4074 section 4.2)
		case e.r.kind == noName:
			denied = e.i
			cancel(errMoot) // for all types
		case e.r.kind == answered || e.r.kind == aliased:
			defer time.AfterFunc(lateIPv6, func() { cancel(errLate) }).Stop()
		}
	}
	w.settle(types, missing, denied, out)
}

// settle gives the types that were not waited for what the others' answers mean for them.
func (w *walk) settle(types []uint16, missing []int, denied int, out []result) {
	var lead *result
	for _, i := range missing {
		if types[i] == dns.TypeA && out[i].kind == aliased {
			lead = &out[i]
		}
	}
	for _, i := range missing {
		switch {
		case denied >= 0 && out[i].kind == failed:
			out[i] = out[denied]
		case out[i].kind == failed && errors.Is(out[i].err, errLate):
			if lead != nil {
				out[i] = *lead // an alias is one for all types
			}
		}
	}
}

// final asks for one type, from zone to zone.
func (w *walk) final(ctx context.Context, n *need, z *delegation, qtype uint16) result {
	for {
		r := w.query(ctx, n, z, n.name, qtype)
		if r.kind != referred {
			return r
		}
		z = r.next // nearer to the name each time
	}
}

// descend returns the zone nearest to a name that can be found without asking for the name itself (RFC 9156), or else
// what ended the search.
func (w *walk) descend(ctx context.Context, n *need) (*delegation, *result) {
	z, early := w.start(ctx, n)
	if early != nil || w.r.Minimise == Off {
		return z, early
	}
	labels := dns.CountLabel(n.name)
	known := dns.CountLabel(z.zone)
	for asked := 0; ; asked++ {
		show := expose(known, labels, asked)
		name := last(n.name, show)
		if show >= labels || w.doubts(name) {
			return z, nil
		}
		r, ok := w.shown(name)
		if !ok {
			r = w.query(ctx, n, z, name, dns.TypeA)
		}
		switch {
		case r.fatal != nil || ctx.Err() != nil:
			return nil, &r
		case r.kind == referred:
			z = r.next
			known = dns.CountLabel(z.zone)
		case r.kind == noName || r.kind == failed:
			if w.r.Minimise == Strict || r.mute {
				return nil, &r
			}
			return z, nil
		default: // an alias here says nothing about the names beneath it
			known = show
		}
	}
}

// shown returns what is remembered of a shortened name.
func (w *walk) shown(name string) (result, bool) {
	f, ttl, ok := w.r.cache.get(name, dns.TypeA, time.Now())
	return result{reply: f.reply(name, ttl)}, ok
}

// start returns the delegation to begin at.
func (w *walk) start(ctx context.Context, n *need) (*delegation, *result) {
	if d := w.r.cache.closest(n.name, time.Now()); d != nil {
		return d, nil
	}
	if !w.r.Prime {
		return w.r.hints, nil
	}
	r := w.query(ctx, n, w.r.hints, ".", dns.TypeNS)
	if r.fatal != nil || ctx.Err() != nil {
		return nil, &r
	}
	if r.next != nil {
		w.r.cache.delegate(r.next, time.Now())
		return r.next, nil
	}
	return w.r.hints, nil
}
