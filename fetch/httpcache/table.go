package httpcache

import "time"

// table is the responses of a [Memory] by key, in the order of their use.
type table struct {
	places map[string]*place
	ends   place // ends.next is what was used last, ends.prev what was not for longest
	bytes  int64
}

// place is where a response stands in a table.
type place struct {
	content    *content
	prev, next *place
	times      int // how often it was used
	last       time.Time
}

// clone copies the table; what is stored is shared.
func (t *table) clone() *table {
	c := &table{bytes: t.bytes}
	c.init(len(t.places))
	all := make([]place, len(t.places)) // one block: most of them stay together
	for p := t.ends.prev; p != nil && p != &t.ends; p = p.prev {
		n := &all[0]
		all = all[1:]
		*n = place{content: p.content, times: p.times, last: p.last}
		c.places[p.content.head.Key] = n
		c.link(n)
	}
	return c
}

func (t *table) init(n int) {
	t.places = make(map[string]*place, n)
	t.ends.prev, t.ends.next = &t.ends, &t.ends
}

func (t *table) link(p *place) {
	p.prev, p.next = &t.ends, t.ends.next
	p.prev.next, p.next.prev = p, p
}

func (p *place) unlink() { p.prev.next, p.next.prev = p.next, p.prev }

// first makes p what was used last.
func (t *table) first(p *place) {
	p.unlink()
	t.link(p)
}

// put stores a response in the place of another of its key, and drops others until all take at most so many bytes.
func (t *table) put(c *content, most int64) {
	if t.places == nil {
		t.init(0)
	}
	if old := t.places[c.head.Key]; old != nil {
		t.drop(old)
	}
	p := &place{content: c}
	t.places[c.head.Key] = p
	t.link(p)
	t.bytes += c.size()
	t.trim(most)
}

// replace gives a place other content of the same key.
func (t *table) replace(p *place, c *content, most int64) {
	t.bytes += c.size() - p.content.size()
	delete(t.places, p.content.head.Key) // so that the old head is not held by its key
	p.content = c
	t.places[c.head.Key] = p
	t.first(p)
	t.trim(most)
}

func (t *table) trim(most int64) {
	for t.bytes > most {
		t.drop(t.ends.prev)
	}
}

func (t *table) drop(p *place) {
	p.unlink()
	delete(t.places, p.content.head.Key)
	t.bytes -= p.content.size()
	p.content = nil // who has it open sees that it is dropped
}

// oldest returns what is stored, what was used last at the end.
func (t *table) oldest() []*content {
	list := make([]*content, 0, len(t.places))
	for p := t.ends.prev; p != nil && p != &t.ends; p = p.prev {
		list = append(list, p.content)
	}
	return list
}
