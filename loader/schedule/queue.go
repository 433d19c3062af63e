package schedule

import "container/heap"

// itemHeap orders requests by priority, then by age.
type itemHeap []*item

func (h itemHeap) Len() int           { return len(h) }
func (h itemHeap) Less(i, j int) bool { return h[i].before(h[j]) }
func (h itemHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = int32(i), int32(j)
}
func (h *itemHeap) Push(x any) { it := x.(*item); it.index = int32(len(*h)); *h = append(*h, it) }
func (h *itemHeap) Pop() any {
	old := *h
	it := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	it.index = -1
	return it
}

func (it *item) before(o *item) bool {
	if it.priority != o.priority {
		return it.priority > o.priority
	}
	return it.seq < o.seq
}

// hostHeap orders hosts by the first request that waits for them.
type hostHeap []*host

func (h hostHeap) Len() int           { return len(h) }
func (h hostHeap) Less(i, j int) bool { return h[i].waiting[0].before(h[j].waiting[0]) }
func (h hostHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i]; h[i].index, h[j].index = i, j }
func (h *hostHeap) Push(x any)        { v := x.(*host); v.index = len(*h); *h = append(*h, v) }
func (h *hostHeap) Pop() any {
	old := *h
	v := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	v.index = -1
	return v
}

var (
	_ heap.Interface = (*itemHeap)(nil)
	_ heap.Interface = (*hostHeap)(nil)
)
