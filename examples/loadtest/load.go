package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"pageload/examples/internal/pageflags"
	"pageload/loader"
)

// A result is what all loads came to. Its methods are for after the loads.
type result struct {
	wanted int
	all    time.Duration

	mu       sync.Mutex
	begun    int
	took     []time.Duration // of the loads that got their page
	statuses map[int]int     // how many documents came with a status
	failed   int
	first    error // why the first of them failed
}

// closeTime is how long closing a virtual browser's connections may take.
const closeTime = 5 * time.Second

// load makes all loads, each virtual browser its share of them, and returns when
// the last one is over. When ctx ends no further load begins.
func (o *options) load(ctx context.Context) *result {
	r := &result{wanted: o.loads, statuses: map[int]int{}}
	start := time.Now()
	var browsers sync.WaitGroup
	for range min(o.inFlight, o.loads) {
		browsers.Go(func() {
			p := o.browser()
			for r.next(ctx) {
				began := time.Now()
				page, err := p.Navigate(ctx, loader.Navigation{URL: o.url, Cache: o.mode})
				r.add(time.Since(began), page.Status(), err)
				if o.cold {
					shut(p)
					p = o.browser()
				}
			}
			shut(p)
		})
	}
	browsers.Wait()
	r.all = time.Since(start)
	return r
}

// browser is a new virtual browser. What was learnt from documents and style sheets is common
// to all of them; everything else is its own.
func (o *options) browser() *loader.Profile {
	p := o.Profile()
	p.Memory = &o.memory
	return p
}

// shut closes the connections of a profile.
func shut(p *loader.Profile) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	p.Close(ctx)
}

// next reports whether there is another load to make, and counts it.
func (r *result) next(ctx context.Context) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.begun == r.wanted || ctx.Err() != nil {
		return false
	}
	r.begun++
	return true
}

// add counts a load.
func (r *result) add(took time.Duration, status int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.took = append(r.took, took)
		r.statuses[status]++
		return
	}
	r.failed++
	if r.first == nil {
		r.first = err
	}
}

// failure says what kept a load from getting its document, "" if nothing did.
// The cause is why the loads were stopped, nil if they were not.
func (r *result) failure(cause error) string {
	switch {
	case cause != nil && len(r.took) < r.wanted:
		return fmt.Sprintf("stopped after %d of %d loads: %v", len(r.took), r.wanted, cause)
	case r.failed > 0:
		return fmt.Sprintf("%d of %d loads did not get their document; the first: %s", r.failed, r.wanted, pageflags.Reason(r.first, nil))
	}
	return ""
}

// print says how long loads took. The error is that of w.
func (r *result) print(w io.Writer) error {
	slices.Sort(r.took)
	n := len(r.took)
	text := fmt.Sprintf("%d loads in %v, %.1f a second, %d failed\n", n+r.failed, r.all.Round(time.Millisecond), float64(n)/max(r.all.Seconds(), 1e-9), r.failed)
	if n > 0 {
		// at is the least time that so much of the loads did not exceed.
		at := func(percent int) time.Duration {
			return r.took[max(0, (n*percent+99)/100-1)].Round(10 * time.Microsecond)
		}
		text += fmt.Sprintf("load time: least %v, median %v, 90 %% %v, 99 %% %v, most %v\n", at(0), at(50), at(90), at(99), at(100))
	}
	if n != r.statuses[200] {
		var list []string
		for _, s := range slices.Sorted(maps.Keys(r.statuses)) {
			list = append(list, fmt.Sprintf("%d: %d", s, r.statuses[s]))
		}
		text += "documents by status: " + strings.Join(list, ", ") + "\n"
	}
	_, err := io.WriteString(w, text)
	return err
}
