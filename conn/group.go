package conn

import "slices"

// A group has the connections of one key and the requests that wait for one.
// The pool's lock guards it. It is in the pool's map as long as it has any of both.
type group struct {
	key     Key
	waiters heap[*Ticket]

	// size counts all connections and connect jobs, each of which is in one
	// of these states.
	size       int
	connecting int           // jobs; bound to no request
	unused     []*connection // idle and never used, oldest first
	idle       []*connection // idle and used, newest last
	// The rest of size is leased, or shared.

	shared  *connection // has a session that takes requests
	pending *connection // speaks h2; its holder has not called Share yet
	h2      bool        // the host is known to speak h2

	stallIndex int // in pool.stalled; -1: not there
}

func (g *group) place() *int { return &g.stallIndex }

// before orders groups by their first waiters.
func (g *group) before(o *group) bool { return g.waiters.top().before(o.waiters.top()) }

// single reports whether the one connection that an HTTP/2 host gets is there
// or on its way, so that no other is opened.
func (g *group) single() bool {
	return g.shared != nil || g.pending != nil || (g.h2 && g.connecting > 0)
}

// dropIdle takes c from the group's idle connections.
func (g *group) dropIdle(c *connection) {
	for _, list := range []*[]*connection{&g.idle, &g.unused} {
		if i := slices.Index(*list, c); i >= 0 {
			*list = slices.Delete(*list, i, i+1)
			return
		}
	}
}

// group returns the group of key, making it if needed.
func (p *Pool) group(key Key) *group {
	g := p.groups[key]
	if g == nil {
		g = &group{key: key, stallIndex: -1, h2: p.h2[key]}
		p.groups[key] = g
	}
	return g
}

// prune forgets a group that has nothing.
func (p *Pool) prune(g *group) {
	if g.size == 0 && g.waiters.len() == 0 {
		delete(p.groups, g.key)
	}
}

// restall moves a group among those that wait for the total limit, after its
// waiters have changed.
func (p *Pool) restall(g *group) {
	if g.waiters.len() == 0 {
		p.stalled.remove(g)
	} else {
		p.stalled.fix(g)
	}
}
