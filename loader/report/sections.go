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

// section begins a part of the report below the table.
func (t *text) section(title string) {
	t.out.newline()
	t.out.paint(styleBold, title)
	t.out.newline()
}

// totals are the figures of the whole load.
func (t *text) totals() {
	p := &t.wf.Page
	var redirects, failed, refused, cached, running int
	var wire, decoded, sent int64
	hosts := map[string]bool{}
	conns := map[uint64]bool{}
	for _, r := range t.rows {
		switch {
		case !r.Done:
			running++
		case r.BlockedReason != "":
			refused++
		case r.Err != "":
			failed++
		case r.RedirectURL != "":
			redirects++
		}
		if r.FromCache != "" {
			cached++
		} else {
			wire += r.Transferred()
		}
		sent += r.SentBytes
		if r.DecodedBytes >= 0 {
			decoded += r.DecodedBytes
		} else {
			decoded += r.BodyBytes
		}
		if h := hostOf(r.URL); h != "" {
			hosts[h] = true
		}
		if r.ConnID != 0 {
			conns[r.ConnID] = true
		}
	}
	opened := 0
	for i := range t.wf.Connections {
		if t.wf.Connections[i].Connected != waterfall.None {
			opened++
		}
	}
	s := &t.out
	s.newline()
	s.printf("render start %s  DOMContentLoaded %s  load %s\n", offset(p.RenderStart), offset(p.DOMContentLoaded), offset(p.Load))
	notes := []string{}
	for _, n := range []struct {
		n    int
		word string
	}{{redirects, "redirected"}, {cached, "from the cache"}, {failed, "failed"}, {refused, "refused"}, {running, "under way"}} {
		if n.n > 0 {
			notes = append(notes, strconv.Itoa(n.n)+" "+n.word)
		}
	}
	s.str(plural(len(t.rows), "request"))
	if len(notes) > 0 {
		s.str(" (" + strings.Join(notes, ", ") + ")")
	}
	s.printf("  %s received, %s decoded, %s sent\n", bytes(wire), bytes(decoded), bytes(sent))
	s.printf("%s  %s  %s\n", plural(len(hosts), "host"), plural(max(len(conns), opened), "connection"), plural(len(t.lookups()), "name lookup"))
}

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
		k := key{nameOf(r.URL), r.DNS[i].Start}
		if !seen[k] {
			seen[k] = true
			list = append(list, lookup{k.name, r, r.DNS})
		}
	}
	return list
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

// connections draws a row a connection: its handshakes, what it carried, and
// who closed it.
func (t *text) connections() {
	if len(t.wf.Connections) == 0 {
		return
	}
	t.section("Connections")
	s, c := &t.out, &t.columns
	busy := map[uint64][]*waterfall.Request{}
	for _, r := range t.rows {
		if r.ConnID != 0 {
			busy[r.ConnID] = append(busy[r.ConnID], r)
		}
	}
	left := t.width - c.bar - 1
	for i := range t.wf.Connections {
		x := &t.wf.Connections[i]
		end := fmt.Sprintf("%s %s", cmp.Or(s.escape(x.Proto), "-"), plural(x.Requests, "request"))
		switch {
		case x.ClosedBy != "" && x.Connected == waterfall.None:
			end = "not connected"
		case x.ClosedBy != "":
			end += ", closed by " + s.escape(x.ClosedBy)
		}
		name := fmt.Sprintf("#%d %s", x.ID, escapeURL(x.Host))
		if x.Port != 0 {
			name += ":" + strconv.Itoa(int(x.Port))
		}
		if x.Private {
			name += " private"
		}
		room := max(10, left-len([]rune(end))-2)
		s.cell(elideMiddle(name, room, s.ascii), room)
		s.right(end, left-room-1)
		s.str(" ")
		t.connectionBar(x, busy[x.ID])
	}
}

func (t *text) connectionBar(x *waterfall.ConnectionRow, requests []*waterfall.Request) {
	t.chart.begin()
	ready := x.Opened
	if x.Opened != waterfall.None && x.Connected != waterfall.None {
		t.chart.add(waterfall.PhaseConnect, x.Opened, x.Connected)
		ready = x.Connected
		if x.Secured != waterfall.None {
			t.chart.add(waterfall.PhaseSSL, x.Connected, x.Secured)
			ready = x.Secured
		}
	}
	if ready != waterfall.None {
		end := x.Closed
		if end == waterfall.None {
			end = t.chart.end
		}
		t.chart.add(waterfall.PhaseBlocked, ready, end) // idle
	}
	for _, r := range requests {
		for _, p := range r.Spans() {
			if p.Phase >= waterfall.PhaseSend {
				t.chart.add(p.Phase, p.From, p.To)
			}
		}
	}
	t.out.trimmed(t.chart.bar())
}

// problems lists what went wrong, what was left out, and the bounds that were
// hit.
func (t *text) problems() {
	s := &t.out
	first := true
	for _, r := range t.rows {
		why := problem(r)
		if why == "" {
			continue
		}
		if first {
			t.section("Errors")
			first = false
		}
		s.str("  ")
		s.paint(styleBad, s.escape(why))
		s.printf("\n    %s %s, by %s\n", typeName(r.Type, 10), escapeURL(r.URL), initiator(r.Initiator))
	}
	t.notes("Limits reached", t.wf.Limits)
	t.notes("Not requested", t.wf.Skipped)
	if t.options.Connections {
		t.notes("Ahead of requests", t.wf.Hints)
	}
}

// problem says what was wrong with a request, "" if nothing was.
func problem(r *waterfall.Request) string {
	switch {
	case r.BlockedReason != "" && r.Err != "" && r.Err != r.BlockedReason:
		return "refused: " + r.BlockedReason + ": " + r.Err
	case r.BlockedReason != "":
		return "refused: " + r.BlockedReason
	case r.Err != "" && r.NetError != "":
		return r.Err + " (" + r.NetError + ")"
	case r.Err != "":
		return r.Err
	case r.Status >= 400:
		return strings.TrimSpace(strconv.Itoa(r.Status) + " " + r.StatusText)
	}
	return ""
}

// maxNotes is how many notes of a sort are told: a page may have a million.
const maxNotes = 20

func (t *text) notes(title string, list []waterfall.Note) {
	if len(list) == 0 {
		return
	}
	t.section(title)
	s := &t.out
	for i, n := range list {
		if i == maxNotes {
			s.printf("  and %d more\n", len(list)-i)
			break
		}
		s.printf("  %s  %s\n", offset(n.At), s.escape(n.Text))
	}
}
