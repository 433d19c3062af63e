package compare

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pageload/loader/internal/figure"
	"pageload/loader/waterfall"
)

// A Violation is a bound that a load does not keep.
type Violation struct {
	Rule     string              // the name of the field that sets the bound, such as "Hosts"
	Text     string              // what is wrong, with figures, and which requests did it
	Requests []waterfall.Request // those that did it, the first or worst first; nil where it is not about single ones
}

// String returns the text.
func (v Violation) String() string { return v.Text }

// Error is the text, so that a Violation can be returned as an error.
func (v Violation) Error() string { return v.Text }

// A Budget holds one load to bounds. Fields that are zero bound nothing;
// negative ones allow none of it at all.
type Budget struct {
	Requests         int // rows
	Hosts            int
	Connections      int
	Blocking         int // requests that block rendering, see [Blocks]
	Redirects        int
	Failures         int                      // refused, failed, or of status 400 or more
	Bytes            int64                    // over the network
	BytesByType      map[waterfall.Type]int64 // the same of each type
	RequestBytes     int64                    // of any one request
	RenderStart      time.Duration
	DOMContentLoaded time.Duration
	Load             time.Duration // a load event that does not come breaks it
	AllowHosts       []string      // only these may be asked: names, "*.example.com" for all below; nil: any
	Loaded           bool          // the document must have been loaded
}

// Check returns the bounds that the load does not keep, in the order of the
// fields; nil if it keeps them all.
func (b Budget) Check(w *waterfall.Waterfall) []Violation {
	c := checker{w: w}
	s := Summarise(w)
	c.count("Requests", "requests", s.Requests, b.Requests, c.each(func(*waterfall.Request) bool { return true }))
	c.count("Hosts", "hosts", s.Hosts, b.Hosts, c.firsts(func(r *waterfall.Request) string { return hostOf(r.URL) }))
	c.count("Connections", "connections", s.Connections, b.Connections, c.firsts(func(r *waterfall.Request) string {
		if r.ConnID == 0 {
			return ""
		}
		return fmt.Sprint(r.ConnID)
	}))
	c.count("Blocking", "requests that block rendering", s.Blocking, b.Blocking, c.each(Blocks))
	c.count("Redirects", "redirects", s.Redirects, b.Redirects, c.each(func(r *waterfall.Request) bool { return r.Redirect }))
	c.count("Failures", "requests that failed", s.Failures, b.Failures, c.each(failed))
	c.bytes("Bytes", "bytes over the network", s.Bytes, b.Bytes, func(*waterfall.Request) bool { return true })
	for _, t := range slices.Sorted(maps.Keys(b.BytesByType)) {
		c.bytes("BytesByType", strings.ToLower(string(t))+" bytes over the network", s.BytesByType[t], b.BytesByType[t], func(r *waterfall.Request) bool { return r.Type == t })
	}
	if b.RequestBytes != 0 {
		for _, r := range c.largest(func(r *waterfall.Request) bool { return bytesOf(r) > max(0, b.RequestBytes) }) {
			c.add("RequestBytes", []waterfall.Request{r}, "%s for %s, at most %s for one request", figure.Bytes(bytesOf(&r)), target(&r), figure.Bytes(max(0, b.RequestBytes)))
		}
	}
	c.milestone("RenderStart", waterfall.RenderStart, s.RenderStart, b.RenderStart)
	c.milestone("DOMContentLoaded", waterfall.DOMContentLoaded, s.DOMContentLoaded, b.DOMContentLoaded)
	c.milestone("Load", waterfall.Load, s.Load, b.Load)
	c.hosts(b.AllowHosts)
	if b.Loaded && s.Err != "" {
		c.add("Loaded", nil, "the page was not loaded: %s", clean(s.Err))
	}
	return c.list
}

// A checker collects violations.
type checker struct {
	w    *waterfall.Waterfall
	list []Violation
}

func (c *checker) add(rule string, by []waterfall.Request, format string, a ...any) {
	c.list = append(c.list, Violation{rule, fmt.Sprintf(format, a...), by})
}

