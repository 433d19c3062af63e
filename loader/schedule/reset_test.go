package schedule

import (
	"testing"

	"pageload/conn"
)

// Gates that are used again for another page hold back as new ones do, whatever the first page left.
func TestGatesReset(t *testing.T) {
	used := &gatesTest{T: t}
	for id := range int32(40) {
		used.add(id, conn.Low, "a")
	}
	used.g.EndTight(0)
	for {
		if _, ok := used.g.Next(); !ok {
			break
		}
	}
	used.g.SetPriority(3, conn.High)
	for id := range int32(40) {
		used.g.Done(id)
	}
	used.g.Reset(Chromium)
	for name, g := range map[string]*gatesTest{"used": used, "new": {T: t}} {
		t.Log(name)
		g.add(0, conn.Low, "a")
		g.add(1, conn.Low, "b")
		g.add(2, conn.Low, "a") // tight mode is on again
		g.want(0, 1)
		if list := g.g.Changed(); len(list) == 0 || list[len(list)-1] != 2 {
			t.Errorf("held: %v, want 2 among them", list)
		}
		if g.g.Reason(30) != "" {
			t.Error("a request of the page before is known")
		}
		g.g.EndTight(0)
		g.want(2)
		for id := int32(3); id < 12; id++ {
			g.add(id, conn.Low, "c")
		}
		g.want(3, 4, 5, 6, 7, 8) // the host's limit
	}
	used.g.Reset(Eager) // while requests run
	for id := range int32(20) {
		used.add(id, conn.Low, "c")
	}
	used.want(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)
}
