package conn

import (
	"net/netip"
	"sync"
	"time"
)

// The bounds of the delay between attempts: RFC 8305 section 5 recommends
// 100 ms to 2 s for one that is learnt from earlier connects, and allows none
// below 10 ms.
const (
	leastAttemptDelay = 10 * time.Millisecond
	minAttemptDelay   = 100 * time.Millisecond
	maxAttemptDelay   = 2 * time.Second
)

// paceKnown bounds the addresses whose round trips are remembered.
const paceKnown = 1024

// firstSYN is when a SYN is repeated (RFC 6298 section 2.1): what took longer
// does not say how long a round trip is (section 3, Karn's algorithm).
const firstSYN = time.Second

// A pace remembers how long connects took. The zero value is ready.
type pace struct {
	mu  sync.Mutex
	rtt map[netip.Addr]roundTrip
}

// A roundTrip is the smoothed round trip time and its variation, as RFC 6298
// section 2 has them.
type roundTrip struct{ smoothed, variation time.Duration }

// took notes a connect.
func (p *pace) took(addr netip.Addr, d time.Duration) {
	if d >= firstSYN {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rtt == nil {
		p.rtt = make(map[netip.Addr]roundTrip)
	}
	r, known := p.rtt[addr]
	if known {
		r.variation = (3*r.variation + (r.smoothed - d).Abs()) / 4
		r.smoothed = (7*r.smoothed + d) / 8
	} else {
		r = roundTrip{d, d / 2}
		if len(p.rtt) >= paceKnown {
			for a := range p.rtt { // any one
				delete(p.rtt, a)
				break
			}
		}
	}
	p.rtt[addr] = r
}

// delay is how long a connect to addr is expected to take at most: RFC 6298's
// retransmission timer; 0 where nothing is known.
func (p *pace) delay(addr netip.Addr) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.rtt[addr]
	return r.smoothed + 4*r.variation
}

// attemptDelay is how long an attempt at addr is left alone; 0: until it ends.
func (d *Dialer) attemptDelay(addr netip.Addr) time.Duration {
	delay := orDefault(d.AttemptDelay, 250*time.Millisecond)
	if delay == 0 {
		return 0
	}
	if d.AdaptDelay {
		if learnt := d.own.pace.delay(addr); learnt > 0 {
			least := max(leastAttemptDelay, orDefault(d.MinAttemptDelay, minAttemptDelay))
			most := max(least, orDefault(d.MaxAttemptDelay, maxAttemptDelay))
			if d.MaxAttemptDelay < 0 {
				most = learnt
			}
			delay = max(min(learnt, most), least)
		}
	}
	return max(delay, leastAttemptDelay)
}
