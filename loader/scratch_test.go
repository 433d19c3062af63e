package loader

import (
	"testing"

	"pageload/fetch"
)

// The loads that go on are counted: so many keep their fetches' goroutines, and those that begin when others have ended do again.
func TestRunnersOfFewLoads(t *testing.T) {
	var s scratch
	var all []*fetch.Runners
	for i := range loadsWithRunners + 10 {
		r := s.runners()
		if (r != nil) != (i < loadsWithRunners) {
			t.Errorf("load %d: %v", i, r)
		}
		all = append(all, r)
	}
	for _, r := range all {
		s.dismiss(r)
	}
	if s.runners() == nil {
		t.Error("none when all have ended")
	}
}
