//go:build !race

package loader_test

// raceEnabled says whether the race detector is on.
const raceEnabled = false
