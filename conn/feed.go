package conn

import (
	"context"
	"net/netip"
	"time"

	"pageload/dnscache"
)

// A feed brings the addresses of a [FamilyResolver] into a race while it
// runs. A nil *feed is one that has ended with all it had. It belongs to the
// race's goroutine; the lookup's only sends.
type feed struct {
	ch    chan batch // has room for all that the lookup sends: two families and the end
	steps steps
	host  string
	start time.Time
	wait  time.Duration // Dialer.ResolutionDelay

	cancel context.CancelFunc
	ended  bool // the lookup has returned
	answer dnscache.Answer
	err    error

	got6  bool             // IPv6 was told, if only that there is none
	timer <-chan time.Time // runs while IPv4 addresses wait for IPv6; nil: none do
}

// A batch is one family's addresses, or the end of the lookup.
type batch struct {
	v6     bool
	addrs  []netip.AddrPort
	last   bool
	answer dnscache.Answer
	err    error
}

// newFeed starts the lookup of to. The end of the feed cancels ctx.
func (d *Dialer) newFeed(ctx context.Context, cancel context.CancelFunc, r FamilyResolver, to place, w opening, start time.Time) *feed {
	f := &feed{
		ch: make(chan batch, 3), steps: w.steps, host: to.host, start: start, cancel: cancel,
		wait: orDefault(d.ResolutionDelay, 50*time.Millisecond),
	}
	var told [2]bool
	w.spawn(func() {
		answer, err := r.LookupFamilies(ctx, to.host, func(v6 bool, addrs []netip.Addr) {
			family := 0
			if v6 {
				family = 1
			}
			if told[family] {
				return
			}
			told[family] = true
			f.ch <- batch{v6: v6, addrs: withPort(addrs, to.port)}
		})
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		b := batch{last: true, answer: answer, err: err}
		for _, a := range answer.Addrs {
			b.addrs = append(b.addrs, netip.AddrPortFrom(a.IP, to.port))
		}
		f.ch <- b
	})
	return f
}

func withPort(addrs []netip.Addr, port uint16) []netip.AddrPort {
	list := make([]netip.AddrPort, len(addrs))
	for i, a := range addrs {
		list[i] = netip.AddrPortFrom(a, port)
	}
	return list
}

// open reports whether more addresses may come.
func (f *feed) open() bool { return f != nil && !f.ended }

// holds reports whether the addresses that are there still wait for IPv6.
func (f *feed) holds() bool { return f != nil && f.timer != nil }

func (f *feed) batches() <-chan batch {
	if !f.open() {
		return nil
	}
	return f.ch
}

func (f *feed) held() <-chan time.Time {
	if f == nil {
		return nil
	}
	return f.timer
}

func (f *feed) release() { f.timer = nil }

// take notes a batch: IPv4 first starts the resolution delay, IPv6 or the end
// of the lookup ends it.
func (f *feed) take(b batch) {
	switch {
	case b.last:
		f.ended, f.answer, f.err = true, b.answer, b.err
		f.steps.resolveDone(f.answer, f.err)
		f.timer = nil
	case b.v6:
		f.got6, f.timer = true, nil
	case !f.got6 && len(b.addrs) > 0 && f.wait > 0:
		f.timer = time.After(f.wait)
	}
}

// stop notes why the race does not wait for addresses any more.
func (f *feed) stop(err error) {
	if f != nil && f.err == nil {
		f.err = err
	}
}

// end stops the lookup where the race needs it no more and notes its times:
// the wait for the name ended when the first address was tried.
func (f *feed) end(o *opened) {
	if f == nil {
		return
	}
	f.cancel()
	if !f.ended {
		f.answer.Name = f.host
		f.steps.resolveDone(f.answer, f.err)
	}
	o.answer = f.answer
	o.timing.DNSStart, o.timing.DNSEnd = f.start, time.Now()
	if len(o.attempts) > 0 {
		o.timing.DNSEnd = o.attempts[0].Start
	}
}

// failure is the error of a race that had no address to try.
func (f *feed) failure(host string) error {
	err := errNoAddresses
	start := time.Now()
	if f != nil {
		start = f.start
		if f.err != nil {
			err = f.err
		}
	}
	return &ResolveError{Host: host, Start: start, End: time.Now(), Err: err}
}
