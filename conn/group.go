package conn

import (
	"slices"
	"time"
)

// A group has the connections of one key and the requests that wait for one.
// The pool's lock guards it. It is in its way's map as long as it has any of
// both or takes part in a connection of another group.
type group struct {
	key     Key
	way     *way
	host    host
	waiters heap[*Ticket]

	// size counts all connections and connect jobs, each of which is in one
	// of these states.
	size   int
	jobs   jobList       // bound to no request
	unused []*connection // idle and never used, oldest first
	idle   []*connection // idle and used, newest last
	// The rest of size is leased, or shared.

	shared  *connection // has a session that takes requests; maybe another group's
	pending *connection // speaks h2; its holder has not called Share yet

	backup     *time.Timer // runs while the group's first connect may need a second; see backup.go
	stallIndex int         // in way.stalled; -1: not there
}

func (g *group) place() *int { return &g.stallIndex }

// before orders groups by their first waiters.
func (g *group) before(o *group) bool { return g.waiters.top().before(o.waiters.top()) }

// single reports whether the one connection that an HTTP/2 host gets is there
// or on its way, so that no other is opened.
func (g *group) single() bool {
	return g.shared != nil || g.pending != nil || (g.host.h2 && g.jobs.n > 0)
}

// dropIdle takes c from the group's idle connections.
func (g *group) dropIdle(c *connection) {
	if n := len(g.idle); n > 0 && g.idle[n-1] == c { // as is usual
		g.idle[n-1] = nil
		g.idle = g.idle[:n-1]
		return
	}
	for _, list := range []*[]*connection{&g.idle, &g.unused} {
		if i := slices.Index(*list, c); i >= 0 {
			*list = slices.Delete(*list, i, i+1)
			return
		}
	}
}

// jobless returns a waiter to which no job reports yet, or nil. There are at
// most as many others as there are jobs.
func (g *group) jobless() *Ticket {
	for _, t := range g.waiters.items {
		if !t.job {
			return t
		}
	}
	return nil
}

// restall moves a group among those that wait for their way's bound, after its
// waiters have changed.
func (g *group) restall() {
	if g.waiters.len() == 0 {
		g.way.stalled.remove(g)
	} else {
		g.way.stalled.fix(g)
	}
}
