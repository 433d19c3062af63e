package schedule

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pageload/conn"
)

// gatesTest drives Gates with verbs.
type gatesTest struct {
	*testing.T
	g Gates
}

func (t *gatesTest) add(id int32, p conn.Priority, host string) {
	t.Helper()
	t.g.Add(Item{ID: id, Priority: p, Host: host})
}

// want checks which requests may start now, in order.
func (t *gatesTest) want(ids ...int32) {
	t.Helper()
	var got []int32
	for {
		id, ok := t.g.Next()
		if !ok {
			break
		}
		got = append(got, id)
	}
	if !slices.Equal(got, ids) {
		t.Errorf("may start: %v, want %v", got, ids)
	}
}

func TestGatesTightMode(t *testing.T) {
	g := &gatesTest{T: t}
	g.add(1, conn.VeryHigh, "a") // a sheet
	g.add(2, conn.Low, "a")      // a preloaded image: one is running, so it may
	g.add(3, conn.High, "a")     // a script: always
	g.add(4, conn.Low, "a")      // deferred: held
	g.add(5, conn.Medium, "a")   // the first images: two Medium may run besides
	g.add(6, conn.Medium, "a")
	g.add(7, conn.Medium, "a")
	g.want(1, 3, 5, 6, 2)
	if why := g.g.Reason(7); !strings.Contains(why, "tight mode: 5 requests") {
		t.Errorf("reason %q, want tight mode's", why)
	}
	g.g.Done(5)
	g.want(7)
	g.g.EndTight(0)
	g.want(4)
}

func TestGatesTightModeIsPerFrame(t *testing.T) {
	g := &gatesTest{T: t}
	g.g.EndTight(0)
	for i := int32(1); i <= 3; i++ {
		g.g.Add(Item{ID: i, Frame: 1, Priority: conn.Low, Host: "a"})
		g.g.Add(Item{ID: i + 10, Frame: 0, Priority: conn.Low, Host: "b"})
	}
	g.want(1, 11, 2, 12, 13)
	g.g.EndTight(1)
	g.want(3)
}

func TestGatesTenDelayable(t *testing.T) {
	g := &gatesTest{T: t}
	g.g.EndTight(0)
	for i := range int32(14) {
		g.add(i, conn.Low, fmt.Sprint("host", i%4))
	}
	g.want(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	if why := g.g.Reason(13); why != "10 of 10 delayable requests in flight" {
		t.Errorf("reason %q", why)
	}
	g.add(20, conn.High, "host0") // not delayable
	g.want(20)
	g.g.Done(3)
	g.want(10)
	g.g.SetPriority(13, conn.High) // it no longer waits for its turn
	g.want(13)
}

func TestGatesSixAHost(t *testing.T) {
	g := &gatesTest{T: t}
	g.g.EndTight(0)
	for i := range int32(8) {
		g.add(i, conn.Low, "a")
	}
	g.add(8, conn.Low, "b") // a request blocked by its host lets later ones pass
	g.want(0, 1, 2, 3, 4, 5, 8)
	if why := g.g.Reason(6); why != "6 of 6 requests to this host in flight" {
		t.Errorf("reason %q", why)
	}
	g.g.Done(7) // one that waits is given up
	g.g.Done(0)
	g.want(6)
	g.g.Done(1)
	g.want()
}

func TestGatesPriorityThenAge(t *testing.T) {
	g := &gatesTest{T: t}
	g.g.EndTight(0)
	for i := range int32(10) {
		g.add(i, conn.Low, fmt.Sprint(i))
	}
	g.want(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	g.add(10, conn.VeryLow, "x")
	g.add(11, conn.Low, "x")
	g.add(12, conn.Medium, "y")
	g.add(13, conn.Low, "z")
	for i := range int32(4) {
		g.g.Done(i)
	}
	g.want(12, 11, 13, 10)
}

func TestGatesHTTP2IsFree(t *testing.T) {
	g := &gatesTest{T: t}
	g.g.EndTight(0)
	var all []int32
	for i := range int32(20) {
		g.g.Add(Item{ID: i, Priority: conn.Low, Host: "a", Free: true})
		all = append(all, i)
	}
	g.want(all...)
}

func TestGatesEager(t *testing.T) {
	g := &gatesTest{T: t}
	g.g.Kind = Eager
	var all []int32
	for i := range int32(20) {
		g.add(i, conn.VeryLow, "a")
		all = append(all, i)
	}
	g.want(all...)
	for i := range int32(20) {
		g.g.Done(i)
	}
	g.want()
}

func TestGatesRename(t *testing.T) {
	g := &gatesTest{T: t}
	g.add(1, conn.VeryHigh, "a")
	g.add(2, conn.Low, "a")
	g.add(3, conn.Low, "a")
	g.want(1, 2)
	g.g.Rename(1, 9) // a redirect
	g.g.Done(1)
	g.want()
	g.g.Done(9)
	g.want(3)
}

// Random calls: no request starts twice, none is lost, and the counts are true.
func FuzzGates(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 40, 81, 122, 163, 204, 245, 7, 9})
	f.Fuzz(func(t *testing.T, ops []byte) {
		ops = ops[:min(len(ops), 500)] // the final check is quadratic
		var g Gates
		started, ended := map[int32]bool{}, map[int32]bool{}
		next := int32(0)
		drain := func() {
			for {
				id, ok := g.Next()
				if !ok {
					return
				}
				if started[id] || ended[id] {
					t.Fatalf("request %d starts twice or after its end", id)
				}
				started[id] = true
			}
		}
		for _, op := range ops {
			p := conn.Priority(int(op>>2)%5 - 2)
			switch op % 4 {
			case 0, 1:
				next++
				g.Add(Item{ID: next, Frame: int32(op>>5) % 2, Priority: p, Host: string('a' + rune(op>>6)), Document: op == 252})
			case 2:
				if next > 0 {
					id := int32(op>>2)%next + 1
					g.Done(id)
					ended[id] = true
				}
			case 3:
				if next > 0 {
					g.SetPriority(int32(op>>2)%next+1, p)
				}
			}
			if op&1 == 0 {
				drain()
			}
		}
		g.EndTight(0)
		g.EndTight(1)
		for range next + 1 {
			drain()
			for id := range started {
				g.Done(id)
				ended[id] = true
			}
		}
		for id := int32(1); id <= next; id++ {
			if !started[id] && !ended[id] {
				t.Fatalf("request %d never started", id)
			}
		}
		if g.delayable != 0 || g.known != 0 || len(g.open) != 0 {
			t.Fatalf("left over: %d delayable, %d items, %d open", g.delayable, g.known, len(g.open))
		}
		for name, h := range g.hosts {
			if h.running != 0 || len(h.waiting) != 0 {
				t.Fatalf("left over at %s: %d in flight, %d waiting", name, h.running, len(h.waiting))
			}
		}
	})
}

// A page of very many references must not cost the square of their number.
func BenchmarkGates(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var g Gates
				g.EndTight(0)
				for i := range n {
					g.Add(Item{ID: int32(i), Priority: conn.Low, Host: "a"})
				}
				for id, ok := g.Next(); ok; id, ok = g.Next() {
					g.Done(id)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/request")
		})
	}
}
