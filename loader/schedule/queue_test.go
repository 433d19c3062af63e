package schedule

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pageload/conn"
)

// Whatever is pushed, removed and changed, the next of the queue is the first of those in it.
func TestItemHeap(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var h itemHeap
	var in []*item
	first := func() *item {
		return slices.MinFunc(in, func(a, b *item) int { return map[bool]int{true: -1, false: 1}[a.before(b)] })
	}
	for n := range 20_000 {
		switch op := random.IntN(5); {
		case op < 2 || len(in) == 0:
			it := &item{seq: uint32(n), priority: conn.VeryLow + conn.Priority(random.IntN(5))}
			h.push(it)
			in = append(in, it)
		case op == 2:
			want := first()
			if got := h.pop(); got != want || got.index != -1 {
				t.Fatalf("step %d: next is %+v, want %+v", n, got, want)
			}
			in = slices.DeleteFunc(in, func(it *item) bool { return it == want })
		case op == 3:
			i := random.IntN(len(in))
			if got := h.remove(in[i].index); got != in[i] {
				t.Fatalf("step %d: removed %+v, want %+v", n, got, in[i])
			}
			in = slices.Delete(in, i, i+1)
		default:
			it := in[random.IntN(len(in))]
			it.priority = conn.VeryLow + conn.Priority(random.IntN(5))
			h.fix(it.index)
		}
		for i, it := range h {
			if int(it.index) != i || i > 0 && it.before(h[(i-1)/2]) {
				t.Fatalf("step %d: item %d of %d is out of place", n, i, len(h))
			}
		}
		if len(h) != len(in) {
			t.Fatalf("step %d: %d items, want %d", n, len(h), len(in))
		}
	}
}
