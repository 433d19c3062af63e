package main

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"pageload/examples/internal/pageflags"
)

// A result is what all loads came to. Until they are over, what mu guards may
// change.
type result struct {
	wanted   int           // loads; math.MaxInt: any number
	duration time.Duration // in which loads begin; 0: any
	inFlight int
	start    time.Time
	took     time.Duration // all of them

	mu       sync.Mutex
	begun    int
	loaded   int // got their document
	failed   int
	cut      int         // were under way when the program was stopped
	statuses map[int]int // how many documents came with a status
	counts
	faults [2]map[string]*faults // of documents, of subresources; by kind
	first  error                 // why the first of those failed
	times  [3]times
}

// The indexes of faults.
const (
	ofDocument = iota
	ofSubresource
)

// The indexes of times.
const (
	toContent = iota
	toLoad
	toEnd
)

// faults are the failures of a kind.
type faults struct {
	count int
	first string // why, of the first
}

func newResult(o *options) *result {
	r := &result{wanted: o.loads, duration: o.duration, inFlight: o.inFlight, start: time.Now(), statuses: map[int]int{}}
	for i := range r.faults {
		r.faults[i] = map[string]*faults{}
	}
	for i := range r.times {
		r.times[i] = newTimes()
	}
	return r
}

// next reports whether there is another load to make, and counts it.
func (r *result) next(ctx context.Context) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.begun == r.wanted || ctx.Err() != nil || r.duration > 0 && time.Since(r.start) >= r.duration {
		return false
	}
	r.begun++
	return true
}

// add counts a load and the status of its document.
func (r *result) add(s *seen, status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts.add(&s.counts)
	if s.end != cutOff { // else its requests were ended by us
		for _, f := range s.faults {
			r.fault(ofSubresource, f.kind, f.why)
		}
	}
	switch s.end {
	case cutOff:
		r.cut++
	case failed:
		r.failed++
		r.fault(ofDocument, s.kind, pageflags.Reason(s.err, nil))
		if r.first == nil {
			r.first = s.err
		}
	case loaded:
		r.loaded++
		r.statuses[status]++
		r.times[toContent].add(s.marks[markContent])
		r.times[toLoad].add(s.marks[markLoad])
		r.times[toEnd].add(s.took)
	}
}

func (r *result) fault(of int, kind, why string) {
	f := r.faults[of][kind]
	if f == nil {
		f = &faults{first: pageflags.Plain(why)}
		r.faults[of][kind] = f
	}
	f.count++
}

// failure says what kept a load from getting its document, "" if nothing did.
// The cause is why the loads were stopped, nil if they were not.
func (r *result) failure(cause error) string {
	switch {
	case cause != nil && r.wanted == math.MaxInt:
		return fmt.Sprintf("stopped after %d loads, %v of %v: %v", r.loaded, r.took.Round(time.Millisecond), r.duration, cause)
	case cause != nil && r.loaded < r.wanted:
		return fmt.Sprintf("stopped after %d of %d loads: %v", r.loaded, r.wanted, cause)
	case r.failed > 0:
		return fmt.Sprintf("%d of %d loads did not get their document; the first: %s", r.failed, r.begun, pageflags.Reason(r.first, nil))
	}
	return ""
}
