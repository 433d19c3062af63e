package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	fewInFlight = 64       // up to how many loads in flight memory is no matter
	smallHeap   = 80 << 20 // with more of them: up to where the heap may grow, whatever of it is in use
	mostPercent = 400
	fewPercent  = 12
	tunePeriod  = 100 * time.Millisecond
)

// tuneGC lets the garbage collector rest longer where few loads are in flight: a
// heap of some megabytes would be collected many times a second. With many the
// heap is large, and memory the matter; but a collection of a heap that would
// stay small costs processor time and saves nothing. GOGC and GOMEMLIMIT, where
// they are set, are left alone. What it started ends with stop.
func (o *options) tuneGC() (stop func()) {
	stop = func() {}
	switch {
	case os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "":
	case o.inFlight <= fewInFlight:
		debug.SetGCPercent(mostPercent)
		debug.SetMemoryLimit(32<<20 + int64(o.inFlight)<<20)
	default:
		debug.SetGCPercent(mostPercent)
		end, ended := make(chan struct{}), make(chan struct{})
		go func() { keepSmall(end); close(ended) }()
		stop = func() { close(end); <-ended }
	}
	return stop
}

// keepSmall sets the collector's percentage from time to time, so that the heap is
// collected when it reaches smallHeap, or an eighth of what is in use more. What is
// allocated while it is collected comes on top, which is most when all answers come at once.
func keepSmall(end <-chan struct{}) {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}}
	tick := time.NewTicker(tunePeriod)
	defer tick.Stop()
	percent := mostPercent
	for {
		select {
		case <-end:
			return
		case <-tick.C:
		}
		metrics.Read(sample)
		if want := percentFor(sample[0].Value.Uint64(), sample[1].Value.Uint64()); want > percent+percent/8 || want < percent-percent/8 {
			percent = want
			debug.SetGCPercent(percent)
		}
	}
}

// percentFor is GOGC for a heap of which live bytes were in use after the last
// collection, beside stacks that are scanned: the next collection is at
// live + (live+stacks)*GOGC/100 (https://go.dev/doc/gc-guide).
func percentFor(live, stacks uint64) int {
	switch {
	case live == 0: // there was none so far
		return mostPercent
	case live >= smallHeap:
		return fewPercent
	}
	return int(min(max((smallHeap-live)*100/(live+stacks), fewPercent), mostPercent))
}
