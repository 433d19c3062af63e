package conn

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"pageload/conn/conntest"
)

// Many requests whose releases, connects and cancellations fall on the same
// instants: each ends exactly once, no limit is passed, nobody is forgotten
// and nothing is left.
func TestPoolRaces(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := &Pool{MaxPerHost: 3, MaxTotal: 5, IdleTimeout: 50 * ms, UnusedTimeout: 20 * ms}
			inWorld(t, p, func(w *world) {
				rnd := rand.New(rand.NewPCG(seed, 1))
				w.net.SetRule(addr1, conntest.Rule{})
				var mu sync.Mutex
				ended := 0
				perKey, inAll := map[Key]int{}, 0
				var wg sync.WaitGroup
				const n = 400
				for i := range n {
					k := []Key{keyA, keyB, keyC, {Scheme: "http", Host: "a.test", Port: 81}}[rnd.IntN(4)]
					ctx, cancel := context.WithCancel(ctxBg)
					if rnd.IntN(3) == 0 {
						time.AfterFunc(time.Duration(rnd.IntN(8))*10*ms, cancel)
					} else {
						defer cancel()
					}
					hold, bad := time.Duration(rnd.IntN(4))*10*ms, rnd.IntN(4) == 0
					wg.Add(1)
					ticket := p.Enqueue(ctx, Request{Key: k, Priority: Priority(rnd.IntN(5) - 2)}, func(l *Lease, err error) {
						mu.Lock()
						defer mu.Unlock()
						ended++
						if l == nil {
							wg.Done()
							return
						}
						perKey[k]++
						inAll++
						if perKey[k] > 3 || inAll > 5 {
							t.Errorf("%d connections of the group, %d in all", perKey[k], inAll)
						}
						time.AfterFunc(hold, func() {
							mu.Lock()
							perKey[k]--
							inAll--
							mu.Unlock()
							if bad {
								l.Discard(errOop)
							} else {
								l.Release()
							}
							wg.Done()
						})
					})
					ticket.SetPriority(Priority(rnd.IntN(5) - 2))
					if rnd.IntN(10) == 0 {
						go ticket.Cancel()
					}
					if rnd.IntN(20) == 0 {
						p.Preconnect(ctxBg, k, rnd.IntN(4), nil)
					}
					if i%7 == 0 {
						time.Sleep(10 * ms)
					}
				}
				wg.Wait()
				if ended != n {
					t.Errorf("%d requests ended, want %d", ended, n)
				}
				time.Sleep(time.Second) // idle ones time out
				w.settle()
				if p.size() != 0 || p.groupCount() != 0 {
					t.Errorf("total %d, groups %d after all timeouts", p.size(), p.groupCount())
				}
			})
		})
	}
}

// 100,000 requests wait for one connection and get it in the exact order.
func TestManyWaiters(t *testing.T) {
	n := 100_000
	if raceEnabled {
		n = 10_000 // the detector makes it ten times slower
	}
	p := &Pool{MaxPerHost: 1}
	inWorld(t, p, func(w *world) {
		first := w.get(keyA)
		rnd := rand.New(rand.NewPCG(1, 2))
		type rank struct {
			p   Priority
			seq int
		}
		last, count, wrong := rank{VeryHigh, -1}, 0, 0
		priorities := make([]Priority, n)
		for i := range n {
			priorities[i] = Priority(rnd.IntN(5) - 2)
			p.Enqueue(ctxBg, Request{Key: keyA, Priority: priorities[i]}, func(l *Lease, err error) {
				if err != nil {
					t.Error(err)
					return
				}
				now := rank{priorities[i], i}
				if now.p > last.p || (now.p == last.p && now.seq < last.seq) {
					wrong++
				}
				last = now
				count++
				go l.Release() // not here: it would serve the next one inside this call
			})
		}
		first.Release()
		w.settle()
		if count != n || wrong != 0 {
			t.Errorf("%d of %d served, %d out of order", count, n, wrong)
		}
	})
}
