package main

import (
	"time"

	hdrhistogram "github.com/HdrHistogram/hdrhistogram-go"

	"pageload/loader/waterfall"
)

// times are how long something took, over all loads: an HdrHistogram of
// microseconds with three digits, so that a hundred million loads take no more
// memory than one.
type times struct{ h *hdrhistogram.Histogram }

// longest is what is told apart; a load that takes longer counts as this.
const longest = time.Hour

func newTimes() times {
	return times{hdrhistogram.New(1, longest.Microseconds(), 3)}
}

// add counts a time; waterfall.None is none.
func (t times) add(d time.Duration) {
	if d != waterfall.None {
		t.h.RecordValue(min(max(d, time.Microsecond), longest).Microseconds())
	}
}

func (t times) count() int64 { return t.h.TotalCount() }

// at is the least time that so much of the loads did not exceed.
func (t times) at(percent float64) time.Duration {
	return time.Duration(t.h.ValueAtPercentile(percent)) * time.Microsecond
}

func (t times) least() time.Duration { return time.Duration(t.h.Min()) * time.Microsecond }
func (t times) most() time.Duration  { return time.Duration(t.h.Max()) * time.Microsecond }
func (t times) mean() time.Duration {
	return time.Duration(t.h.Mean() * float64(time.Microsecond))
}
