package fetch

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
	"pageload/parse/weburl"
)

// goroutine names the goroutine that asks.
func goroutine() string {
	b := make([]byte, 64)
	b = b[:runtime.Stack(b, false)]
	return string(bytes.Fields(b)[1])
}

func atRest(r *Runners) int {
	n := 0
	for w := r.idle; w != nil; w = w.next {
		n++
	}
	return n
}

// Calls in turn have one goroutine, and those without runners one each. At most mostRunners of many at once stay. After End nothing does: the bubble would
// notice.
func TestRunners(t *testing.T) {
	inWorld(t, func(w *world) {
		const many = 2 * mostRunners
		w.pool.MaxPerHost = many
		w.serve(80, func(c *conntest.Conn, _ *http.Request) bool {
			time.Sleep(10 * time.Millisecond)
			io.WriteString(c, ok("fine"))
			return true
		})
		var mu sync.Mutex
		on := map[string]int{} // calls by goroutine
		start := func(r *Runners, n int) {
			clear(on)
			for range n {
				q := &Request{URL: weburl.MustParse("http://a.test/"), Runners: r}
				w.client.Start(context.Background(), q, HandlerFuncs{OnDone: func(_ *Hop, err error) {
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					on[goroutine()]++
					mu.Unlock()
				}})
			}
			time.Sleep(time.Minute)
			synctest.Wait()
		}
		inTurn := func(r *Runners) map[string]int {
			all := map[string]int{}
			for range 10 {
				start(r, 1)
				for g, n := range on {
					all[g] += n
				}
			}
			return all
		}
		start(nil, many) // connects
		if g := inTurn(nil); len(g) != 10 {
			t.Errorf("without runners: %v", g)
		}
		r := new(Runners)
		if g := inTurn(r); len(g) != 1 {
			t.Errorf("in turn: %v", g)
		}
		for range 2 {
			if start(r, many); len(on) != many || atRest(r) != mostRunners {
				t.Errorf("%d at once: %d goroutines, of which %d rest, want %d", many, len(on), atRest(r), mostRunners)
			}
		}
		r.End()
		if g := inTurn(r); len(g) != 10 || atRest(r) != 0 {
			t.Errorf("after the end: %v, %d rest", g, atRest(r))
		}
	})
}

// Who comes while others go finds one that rests or a new one, and the end lets go of all.
func TestRunnersConcurrently(t *testing.T) {
	inWorld(t, func(w *world) {
		w.pool.MaxPerHost = 3
		w.text(80, map[string]string{"/": ok("fine")})
		var r Runners
		var ended sync.WaitGroup
		for i := range 200 {
			ended.Add(1)
			q := &Request{URL: weburl.MustParse("http://a.test/"), Runners: &r}
			go w.client.Start(context.Background(), q, HandlerFuncs{OnDone: func(_ *Hop, err error) {
				if err != nil {
					t.Error(err)
				}
				ended.Done()
			}})
			if i == 150 {
				time.Sleep(20 * time.Millisecond)
				r.End()
			}
		}
		ended.Wait()
	})
}
