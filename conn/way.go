package conn

// A way is how connections go: directly, or through one proxy. Each has a
// bound and idle connections of its own, as Chromium has a pool for each. The
// pool's lock guards it.
type way struct {
	proxy   *Proxy // nil: directly
	groups  map[Key]*group
	last    *group // of groups, that was asked for last; nil: unknown
	max     int
	total   int          // sizes of all groups
	stalled heap[*group] // groups with waiters that only max stops
	used    idleList     // idle connections that were used
	unused  idleList     // and those that were not
}

// full reports whether no connection can be opened, even if idle ones made room.
func (w *way) full() bool {
	return w.total >= w.max && w.used.first == nil && w.unused.first == nil
}

// newWay makes the way through proxy. The lock is held.
func (p *Pool) newWay(proxy *Proxy) *way {
	w := &way{proxy: proxy, groups: make(map[Key]*group), max: limit(p.MaxTotal, 256)}
	if proxy != nil {
		w.max = limit(p.MaxPerProxy, 128)
	}
	w.used.timeout, w.unused.timeout = p.idleTimeout, p.unusedTimeout
	return w
}

// way returns the way through proxy, making it if needed.
func (p *Pool) way(proxy *Proxy) *way {
	if proxy == nil {
		return p.direct
	}
	w := p.proxied[*proxy]
	if w == nil {
		w = p.newWay(proxy)
		p.proxied[*proxy] = w
	}
	return w
}

// ways calls f for each of them. f may make it be forgotten.
func (p *Pool) ways(f func(w *way)) {
	if p.direct == nil {
		return // not set up: there is nothing
	}
	f(p.direct)
	for _, w := range p.proxied {
		f(w)
	}
}

// group returns the group of key, making it if needed.
func (p *Pool) group(w *way, key Key) *group {
	g := w.known(&key)
	if g == nil {
		g = &group{key: key, way: w, stallIndex: -1, host: p.hosts[key]}
		w.groups[key], w.last = g, g
	}
	return g
}

// known returns the group of key, nil if there is none. Most requests are for
// the group that the one before was for.
func (w *way) known(key *Key) *group {
	if w.last == nil || w.last.key != *key {
		w.last = w.groups[*key]
	}
	return w.last
}

// prune forgets a group that has nothing, and then the way through a proxy
// that has no group.
func (p *Pool) prune(g *group) {
	if g.size > 0 || g.waiters.len() > 0 || g.shared != nil {
		return
	}
	w := g.way
	delete(w.groups, g.key)
	if w.last == g {
		w.last = nil
	}
	if w.proxy != nil && len(w.groups) == 0 {
		delete(p.proxied, *w.proxy)
	}
}

// A host is what is remembered of one while it has no group.
type host struct {
	h2    bool // it is known to speak HTTP/2
	alone bool // it answered 421 on another host's connection: it gets its own
	http1 bool // it wants HTTP/1.1: h2 is not offered
}

// maxHosts bounds Pool.hosts: the hosts of a large crawl, far more than of a page.
const maxHosts = 4096

// spoke is the host once it has spoken h2.
func (h host) spoke() host {
	h.h2 = true
	return h
}

// learn remembers what became known of the group's host.
func (p *Pool) learn(g *group, h host) {
	if g.host == h {
		return
	}
	g.host = h
	if _, ok := p.hosts[g.key]; ok || len(p.hosts) < maxHosts {
		p.hosts[g.key] = h
	}
}
