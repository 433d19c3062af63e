package iterate

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	unknownWait = 350 * time.Millisecond // until the next server is asked where nothing is known of this one
	minWait     = 50 * time.Millisecond
	maxWait     = 1400 * time.Millisecond

	maxKnown    = 4096             // servers remembered
	forget      = 15 * time.Minute // after which a measurement counts no more
	halfLife    = 3 * time.Minute  // of the round trip time of a server that is not asked: it gets another chance
	lameFor     = time.Minute      // how long a server that cannot answer for a zone is asked last
	maxDown     = 5 * time.Minute  // how long a silent server is asked last
	deadAfter   = 4                // inquiries in a row that it was silent to; fewer happen when a machine is busy
	maxDenied   = 5 * time.Second  // how long it is not asked though there is no other
	unknownRoll = 30 * time.Millisecond
	v6Handicap  = 5 * time.Millisecond
)

// servers is what is known of the servers asked so far. The zero value knows none. It is safe for concurrent use.
type servers struct {
	mu    sync.Mutex
	known map[netip.AddrPort]*server
	noV6  time.Time // until then IPv6 cannot be sent to
	noV4  time.Time
}

// server is what is known of one address.
type server struct {
	seen    time.Time     // of the last response or silence
	srtt    time.Duration // smoothed round trip time (RFC 6298); zero: not measured
	rttvar  time.Duration
	silent  int       // inquiries in a row without response
	retry   time.Time // while silent: before that, servers that are not silent are asked instead
	tried   time.Time // of the last question
	probing int       // inquiries under way
	noEDNS  bool
	lame    map[string]time.Time // zones that it cannot answer for, until when
}

// candidate is a server in the order that it is to be asked.
type candidate struct {
	addr netip.AddrPort
	wait time.Duration // for its response, before the next is asked
	edns bool
	down bool // was silent a moment ago: others are asked instead
	dead bool // was silent so often that it is not worth the wait where there is no other
	tcp  bool
}

// order returns the addresses in the order to ask them for a zone: by measured round trip time, where those not measured
// take random places near the front, one question at a time; then those that are lame for the zone; then the silent ones.
func (s *servers) order(addrs []netip.AddrPort, zone string, now time.Time) []candidate {
	s.mu.Lock()
	defer s.mu.Unlock()
	type scored struct {
		candidate
		score time.Duration
	}
	var all []scored
	for _, a := range addrs {
		c := candidate{addr: a, wait: unknownWait, edns: true}
		score := time.Duration(rand.Int64N(int64(unknownRoll)))
		if a.Addr().Is6() {
			score += v6Handicap
		}
		if s.unreachableLocked(a, now) {
			score += 3 * time.Hour
		}
		if k := s.freshLocked(a, now); k != nil {
			c.wait, c.edns = k.wait(), !k.noEDNS
			if k.srtt > 0 {
				score = time.Duration(float64(k.srtt) * decay(now.Sub(k.seen)))
			} else if k.probing > 0 {
				score += unknownWait
			}
			if now.Before(k.lame[zone]) {
				score += time.Hour
			}
			if now.Before(k.retry) {
				c.down, c.dead = true, k.silent >= deadAfter
				score += 2*time.Hour + k.retry.Sub(now)
			}
		}
		all = append(all, scored{c, score})
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(a.score, b.score) })
	out := make([]candidate, len(all))
	for i := range all {
		out[i] = all[i].candidate
	}
	return out
}

// decay is what part of a round trip time counts after so long without a question.
func decay(age time.Duration) float64 {
	f := 1.0
	for ; age >= halfLife; age -= halfLife {
		f /= 2
	}
	return f * (1 - float64(age)/float64(2*halfLife))
}

// wait is the retransmission timeout of RFC 6298, within bounds.
func (k *server) wait() time.Duration {
	if k.srtt == 0 {
		return unknownWait
	}
	return min(max(k.srtt+4*k.rttvar, minWait), maxWait)
}

func (s *servers) unreachableLocked(a netip.AddrPort, now time.Time) bool {
	if a.Addr().Is6() {
		return now.Before(s.noV6)
	}
	return now.Before(s.noV4)
}

func (s *servers) freshLocked(a netip.AddrPort, now time.Time) *server {
	k := s.known[a]
	if k != nil && now.Sub(k.seen) > forget && k.probing == 0 {
		delete(s.known, a)
		return nil
	}
	return k
}

func (s *servers) getLocked(a netip.AddrPort, now time.Time) *server {
	if k := s.freshLocked(a, now); k != nil {
		return k
	}
	if s.known == nil {
		s.known = make(map[netip.AddrPort]*server)
	}
	if len(s.known) >= maxKnown {
		shrink(s.known, func(k *server) bool { return now.Sub(k.seen) > forget })
	}
	k := &server{seen: now}
	s.known[a] = k
	return k
}

// allow reports whether a dead server may be asked: not where that was just tried.
func (s *servers) allow(a netip.AddrPort, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.freshLocked(a, now)
	return k == nil || now.Sub(k.tried) >= min(time.Second<<min(k.silent, 3), maxDenied)
}

// asking notes that a server is asked. One that was silent is not asked by others meanwhile.
func (s *servers) asking(a netip.AddrPort, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.getLocked(a, now)
	k.probing++
	k.tried = now
	if k.silent > 0 {
		k.retry = now.Add(k.downFor())
	}
}

// downFor is how long a server is left alone after so many inquiries without response.
func (k *server) downFor() time.Duration { return min(2*time.Second<<min(k.silent, 10), maxDown) }

// answered notes a response, whatever it says, and how long it took.
func (s *servers) answered(a netip.AddrPort, rtt time.Duration, edns bool, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.getLocked(a, now)
	k.probing = max(0, k.probing-1)
	k.seen, k.silent, k.retry, k.noEDNS = now, 0, time.Time{}, !edns
	rtt = max(rtt, time.Microsecond)
	if k.srtt == 0 {
		k.srtt, k.rttvar = rtt, rtt/2
		return
	}
	k.rttvar = (3*k.rttvar + (k.srtt - rtt).Abs()) / 4
	k.srtt = (7*k.srtt + rtt) / 8
}

// silence notes that no response came in time, or that the server cannot be sent to, which costs no time to find again.
func (s *servers) silence(a netip.AddrPort, unreachable bool, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.getLocked(a, now)
	k.probing = max(0, k.probing-1)
	k.seen = now
	k.silent++
	if unreachable {
		k.tried = time.Time{}
	}
	k.retry = now.Add(k.downFor())
}

// abandoned notes that a response was not waited for.
func (s *servers) abandoned(a netip.AddrPort, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.getLocked(a, now)
	k.probing = max(0, k.probing-1)
}

// incapable notes that a server has no answer for a zone.
func (s *servers) incapable(a netip.AddrPort, zone string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.getLocked(a, now)
	if k.lame == nil || len(k.lame) > 100 {
		k.lame = make(map[string]time.Time)
	}
	k.lame[zone] = now.Add(lameFor)
}

// unroutable notes that a whole family of addresses cannot be sent to.
func (s *servers) unroutable(a netip.AddrPort, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.Addr().Is6() {
		s.noV6 = now.Add(lameFor)
	} else {
		s.noV4 = now.Add(lameFor)
	}
}
