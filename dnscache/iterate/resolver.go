package iterate

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
	defaultTimeout    = 10 * time.Second
	defaultMaxQueries = 64
	defaultMaxDepth   = 6
)

// Resolver is a source that walks from the root servers. It asks for IPv4 and IPv6 addresses side by side, each question
// over UDP from a port of its own with an ID of its own (RFC 5452), over TCP where the answer is truncated. The zero value
// is ready and uses the root servers of the public DNS. A Resolver is safe for concurrent use; its fields must not change
// after the first lookup, and it must not be copied.
//
// It remembers delegations, addresses and what does not exist as long as their TTL says, in memory, and how fast servers
// are. Equal lookups at the same time are one.
type Resolver struct {
	// Roots are the servers of the root zone. Nil means the thirteen of the public DNS. Servers beneath them are asked on
	// port 53; Dial can lead elsewhere. Loopback addresses in delegations are not believed unless a root is on loopback.
	Roots []netip.AddrPort

	// Prime asks one of Roots for the servers of the root zone first, and then uses those (RFC 8109).
	Prime bool

	// Minimise is how much of a name the servers above it get to see. The zero value is Relaxed.
	Minimise Minimisation

	// MixCase puts each letter of a question in upper or lower case at random, which servers must repeat: harder to forge.
	// Servers that do not repeat it are as if silent.
	MixCase bool

	// HTTPS asks for the HTTPS records of the name too (RFC 9460), beside its addresses. They are as the zone has them: it is
	// the dnscache.Resolver in front that follows aliases.
	HTTPS bool

	// Timeout bounds a lookup. Zero means 10 seconds.
	Timeout time.Duration

	// MaxQueries bounds the questions put for one lookup, and MaxDepth how many names of servers are looked up each for the
	// sake of another. Zero means 64 and 6.
	MaxQueries, MaxDepth int

	// MaxEntries bounds how many records, and how many delegations, are remembered. Zero means 10,000, negative none.
	MaxEntries int

	// MaxFailureTTL is how long it is remembered that a lookup failed, for lack of servers that answer. Zero means 2
	// seconds, negative not at all (RFC 9520).
	MaxFailureTTL time.Duration

	// Dial opens connections; network is "udp" or "tcp", and a read or write on the former is one message. Nil means
	// net.Dialer. A test has dnstest.Internet.Dial here.
	Dial func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error)

	once      sync.Once
	hints     *delegation
	loopback  bool // a root is on loopback
	client    exchange.Client
	cache     cache
	servers   servers
	failures  failures
	lookups   group[finding]
	inquiries group[inquired]
}

// finding is what a lookup returns.
type finding struct {
	answer dnscache.Answer
	err    error
}

var errTooLong = errors.New("the walk took too long (Timeout)")

func (r *Resolver) init() {
	r.client = exchange.Client{Dial: r.Dial, Timeout: maxListen}
	r.cache.max = cmp.Or(r.MaxEntries, defaultMaxEntries)
	roots := r.Roots
	if roots == nil {
		roots = rootHints()
	}
	r.hints = &delegation{zone: ".", ttl: exchange.MaxTTL, servers: []nameServer{{name: ".", addrs: slices.Clone(roots)}}}
	r.loopback = slices.ContainsFunc(roots, func(a netip.AddrPort) bool { return a.Addr().IsLoopback() })
}

func (r *Resolver) maxQueries() int { return cmp.Or(r.MaxQueries, defaultMaxQueries) }

func (r *Resolver) maxDepth() int { return cmp.Or(r.MaxDepth, defaultMaxDepth) }

// Level returns [dnscache.Root].
func (r *Resolver) Level() dnscache.Level { return dnscache.Root }

// Lookup returns the addresses of name, IPv6 first. Every question that it took is a step of the answer, in order of time.
// Where servers do not answer, the error says of which zone; where a bound ended the walk, it has the name of the field.
func (r *Resolver) Lookup(ctx context.Context, name string) (dnscache.Answer, error) {
	r.once.Do(r.init)
	step := dnscache.Step{Level: dnscache.Root, Question: r.asks() + " " + name, Start: time.Now()}
	if _, ok := dns.IsDomainName(name); !ok {
		return step.Failed(name, dnscache.ErrInvalidName)
	}
	f, first, err := r.lookups.do(ctx, name, false, func(ctx context.Context) finding { return r.walk(ctx, name) })
	if err != nil {
		return step.Failed(name, err)
	}
	f = f.clone()
	f.answer.Shared = !first
	return f.answer, f.err
}

// asks names the types that are asked for.
func (r *Resolver) asks() string {
	if r.HTTPS {
		return "A+AAAA+HTTPS"
	}
	return "A+AAAA"
}

// walk does a lookup.
func (r *Resolver) walk(ctx context.Context, name string) finding {
	if f, ok := r.failures.get(name, r.asks(), time.Now()); ok {
		return f
	}
	timed, cancel := context.WithTimeoutCause(ctx, cmp.Or(r.Timeout, defaultTimeout), errTooLong)
	defer cancel()
	w := &walk{r: r}
	types := []uint16{dns.TypeA, dns.TypeAAAA}
	if r.HTTPS {
		types = append(types, dns.TypeHTTPS)
	}
	results := w.resolve(timed, &need{name: absolute(name)}, types, 0)
	f := w.finding(name, results)
	if ctx.Err() == nil {
		r.failures.put(name, f, r.MaxFailureTTL, time.Now())
	}
	return f
}

// question returns the question for a name and type as it goes to a server.
func (r *Resolver) question(name string, qtype uint16) (exchange.Question, error) {
	q, err := exchange.New(name, qtype)
	if err != nil {
		return q, err
	}
	q.Recurse = false
	if r.MixCase {
		return q.MixCase()
	}
	return q, nil
}

// usable reports whether a server may be asked at an address that a delegation names.
func (r *Resolver) usable(ip netip.Addr) bool {
	if ip.IsUnspecified() || ip.IsMulticast() || ip.IsLinkLocalUnicast() || ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return false
	}
	return r.loopback || !ip.IsLoopback()
}

// serversAt returns the usable addresses in records.
func (r *Resolver) serversAt(records []dns.RR) []netip.AddrPort {
	var out []netip.AddrPort
	for _, rr := range records {
		if ip, ok := exchange.Address(rr); ok && r.usable(ip) && len(out) < maxGlue {
			out = append(out, netip.AddrPortFrom(ip, dnsPort))
		}
	}
	return out
}
