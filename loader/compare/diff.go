package compare

import (
	"slices"
	"time"

	"pageload/loader/waterfall"
)

// Options say what counts as a change. The zero value is ready.
type Options struct {
	// Moved is by how much a request must begin earlier or later to have moved
	// in time. Zero: 50 ms, or a tenth of the earlier time if that is more.
	// Negative: whatever it is.
	Moved time.Duration
	// Bytes is by how much a response must grow or shrink on the wire. Zero:
	// one byte.
	Bytes int64
}

// A Diff is how load B differs from load A.
type Diff struct {
	A, B     Summary
	Added    []Item  // of B, in order
	Removed  []Item  // of A, in order
	Changed  []Match // in the order of B
	Same     int     // requests that did not change
	PathA    []Step  // what the load event of A waited for
	PathB    []Step
	NewHosts []string // that A does not ask
}

// An Item is a request that one load has only.
type Item struct {
	Row      waterfall.Request
	Blocking bool // it blocks rendering
}

// A Match is a request that both loads have, and what changed of it.
type Match struct {
	A, B    waterfall.Request
	Rule    Rule // by which they were matched
	Changes []Change
}

// Has reports whether that changed.
func (m *Match) Has(what What) bool {
	return slices.ContainsFunc(m.Changes, func(c Change) bool { return c.What == what })
}

// A Step is a stretch of the critical path of the load event.
type Step struct {
	URL      string
	From, To time.Duration
	Why      string // see [waterfall.PathStep]
	Only     bool   // the other load's path does not go through this request
}

// Of compares load A with load B. Neither is modified; the requests of the
// result share memory with them.
func Of(a, b *waterfall.Waterfall, o Options) *Diff {
	d := &Diff{A: Summarise(a), B: Summarise(b)}
	pairs, onlyA, onlyB := match(a, b)
	for _, i := range onlyA {
		d.Removed = append(d.Removed, Item{a.Requests[i], Blocks(&a.Requests[i])})
	}
	for _, i := range onlyB {
		d.Added = append(d.Added, Item{b.Requests[i], Blocks(&b.Requests[i])})
	}
	moved := reordered(pairs)
	for n, p := range pairs {
		c := changer{a: &a.Requests[p.a], b: &b.Requests[p.b], o: o}
		c.run()
		if moved[n] {
			c.add(Order, "", "")
		}
		if len(c.list) == 0 {
			d.Same++
			continue
		}
		d.Changed = append(d.Changed, Match{*c.a, *c.b, p.rule, c.list})
	}
	d.paths(a, b, pairs)
	for h := range d.B.HostNames {
		if !d.A.HostNames[h] {
			d.NewHosts = append(d.NewHosts, h)
		}
	}
	slices.Sort(d.NewHosts)
	return d
}

// paths compares the critical paths.
func (d *Diff) paths(a, b *waterfall.Waterfall, pairs []pair) {
	ofA, ofB := a.CriticalPath(""), b.CriticalPath("")
	partner := make(map[int32]int32, len(pairs)) // of a request of A, by ID
	for _, p := range pairs {
		partner[a.Requests[p.a].ID] = b.Requests[p.b].ID
	}
	inB := map[int32]bool{}
	for _, s := range ofB {
		inB[s.Request] = true
	}
	common := map[int32]bool{} // of B
	urls := urlsByID(a)
	for _, s := range ofA {
		id, ok := partner[s.Request]
		common[id] = common[id] || ok && inB[id]
		d.PathA = append(d.PathA, Step{urls[s.Request], s.From, s.To, s.Why, !ok || !inB[id]})
	}
	urls = urlsByID(b)
	for _, s := range ofB {
		d.PathB = append(d.PathB, Step{urls[s.Request], s.From, s.To, s.Why, !common[s.Request]})
	}
}

func urlsByID(w *waterfall.Waterfall) map[int32]string {
	m := make(map[int32]string, len(w.Requests))
	for i := range w.Requests {
		m[w.Requests[i].ID] = w.Requests[i].URL
	}
	return m
}

// reordered says of each pair, in the order of B, whether it took another place
// among those that both have: what is outside a longest run of pairs that have
// the same order in both.
func reordered(pairs []pair) []bool {
	moved := make([]bool, len(pairs))
	var tails []int // tails[n] ends the run of n+1 pairs whose last is the earliest in A
	before := make([]int, len(pairs))
	for i, p := range pairs {
		n, _ := slices.BinarySearchFunc(tails, p.a, func(t, a int) int { return pairs[t].a - a })
		before[i] = -1
		if n > 0 {
			before[i] = tails[n-1]
		}
		if n == len(tails) {
			tails = append(tails, i)
		} else {
			tails[n] = i
		}
		moved[i] = true
	}
	if len(tails) > 0 {
		for i := tails[len(tails)-1]; i >= 0; i = before[i] {
			moved[i] = false
		}
	}
	return moved
}
