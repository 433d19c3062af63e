package loader_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pageload/loader"
	"pageload/loader/waterfall"
)

// A truth is what the browser requested for a case.
type truth struct {
	Page     string
	Requests []struct {
		URL, Type, InitialPriority string
		Initiator, InitiatorURL    string
		Sometimes, Script, Icon    bool
		Varies                     []string // fields in which the browser's own runs differ
	}
}

// A tally counts how the loads of the cases differ from the browser's.
type tally struct {
	requests, missing, extra int
	typ, priority, initiator int
	concordant, pairs        int
	sent, alike              int      // requests that are recorded as they were sent, and those that are the same to the letter
	differences              []string // "case kind what"
	real                     bool     // in or recorded in a time in which the order varies
	name                     string
}

func (c *tally) differ(kind, format string, a ...any) {
	c.differences = append(c.differences, c.name+" "+kind+" "+fmt.Sprintf(format, a...))
}

func (c *tally) add(o *tally) {
	c.requests, c.missing, c.extra = c.requests+o.requests, c.missing+o.missing, c.extra+o.extra
	c.typ, c.priority, c.initiator = c.typ+o.typ, c.priority+o.priority, c.initiator+o.initiator
	c.concordant, c.pairs = c.concordant+o.concordant, c.pairs+o.pairs
	c.sent, c.alike = c.sent+o.sent, c.alike+o.alike
	c.differences = append(c.differences, o.differences...)
}

func (c *tally) String() string {
	matched := c.requests - c.missing
	return fmt.Sprintf("%d requests, %d missing, %d extra (F1 %.2f%%); of those matched: type %.2f%%, priority %.2f%%, initiator %.2f%%; order %.2f%%; %d of %d recorded heads sent alike",
		c.requests, c.missing, c.extra, percent(2*matched, 2*matched+c.missing+c.extra), percent(matched-c.typ, matched),
		percent(matched-c.priority, matched), percent(matched-c.initiator, matched), percent(c.concordant, c.pairs), c.alike, c.sent)
}

func percent(a, b int) float64 {
	if b == 0 {
		return 100
	}
	return 100 * float64(a) / float64(b)
}

// readKnown reads the differences of today, and the reason of each case's: lines "# case: reason".
func readKnown(s string) (reasons map[string]string, listed []string) {
	reasons = map[string]string{}
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		if reason, ok := strings.CutPrefix(line, "# "); ok {
			name, why, _ := strings.Cut(reason, ": ")
			reasons[name] = why
		} else if line != "" {
			listed = append(listed, line)
		}
	}
	return reasons, listed
}

