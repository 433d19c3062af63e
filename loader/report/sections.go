package report

import (
	"cmp"
	"maps"
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
	p, n := &t.wf.Page, t.wf.Totals()
	s := &t.out
	s.newline()
	s.printf("render start %s  DOMContentLoaded %s  load %s\n", offset(p.RenderStart), offset(p.DOMContentLoaded), offset(p.Load))
	if busy := mainThread(t.wf, t.width); busy != "" {
		s.str(busy + "\n")
	}
	notes := []string{}
	for _, x := range []struct {
		n    int
		word string
	}{{n.Redirected, "redirected"}, {n.Cached, "from the cache"}, {n.Failed, "failed"}, {n.Refused, "refused"}, {n.Running, "under way"}} {
		if x.n > 0 {
			notes = append(notes, strconv.Itoa(x.n)+" "+x.word)
		}
	}
	s.str(plural(len(t.rows), "request"))
	if len(notes) > 0 {
		s.str(" (" + strings.Join(notes, ", ") + ")")
	}
	s.printf("  %s received, %s decoded, %s sent\n", bytes(n.Received), bytes(n.Decoded), bytes(n.Sent))
	s.printf("%s  %s  %s\n", plural(n.Hosts, "host"), plural(n.Connections, "connection"), plural(len(t.lookups()), "name lookup"))
}

// mainThread says what a browser's main thread was busy with until the load
// event, the longest first and as many as have room; "" where the load was given no pace.
func mainThread(wf *waterfall.Waterfall, width int) string {
	until, total := wf.Page.Load, time.Duration(0)
	of := map[string]time.Duration{}
	for _, x := range wf.MainThread {
		if until == waterfall.None || x.From < until {
			of[x.What] += x.To - x.From
			total += x.To - x.From
		}
	}
	if total == 0 {
		return ""
	}
	names := slices.SortedFunc(maps.Keys(of), func(a, b string) int { return cmp.Or(cmp.Compare(of[b], of[a]), cmp.Compare(a, b)) })
	line := "main thread " + strings.TrimSpace(offset(total)) + " at a browser's pace"
	for i, name := range names {
		next := ", " + name + " " + strings.TrimSpace(offset(of[name]))
		if i == 0 {
			next = ": " + next[2:]
		}
		if len(line)+len(next) > width {
			break
		}
		line += next
	}
	return line
}

// mostErrors is how many errors are told in words: a page with more has one
// cause for many of them.
const mostErrors = 50

// problems lists what went wrong, what was left out, and the bounds that were
// hit.
func (t *text) problems() {
	s := &t.out
	listed := 0
	for _, r := range t.rows {
		why := problem(r)
		if why == "" {
			continue
		}
		if listed++; listed > mostErrors {
			continue
		}
		if listed == 1 {
			t.section("Errors")
		}
		s.str("  ")
		s.paint(styleBad, s.escape(why))
		s.printf("\n    %s %s, by %s\n", typeName(r.Type, 10), escapeURL(r.URL), initiator(r.Initiator))
	}
	if listed > mostErrors {
		s.printf("  and %d more, each in its row\n", listed-mostErrors)
	}
	t.notes("Limits reached", t.wf.Limits)
	t.notes("Not requested", t.wf.Skipped)
	if t.options.Connections {
		t.notes("Ahead of requests", t.wf.Hints)
	}
}

// problem says what was wrong with a request, "" if nothing was.
func problem(r *waterfall.Request) string {
	why := reason(r.Err, r.URL)
	switch {
	case r.BlockedReason != "" && r.Err != "" && r.Err != r.BlockedReason:
		return "refused (" + r.BlockedReason + "): " + why
	case r.BlockedReason != "":
		return "refused: " + r.BlockedReason
	case r.Err != "" && r.NetError != "":
		return why + " (" + r.NetError + ")"
	case r.Err != "":
		return why
	case r.Status >= 400:
		return strings.TrimSpace(strconv.Itoa(r.Status) + " " + r.StatusText)
	}
	return ""
}

// reason is the text of an error without the package that it comes from, and
// without the URL, which stands beside it.
func reason(text, url string) string {
	for _, p := range []string{"loader: ", "fetch: ", "conn: "} {
		text = strings.TrimPrefix(text, p)
	}
	return strings.TrimPrefix(text, url+": ")
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
