package compare

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"pageload/loader/internal/figure"
	"pageload/loader/waterfall"
)

// An Increase is by how much a figure may grow: by Percent of what it was or by
// By, whichever is more. The zero value bounds nothing.
type Increase struct {
	Percent float64 // of the figure of load A; negative: none
	By      float64 // milliseconds or bytes; negative: none
}

// ParseIncrease reads "10%", a time such as "200ms" or a number of bytes such as
// "50000" or "50kB". "0" and "0%" allow none.
func ParseIncrease(s string) (Increase, error) {
	none := func(v float64) float64 {
		if v == 0 {
			return -1
		}
		return v
	}
	if n, ok := strings.CutSuffix(s, "%"); ok {
		v, err := strconv.ParseFloat(n, 64)
		if err != nil || !(v >= 0 && v <= 1e6) {
			return Increase{}, errors.New("compare: increase: it is a share such as 10%")
		}
		return Increase{Percent: none(v)}, nil
	}
	if d, err := time.ParseDuration(s); err == nil {
		if d < 0 {
			return Increase{}, errors.New("compare: increase: it is not negative")
		}
		return Increase{By: none(float64(d) / 1e6)}, nil
	}
	n, err := ParseBytes(s)
	if err != nil {
		return Increase{}, errors.New("compare: increase: it is a share such as 10%, a time such as 200ms or a size such as 50kB")
	}
	return Increase{By: none(float64(n))}, nil
}

// ParseBytes reads a number of bytes: "1500", "50kB", "1.5MB", "2GB" (decimal units).
func ParseBytes(s string) (int64, error) {
	text, unit := strings.ToLower(strings.TrimSpace(s)), 1.0
	for _, u := range []struct {
		suffix string
		unit   float64
	}{{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"k", 1e3}, {"m", 1e6}, {"g", 1e9}, {"b", 1}} {
		if rest, ok := strings.CutSuffix(text, u.suffix); ok {
			text, unit = strings.TrimSpace(rest), u.unit
			break
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v*unit <= 1<<50) {
		return 0, fmt.Errorf("compare: bytes: %q is no size such as 1500 or 50kB", s)
	}
	return int64(v * unit), nil
}

// zero reports whether nothing is bounded.
func (i Increase) zero() bool { return i == Increase{} }

// most returns what a figure may grow to.
func (i Increase) most(from float64) float64 {
	return from + max(0, from*i.Percent/100, i.By)
}

// A Regression holds load B of a [Diff] to load A. The zero value bounds nothing.
type Regression struct {
	RenderStart, DOMContentLoaded, Load Increase // a milestone that only A reached breaks it
	Bytes                               Increase
	NewBlocking                         bool // no request may block rendering that did not in A, whether it is new or not
	NewFailures                         bool // none may fail that did not in A
	NewHosts                            bool // no host may be asked that A does not ask
	NewRequests                         bool // no request at all may be new
	Removed                             bool // none may be missing
}

// Check returns what of load B the bounds do not allow; nil if they allow it all.
func (g Regression) Check(d *Diff) []Violation {
	c := checker{}
	c.grown("RenderStart", waterfall.RenderStart, d.A.RenderStart, d.B.RenderStart, g.RenderStart, nil)
	c.grown("DOMContentLoaded", waterfall.DOMContentLoaded, d.A.DOMContentLoaded, d.B.DOMContentLoaded, g.DOMContentLoaded, nil)
	c.grown("Load", waterfall.Load, d.A.Load, d.B.Load, g.Load, d.PathB)
	if most := g.Bytes.most(float64(d.A.Bytes)); !g.Bytes.zero() && float64(d.B.Bytes) > most {
		by := d.grew()
		c.add("Bytes", by, "%s over the network, at most %s (before: %s): %s", figure.Bytes(d.B.Bytes), figure.Bytes(int64(most)), figure.Bytes(d.A.Bytes), sizes(by))
	}
	for i := range d.Added {
		r := &d.Added[i].Row
		if g.NewRequests {
			c.add("NewRequests", []waterfall.Request{*r}, "new request: %s", target(r))
		}
		if g.NewBlocking && d.Added[i].Blocking {
			c.add("NewBlocking", []waterfall.Request{*r}, "new request that blocks rendering: %s", target(r))
		}
		if g.NewFailures && failed(r) {
			c.add("NewFailures", []waterfall.Request{*r}, "new request that fails with %s: %s", clean(outcome(r)), target(r))
		}
	}
	for i := range d.Changed {
		m := &d.Changed[i]
		if g.NewBlocking && Blocks(&m.B) && !Blocks(&m.A) {
			c.add("NewBlocking", []waterfall.Request{m.B}, "blocks rendering now: %s", target(&m.B))
		}
		if g.NewFailures && failed(&m.B) && !failed(&m.A) {
			c.add("NewFailures", []waterfall.Request{m.B}, "fails now with %s: %s", clean(outcome(&m.B)), target(&m.B))
		}
	}
	if g.NewHosts {
		for _, h := range d.NewHosts {
			c.add("NewHosts", nil, "new host: %s", clean(h))
		}
	}
	if g.Removed {
		for i := range d.Removed {
			c.add("Removed", []waterfall.Request{d.Removed[i].Row}, "not requested any more: %s", target(&d.Removed[i].Row))
		}
	}
	return c.list
}

// grown checks a milestone.
func (c *checker) grown(rule, name string, a, b time.Duration, g Increase, path []Step) {
	switch {
	case g.zero() || a == waterfall.None:
		return
	case b == waterfall.None:
		c.add(rule, nil, "%s was not reached (before: %s)", name, duration(a))
		return
	}
	most := time.Duration(g.most(float64(known(a))/1e6) * 1e6)
	if b <= most {
		return
	}
	text := fmt.Sprintf("%s at %s, at most %s (before: %s)", name, duration(b), duration(most), duration(a))
	if last := len(path) - 1; last >= 0 {
		text += ": it waited for " + clean(path[last].URL)
		for i := last; i >= 0; i-- {
			if path[i].Only {
				if i != last {
					text += ", and newly for " + clean(path[i].URL)
				}
				break
			}
		}
	}
	c.add(rule, nil, "%s", text)
}

// grew returns the requests that are new or larger, those that cost most first.
func (d *Diff) grew() []waterfall.Request {
	var c checker
	w := &waterfall.Waterfall{}
	for i := range d.Added {
		w.Requests = append(w.Requests, d.Added[i].Row)
	}
	for i := range d.Changed {
		if bytesOf(&d.Changed[i].B) > bytesOf(&d.Changed[i].A) {
			w.Requests = append(w.Requests, d.Changed[i].B)
		}
	}
	c.w = w
	return c.largest(func(*waterfall.Request) bool { return true })
}
