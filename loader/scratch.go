package loader

import (
	"sync"
	"sync/atomic"

	"pageload/loader/internal/eventlog"
	"pageload/loader/schedule"
)

// scratch is memory that loads use again, of all profiles that share a Memory. What is in it holds nothing
// of the load that used it. The zero value is ready; it is safe for concurrent use.
type scratch struct {
	exchanges sync.Pool // of *exchange
	flights   sync.Pool // of *flight
	batches   sync.Pool // of *batch
	desks     sync.Pool // of *desk
	arrivals
	crews atomic.Int32 // their sets
}

// A desk is what a load has as long as it goes on, and the next one after it.
type desk struct {
	log       eventlog.Workspace
	types     types // of responses
	gates     schedule.Gates
	resources resources
	hosts     hostNames
}

// desk returns one that no load has.
func (s *scratch) desk() *desk {
	if d, ok := s.desks.Get().(*desk); ok {
		return d
	}
	return &desk{}
}

// free takes a desk back, which nobody may use afterwards.
func (s *scratch) free(d *desk) {
	d.resources.reset()
	s.desks.Put(d)
}

// exchange returns an empty one, its reason apart. Its load gives it back once it is in the log.
func (s *scratch) exchange() *exchange {
	if x, ok := s.exchanges.Get().(*exchange); ok {
		return x
	}
	return &exchange{}
}

// put takes an exchange back, which nobody may use afterwards.
func (s *scratch) put(x *exchange) {
	*x = exchange{reason: x.reason}
	s.exchanges.Put(x)
}

// flight returns one that is empty.
func (s *scratch) flight() *flight {
	if f, ok := s.flights.Get().(*flight); ok {
		return f
	}
	return &flight{}
}

// end takes a flight back, which nobody may use afterwards: its fetch has said that it is done, and its load has heard it.
func (s *scratch) end(f *flight) {
	f.clear()
	s.flights.Put(f)
}

// batch returns one that is empty.
func (s *scratch) batch() *batch {
	if b, ok := s.batches.Get().(*batch); ok {
		return b
	}
	return &batch{list: make([]message, 0, 8)}
}

// handled takes a batch back, if it is one.
func (s *scratch) handled(b *batch) {
	const most = 128 // what a burst has made large is not kept
	if b == nil || cap(b.list) > most {
		return
	}
	clear(b.list)
	b.list = b.list[:0]
	s.batches.Put(b)
}
