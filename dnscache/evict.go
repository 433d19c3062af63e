package dnscache

// list is the order in which entries came, and the hand of SIEVE that goes along it from the oldest to the newest and
// round again. cache.mu guards it.
type list struct {
	newest, oldest *entry
	hand           *entry // the next to consider; nil starts again at the oldest
}

func (l *list) push(e *entry) {
	e.prev, e.next = nil, l.newest
	if l.newest != nil {
		l.newest.prev = e
	} else {
		l.oldest = e
	}
	l.newest = e
}

func (l *list) remove(e *entry) {
	if l.hand == e {
		l.hand = e.prev
	}
	if e.prev != nil {
		e.prev.next = e.next
	} else {
		l.newest = e.next
	}
	if e.next != nil {
		e.next.prev = e.prev
	} else {
		l.oldest = e.prev
	}
	e.prev, e.next = nil, nil
}

// victim moves the hand to the first entry that was not used since it last passed. The list must not be empty.
func (l *list) victim() *entry {
	for {
		if l.hand == nil {
			l.hand = l.oldest
		}
		if !l.hand.used.Swap(false) {
			return l.hand
		}
		l.hand = l.hand.prev
	}
}

// expiry is a heap (container/heap) with the entry that expires soonest at the top. cache.mu guards it.
type expiry []*entry

func (x expiry) Len() int           { return len(x) }
func (x expiry) Less(i, j int) bool { return x[i].end < x[j].end }

func (x expiry) Swap(i, j int) {
	x[i], x[j] = x[j], x[i]
	x[i].index, x[j].index = int32(i), int32(j)
}

// Push is for container/heap.
func (x *expiry) Push(v any) {
	e := v.(*entry)
	e.index = int32(len(*x))
	*x = append(*x, e)
}

// Pop is for container/heap.
func (x *expiry) Pop() any {
	last := len(*x) - 1
	e := (*x)[last]
	(*x)[last] = nil
	*x = (*x)[:last]
	return e
}
