package throttle

import (
	"strings"
	"time"
)

// presets are DevTools' bandwidths after its factors and the networks'
// latencies before them; see the package's documentation.
var presets = [...]struct {
	name     string
	latency  time.Duration
	down, up int64
}{
	{"No throttling", 0, 0, 0},
	{"Fast 4G", 60 * time.Millisecond, 9_000_000 * 9 / 10, 1_500_000 * 9 / 10},
	{"Slow 4G", 150 * time.Millisecond, 1_600_000 * 9 / 10, 750_000 * 9 / 10},
	{"Fast 3G", 150 * time.Millisecond, 1_600_000 * 9 / 10, 750_000 * 9 / 10}, // its name until May 2024
	{"Slow 3G", 400 * time.Millisecond, 500_000 * 8 / 10, 500_000 * 8 / 10},
}

// Preset returns a link of its own with the figures of a network that DevTools
// names: "Slow 3G", "Fast 3G" (the same as "Slow 4G"), "Fast 4G", or
// "No throttling", which is the zero Link. Upper and lower case are the same.
// It reports whether there is such a name.
func Preset(name string) (Link, bool) {
	for _, p := range presets {
		if strings.EqualFold(p.name, strings.TrimSpace(name)) {
			return Link{Latency: p.latency, Down: p.down, Up: p.up}, true
		}
	}
	return Link{}, false
}

// Names returns the names of all presets, the fastest first.
func Names() []string {
	list := make([]string, len(presets))
	for i, p := range presets {
		list[i] = p.name
	}
	return list
}
