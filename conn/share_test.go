package conn

import (
	"crypto/tls"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// streams is a Session with so many free streams.
type streams struct{ free atomic.Int64 }

func (s *streams) Available() int { return int(s.free.Load()) }

func newStreams(n int64) *streams {
	s := new(streams)
	s.free.Store(n)
	return s
}

// inH2World has a server that speaks h2 at keyTLS.
func inH2World(t *testing.T, p *Pool, f func(w *world)) {
	t.Helper()
	p.Dialer.TLS = clientTLS()
	inWorld(t, p, func(w *world) {
		w.serveTLS(&tls.Config{NextProtos: []string{"h2"}, Certificates: []tls.Certificate{theAuthority().leaf(nil)}}, echo)
		f(w)
	})
}

func (w *world) enqueueN(k Key, n int) []*waiter {
	list := make([]*waiter, n)
	for i := range list {
		list[i] = w.enqueue(ctxBg, fmt.Sprintf("request %d", i), k, Medium)
	}
	return list
}

func served(vs []*waiter) (n int) {
	for _, v := range vs {
		v.mu.Lock()
		if v.lease != nil {
			n++
		}
		v.mu.Unlock()
	}
	return n
}

func TestShareServesTheGroup(t *testing.T) {
	inH2World(t, &Pool{}, func(w *world) {
		first := w.get(keyTLS)
		vs := w.enqueueN(keyTLS, 5)
		w.sleep(time.Second)
		if n := served(vs); n != 0 {
			t.Errorf("%d requests were served before Share", n)
		}
		if got := vs[0].trace[0]; got != "blocked: the HTTP/2 connection of this group is being opened" {
			t.Errorf("reason %q", got)
		}
		s := newStreams(3)
		first.Share(s)
		w.settle()
		if n := served(vs); n != 3 {
			t.Errorf("%d requests were served, want 3", n)
		}
		l := vs[0].lease
		if l.ID() != 1 || !l.Reused() || l.Session() != Session(s) || l.Proto() != "h2" {
			t.Errorf("lease %+v", l.Info())
		}
		if vs[0].lease == vs[1].lease {
			t.Error("two requests got one lease")
		}
		s.free.Store(1)
		vs[1].lease.Release()
		vs[3].want(true)
		s.free.Store(1)
		first.Share(s) // the session has learnt that there is room
		vs[4].want(true)
		first.Release()
		for _, i := range []int{0, 2, 3, 4} {
			vs[i].lease.Release()
		}
		w.wantLives("1 idle 6")
		if l := w.get(keyTLS); l.ID() != 1 || l.Session() == nil {
			t.Errorf("after idling: %+v", l.Info())
		} else {
			l.Release()
		}
		w.sleep(300 * time.Second)
		w.wantLives("1 closed 7 by us: idle for 5m0s")
	})
}

// Whoever holds a lease may say that there is room while others begin: the race
// detector is the judge.
func TestShareAgain(t *testing.T) {
	inH2World(t, &Pool{}, func(w *world) {
		first := w.get(keyTLS)
		s := newStreams(100)
		first.Share(s)
		vs := w.enqueueN(keyTLS, 8)
		w.settle()
		var all sync.WaitGroup
		for i, v := range vs {
			all.Go(func() {
				if i%2 == 0 {
					v.lease.Share(s)
				}
				if v.lease.Session() != Session(s) {
					t.Errorf("request %d: another session", i)
				}
			})
		}
		all.Wait()
		for _, v := range vs {
			v.lease.Release()
		}
		first.Release()
	})
}

func TestShareIsOneConnection(t *testing.T) {
	inH2World(t, &Pool{}, func(w *world) {
		vs := w.enqueueN(keyTLS, 4) // nobody knows that it will be h2
		w.sleep(40 * ms)
		if n := served(vs); n != 1 {
			w.Fatalf("%d requests served, want one that may call Share", n)
		}
		if n := w.pool.size(); n != 1 {
			t.Errorf("%d connections, want 1: the others are closed", n)
		}
		var l *Lease
		for _, v := range vs {
			if v.lease != nil {
				l = v.lease
			}
		}
		l.Share(newStreams(100))
		w.settle()
		if n := served(vs); n != 4 {
			t.Errorf("%d served after Share", n)
		}
		for _, v := range vs {
			v.lease.Release()
		}
		w.pool.CloseIdle()
		w.enqueueN(keyTLS, 4) // now it is known
		if n := w.pool.size(); n != 1 {
			t.Errorf("%d connects to a known h2 host, want 1", n)
		}
		w.sleep(time.Second)
	})
}

func TestShareDiscard(t *testing.T) {
	inH2World(t, &Pool{}, func(w *world) {
		first := w.get(keyTLS)
		s := newStreams(2)
		first.Share(s)
		second := w.get(keyTLS)
		s.free.Store(0)
		vs := w.enqueueN(keyTLS, 2)
		if got := vs[0].trace[0]; got != "blocked: no free stream on the HTTP/2 connection of this group" {
			t.Errorf("reason %q", got)
		}
		first.Discard(errOop) // a GOAWAY, say: others finish on it, new ones get another connection
		w.sleep(time.Second)
		if n := served(vs); n != 1 {
			w.Fatalf("%d served by the new connection before its Share, want 1", n)
		}
		w.wantLives("1 busy 2", "2 busy 1")
		second.Release()
		w.wantLives("1 closed 2 by us: oops", "2 busy 1")
	})
}

func TestShareDeadSession(t *testing.T) {
	inH2World(t, &Pool{}, func(w *world) {
		l := w.get(keyTLS)
		s := newStreams(5)
		l.Share(s)
		l.Release()
		s.free.Store(0)
		if l = w.get(keyTLS); l.ID() != 2 {
			t.Errorf("got %+v, want a new connection", l.Info())
		}
		l.Share(newStreams(0)) // never takes a request
		v := w.enqueue(ctxBg, "v", keyTLS, Medium)
		l.Release()
		w.sleep(time.Second)
		v.want(true)
		if v.lease.ID() != 3 {
			t.Errorf("got %+v, want a new connection", v.lease.Info())
		}
	})
}

func TestRetire(t *testing.T) {
	inH2World(t, &Pool{}, func(w *world) {
		l := w.get(keyTLS)
		l.Share(newStreams(5))
		w.pool.Retire(1, errOop)
		w.pool.Retire(1, errOop)
		w.pool.Retire(99, errOop)
		w.wantLives("1 busy 1")
		l2 := w.get(keyTLS)
		l2.Share(newStreams(5))
		l2.Release()
		l.Release()
		w.pool.Retire(2, errOop)
		w.wantLives("1 closed 1 by us: oops", "2 closed 1 by us: oops")
	})
}

// A holder that does not share an h2 connection has it alone, one after the other.
func TestUnsharedH2(t *testing.T) {
	inH2World(t, &Pool{}, func(w *world) {
		l := w.get(keyTLS)
		v := w.enqueue(ctxBg, "v", keyTLS, Medium)
		l.Release()
		v.want(true)
		v2 := w.enqueue(ctxBg, "v2", keyTLS, Medium)
		v.lease.Discard(nil)
		w.sleep(40 * ms)
		v2.want(true)
		v2.lease.Release()
		if l := w.get(keyTLS); l.ID() != 2 {
			t.Errorf("got %+v", l.Info())
		}
	})
}
