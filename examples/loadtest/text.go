package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// text says what the loads came to, for people.
func (r *result) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	n := r.loaded + r.failed
	fmt.Fprintf(&b, "%d loads in %v, %.1f a second, %d failed", n, r.took.Round(time.Millisecond), rate(int64(r.loaded), r.took), r.failed)
	if r.cut > 0 {
		fmt.Fprintf(&b, ", %d cut off", r.cut)
	}
	fmt.Fprintf(&b, "\n%d in flight; each begins when the one before is over, so that a slow server is asked less (closed model)\n", r.inFlight)
	if r.loaded > 0 {
		r.percentiles(&b)
	}
	r.counters(&b)
	r.faultLines(&b)
	if cpu, peak, ok := cost(); ok && r.begun > 0 {
		fmt.Fprintf(&b, "%-12s%v of CPU a load, %s of memory at most\n", "cost", short(cpu/time.Duration(r.begun)), size(peak))
	}
	return b.String()
}

// percents are the columns between the least and the most.
var percents = [...]float64{50, 90, 95, 99, 99.9}

func (r *result) percentiles(b *strings.Builder) {
	fmt.Fprintf(b, "\n%-18s%10s%10s", "load time", "least", "median")
	for _, p := range percents[1:] {
		fmt.Fprintf(b, "%8v %%", p)
	}
	fmt.Fprintf(b, "%10s%10s\n", "most", "mean")
	for i, name := range [...]string{"DOMContentLoaded", "load event", "all requests"} {
		t := r.times[i]
		if t.count() == 0 {
			continue
		}
		fmt.Fprintf(b, "%-18s%10v", name, short(t.least()))
		for _, p := range percents {
			fmt.Fprintf(b, "%10v", short(t.at(p)))
		}
		fmt.Fprintf(b, "%10v%10v\n", short(t.most()), short(t.mean()))
	}
	b.WriteByte('\n')
}

func (r *result) counters(b *strings.Builder) {
	fmt.Fprintf(b, "%-12s%d, %.1f a second", "requests", r.requests, rate(r.requests, r.took))
	for _, c := range []struct {
		n    int64
		what string
	}{{r.cached, "from the cache"}, {r.redirected, "redirected"}, {r.refused, "refused by a policy or limit"}} {
		if c.n > 0 {
			fmt.Fprintf(b, "; %d %s", c.n, c.what)
		}
	}
	fmt.Fprintf(b, "; %d connections\n", r.connections)
	var classes []string
	for i, n := range r.status {
		if n > 0 {
			classes = append(classes, fmt.Sprintf("%dxx: %d", i, n))
		}
	}
	if len(classes) > 0 {
		fmt.Fprintf(b, "%-12s%s\n", "status", strings.Join(classes, ", "))
	}
	if r.loaded != r.statuses[200] {
		var list []string
		for _, s := range slices.Sorted(maps.Keys(r.statuses)) {
			list = append(list, fmt.Sprintf("%d: %d", s, r.statuses[s]))
		}
		fmt.Fprintf(b, "documents by status: %s\n", strings.Join(list, ", "))
	}
	received := r.heads + r.bodies
	fmt.Fprintf(b, "%-12s%s received, %s a second (heads %s, bodies %s, decoded %s); %s sent\n", "bytes",
		size(received), size(int64(rate(received, r.took))), size(r.heads), size(r.bodies), size(r.decoded), size(r.sent))
}

// faultLines are the failures by kind, the most frequent first.
func (r *result) faultLines(b *strings.Builder) {
	for of, what := range [...]string{"documents that failed", "subresources that failed"} {
		all := r.faults[of]
		if len(all) == 0 {
			continue
		}
		fmt.Fprintf(b, "%s\n", what)
		for _, kind := range byCount(all) {
			fmt.Fprintf(b, "%8d %s; the first: %s\n", all[kind].count, kind, all[kind].first)
		}
	}
}

func byCount(all map[string]*faults) []string {
	return slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		return cmp.Or(cmp.Compare(all[b].count, all[a].count), cmp.Compare(a, b))
	})
}

// rate is how many a second.
func rate(n int64, in time.Duration) float64 { return float64(n) / max(in.Seconds(), 1e-9) }

// short keeps three digits of a time.
func short(d time.Duration) time.Duration {
	for step := time.Duration(1); ; step *= 10 {
		if d < 1000*step {
			return d.Round(step)
		}
	}
}

// size is a number of bytes for people.
func size(n int64) string {
	v, unit := float64(n), ""
	for _, unit = range [...]string{"B", "kB", "MB", "GB", "TB"} {
		if v < 999.5 || unit == "TB" {
			break
		}
		v /= 1000
	}
	if unit == "B" {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.3g %s", v, unit)
}
