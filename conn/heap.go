package conn

// A heap is a priority queue whose items know their place in it, so that one
// whose order changes or that leaves is found without a search. The zero
// value is ready.
type heap[T heapItem[T]] struct{ items []T }

type heapItem[T any] interface {
	before(T) bool // comes out earlier
	place() *int   // where its index is kept; -1 while it is in no heap
}

func (h *heap[T]) len() int { return len(h.items) }

// top returns the first item of a heap that is not empty.
func (h *heap[T]) top() T { return h.items[0] }

func (h *heap[T]) push(x T) {
	*x.place() = len(h.items)
	h.items = append(h.items, x)
	h.up(len(h.items) - 1)
}

func (h *heap[T]) pop() T {
	x := h.items[0]
	h.remove(x)
	return x
}

// remove takes x out if it is in.
func (h *heap[T]) remove(x T) {
	i := *x.place()
	if i < 0 {
		return
	}
	var zero T
	last := len(h.items) - 1
	h.swap(i, last)
	h.items[last] = zero
	h.items = h.items[:last]
	*x.place() = -1
	if i < last {
		h.fix(h.items[i])
	}
}

// fix moves x to where it belongs now, if it is in.
func (h *heap[T]) fix(x T) {
	if i := *x.place(); i >= 0 && !h.up(i) {
		h.down(i)
	}
}

func (h *heap[T]) swap(i, j int) {
	h.items[i], h.items[j] = h.items[j], h.items[i]
	*h.items[i].place() = i
	*h.items[j].place() = j
}

func (h *heap[T]) up(i int) (moved bool) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.items[i].before(h.items[parent]) {
			break
		}
		h.swap(i, parent)
		i, moved = parent, true
	}
	return moved
}

func (h *heap[T]) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.items); child++ {
			if h.items[child].before(h.items[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		h.swap(i, least)
		i = least
	}
}
