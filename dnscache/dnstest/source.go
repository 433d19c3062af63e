package dnstest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"pageload/dnscache"
)

// Source is a scripted source: it answers from a zone, after the delays that the zone states, and counts the questions.
// Delays pass in the time of testing/synctest where the test runs in it. The zero value knows no name. A Source is safe
// for concurrent use.
type Source struct {
	// At is the level of the source. Zero means ISP.
	At dnscache.Level

	// Zone has the answers at the start; Set changes them.
	Zone Zone

	// Pass makes the source pass on the names that the zone does not have, as a hosts file does, instead of saying that
	// they do not exist.
	Pass bool

	script script
}

// Level returns At, or [dnscache.ISP] where that is zero.
func (s *Source) Level() dnscache.Level { return cmp.Or(s.At, dnscache.ISP) }

// Set makes h the host of a name.
func (s *Source) Set(name string, h Host) { s.script.set(&s.Zone, name, h) }

// Asked returns how often name was asked for.
func (s *Source) Asked(name string) int { return s.script.count(name) }

// Lookup answers from the zone. It waits for the delay of the name, and forever if it is silent, or until ctx ends.
func (s *Source) Lookup(ctx context.Context, name string) (dnscache.Answer, error) {
	step := dnscache.Step{Level: s.Level(), Question: "A+AAAA " + name, Transport: "script", Start: time.Now()}
	links := s.script.ask(&s.Zone, name)
	if err := wait(ctx, links[0].Host); err != nil {
		return step.Failed(name, err)
	}
	last := links[len(links)-1]
	switch {
	case last.Err != nil:
		return step.Failed(name, last.Err)
	case last.RCode == "NXDOMAIN" && s.Pass:
		return step.Failed(name, dnscache.ErrPass)
	case last.RCode == "NXDOMAIN":
		step.TTL = last.negativeTTL()
		return step.Failed(name, dnscache.ErrNotFound)
	case last.RCode != "" && last.RCode != "NOERROR":
		step.RCode = last.RCode
		return step.Failed(name, fmt.Errorf("responded %s", last.RCode))
	case len(last.Addrs) == 0:
		step.TTL = last.negativeTTL()
		return step.Failed(name, dnscache.ErrNoAddress)
	}
	step.TTL = last.ttl()
	for _, l := range links {
		step.TTL = min(step.TTL, l.ttl())
	}
	return step.Found(name, last.name, last.Addrs), nil
}

// wait lets the delay of h pass.
func wait(ctx context.Context, h Host) error {
	var after <-chan time.Time // nil: never
	if !h.Silent {
		if h.Delay <= 0 {
			return nil
		}
		t := time.NewTimer(h.Delay)
		defer t.Stop()
		after = t.C
	}
	select {
	case <-after:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// script guards a zone that changes while it is asked, and counts.
type script struct {
	mu    sync.Mutex
	asked map[string]int
}

func (s *script) set(z *Zone, name string, h Host) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*z = maps.Clone(*z) // the caller's map stays as it is
	if *z == nil {
		*z = make(Zone)
	}
	(*z)[clean(name)] = h
}

func (s *script) ask(z *Zone, name string) []link {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked == nil {
		s.asked = make(map[string]int)
	}
	s.asked[name]++
	return z.chain(name)
}

func (s *script) count(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[clean(name)]
}
