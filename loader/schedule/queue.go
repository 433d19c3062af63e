package schedule

import "container/heap"

// itemHeap orders requests by priority, then by age. It is a binary heap like container/heap's, which costs twice as much.
type itemHeap []*item

func (h *itemHeap) push(it *item) {
	if *h == nil {
		*h = make(itemHeap, 0, 8)
	}
	*h = append(*h, it)
	h.up(len(*h) - 1)
}

func (h *itemHeap) pop() *item { return h.remove(0) }

func (h *itemHeap) remove(at int32) *item {
	list := *h
	i, last := int(at), len(list)-1
	it := list[i]
	list[i] = list[last]
	list[last] = nil
	*h = list[:last]
	if i < last {
		list[i].index = at
		h.fix(at)
	}
	it.index = -1
	return it
}

// fix puts an item whose priority has changed where it belongs.
func (h *itemHeap) fix(at int32) {
	if it := (*h)[at]; !h.down(int(at)) {
		h.up(int(it.index))
	}
}

func (h *itemHeap) up(i int) {
	list := *h
	it := list[i]
	for i > 0 {
		parent := (i - 1) / 2
		if !it.before(list[parent]) {
			break
		}
		list[i] = list[parent]
		list[i].index = int32(i)
		i = parent
	}
	list[i] = it
	it.index = int32(i)
}

// down reports whether the item has moved.
func (h *itemHeap) down(from int) bool {
	list := *h
	i, it := from, list[from]
	for {
		child := 2*i + 1
		if child >= len(list) {
			break
		}
		if child+1 < len(list) && list[child+1].before(list[child]) {
			child++
		}
		if !list[child].before(it) {
			break
		}
		list[i] = list[child]
		list[i].index = int32(i)
		i = child
	}
	list[i] = it
	it.index = int32(i)
	return i > from
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

var _ heap.Interface = (*hostHeap)(nil)
