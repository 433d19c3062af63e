package httpcache

import (
	"slices"
	"sync"
	"time"
)

// A flight is a response on its way into the store: its one writer, those who wait for its head, and those who read along.
type flight struct {
	c   *Cache
	key string

	// Guarded by the cache.
	waiting []*Transaction
	head    *Head // nil until it is known that the response is stored
	doomed  bool  // must not be stored any more
	over    bool

	mu      sync.Mutex // guards what follows
	more    sync.Cond
	writer  Writer
	written int64
	ended   bool
	err     error
	readers int // the writer and those who read along; the last one closes
}

// take makes t the writer of its key, or returns the flight whose head is awaited. Beside one that has its head already t goes without.
func (c *Cache) take(t *Transaction) (other *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.flights[string(t.key)]; f != nil {
		if f.head == nil {
			return f
		}
		return nil
	}
	f := &flight{c: c, key: string(t.key), readers: 1}
	f.more.L = &f.mu
	if c.flights == nil {
		c.flights = map[string]*flight{}
	}
	c.flights[f.key] = f
	t.flight = f
	return nil
}

// underway returns the flight of a key, and whether its head is known.
func (c *Cache) underway(key []byte) (f *flight, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f = c.flights[string(key)]
	return f, f != nil && f.head != nil && !f.doomed
}

// wait lets t wait for the head of f; it is false where the head has come meanwhile, or t has given up.
func (c *Cache) wait(f *flight, t *Transaction) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.gaveUp {
		t.around = true
	}
	if f.over || f.head != nil || t.around {
		return false
	}
	f.waiting, t.waited = append(f.waiting, t), true
	if t.timer == nil {
		d := c.WriterWait
		if d == 0 {
			d = defaultWriterWait
		}
		t.timer = time.AfterFunc(d, func() {
			c.mu.Lock()
			i := slices.Index(f.waiting, t)
			if i >= 0 {
				f.waiting = slices.Delete(f.waiting, i, i+1)
				t.around = true
			}
			c.mu.Unlock()
			if i >= 0 {
				t.by.Wake()
			}
		})
	}
	return true
}

// forget ends the wait of t, which is given up; it is false where it is being woken, or did not begin: it will not.
func (c *Cache) forget(t *Transaction) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	t.gaveUp = true
	for _, f := range c.flights {
		if i := slices.Index(f.waiting, t); i >= 0 {
			f.waiting = slices.Delete(f.waiting, i, i+1)
			return true
		}
	}
	return false
}

// departed tells those who wait that the head is known: they read along, or ask for themselves.
func (f *flight) departed(h *Head) {
	f.call(func() { f.head = h })
}

// land ends the flight's place in the cache.
func (f *flight) land() {
	f.call(func() {
		if f.c.flights[f.key] == f {
			delete(f.c.flights, f.key)
		}
		f.over = true
	})
}

// call wakes those who wait, after a change that is made under the cache's lock.
func (f *flight) call(change func()) {
	f.c.mu.Lock()
	change()
	list := f.waiting
	f.waiting = nil
	f.c.mu.Unlock()
	for _, t := range list {
		t.wakeUp()
	}
}

// current reports whether the response may still be stored.
func (f *flight) current() bool {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	return f.c.flights[f.key] == f && !f.doomed
}

// write takes a piece of the body.
func (f *flight) write(p []byte) error {
	_, err := f.writer.Write(p)
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.written += int64(len(p))
	f.more.Broadcast()
	f.mu.Unlock()
	return nil
}

// end says that nothing more is written, and why if not all was.
func (f *flight) end(err error) {
	f.mu.Lock()
	f.ended, f.err = true, err
	f.more.Broadcast()
	f.mu.Unlock()
}

// join lets another read along.
func (f *flight) join() *along {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.readers == 0 || f.writer == nil {
		return nil
	}
	f.readers++
	return &along{f: f, head: f.head}
}

// leave lets go of the writer; the last one closes it.
func (f *flight) leave() {
	f.mu.Lock()
	f.readers--
	last := f.readers == 0
	w := f.writer
	f.mu.Unlock()
	if last && w != nil {
		w.Close()
	}
}

// along is the entry of who reads along.
type along struct {
	f       *flight
	head    *Head
	stopped bool // guarded by the flight
}

func (a *along) Head() *Head { return a.head }

func (a *along) Check() error { return nil }

// Copy waits for what is not written yet. Its error is [ErrAbandoned] where no more is written though more could be had.
func (a *along) Copy(off, n int64, fn func(p []byte) error) error {
	f := a.f
	for n > 0 {
		f.mu.Lock()
		for f.written <= off && !f.ended && !a.stopped {
			f.more.Wait()
		}
		have, err := f.written-off, f.err
		if a.stopped {
			have, err = 0, errStopped
		}
		f.mu.Unlock()
		if have <= 0 {
			if err == nil && n == all {
				return nil
			}
			if err == nil {
				err = ErrDamaged
			}
			return err
		}
		have = min(have, n)
		if err := f.writer.Copy(off, have, fn); err != nil {
			return err
		}
		off += have
		if n != all {
			n -= have
		}
	}
	return nil
}

// stop ends a wait in Copy, on any goroutine.
func (a *along) stop() {
	a.f.mu.Lock()
	a.stopped = true
	a.f.more.Broadcast()
	a.f.mu.Unlock()
}

func (a *along) Used(time.Time) (times int, last time.Time) { return 0, time.Time{} }

func (a *along) Close() error {
	a.f.leave()
	return nil
}
