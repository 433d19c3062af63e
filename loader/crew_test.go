package loader

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pageload/fetch"
)

// A profile's second load leaves its goroutines to the third, for a second; its first leaves none, for there may be no other.
func TestCrewRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sets atomic.Int32
		c := crew{sets: &sets}
		first := c.begin()
		c.end(first)
		if n := sets.Load(); n != 0 {
			t.Fatalf("after the first load: %d sets", n)
		}
		second := c.begin()
		c.end(second)
		time.Sleep(crewRest - 1)
		if c.begin() != second {
			t.Fatal("the third load got others")
		}
		time.Sleep(2 * crewRest) // while it goes on
		c.end(second)
		time.Sleep(crewRest - 1)
		if n := sets.Load(); n != 1 {
			t.Fatalf("at rest: %d sets", n)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if n := sets.Load(); n != 0 {
			t.Fatalf("a second later: %d sets", n)
		}
		if r := c.begin(); r == nil || r == second {
			t.Fatal("those that ended came back, or none")
		}
	})
}

// Loads of one profile that go on at the same time do not share, and one set at most rests.
func TestCrewOfLoadsTogether(t *testing.T) {
	var sets atomic.Int32
	c := crew{sets: &sets}
	c.end(c.begin())
	a, b := c.begin(), c.begin()
	if a == b {
		t.Fatal("they share")
	}
	c.end(a)
	c.end(b)
	if n := sets.Load(); n != 1 {
		t.Fatalf("%d sets at rest", n)
	}
	c.close()
	if n := sets.Load(); n != 0 {
		t.Fatalf("after close: %d sets", n)
	}
	c.end(c.begin())
	if n := sets.Load(); n != 0 {
		t.Fatalf("of a load after close: %d sets", n)
	}
}

// Profiles that share a Memory have so many sets and no more, and those that begin when others have ended have one again.
func TestCrewsOfFewLoads(t *testing.T) {
	var sets atomic.Int32
	crews := make([]crew, crewSets+10)
	all := make([]*fetch.Runners, len(crews))
	for i := range crews {
		crews[i].sets = &sets
		all[i] = crews[i].begin()
		if (all[i] != nil) != (i < crewSets) {
			t.Errorf("load %d: %v", i, all[i])
		}
	}
	for i := range crews {
		crews[i].end(all[i])
	}
	if n := sets.Load(); n != 0 {
		t.Errorf("%d sets when all have ended", n)
	}
	if crews[0].begin() == nil {
		t.Error("none when all have ended")
	}
}
