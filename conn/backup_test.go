package conn

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pageload/conn/conntest"
)

// dials notes when the pool dials and swallows those whose numbers are lost.
func (w *world) dials(lost ...int) func() []time.Duration {
	var n atomic.Int32
	var at [32]atomic.Int64
	dial := w.pool.Dialer.Dial
	w.pool.Dialer.Dial = func(ctx context.Context, network string, a netip.AddrPort) (net.Conn, error) {
		i := int(n.Add(1))
		at[i].Store(int64(time.Since(w.start)))
		if slices.Contains(lost, i) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return dial(ctx, network, a)
	}
	return func() []time.Duration {
		var list []time.Duration
		for i := 1; i <= int(n.Load()); i++ {
			list = append(list, time.Duration(at[i].Load()))
		}
		return list
	}
}

func wantDials(w *world, got []time.Duration, want ...time.Duration) {
	w.Helper()
	if !slices.Equal(got, want) {
		w.Errorf("dials at %v, want %v", got, want)
	}
}

func TestBackupServesAfterALostSYN(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		dials := w.dials(1)
		v := w.enqueue(ctxBg, "v", keyA, Medium)
		w.sleep(269 * ms)
		v.want(false)
		w.sleep(ms)
		v.want(true)
		wantDials(w, dials(), 0, 250*ms)
		if info := v.lease.Info(); info.ConnID != 2 || info.Reused || info.ConnectEnd.Sub(w.start) != 270*ms {
			t.Errorf("got %+v", info)
		}
		if r, _ := w.pool.Record(2); !r.Backup {
			t.Error("its record does not say that it was the backup")
		}
		w.sleep(time.Minute) // the first fails by then, and nobody minds
		wantDials(w, dials(), 0, 250*ms)
	})
}

// Both connect: the second to come is kept for the next request.
func TestBackupThatIsNotNeededBecomesIdle(t *testing.T) {
	inWorld(t, &Pool{}, func(w *world) {
		w.net.SetRule(addr1, conntest.Rule{Latency: 150 * ms})
		l := w.get(keyA)
		if l.ID() != 1 || time.Since(w.start) != 300*ms {
			t.Errorf("connection %d at %v", l.ID(), time.Since(w.start))
		}
		w.sleep(250 * ms)
		w.wantLives("1 busy 1", "2 idle 0")
	})
}

func TestBackupRule(t *testing.T) {
	slowTLS := Key{Scheme: "https", Host: "a.test", Port: 443}
	for _, test := range []struct {
		name string
		pool *Pool
		do   func(w *world)
		key  Key
		want []time.Duration
	}{
		{name: "off", pool: &Pool{BackupDelay: -1}, key: keyA, want: []time.Duration{0}},
		{name: "own delay", pool: &Pool{BackupDelay: time.Second}, key: keyA, want: []time.Duration{0, time.Second}},
		{name: "one at most", key: keyA, want: []time.Duration{0, 250 * ms}},
		{
			name: "not where the group has connections", key: keyA, want: []time.Duration{0, 20 * ms},
			do: func(w *world) { w.get(keyA) },
		},
		{
			name: "one for a group with two connects", key: keyA, want: []time.Duration{0, 0, 250 * ms},
			do: func(w *world) { w.enqueue(ctxBg, "other", keyA, Medium) },
		},
		{name: "no place in the group", pool: &Pool{MaxPerHost: 1}, key: keyA, want: []time.Duration{0}},
		{name: "no place in the pool", pool: &Pool{MaxTotal: 1}, key: keyA, want: []time.Duration{0}},
		{
			name: "a place later", pool: &Pool{MaxTotal: 2}, key: keyA, want: []time.Duration{0, 20 * ms, 520 * ms},
			do: func(w *world) {
				l := w.get(keyB)
				time.AfterFunc(300*ms, func() { l.Discard(nil) })
			},
		},
		{
			name: "the lookup does not count", key: keyA, want: []time.Duration{400 * ms, 900 * ms},
			do: func(w *world) { w.pool.Dialer.Resolver = slow{w.pool.Dialer.Resolver, 400 * ms} },
		},
		{
			name: "TCP is there and TLS is slow", key: slowTLS, want: []time.Duration{0},
			do: func(w *world) {
				w.serve(tlsAddr, func(c *conntest.Conn) { c.Read(make([]byte, 10_000)); time.Sleep(time.Second) })
			},
		},
		{
			name: "nobody waits any more", key: keyA, want: []time.Duration{0},
			do: func(w *world) {
				time.AfterFunc(200*ms, func() {
					w.pool.mu.Lock()
					g := w.pool.direct.groups[keyA]
					t := g.waiters.top()
					w.pool.mu.Unlock()
					t.Cancel()
				})
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := test.pool
			if p == nil {
				p = new(Pool)
			}
			inWorld(t, p, func(w *world) {
				var lost []int
				if test.key == keyA {
					lost = []int{1, 2, 3}
				}
				switch test.name {
				case "not where the group has connections", "a place later":
					lost = []int{2, 3}
				}
				dials := w.dials(lost...)
				if test.do != nil {
					test.do(w)
				}
				w.enqueue(ctxBg, "v", test.key, Medium)
				w.sleep(1100 * ms)
				wantDials(w, dials(), test.want...)
			})
		})
	}
}

// A preconnect that has lost its SYN has a backup if a request waits for it.
func TestBackupOfPreconnect(t *testing.T) {
	for _, asked := range []bool{false, true} {
		t.Run(fmt.Sprint(asked), func(t *testing.T) {
			inWorld(t, &Pool{}, func(w *world) {
				dials := w.dials(1)
				w.pool.Preconnect(ctxBg, keyA, 1, nil)
				w.sleep(100 * ms)
				if asked {
					v := w.enqueue(ctxBg, "v", keyA, Medium)
					w.sleep(170 * ms)
					v.want(true)
				}
				w.sleep(time.Second)
				if n := len(dials()); n != map[bool]int{false: 1, true: 2}[asked] {
					t.Errorf("%d dials", n)
				}
			})
		})
	}
}
