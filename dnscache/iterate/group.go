package iterate

import (
	"context"
	"sync"
)

// group shares work that several ask for at the same time, by key. The zero value is ready.
type group[V any] struct {
	mu sync.Mutex
	m  map[string]*shared[V]
}

// shared is work under way. Its goroutine writes value and then closes done; it ends soon after cancel, which the last one
// to leave calls.
type shared[V any] struct {
	cancel  context.CancelCauseFunc
	waiters int // guarded by group.mu
	done    chan struct{}
	value   V
}

// do returns what work returns, where first is false that of somebody else's call. It fails where ctx ends before; then it
// has a value too if linger is set and nobody else waits for it. Work gets a context that has the values of the first
// caller's, and ends when nobody waits any more; it has to return soon after.
func (g *group[V]) do(ctx context.Context, key string, linger bool, work func(context.Context) V) (v V, first bool, err error) {
	g.mu.Lock()
	s := g.m[key]
	if s == nil {
		first = true
		s = g.startLocked(ctx, key, work)
	}
	s.waiters++
	g.mu.Unlock()
	select {
	case <-s.done:
		return s.value, first, nil
	case <-ctx.Done():
		if g.leave(key, s, context.Cause(ctx)) && linger {
			<-s.done
			v = s.value
		}
		return v, first, ended(ctx)
	}
}

func (g *group[V]) startLocked(ctx context.Context, key string, work func(context.Context) V) *shared[V] {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	s := &shared[V]{cancel: cancel, done: make(chan struct{})}
	if g.m == nil {
		g.m = make(map[string]*shared[V])
	}
	g.m[key] = s
	go func() {
		defer g.forget(key, s)
		s.value = work(ctx)
	}()
	return s
}

// forget ends the work: who comes now starts anew.
func (g *group[V]) forget(key string, s *shared[V]) {
	g.mu.Lock()
	g.dropLocked(key, s)
	g.mu.Unlock()
	close(s.done)
	s.cancel(nil)
}

// leave counts one waiter off, and reports whether it was the last, who ends the work.
func (g *group[V]) leave(key string, s *shared[V], cause error) bool {
	g.mu.Lock()
	s.waiters--
	last := s.waiters == 0
	if last {
		g.dropLocked(key, s)
	}
	g.mu.Unlock()
	if last {
		s.cancel(cause)
	}
	return last
}

func (g *group[V]) dropLocked(key string, s *shared[V]) {
	if g.m[key] == s {
		delete(g.m, key)
	}
}
