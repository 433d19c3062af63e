package report

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"pageload/loader/internal/figure"
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

// mostNames is how many names have a line where their steps are not asked for.
const mostNames = 8

// names lists the name lookups: each in a line, or with the steps that it took.
func (t *text) names() {
	if t.options.Names {
		t.walks()
		return
	}
	list := t.lookups()
	list = append(list, t.remembered(list)...)
	if len(list) == 0 {
		return
	}
	t.section("Names")
	s := &t.out
	shown := list[:min(len(list), mostNames)]
	width := 0
	for i := range shown {
		width = max(width, len(escapeURL(shown[i].name)))
	}
	width = min(width, t.width-45)
	for i := range shown {
		l := &shown[i]
		a := l.answer()
		s.str("  ")
		s.cell(elideMiddle(escapeURL(l.name), width, s.ascii), width)
		s.str(" ")
		s.cell(s.escape(a.level), len("browser"))
		s.right(figure.Duration(l.took()), 8)
		s.str("  ")
		ttl := ""
		if a.ttl > 0 {
			ttl = "ttl " + strconv.FormatInt(int64(a.ttl/time.Second), 10) + " s"
		}
		s.cell(ttl, len("ttl 86400 s"))
		s.str(" ")
		what := strings.Join(l.addresses(t.rows), " ")
		if a.why != "" {
			what = a.why
		}
		s.trimmed(elideEnd(s.escape(what), max(10, t.width-width-35), s.ascii))
	}
	if n := len(list) - len(shown); n > 0 {
		s.printf("  and %d more\n", n)
	}
}

// verdict is what came of a lookup.
type verdict struct {
	level string        // that had the last word; "none" where nobody answered
	ttl   time.Duration // of what it said; 0 where it did not say
	why   string        // why there is no address; empty where there is one
}

// answer reads the verdict from the steps: that of the last level with
// addresses, or else of the last that said anything.
func (l *lookup) answer() verdict {
	v := verdict{level: "none", why: "no answer"}
	for i := range l.steps {
		s := &l.steps[i]
		good := s.Err == "" && (s.RCode == "NOERROR" || s.Level == "literal")
		switch {
		case good && (v.why != "" || s.Level != v.level):
			v = verdict{level: s.Level, ttl: s.TTL}
		case good && s.TTL > 0 && (v.ttl == 0 || s.TTL < v.ttl): // the other family's
			v.ttl = s.TTL
		case s.RCode != "" && v.why != "":
			v = verdict{s.Level, s.TTL, cmp.Or(s.Err, s.RCode)}
		case s.Err != "" && v.level == "none":
			v.why = s.Err
		}
	}
	return v
}

// addresses are those that the requests of the lookup's name connected to.
func (l *lookup) addresses(rows []*waterfall.Request) []string {
	var list []string
	for _, r := range rows {
		a, err := netip.ParseAddrPort(r.Remote)
		if err != nil || r != l.first && (len(r.DNS) == 0 || nameAsked(r, 0) != l.name) {
			continue
		}
		if ip := a.Addr().String(); !slices.Contains(list, ip) {
			list = append(list, ip)
		}
	}
	return list
}

// remembered returns the first lookup of each name that the browser's own cache
// had all the time, as it does on a second load.
func (t *text) remembered(further []lookup) []lookup {
	seen := map[string]bool{}
	for i := range further {
		seen[further[i].name] = true
	}
	var list []lookup
	for _, r := range t.rows {
		if len(r.DNS) == 0 || r.DNS[0].Level != "browser" {
			continue
		}
		if name := nameAsked(r, 0); !seen[name] {
			seen[name] = true
			list = append(list, lookup{name, r, r.DNS})
		}
	}
	return list
}

// walks lists the name lookups with the steps that each took.
func (t *text) walks() {
	list := t.lookups()
	if len(list) == 0 {
		return
	}
	t.section("Names")
	s := &t.out
	for _, l := range list {
		s.printf("  %s  %s", escapeURL(l.name), figure.Duration(l.took()))
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
	line := fmt.Sprintf("%-8s %8s  %s", d.Level, figure.Duration(d.Duration), cmp.Or(verdict, "-"))
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
