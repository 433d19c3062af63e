package main

import (
	"runtime/debug"
	"testing"
)

func TestPercentFor(t *testing.T) {
	const mb = 1 << 20
	tests := []struct {
		live, stacks uint64
		want         int
	}{
		{0, 0, mostPercent},
		{mb, 0, mostPercent}, // a heap of a megabyte would be 79 times that
		{20 * mb, 0, 300},
		{20 * mb, 5 * mb, 240}, // stacks count as work, not as heap
		{40 * mb, 0, 100},
		{64 * mb, 0, 25},
		{76 * mb, 0, fewPercent}, // to 85 MB
		{smallHeap, 0, fewPercent},
		{1 << 40, 1 << 30, fewPercent},
	}
	for _, tt := range tests {
		if got := percentFor(tt.live, tt.stacks); got != tt.want {
			t.Errorf("%d MB in use, %d MB of stacks: GOGC %d, want %d", tt.live/mb, tt.stacks/mb, got, tt.want)
		}
	}
}

// What the environment says about the collector is left alone.
func TestTuneGC(t *testing.T) {
	before := debug.SetGCPercent(123)
	limit := debug.SetMemoryLimit(-1)
	defer func() { debug.SetGCPercent(before); debug.SetMemoryLimit(limit) }()
	percent := func() int {
		p := debug.SetGCPercent(100)
		debug.SetGCPercent(p)
		return p
	}
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	for _, tt := range []struct{ inFlight, want int }{{1, mostPercent}, {fewInFlight, mostPercent}, {fewInFlight + 1, mostPercent}} {
		o := options{inFlight: tt.inFlight}
		stop := o.tuneGC()
		if got := percent(); got != tt.want && tt.inFlight <= fewInFlight || got < fewPercent {
			t.Errorf("%d in flight: GOGC %d, want %d", tt.inFlight, got, tt.want)
		}
		stop()
	}
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		t.Setenv("GOGC", "")
		t.Setenv("GOMEMLIMIT", "")
		t.Setenv(name, "77")
		debug.SetGCPercent(123)
		o := options{inFlight: 1}
		o.tuneGC()()
		if got := percent(); got != 123 {
			t.Errorf("with %s set: GOGC %d", name, got)
		}
	}
}
