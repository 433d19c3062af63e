package dnscache

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// Defaults of a Resolver's bounds.
const (
	defaultMinTTL         = 2 * time.Minute
	defaultMaxTTL         = 30 * time.Minute
	defaultMaxNegativeTTL = 5 * time.Minute // RFC 2308 section 5 allows hours; a page is reloaded sooner
	defaultMaxEntries     = 1000            // Chromium's host cache
)

// Resolver is a browser's name cache in front of a chain of sources. The zero value is ready. A Resolver is safe for
// concurrent use; its fields must not change after the first lookup, and it must not be copied.
//
// Equal questions that are put while one is under way are asked once. Resolvers share nothing with each other, except
// the sources that the caller gives to both.
type Resolver struct {
	// Sources are asked in order where the cache has no answer. Nil means the hosts file, then the system's resolver
	// (getaddrinfo). Sources may serve several resolvers: ten thousand virtual browsers need one hosts file.
	Sources []Source

	// MinTTL and MaxTTL bound how long addresses are remembered, whatever their TTL says. Zero means 2 and 30 minutes.
	// A negative MinTTL means no lower bound, so that a TTL of zero is not remembered at all. MaxTTL wins over MinTTL; a
	// negative MaxTTL remembers no addresses.
	MinTTL, MaxTTL time.Duration

	// MaxNegativeTTL bounds how long it is remembered that a name does not exist or has no address; the answer's SOA
	// record says how long below that (RFC 2308 section 5), and without one it is not remembered. Zero means 5
	// minutes; negative remembers none.
	MaxNegativeTTL time.Duration

	// MaxEntries bounds the number of names remembered. Zero means 1000, negative none. Where there are more, the names
	// go first that have expired, then those that nobody asked for since they were last considered.
	MaxEntries int

	setup   sync.Once
	sources []Source // Sources or the default chain; set by setup
	bounds  bounds   // the fields above with defaults; set by setup
	cache   cache
	flights flights
}

// Lookup returns the addresses of name. The error is an [*Error], and the Answer beside it still has the steps.
//
// The name may have capitals, a trailing dot and letters outside ASCII. An IP address in any form that a URL may have is
// its own answer, and localhost names are this machine's loopback addresses; nobody is asked for either.
//
// The end of ctx ends this call only: others who wait for the same name go on, and the question is given up when nobody
// waits any more. What the cache has is returned even where ctx has ended.
func (r *Resolver) Lookup(ctx context.Context, name string) (Answer, error) {
	now := time.Now()
	// The cache's keys are clean names, so a name that is found as it is was clean.
	if e := r.cache.get(name, now); e != nil {
		return e.answer(now)
	}
	return r.lookup(ctx, name, now)
}

func (r *Resolver) lookup(ctx context.Context, name string, start time.Time) (Answer, error) {
	ascii, err := toASCII(name)
	if err != nil {
		return refuse(name, err)
	}
	ip, literal, err := parseLiteral(ascii)
	if err != nil {
		return refuse(name, err)
	}
	if literal {
		return builtin(name, ip.String(), start, ip)
	}
	host, err := cleanName(ascii)
	if err != nil {
		return refuse(name, err)
	}
	if host != name {
		if e := r.cache.get(host, start); e != nil {
			return e.answer(start)
		}
	}
	if isLocalhost(host) {
		return builtin(host, host, start, netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback())
	}
	r.setup.Do(r.init)
	missed := Step{Level: Browser, Question: question(host), Transport: "cache", Start: start, Duration: time.Since(start)}
	if ctx.Err() != nil {
		steps := []Step{missed}
		return Answer{Name: host, Steps: steps}, &Error{Name: host, Steps: steps, Err: canceled(ctx)}
	}
	return r.ask(ctx, host, missed)
}

func (r *Resolver) init() {
	r.sources = r.Sources
	if r.sources == nil {
		r.sources = defaultSources()
	}
	r.bounds = bounds{
		minTTL:      orDefault(r.MinTTL, defaultMinTTL),
		maxTTL:      orDefault(r.MaxTTL, defaultMaxTTL),
		maxNegative: orDefault(r.MaxNegativeTTL, defaultMaxNegativeTTL),
		maxEntries:  orDefault(r.MaxEntries, defaultMaxEntries),
	}
}

func orDefault[T int | time.Duration](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}

// builtin answers a name that nobody need be asked for.
func builtin(name, canonical string, start time.Time, ips ...netip.Addr) (Answer, error) {
	s := Step{Level: Literal, Question: question(name), Transport: "builtin", Start: start}
	return s.Found(name, canonical, ips), nil
}

// refuse answers a name that nobody can be asked for.
func refuse(name string, err error) (Answer, error) {
	const shown = 300 // a hostile name may be megabytes
	if len(name) > shown {
		name = name[:shown] + "…"
	}
	return Answer{Name: name}, &Error{Name: name, Err: err}
}
