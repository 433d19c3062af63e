package report

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"pageload/loader/waterfall"
)

// A lookup is one question to the chain of name caches. The requests that waited
// for the same one share it.
type lookup struct {
	name  string
	first *waterfall.Request
	steps []waterfall.DNSStep
}

// took returns how long the lookup took. Its steps may overlap: addresses of both
// families are asked for at once.
func (l *lookup) took() time.Duration {
	from, to := l.steps[0].Start, l.steps[0].Start
	for i := range l.steps {
		from = min(from, l.steps[i].Start)
		to = max(to, l.steps[i].Start+l.steps[i].Duration)
	}
	return to - from
}

// lookups returns the lookups that went further than the browser's own cache,
// in order.
func (t *text) lookups() []lookup {
	type key struct {
		name string
		at   time.Duration
	}
	seen := map[key]bool{}
	var list []lookup
	for _, r := range t.rows {
		i := slices.IndexFunc(r.DNS, func(s waterfall.DNSStep) bool { return s.Level != "browser" && s.Level != "literal" })
		if i < 0 {
			continue
		}
		k := key{nameAsked(r, i), r.DNS[i].Start}
		if !seen[k] {
			seen[k] = true
			list = append(list, lookup{k.name, r, r.DNS})
		}
	}
	return list
}

// nameAsked is the name that a step asked for. It is not the URL's where
// connections are sent elsewhere.
func nameAsked(r *waterfall.Request, i int) string {
	if _, name, ok := strings.Cut(r.DNS[i].Question, " "); ok {
		return name
	}
	return nameOf(r.URL)
}

// names lists the name lookups with the steps that each took.
func (t *text) names() {
	list := t.lookups()
	if len(list) == 0 {
		return
	}
	t.section("Names")
	s := &t.out
	for _, l := range list {
		s.printf("  %s  %s", escapeURL(l.name), duration(l.took()))
		if a, err := netip.ParseAddrPort(l.first.Remote); err == nil {
			s.str("  " + a.Addr().String())
		}
		s.newline()
		for i := range l.steps {
			s.str("    " + s.escape(step(&l.steps[i])) + "\n")
		}
	}
}

// step is one question to one level of the chain.
func step(d *waterfall.DNSStep) string {
	verdict := d.RCode
	if verdict == "" && d.Err == "" && !d.Cached {
		verdict = "miss"
	}
	line := fmt.Sprintf("%-8s %8s  %s", d.Level, duration(d.Duration), cmp.Or(verdict, "-"))
	if d.Question != "" {
		line += "  " + d.Question
	}
	if d.Transport != "" {
		line += "  " + d.Transport
	}
	if d.Server != "" {
		line += " " + d.Server
	}
	if d.TTL > 0 {
		line += "  ttl " + strconv.FormatInt(int64(d.TTL/time.Second), 10) + " s"
	}
	if d.Cached {
		line += "  cached"
	}
	if d.Err != "" {
		line += "  " + d.Err
	}
	return line
}
