package system

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache"
)

const (
	// Of resolv.conf(5): "timeout" and "attempts".
	defaultTimeout  = 5 * time.Second
	defaultAttempts = 2

	// lateIPv6 is how long IPv6 addresses are waited for when there are IPv4 ones. Servers that drop AAAA questions exist,
	// and a page should not wait out their timeouts. IPv4 addresses are waited for: IPv6 alone may lead nowhere.
	lateIPv6 = 500 * time.Millisecond
)

var (
	errNoServers = errors.New("no servers to ask")
	errLate      = errors.New("given up: IPv4 addresses are known and these were late")
	errMoot      = errors.New("given up: the name does not exist")
)

// Server is a source that asks recursing name servers, one after the other until one answers. It puts the questions for
// IPv4 and IPv6 addresses side by side, each over UDP from a port of its own with an ID of its own (RFC 5452), over TCP
// where the answer is truncated. A response that is not the one that was asked for is as if it had not come.
//
// The zero value has nobody to ask and fails. A Server is safe for concurrent use; its fields must not change meanwhile.
// It remembers nothing: each Lookup asks.
type Server struct {
	// Addrs are asked in this order. One that responds with a failure (SERVFAIL, REFUSED, …) or cannot be reached is not
	// asked again in a lookup; one that is silent is, when all others were tried.
	Addrs []netip.AddrPort

	// At is the level that answers are reported at. Zero means ISP.
	At dnscache.Level

	// Timeout is how long one try may last, and Attempts how often each server is tried. Zero means 5 seconds and 2.
	Timeout  time.Duration
	Attempts int

	// Dial opens connections; network is "udp" or "tcp", and a read or write on the former is one message. Nil means
	// net.Dialer. A test has dnstest.Server.Dial here.
	Dial func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error)
}

// Level returns At, or [dnscache.ISP] where that is zero.
func (s *Server) Level() dnscache.Level { return cmp.Or(s.At, dnscache.ISP) }

// Lookup returns the addresses of name, IPv6 first. Every exchange of messages is a step of the answer.
func (s *Server) Lookup(ctx context.Context, name string) (dnscache.Answer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	outcomes := make(chan outcome, 2)
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		go func() { outcomes <- s.resolve(ctx, name, qtype) }()
	}
	first := <-outcomes
	switch {
	case errors.Is(first.err, dnscache.ErrNotFound):
		cancel(errMoot) // NXDOMAIN is for all types
	case first.err == nil && first.qtype == dns.TypeA:
		defer time.AfterFunc(lateIPv6, func() { cancel(errLate) }).Stop()
	}
	second := <-outcomes
	v4, v6 := first, second
	if v4.qtype == dns.TypeAAAA {
		v4, v6 = v6, v4
	}
	return s.combine(name, v4, v6)
}

// outcome is what the question for one family led to. Its err is nil where it has addresses.
type outcome struct {
	qtype uint16
	reply
	steps []dnscache.Step
	err   error
}

// combine makes one answer of both families'. One family's addresses are an answer even where the other failed; no
// address at all is one only where neither did.
func (s *Server) combine(name string, v4, v6 outcome) (dnscache.Answer, error) {
	a := dnscache.Answer{Name: name, Level: s.Level(), Steps: append(v4.steps, v6.steps...)}
	slices.SortStableFunc(a.Steps, func(x, y dnscache.Step) int { return x.Start.Compare(y.Start) })
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
		a.RCode = best.rcode
		return a, nil
	case errors.Is(v4.err, dnscache.ErrNotFound):
		return s.fail(a, v4)
	case errors.Is(v6.err, dnscache.ErrNotFound):
		return s.fail(a, v6)
	case !errors.Is(v4.err, dnscache.ErrNoAddress):
		return s.fail(a, v4)
	case !errors.Is(v6.err, dnscache.ErrNoAddress):
		return s.fail(a, v6)
	}
	v4.ttl = min(v4.ttl, v6.ttl)
	return s.fail(a, v4)
}

func (s *Server) fail(a dnscache.Answer, o outcome) (dnscache.Answer, error) {
	a.RCode, a.TTL = o.rcode, o.ttl
	return a, &dnscache.Error{Name: a.Name, Level: a.Level, RCode: a.RCode, Steps: a.Steps, Err: o.err}
}

// resolve puts one question to the servers until one has an answer to it.
func (s *Server) resolve(ctx context.Context, name string, qtype uint16) outcome {
	o := outcome{qtype: qtype, err: errNoServers}
	settled := make([]bool, len(s.Addrs)) // responded, or cannot be reached
	for range cmp.Or(s.Attempts, defaultAttempts) {
		for i, addr := range s.Addrs {
			if settled[i] {
				continue
			}
			if ctx.Err() != nil {
				o.err = ended(ctx, nil)
				return o
			}
			o.reply, o.err = s.try(ctx, addr, name, qtype, &o.steps)
			if o.err == nil || errors.Is(o.err, dnscache.ErrNotFound) || errors.Is(o.err, dnscache.ErrNoAddress) {
				return o
			}
			settled[i] = !isTimeout(o.err)
		}
	}
	return o
}
