package dnscache

import (
	"context"
	"net/netip"
	"slices"
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

	// MaxFailureTTL bounds how long it is remembered that nobody could answer for a name, so that a page's many questions
	// for a host whose servers are dead cost one search. The first failure is remembered for a second, the next ones for
	// twice as long each (RFC 9520 section 3.2). Zero means 5 seconds; negative remembers none; 5 minutes is the most.
	MaxFailureTTL time.Duration

	// StaleFor is how long after their end addresses are still served, while the name is asked again in the background:
	// once for all callers, and not within 30 seconds of a refresh that failed (RFC 8767). Such an answer says so in its
	// Stale and has a TTL of 30 seconds. Zero or negative: never.
	StaleFor time.Duration

	// RootDecides lets only a source of level Root say that a name does not exist: from others, "no such name" passes the
	// question on. It is believed after all where no source of level Root was asked, or that one had nothing to say; it
	// is not where Root failed.
	RootDecides bool

	// RefusePrivate refuses answers in which a public name has an address that is not public: such a name could make a
	// browser speak to devices of its own network (DNS rebinding). Names of one label and those beneath local, localhost,
	// home.arpa, internal, lan, home, corp, intranet, private and test are not public, nor are those of PrivateNames, nor
	// is what the hosts file says; a caching daemon's answer is not from there. The error is [ErrRebinding] with the rule.
	RefusePrivate bool

	// PrivateNames are further names that may have addresses that are not public, each with all that is beneath it.
	PrivateNames []string

	// KeepOrder leaves the addresses in the order of the source. Else they are put into that of RFC 6724, in which those
	// come first that this machine reaches best, except where a source of level System has done so.
	KeepOrder bool

	// SourceAddr returns the address that packets to ip would be sent from; the zero Addr where there is no way to ip.
	// The order depends on it. Nil asks the system (with a UDP socket, which sends nothing), and then IPv4 addresses of the
	// machine's own subnets come before others.
	SourceAddr func(ip netip.Addr) netip.Addr

	// MaxEntries bounds the number of names remembered. Zero means 1000, negative none. Where there are more, the names
	// go first that have expired, then those that nobody asked for since they were last considered.
	MaxEntries int

	setup    sync.Once
	sources  []Source // Sources or the default chain; set by setup
	searches bool     // one of sources searches; set by setup
	bounds   bounds   // the fields above with defaults; set by setup
	clock    clock
	cache    cache
	flights  flights
}

// Lookup returns the addresses of name. The error is an [*Error], and the Answer beside it still has the steps.
//
// The name may have capitals, a trailing dot and letters outside ASCII. With a trailing dot it is not looked up within search
// domains: where a source has such (see [Searcher]), it is a name of its own in the cache. An IP address in any form that a URL may have is
// its own answer, and localhost names are this machine's loopback addresses; nobody is asked for either.
//
// The end of ctx ends this call only: others who wait for the same name go on, and the question is given up when nobody
// waits any more. What the cache has is returned even where ctx has ended.
func (r *Resolver) Lookup(ctx context.Context, name string) (a Answer, err error) {
	now := r.clock.now()
	// The cache's keys are clean names, so a name that is found as it is was clean.
	if e, left := r.cache.get(name, now); e != nil {
		if e.missing != nothing {
			return e.absence(now, left)
		}
		e.fill(&a, now, left)
		return a, nil
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
	r.setup.Do(r.init)
	key := host
	if r.searches && isRooted(ascii) {
		key = host + "."
	}
	if key != name {
		if e, left := r.cache.get(key, start); e != nil {
			return e.answer(start, left)
		}
	}
	if isLocalhost(host) {
		return builtin(host, host, start, netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback())
	}
	if e, ago := r.cache.stale(key, start, r.bounds.staleFor); e != nil {
		return r.serveStale(ctx, e, ago, start)
	}
	missed := Step{Level: Browser, Question: question(key), Transport: "cache", Start: start, Duration: time.Since(start)}
	if ctx.Err() != nil {
		steps := []Step{missed}
		return Answer{Name: host, Steps: steps}, &Error{Name: host, Steps: steps, Err: canceled(ctx)}
	}
	return r.ask(ctx, key, missed)
}

// Flush forgets all names, as a browser does when the network changes. Who waits for an answer still gets it, but it is not
// remembered, and whoever asks after Flush asks anew.
func (r *Resolver) Flush() {
	r.flights.mu.Lock()
	defer r.flights.mu.Unlock()
	r.cache.flush()
	r.flights.m = nil
}

func (r *Resolver) init() {
	r.sources = r.Sources
	if r.sources == nil {
		r.sources = defaultSources()
	}
	r.searches = slices.ContainsFunc(r.sources, searches)
	r.bounds = bounds{
		minTTL:      orDefault(r.MinTTL, defaultMinTTL),
		maxTTL:      orDefault(r.MaxTTL, defaultMaxTTL),
		maxNegative: orDefault(r.MaxNegativeTTL, defaultMaxNegativeTTL),
		maxFailure:  min(orDefault(r.MaxFailureTTL, defaultMaxFailure), maxMaxFailure),
		staleFor:    max(r.StaleFor, 0),
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
