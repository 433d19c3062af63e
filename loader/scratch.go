package loader

import (
	"sync"

	"pageload/loader/waterfall"
)

// scratch is memory that loads use again, of all profiles that share a Memory. What is in it holds nothing
// of the load that used it. The zero value is ready; it is safe for concurrent use.
type scratch struct {
	exchanges sync.Pool // of *waterfall.Exchange
}

// exchange returns one to be overwritten. Its load gives it back once it is in the log.
func (s *scratch) exchange() *waterfall.Exchange {
	if x, ok := s.exchanges.Get().(*waterfall.Exchange); ok {
		return x
	}
	return &waterfall.Exchange{}
}

// put takes an exchange back, which nobody may use afterwards.
func (s *scratch) put(x *waterfall.Exchange) {
	*x = waterfall.Exchange{}
	s.exchanges.Put(x)
}