// TestFidelity loads the cases for which a browser's requests were recorded and
// compares: which requests, their type, initial priority, initiator and order.
// What differs today is in testdata/fidelity/known.txt, and only that.
func TestFidelity(t *testing.T) {
	files, err := filepath.Glob("testdata/fidelity/cases/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	first := len(files)
	more, err := filepath.Glob("testdata/fidelity/more/cases/*.txtar")
	if err != nil || len(more) == 0 {
		t.Fatalf("no further cases: %v", err)
	}
	var total, further tally
	for i, file := range append(files, more...) {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want truth
			recorded, err := os.ReadFile(filepath.Join(filepath.Dir(file), "../truth", name+".json"))
			if err == nil {
				err = json.Unmarshal(recorded, &want)
			}
			if err != nil {
				t.Fatal(err)
			}
			s := parseSite(t, "."+name+".test", data)
			one := &tally{name: name, real: i >= first}
			got, wire := loadCase(t, s, want.Page)
			one.compare(got, &want)
			if rec := readRecording(t, name); rec != nil {
				one.compareWire(got, wire, rec)
			}
			if i < first {
				total.add(one)
			} else {
				further.add(one)
			}
		})
	}
	t.Log("cases:", &total)
	t.Log("further cases:", &further)
	total.differences = append(total.differences, further.differences...)
	const known = "testdata/fidelity/known.txt"
	slices.Sort(total.differences)
	b, err := os.ReadFile(known)
	if err != nil {
		t.Fatal(err)
	}
	reasons, listed := readKnown(string(b))
	if *update {
		var lines []string
		for name := range reasons {
			if slices.ContainsFunc(total.differences, func(d string) bool { return strings.HasPrefix(d, name+" ") }) {
				lines = append(lines, "# "+name+": "+reasons[name])
			}
		}
		slices.Sort(lines)
		if err := os.WriteFile(known, []byte(strings.Join(append(lines, total.differences...), "\n")+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	explained := map[string]bool{}
	for _, l := range listed {
		name, _, _ := strings.Cut(l, " ")
		if explained[name] = true; reasons[name] == "" {
			t.Errorf("%s gives no reason for %s", known, l)
		}
	}
	for name := range reasons {
		if !explained[name] {
			t.Errorf("%s has a reason for %s, which differs in nothing", known, name)
		}
	}
	for _, d := range total.differences {
		if !slices.Contains(listed, d) {
			t.Errorf("new difference: %s", d)
		}
	}
	for _, l := range listed {
		if !slices.Contains(total.differences, l) {
			t.Errorf("difference is gone, remove it from %s: %s", known, l)
		}
	}
}

// loadCase loads the page of a case over the in-memory network, in virtual time, and returns what was sent too. All hosts have one
// address, as they had for the browser.
func loadCase(t *testing.T, s *site, page string) (w *waterfall.Waterfall, wire []onWire) {
	return loadSite(t, s, page, nil)
}

// loadCaseWith is loadCase with a memory of what was loaded before.
func loadCaseWith(t *testing.T, s *site, page string, m *loader.Memory) *waterfall.Waterfall {
	w, _ := loadSite(t, s, page, m)
	return w
}

func loadSite(t *testing.T, s *site, page string, m *loader.Memory) (w *waterfall.Waterfall, wire []onWire) {
	synctest.Test(t, func(t *testing.T) {
		world := &world{T: t, site: s, serve: map[string]handler{}, tap: true}
		s.Latency = 1 // so that what follows from a response comes after what was asked for beside it
		world.start()
		world.profile.Memory = m
		world.serveSecureIfAsked()
		w = world.try(world.Context(), loader.Navigation{URL: page}).Waterfall
		world.close()
		time.Sleep(time.Second) // until the servers have seen the ends of their connections
		world.mu.Lock()
		wire = world.wire
		world.mu.Unlock()
	})
	return w, wire
}

// compare counts and names what differs.
func (c *tally) compare(got *waterfall.Waterfall, want *truth) {
	byURL := map[string][]int{}
	for i := range got.Requests {
		byURL[got.Requests[i].URL] = append(byURL[got.Requests[i].URL], i)
	}
	var order []int // indexes of the loader's requests in the browser's order
	for _, q := range want.Requests {
		optional := q.Sometimes || q.Script || q.Icon
		if !optional {
			c.requests++
		}
		at := byURL[q.URL]
		if len(at) == 0 {
			if !optional {
				c.missing++
				c.differ("missing", "%s %s", q.Type, q.URL)
			}
			continue
		}
		g := &got.Requests[at[0]]
		byURL[q.URL] = at[1:]
		if optional {
			continue
		}
		order = append(order, at[0])
		if string(g.Type) != q.Type {
			c.typ++
			c.differ("type", "%s, not %s: %s", g.Type, q.Type, q.URL)
		}
		if string(g.Priority) != q.InitialPriority && !slices.Contains(q.Varies, "initialPriority") {
			c.priority++
			c.differ("priority", "%s, not %s: %s", g.Priority, q.InitialPriority, q.URL)
		}
		if g.Initiator.Type != q.Initiator && !slices.Contains(q.Varies, "initiator") ||
			g.Initiator.URL != q.InitiatorURL && !slices.Contains(q.Varies, "initiatorURL") {
			c.initiator++
			c.differ("initiator", "%s %s, not %s %s: %s", g.Initiator.Type, g.Initiator.URL, q.Initiator, q.InitiatorURL, q.URL)
		}
	}
	for url, at := range byURL {
		for _, i := range at {
			c.extra++
			c.differ("extra", "%s %s", got.Requests[i].Type, url)
		}
	}
	c.compareOrder(got, order)
}

// compareOrder counts the pairs of requests that are in the browser's order.
// Rows are in the order in which requests were made. That is the order of time
// but for redirects, whose hops are made when the one before ends.
func (c *tally) compareOrder(got *waterfall.Waterfall, order []int) {
	for i := range order {
		for j := i + 1; j < len(order); j++ {
			a, b := &got.Requests[order[i]], &got.Requests[order[j]]
			c.pairs++
			if cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(order[i], order[j])) < 0 {
				c.concordant++
			} else if !c.real {
				c.differ("order", "%s before %s", b.URL, a.URL)
			}
		}
	}
}