// count checks a number; by are the requests that count, in order: those beyond
// the bound broke it.
func (c *checker) count(rule, what string, got, most int, by func() []waterfall.Request) {
	if most == 0 || got <= max(0, most) {
		return
	}
	most = max(0, most)
	beyond := by()
	beyond = beyond[min(most, len(beyond)):]
	c.add(rule, beyond, "%d %s, at most %d: %s", got, what, most, targets(beyond))
}

// each returns the requests that count.
func (c *checker) each(want func(*waterfall.Request) bool) func() []waterfall.Request {
	return func() []waterfall.Request {
		var list []waterfall.Request
		for i := range c.w.Requests {
			if want(&c.w.Requests[i]) {
				list = append(list, c.w.Requests[i])
			}
		}
		return list
	}
}

// firsts returns the first request of each group.
func (c *checker) firsts(group func(*waterfall.Request) string) func() []waterfall.Request {
	return func() []waterfall.Request {
		seen := map[string]bool{"": true}
		var list []waterfall.Request
		for i := range c.w.Requests {
			if g := group(&c.w.Requests[i]); !seen[g] {
				seen[g] = true
				list = append(list, c.w.Requests[i])
			}
		}
		return list
	}
}

func (c *checker) bytes(rule, what string, got, most int64, want func(*waterfall.Request) bool) {
	if most == 0 || got <= max(0, most) {
		return
	}
	by := c.largest(want)
	c.add(rule, by, "%s %s, at most %s; the largest: %s", figure.Bytes(got), strings.TrimPrefix(what, "bytes "), figure.Bytes(max(0, most)), sizes(by))
}

// largest returns the requests wanted that moved bytes, the largest first.
func (c *checker) largest(want func(*waterfall.Request) bool) []waterfall.Request {
	var list []waterfall.Request
	for i := range c.w.Requests {
		if r := &c.w.Requests[i]; want(r) && bytesOf(r) > 0 {
			list = append(list, *r)
		}
	}
	slices.SortStableFunc(list, func(x, y waterfall.Request) int { return cmp.Compare(bytesOf(&y), bytesOf(&x)) })
	return list
}

// milestone checks a time. What it waited for last did it.
func (c *checker) milestone(rule, name string, got, most time.Duration) {
	switch {
	case most == 0:
	case got == waterfall.None:
		c.add(rule, nil, "%s was not reached, the budget is %s", name, duration(max(0, most)))
	case got > max(0, most):
		by := critical(c.w, name)
		c.add(rule, by, "%s at %s, the budget is %s: it waited for %s", name, duration(got), duration(max(0, most)), targets(by))
	}
}

// critical returns the requests of a milestone's critical path, last first.
func critical(w *waterfall.Waterfall, milestone string) []waterfall.Request {
	index := make(map[int32]int, len(w.Requests))
	for i := range w.Requests {
		index[w.Requests[i].ID] = i
	}
	var list []waterfall.Request
	for _, s := range slices.Backward(w.CriticalPath(milestone)) {
		if i, ok := index[s.Request]; ok {
			list = append(list, w.Requests[i])
		}
	}
	return list
}

func (c *checker) hosts(allowed []string) {
	if allowed == nil {
		return
	}
	for _, r := range c.firsts(func(r *waterfall.Request) string { return hostOf(r.URL) })() {
		if host := withoutPort(hostOf(r.URL)); !slices.ContainsFunc(allowed, func(p string) bool { return within(host, p) }) {
			c.add("AllowHosts", []waterfall.Request{r}, "%s may not be asked: %s", clean(host), target(&r))
		}
	}
}

func withoutPort(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		return host[:i]
	}
	return host
}

// within reports whether a host is what a pattern allows.
func within(host, pattern string) bool {
	pattern = strings.ToLower(pattern)
	if base, ok := strings.CutPrefix(pattern, "*."); ok {
		return strings.HasSuffix(host, "."+base)
	}
	return host == pattern
}
