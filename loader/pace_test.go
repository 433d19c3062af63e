package loader_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"pageload/loader"
)

// At a pace what arrives at the same time takes its turn on one thread.
func TestPace(t *testing.T) {
	const site = `{"latency": 10}
-- index.html --
<!doctype html><link rel=stylesheet href=s.css><img src=a-10x10.png><img src=b-10x10.png>
-- s.css --
`
	for _, tt := range []struct {
		name string
		pace loader.Pace
		// In milliseconds: the connection takes 20, the document 20, the sheet 20
		// more, and the images 40, on connections of their own.
		load string
	}{
		{"as fast as the network", loader.Pace{}, "80"},
		{"commit", loader.Pace{Document: 30 * ms}, "110"},
		{"images", loader.Pace{Image: 50 * ms}, "180"},
		{"requests, one after the other", loader.Pace{Request: 30 * ms}, "130"}, // three when the document is there
		{"a kilobyte", loader.Pace{HTMLKB: time.Second}, "169"},
		{"style sheet before the images", loader.Pace{Stylesheet: 30 * ms, Image: 50 * ms}, "190"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, site, func(w *world) {
				w.profile.Pace = tt.pace
				p := w.load("/")
				if got := inMS(p.Page.Load); got != tt.load {
					t.Errorf("load after %s ms, want %s", got, tt.load)
				}
			})
		})
	}
}

// What the thread was busy with is told, and is nothing without a pace.
func TestMainThread(t *testing.T) {
	inWorld(t, `-- index.html --
<!doctype html><title>t</title><p>text`, func(w *world) {
		w.profile.Pace = loader.ChromiumPace().Scale(0.5)
		var what []string
		from := time.Duration(0)
		for _, x := range w.load("/").MainThread {
			what = append(what, x.What)
			if x.From < from || x.To <= x.From {
				t.Errorf("%s from %v to %v, after one until %v", x.What, x.From, x.To, from)
			}
			from = x.To
			if x.What == "navigation" && x.To-x.From != loader.ChromiumPace().Document/2 {
				t.Errorf("navigation from %v to %v", x.From, x.To)
			}
		}
		slices.Sort(what)
		if want := []string{"HTML", "navigation", "requests", "style and layout"}; !slices.Equal(slices.Compact(what), want) {
			t.Errorf("main thread busy with %q, want %q", what, want)
		}
	})
	inWorld(t, smallSite, func(w *world) {
		if list := w.load("/").MainThread; len(list) > 0 {
			t.Errorf("without a pace: %v", list)
		}
	})
}

// A load that is given up does not wait for its thread.
func TestPaceEnds(t *testing.T) {
	inWorld(t, smallSite, func(w *world) {
		w.profile.Pace = loader.Pace{Document: time.Hour}
		ctx, cancel := context.WithTimeout(w.Context(), time.Second)
		defer cancel()
		start := time.Now()
		p := w.try(ctx, loader.Navigation{URL: "http://site.test/"})
		if took := time.Since(start); took != time.Second || !errors.Is(p.err, context.DeadlineExceeded) {
			t.Errorf("ended after %v with %v", took, p.err)
		}
	})
}
