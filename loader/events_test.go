package loader_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pageload/loader"
	"pageload/loader/waterfall"
)

const liveSite = `{"responses": {"/": {"delay": 100, "marks": true, "pause": 100}, "/a.css": {"delay": 150}, "/b-200x200.png": {"delay": 300}, "/r": {"status": 302, "headers": {"Location": "/c-200x200.png"}}, "/c-200x200.png": {"delay": 50}}}
-- index.html --
<!doctype html><html><head><link rel="stylesheet" href="a.css"></head><body><img src="b-200x200.png"><img src="r"><!--pause--><img src="missing.png"><img src="http://site.test:21/x"></body></html>
`

// Observe is told each event as it happens, in the order of the page's log.
func TestObserve(t *testing.T) {
	inWorld(t, liveSite, func(w *world) {
		var events []waterfall.Event
		var at []time.Duration // when Observe was called
		start := time.Now()
		p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/", Observe: func(e waterfall.Event) {
			events = append(events, e)
			at = append(at, time.Since(start))
		}})
		if p.err != nil {
			t.Fatal(p.err)
		}
		log := p.page.Events()
		told := slices.Clone(events)
		for i := range told { // a head is told as it is when it is in, and the log has the whole exchange
			if head, ok := told[i].Data.(*waterfall.Exchange); ok && told[i].Kind == waterfall.Responded && i < len(log) {
				whole, _ := log[i].Data.(*waterfall.Exchange)
				if whole == nil || head.Times.End != waterfall.None || head.Times.HeadEnd != whole.Times.HeadEnd || head.Status != whole.Status {
					t.Errorf("head of request %d: %+v, exchange %+v", told[i].Request, head, whole)
				}
				told[i].Data = whole
			}
		}
		if !reflect.DeepEqual(told, log) {
			t.Errorf("observed %d events, the log has %d others", len(events), len(log))
		}
		if events[0].Kind != waterfall.NavigationStart || events[len(events)-1].Text != waterfall.Settled {
			t.Errorf("first event %v, last %v", events[0].Kind, events[len(events)-1].Text)
		}
		for i, e := range events {
			if e.At > at[i] || at[i]-e.At > ms {
				t.Errorf("%v of request %d is for %v and was told at %v", e.Kind, e.Request, e.At, at[i])
			}
		}
		checkLives(t, events)
	})
}

// Where an observer says that it keeps nothing, it is told the same.
func TestObserveTransient(t *testing.T) {
	inWorld(t, liveSite, func(w *world) {
		var cloned []waterfall.Event
		p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/", Transient: true, Observe: func(e waterfall.Event) {
			cloned = append(cloned, e.Clone())
		}})
		if p.err != nil {
			t.Fatal(p.err)
		}
		log := p.page.Events()
		ends := 0
		for i := range cloned {
			if cloned[i].Kind == waterfall.Responded {
				continue
			}
			if !reflect.DeepEqual(cloned[i], log[i]) {
				t.Errorf("event %d: told %+v %+v, the log has %+v %+v", i, cloned[i], cloned[i].Data, log[i], log[i].Data)
			}
			if _, ok := cloned[i].Data.(*waterfall.Exchange); ok {
				ends++
			}
		}
		if len(cloned) != len(log) || ends < 6 {
			t.Errorf("%d events and %d in the log, %d exchanges", len(cloned), len(log), ends)
		}
	})
}

// checkLives checks that each request's events come in the order of its life.
func checkLives(t *testing.T, events []waterfall.Event) {
	t.Helper()
	lives := map[int32]string{}
	for _, e := range events {
		if e.Request != 0 && e.Kind != waterfall.Limit && e.Kind != waterfall.Hint {
			lives[e.Request] += e.Kind.String() + ", "
		}
	}
	for id, life := range lives {
		first, _, _ := strings.Cut(life, ", ")
		ends := 0
		for _, end := range []string{"finished, ", "failed, ", "refused, ", "redirected, "} {
			ends += strings.Count(life, end)
		}
		if first != "discovered" || ends != 1 {
			t.Errorf("request %d: %s; want discovered first and one end", id, life)
		}
		if i, j := strings.Index(life, "started"), strings.Index(life, "responded"); j >= 0 && (i < 0 || i > j) {
			t.Errorf("request %d: %s; responded before it started", id, life)
		}
		for _, end := range []string{"finished, ", "failed, ", "refused, ", "redirected, "} {
			if i := strings.Index(life, end); i >= 0 && i+len(end) < len(life) && life[i+len(end):] != "body, " {
				t.Errorf("request %d: %s; something happened after its end", id, life)
			}
		}
	}
}

// The log of a load can be folded at any point of it: the rows say how far they are.
func TestFoldWhileLoading(t *testing.T) {
	inWorld(t, liveSite, func(w *world) {
		var log []waterfall.Event
		var last *waterfall.Waterfall
		seen := map[string]bool{}
		p := w.try(w.Context(), loader.Navigation{URL: "http://site.test/", Observe: func(e waterfall.Event) {
			log = append(log, e)
			half := waterfall.Fold(log)
			done := 0
			for i := range half.Requests {
				r := &half.Requests[i]
				if r.Done {
					done++
				}
				if p := r.Phases(); p.Total < 0 || p.Total > time.Second {
					t.Errorf("%s: phases %+v half-way", r.URL, p)
				}
			}
			seen[fmt.Sprintf("%d of %d", done, len(half.Requests))] = true
			if last != nil && len(half.Requests) < len(last.Requests) {
				t.Errorf("%d rows, there were %d before", len(half.Requests), len(last.Requests))
			}
			last = half
		}})
		if !seen["0 of 1"] || !seen["1 of 5"] && !seen["2 of 5"] || !seen["7 of 7"] {
			t.Errorf("seen on the way: %v\n%s", seen, p)
		}
		last.Connections = p.Connections // snapshots that are taken afterwards
		last.Events = p.Events
		if !reflect.DeepEqual(last, p.Waterfall) {
			t.Errorf("the fold of all events differs from the page's waterfall:\n%+v\n%+v", last.Page, p.Page)
		}
	})
}

// An observer may cancel the load that it observes.
func TestObserverCancels(t *testing.T) {
	inWorld(t, liveSite, func(w *world) {
		ctx, cancel := context.WithCancel(w.Context())
		defer cancel()
		p := w.try(ctx, loader.Navigation{URL: "http://site.test/", Observe: func(e waterfall.Event) {
			if e.Kind == waterfall.Responded {
				cancel()
			}
		}})
		if p.err == nil || inMS(p.Page.End) != "100" {
			t.Errorf("error %v, end %v; want an error when the first head was in", p.err, p.Page.End)
		}
	})
}

// Whatever a load was, the parts of its rows add up and lie within the page.
func TestRowsAddUp(t *testing.T) {
	inWorld(t, liveSite, func(w *world) {
		p := w.load("/")
		for i := range p.Requests {
			r := &p.Requests[i]
			f := r.Phases()
			sum := f.Blocked + max(f.DNS, 0) + max(f.Connect, 0) + f.Send + f.Wait + f.Receive
			if sum != f.Total {
				t.Errorf("%s: parts %v, total %v", r.URL, sum, f.Total)
			}
			if r.Times.End > p.Page.End || r.Start < 0 || r.Times.End < r.Start {
				t.Errorf("%s: %v to %v of a page that ends at %v", r.URL, r.Start, r.Times.End, p.Page.End)
			}
			if r.Chain > r.ID || p.chain(r).Redirect {
				t.Errorf("%s: chain %d of request %d", r.URL, r.Chain, r.ID)
			}
		}
	})
}
