package loader

import (
	"sync"
	"sync/atomic"
	"time"

	"pageload/fetch"
)

// A crew is who runs a profile's fetches: goroutines that are kept while a load goes on, and from the second load of a profile on until the next
// one, as its connections are. Without, a small page spends a twentieth of its time on making them. It is safe for concurrent use.
type crew struct {
	sets *atomic.Int32 // of all profiles that share a Memory, in use and at rest

	mu     sync.Mutex
	again  bool           // the profile has loaded before
	closed bool           // nothing rests any more
	rest   *fetch.Runners // nil: none
	timer  *time.Timer    // ends rest; nil before the first
}

const (
	// crewSets is how many sets there are at most. Six goroutines of 8 KB each is what a load then has where others have six of 2 KB: of
	// 64 that is 2 MB, of a thousand it would be more than anything else that they hold.
	crewSets = 64
	// crewRest is how long a set rests before it ends.
	crewRest = time.Second
)

// begin returns the runners of a load, nil where there are too many already.
func (c *crew) begin() *fetch.Runners {
	c.mu.Lock()
	r := c.rest
	if r != nil {
		c.rest = nil
		c.timer.Stop()
	}
	c.mu.Unlock()
	if r != nil {
		return r
	}
	if c.sets.Add(1) > crewSets {
		c.sets.Add(-1)
		return nil
	}
	return new(fetch.Runners)
}

// end takes back those of a load whose fetches have ended.
func (c *crew) end(r *fetch.Runners) {
	if r == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	keep := c.again && !c.closed && c.rest == nil
	c.again = true
	if !keep {
		c.dismiss(r)
		return
	}
	c.rest = r
	if c.timer == nil {
		c.timer = time.AfterFunc(crewRest, c.expire)
	} else {
		c.timer.Reset(crewRest)
	}
}

// expire ends those at rest. If they are others by now than the timer was set for, the next load makes new ones.
func (c *crew) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.rest; r != nil {
		c.rest = nil
		c.dismiss(r)
	}
}

// close ends those at rest, and the others when their loads have ended.
func (c *crew) close() {
	c.mu.Lock()
	c.closed = true
	if c.timer != nil {
		c.timer.Stop()
	}
	c.mu.Unlock()
	c.expire()
}

func (c *crew) dismiss(r *fetch.Runners) {
	r.End()
	c.sets.Add(-1)
}
