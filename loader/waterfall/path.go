package waterfall

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A PathStep is a stretch of the critical path: the part of a request's time
// that what comes after had to wait for.
type PathStep struct {
	Request  int32
	From, To time.Duration
	Why      string // why it did not begin before From: who named it, or what held it back; empty for what began the load
}

// CriticalPath returns what a milestone waited for, first to last: had any step
// been shorter, it would have been reached earlier, up to the next best path. The
// milestone is one of [RenderStart], [DOMContentLoaded] and [Load]; empty is
// Load, or the end of the last request where load was not reached. The path is
// empty where the milestone was not reached.
//
// It is found backwards, from the last request that was in by the milestone. A
// request that was held back leads to the one whose end let it go; any other to
// its cause (see [Waterfall.Causes]), which counts up to the moment at which the
// request was made. Where the cause had long been in, as with what a parser finds
// behind a script that stopped it, the path leads through the script or style
// sheet that ended last before. Steps do not overlap; what is between two of them is the
// browser's own time.
func (w *Waterfall) CriticalPath(milestone string) []PathStep {
	p := pathFinder{w: w, causes: w.Causes(), seen: make([]bool, len(w.Requests))}
	p.order()
	at, reached := p.target(milestone)
	if !reached {
		return nil
	}
	i := p.last(None, at, func(r *Request) bool { return delays(r, milestone) })
	for i >= 0 && !p.seen[i] {
		if p.w.Requests[i].Times.End != None {
			at = min(at, p.end(i))
		}
		i, at = p.step(i, at)
	}
	slices.Reverse(p.path)
	return p.path
}

// slack is how long a page's owner may take to act on the end of a request.
const slack = 2 * time.Millisecond

// pathFinder walks from a milestone backwards.
type pathFinder struct {
	w      *Waterfall
	causes []int
	seen   []bool
	ends   []int // indices of the requests that have ended, by their ends
	path   []PathStep
}

func (p *pathFinder) order() {
	for i := range p.w.Requests {
		if r := &p.w.Requests[i]; r.Times.End != None {
			p.ends = append(p.ends, i)
		}
	}
	slices.SortStableFunc(p.ends, func(a, b int) int { return cmp.Compare(p.end(a), p.end(b)) })
}

// start and end return when a request began and ended, as its spans have it.
func (p *pathFinder) start(i int) time.Duration {
	if t := p.w.Requests[i].Start; t != None {
		return micro(t)
	}
	return 0
}

func (p *pathFinder) end(i int) time.Duration {
	return max(p.start(i), p.w.Requests[i].Times.last())
}

// target returns the time of the milestone.
func (p *pathFinder) target(milestone string) (at time.Duration, reached bool) {
	switch page := &p.w.Page; milestone {
	case RenderStart:
		at = page.RenderStart
	case DOMContentLoaded:
		at = page.DOMContentLoaded
	case Load:
		at = page.Load
	case "":
		if at = page.Load; at == None && len(p.ends) > 0 {
			at = p.end(p.ends[len(p.ends)-1])
		}
	default:
		return None, false
	}
	return at, at != None
}

// delays reports whether a request is of the sort that a milestone waits for.
func delays(r *Request, milestone string) bool {
	switch milestone {
	case RenderStart:
		return r.Type == Document && r.Frame == 0 || r.RenderBlocking == "Blocking" || r.RenderBlocking == "InBodyParserBlocking"
	case DOMContentLoaded:
		return r.Frame == 0 && (r.Type == Document || r.Type == Stylesheet || r.Type == Script)
	}
	return true
}

// last returns the request of those wanted that ended last after from and until
// at, -1 if there is none.
func (p *pathFinder) last(from, at time.Duration, want func(*Request) bool) int {
	n, _ := slices.BinarySearchFunc(p.ends, at+1, func(i int, at time.Duration) int { return cmp.Compare(p.end(i), at) })
	for n--; n >= 0 && p.end(p.ends[n]) > from; n-- {
		if i := p.ends[n]; want(&p.w.Requests[i]) {
			return i
		}
	}
	return -1
}

// step adds the step of request i that ends at to, and returns who ends where it
// begins.
func (p *pathFinder) step(i int, to time.Duration) (before int, at time.Duration) {
	p.seen[i] = true
	r := &p.w.Requests[i]
	if j, why := p.heldBy(i); j >= 0 {
		at = min(p.end(j), to)
		p.path = append(p.path, PathStep{r.ID, at, to, why})
		return j, at
	}
	from := min(p.start(i), to)
	p.path = append(p.path, PathStep{r.ID, from, to, p.named(i)})
	cause := p.causes[i]
	if cause < 0 {
		return -1, 0
	}
	if p.w.Requests[cause].Times.End != None && p.end(cause)+slack < from {
		if j := p.last(p.end(cause), from, stops); j >= 0 && !p.seen[j] {
			return j, from
		}
	}
	return cause, from
}

// stops reports whether a request is of a sort that stops a parser, or what is
// found by style.
func stops(r *Request) bool { return r.Type == Script || r.Type == Stylesheet }

// named says who asked for request i.
func (p *pathFinder) named(i int) string {
	r := &p.w.Requests[i]
	switch {
	case r.Redirect:
		return "redirect"
	case r.Initiator.URL == "":
		return ""
	case r.Initiator.Line > 0:
		return fmt.Sprintf("found in line %d", r.Initiator.Line)
	}
	return "found"
}

// heldBy returns the request whose end let request i go, -1 if it was not held
// back for long, and the reason for which it was.
func (p *pathFinder) heldBy(i int) (int, string) {
	r := &p.w.Requests[i]
	from, to, why := p.start(i), None, ""
	for _, x := range r.Waits {
		if x.To != None && x.To-x.From > slack {
			from, to, why = x.From, x.To, x.Reason
		}
	}
	if to == None { // files tell how long, not why
		if s := r.Spans(); len(s) > 0 && s[0].Phase == PhaseBlocked && s[0].To-s[0].From > slack && r.ConnID != 0 {
			to, why = s[0].To, "waited for the connection"
		}
	}
	if to == None {
		return -1, ""
	}
	sameConnection := func(x *Request) bool { return x != r && x.ConnID == r.ConnID && r.ConnID != 0 }
	any := func(x *Request) bool { return x != r && len(r.Waits) > 0 }
	for _, want := range []func(*Request) bool{sameConnection, any} {
		if j := p.last(from, to, want); j >= 0 && !p.seen[j] {
			return j, strings.TrimSpace(why)
		}
	}
	return -1, ""
}
